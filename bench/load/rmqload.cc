// rmqload: load generator for brokers that speak the RocketMQ remoting protocol. Usage: README.md.
#include <signal.h>

#include <thread>

#include "first.h"
#include "prepare.h"
#include "report.h"

namespace rmqload {
namespace {

const char *k_usage =
    "usage: rmqload MODE [options]   (see README.md)\n"
    " MODE  produce | consume | e2e | echo | create | first\n"
    " --namesrv H:P --broker H:P --topic NAME --topics T --queues Q --create 0|1 --group G\n"
    " --conns N --window W --size BYTES --count N | --seconds S [--warmup S] --rate MSGS_PER_S\n"
    " --threads T --batch N (pull) --expect N --cconns N (e2e consumers) --suspend MS\n"
    " --verify 0|1 --crc 0|1 --keys 0|1 --ser json|bin --code N (echo; 0 = route on the namesrv)\n"
    " --pid SERVER_PID --since EPOCH_MS --timeout S --label TEXT\n";

struct Field {
  const char *name;
  string *text = nullptr;
  int *number = nullptr;
  double *real = nullptr;
  u64 *large = nullptr;
};

const Field k_fields[] = {
    {"--namesrv", &O.namesrv, nullptr, nullptr, nullptr},
    {"--broker", &O.broker, nullptr, nullptr, nullptr},
    {"--topic", &O.topic, nullptr, nullptr, nullptr},
    {"--group", &O.group, nullptr, nullptr, nullptr},
    {"--ser", &O.ser, nullptr, nullptr, nullptr},
    {"--label", &O.label, nullptr, nullptr, nullptr},
    {"--conns", nullptr, &O.conns, nullptr, nullptr},
    {"--window", nullptr, &O.window, nullptr, nullptr},
    {"--size", nullptr, &O.size, nullptr, nullptr},
    {"--queues", nullptr, &O.queues, nullptr, nullptr},
    {"--topics", nullptr, &O.topics, nullptr, nullptr},
    {"--threads", nullptr, &O.threads, nullptr, nullptr},
    {"--batch", nullptr, &O.batch, nullptr, nullptr},
    {"--cconns", nullptr, &O.cconns, nullptr, nullptr},
    {"--code", nullptr, &O.code, nullptr, nullptr},
    {"--create", nullptr, &O.create, nullptr, nullptr},
    {"--keys", nullptr, &O.keys, nullptr, nullptr},
    {"--verify", nullptr, &O.verify, nullptr, nullptr},
    {"--crc", nullptr, &O.crc, nullptr, nullptr},
    {"--suspend", nullptr, &O.suspend_ms, nullptr, nullptr},
    {"--pid", nullptr, &O.pid, nullptr, nullptr},
    {"--timeout", nullptr, &O.timeout_s, nullptr, nullptr},
    {"--seconds", nullptr, nullptr, &O.seconds, nullptr},
    {"--rate", nullptr, nullptr, &O.rate, nullptr},
    {"--warmup", nullptr, nullptr, &O.warmup, nullptr},
    {"--count", nullptr, nullptr, nullptr, &O.count},
    {"--since", nullptr, nullptr, nullptr, &O.since_ms},
    {"--expect", nullptr, nullptr, nullptr, &O.expect},
};

void set_option(const string &name, const char *value) {
  for (const Field &field : k_fields) {
    if (name != field.name) continue;
    if (field.text) *field.text = value;
    if (field.number) *field.number = atoi(value);
    if (field.real) *field.real = atof(value);
    if (field.large) *field.large = strtoull(value, nullptr, 10);
    return;
  }
  die("unknown option " + name);
}

bool set_mode() {
  const std::pair<const char *, Mode> modes[] = {
      {"produce", PRODUCE}, {"consume", CONSUME}, {"e2e", E2E}, {"echo", ECHO}};
  for (auto &[name, mode] : modes) {
    if (O.mode != name) continue;
    g_mode = mode;
    return true;
  }
  return false;
}

void check_options() {
  if (O.topics < 1 || O.conns < 1 || O.window < 1 || O.queues < 1 || O.threads < 1)
    die("counts must be positive");
  bool sends = g_mode == PRODUCE || g_mode == E2E;
  if (sends && O.size < BODY_HEAD) die("--size must be at least 40");
  if (g_mode != CONSUME && !O.count && O.seconds <= 0) O.seconds = 10;
  if (g_mode == E2E && O.rate <= 0) O.rate = 1000;
}

int run_create() {
  u64 begin = mono_ns();
  create_topics();
  u64 created = mono_ns();
  lookup_route();
  printf(
      "{\"mode\":\"create\",\"label\":\"%s\",\"topics\":%d,\"queues\":%d,\"create_s\":%.3f,"
      "\"route_s\":%.3f}\n",
      O.label.c_str(), O.topics, O.queues, (double)(created - begin) / 1e9,
      (double)(mono_ns() - created) / 1e9);
  return 0;
}

u64 sum_acked(const Workers &ws) {
  u64 sum = 0;
  for (auto &w : ws) sum += *(volatile u64 *)&w->st.acked;
  return sum;
}

std::vector<std::thread> start_threads(Workers &ws, u64 start) {
  double limit = O.seconds + O.warmup + (O.count ? 600 : 30);
  u64 hard = start + (u64)(limit * 1e9);
  bool open_loop = O.rate > 0 && g_mode != CONSUME && g_mode != ECHO;
  std::vector<std::thread> threads;
  for (auto &w : ws) {
    if (open_loop) {
      w->t0 = start + 20000000;
      w->gap_ns = 1e9 / (O.rate / (double)ws.size());
    }
    threads.emplace_back([&w, hard] {
      run_worker(*w, hard);
      g_done++;
    });
  }
  return threads;
}

// Lets the measured time pass; with e2e the consumers get the chance to catch up.
void pass_time(const Workers &ws, u64 begin) {
  u64 until = begin + (u64)(O.seconds * 1e9);
  while (mono_ns() < until && g_done.load() < (int)ws.size()) {  // --count may end the run earlier
    usleep(1000);
    if (g_mode == E2E) g_acked_total = sum_acked(ws);
  }
}

void drain_e2e(const Workers &ws) {
  u64 end = mono_ns() + 300000000ull;
  while (g_mode == E2E && mono_ns() < end) {
    usleep(5000);
    g_acked_total = sum_acked(ws);
  }
}

void finish(const Workers &ws, u64 begin, double cpu_begin, Measured &m) {
  m.acked = sum_acked(ws);
  m.seconds = (double)(mono_ns() - begin) / 1e9;
  m.after = proc_stat(O.pid);
  m.generator_cpu = self_cpu() - cpu_begin;
}

Measured measure(Workers &ws) {
  Measured m;
  m.before = proc_stat(O.pid);
  double cpu = self_cpu();
  u64 begin = mono_ns();
  if (O.warmup <= 0) g_measure = true;
  auto threads = start_threads(ws, begin);
  if (O.warmup > 0) {
    u64 until = begin + (u64)(O.warmup * 1e9);
    while (mono_ns() < until) usleep(1000);
    m.before = proc_stat(O.pid);
    cpu = self_cpu();
    begin = mono_ns();
    g_measure = true;
    usleep(25000);  // workers reset their counters within one wake-up
  }
  if (O.seconds > 0) {
    pass_time(ws, begin);
    finish(ws, begin, cpu, m);
    g_stop_send = true;
    drain_e2e(ws);
  }
  for (auto &t : threads) t.join();
  if (O.seconds <= 0) finish(ws, begin, cpu, m);
  return m;
}

int run_load() {
  bool echo_on_namesrv = g_mode == ECHO && O.code == 0;
  check_options();
  make_filler(std::max(O.size, 4 << 20));
  prepare_server(echo_on_namesrv);
  Addr addr = parse_addr(echo_on_namesrv ? O.namesrv : O.broker);
  Workers ws = make_workers();
  Backlog backlog;
  if (g_mode != CONSUME) add_producers(ws, addr, echo_on_namesrv);
  if (g_mode == CONSUME || g_mode == E2E) backlog = add_consumers(ws, addr);
  Measured m = measure(ws);
  m.backlog = backlog;
  for (auto &w : ws) {
    m.stats.merge(w->st);
    m.sent += w->sent;
  }
  if (O.verify && (g_mode == CONSUME || g_mode == E2E)) judge_sequences(ws, m);
  puts(report(m, ws.size()).c_str());
  return m.stats.bad || m.stats.dup ? 1 : 0;
}

int run(int argc, char **argv) {
  if (argc < 2) {
    fputs(k_usage, stderr);
    return 2;
  }
  O.mode = argv[1];
  O.run = (u32)(wall_ns() / 1000000);
  for (int i = 2; i < argc; i += 2) {
    if (string(argv[i]) == "--help") {
      fputs(k_usage, stdout);
      return 0;
    }
    if (i + 1 >= argc) die(string("missing value for ") + argv[i]);
    set_option(argv[i], argv[i + 1]);
  }
  g_bin = O.ser == "bin";
  if (O.mode == "first") return run_first();
  if (O.mode == "create") return run_create();
  if (!set_mode()) {
    fputs(k_usage, stderr);
    return 2;
  }
  return run_load();
}

}  // namespace
}  // namespace rmqload

int main(int argc, char **argv) {
  rmqload::init_tables();
  rmqload::crc_init();
  signal(SIGPIPE, SIG_IGN);
  return rmqload::run(argc, argv);
}
