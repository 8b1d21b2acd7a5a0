#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base.h"
#include "commands.h"
#include "configuration.h"
#include "lifecycle.h"
#include "log.h"

namespace stn::kernel {
namespace {

constexpr uint64_t k_drain_ns = 10'000'000'000;

// A running process: everything between a usable configuration and its end. Members are destroyed bottom up: plugins
// before what they use, I/O threads before the tables that these read.
class process {
 public:
  process(const configuration &c, const arguments &a)
      : arguments_(a),
        router_(&metrics_),
        exec_({c.file.io_threads, c.file.blocking_threads, c.file.blocking_queue}),
        registry_(c.file, &exec_, &metrics_, &router_),
        plugins_(c.plan, &registry_, &router_, &exec_) {}

  int run(int signals, uint64_t process_start_ns) {
    diagnostics d;
    if (!plugins_.prepare(&d)) return report(d, k_exit_config);
    if (!plugins_.start(&d)) {
      log::close();
      return report(d, plugins_.failure_exit());
    }
    print_ready(process_start_ns);
    wait(signals);
    plugins_.stop(mono_ns() + k_drain_ns);
    write_metrics();
    return registry_.has_failed() ? k_exit_failure : k_exit_ok;
  }

 private:
  void print_ready(uint64_t process_start_ns) {
    std::string line = "ready in " + std::to_string((mono_ns() - process_start_ns) / 1'000'000);
    line += " ms";
    for (const auto &[key, value] : registry_.announced()) line += " " + key + "=" + value;
    line += " plugins=" + std::to_string(plugins_.count()) + "\n";
    std::fputs(line.c_str(), stdout);
    std::fflush(stdout);
  }

  // Until SIGTERM, SIGINT or a plugin that asks for the end.
  void wait(int signals) {
    for (;;) {
      pollfd fds[2] = {{signals, POLLIN, 0}, {registry_.fatal_fd(), POLLIN, 0}};
      if (::poll(fds, 2, -1) <= 0) continue;
      if ((fds[1].revents & POLLIN) != 0) return;
      signalfd_siginfo info;
      if (::read(signals, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) continue;
      if (info.ssi_signo != SIGUSR1) return;
      write_metrics();
    }
  }

  void write_metrics() {
    metrics_.set_gauge("stn_log_dropped_lines", static_cast<int64_t>(log::dropped()));
    if (arguments_.metrics_file.empty() || metrics_.write(arguments_.metrics_file)) return;
    const stn_kv kv = {str("file"), str(arguments_.metrics_file)};
    log::write(STN_LOG_WARN, "kernel", "metrics cannot be written", &kv, 1);
  }

  const arguments &arguments_;
  metrics metrics_;
  router router_;
  executors exec_;
  registry registry_;
  lifecycle plugins_;
};

// All threads are started with these blocked; they are read from a descriptor by the control thread.
int take_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int s : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&wanted, s);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &wanted, SFD_CLOEXEC);
}

}  // namespace

int run_command(const arguments &a, uint64_t process_start_ns) {
  if (a.words.size() != 1) {
    std::fputs(
        "stanchion run MANIFEST [--var name=value]... [--metrics FILE] [--log-level LEVEL]\n",
        stderr);
    return 2;
  }
  const int signals = take_signals();
  diagnostics d;
  const auto c = read_configuration(a.words[0], a.vars, &d);
  if (const int code = report(d, k_exit_config); code != k_exit_ok) return code;
  if (!log::open(a.log_level)) {
    std::fprintf(stderr, "stanchion: --log-level %s: use trace, debug, info, warn or error\n",
                 a.log_level.c_str());
    return 2;
  }
  int code = k_exit_ok;
  {
    process p(*c, a);
    code = p.run(signals, process_start_ns);
  }
  log::close();
  ::close(signals);
  return code;
}

}  // namespace stn::kernel
