#include <cstdio>

#include "base.h"
#include "commands.h"
#include "configuration.h"
#include "lifecycle.h"
#include "log.h"

namespace stn::kernel {
namespace {

// Loads and initialises the plugins, so that what only their code can tell is checked as well; starts none.
void check_code(const configuration &c, diagnostics *d) {
  metrics m;
  router r(&m);
  executors x({1, 1, c.file.blocking_queue});
  registry shared(c.file, &x, &m, &r);
  lifecycle plugins(c.plan, &shared, &r, &x);
  plugins.prepare(d);
}

}  // namespace

int check_command(const arguments &a) {
  if (a.words.size() != 1) {
    std::fputs("stanchion check MANIFEST [--var name=value]... [--show]\n", stderr);
    return 2;
  }
  diagnostics d;
  const auto c = read_configuration(a.words[0], a.vars, &d);
  if (!d.failed()) {
    log::open("warn");
    check_code(*c, &d);
    log::close();
  }
  if (const int code = report(d, k_exit_config); code != k_exit_ok) return code;
  if (a.show) std::fputs(show(*c).c_str(), stdout);
  std::printf("%s: ok, %zu plugins\n", a.words[0].c_str(), c->plan.plugins.size());
  return k_exit_ok;
}

}  // namespace stn::kernel
