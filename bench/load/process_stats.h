// CPU time and memory of the server, from /proc, and of the generator itself.
#pragma once

#include <sys/resource.h>
#include <unistd.h>
#include <cstdio>
#include <cstring>

#include "bytes.h"

namespace rmqload {

struct ProcStat {
  double cpu = 0;
  double hwm_mb = 0, rss_mb = 0, anon_mb = 0;
};
inline ProcStat proc_stat(int pid) {
  ProcStat s;
  char path[64], buf[4096];
  if (!pid) return s;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (FILE *f = fopen(path, "r")) {
    size_t n = fread(buf, 1, sizeof buf - 1, f);
    buf[n] = 0;
    fclose(f);
    char *p = strrchr(buf, ')');
    unsigned long long ut = 0, st = 0;
    if (p && sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &ut, &st) == 2)
      s.cpu = (double)(ut + st) / (double)sysconf(_SC_CLK_TCK);
  }
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  if (FILE *f = fopen(path, "r")) {
    while (fgets(buf, sizeof buf, f)) {
      double v;
      if (sscanf(buf, "VmHWM: %lf", &v) == 1) s.hwm_mb = v / 1024;
      if (sscanf(buf, "VmRSS: %lf", &v) == 1) s.rss_mb = v / 1024;
      if (sscanf(buf, "RssAnon: %lf", &v) == 1) s.anon_mb = v / 1024;
    }
    fclose(f);
  }
  return s;
}
inline double self_cpu() {
  rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

}  // namespace rmqload
