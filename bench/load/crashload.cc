// crashload: producers that log every acknowledgement until the server dies, and the read-back that
// compares everything stored with the log. Used by tests/fault/crash.py.
//   crashload produce --broker H:P --topic T --queues Q --producers N --window W --rate R --cycle C
//                     --log FILE --seconds S --max-size B --bytes B
//   crashload verify  --broker H:P --topic T --queues Q --log FILE --log-from B --from O,O,...
// --bytes ends the load when so many bytes of bodies have been acknowledged. --from and --log-from
// leave out what an earlier verify has seen: it printed `ends`, one offset per queue, when the log
// had that many bytes.
#include <signal.h>

#include <map>
#include <thread>
#include <unordered_map>

#include "ack_log.h"
#include "frames.h"
#include "rpc.h"

namespace rmqload {
namespace {

struct Settings {
  string mode, broker, topic, log, from;
  int queues = 4, producers = 4, window = 16, rate = 20000, cycle = 0, max_size = 4000;
  double seconds = 60, bytes = 0, log_from = 0;
};
Settings g_settings;

// ---- producing

struct Totals {
  u64 sent = 0, acked = 0, acked_bytes = 0, refused = 0;
  string first_refusal;
};

struct Sent {
  u64 sequence;
  u32 size, queue;
};

class Producer {
 public:
  Producer(int id, int log) : id_(id), log_(log), link_(parse_addr(g_settings.broker), true) {}

  // Runs until the connection ends or the time is over.
  void run() {
    if (link_.fd < 0) return;
    const u64 begin = mono_ns(), gap = 1000000000ull * g_settings.producers / g_settings.rate;
    const u64 end = begin + (u64)(g_settings.seconds * 1e9);
    u64 due = begin;
    while (mono_ns() < end && !(has_enough() && open_.empty())) {
      string out;
      for (u64 now = mono_ns(); due <= now && !has_enough(); due += gap) {
        if (open_.size() >= (size_t)g_settings.window) break;
        append_send(out);
      }
      if (!out.empty() && !write_all(out)) return;
      if (!read_some(open_.size() >= (size_t)g_settings.window ? 100 : 1)) return;
    }
  }
  Totals totals;

 private:
  bool has_enough() const {
    return g_settings.bytes > 0 &&
           (double)totals.acked_bytes * g_settings.producers >= g_settings.bytes;
  }

  void append_send(string &out) {
    u64 salt = next_random();
    BodyHead head;
    head.cycle = (u32)g_settings.cycle;
    head.producer = (u32)id_;
    head.sequence = sequence_++;
    head.salt = salt;
    head.size = (u32)(sizeof head + salt % (u64)g_settings.max_size);
    if (salt % 1000 == 7) head.size += 100000;
    u32 queue = (u32)((salt >> 32) % (u64)g_settings.queues), opaque = ++opaque_;
    Ext ext = {{"a", "crash"},
               {"b", g_settings.topic},
               {"c", "TBW102"},
               {"d", "4"},
               {"e", std::to_string(queue)},
               {"f", "0"},
               {"g", "1700000000000"},
               {"h", "0"},
               {"i", ""},
               {"j", "0"},
               {"k", "false"},
               {"m", "false"}};
    out += frame_head(310, ext, opaque, head.size, false);
    size_t at = out.size();
    out.resize(at + head.size);
    write_body(out.data() + at, head);
    open_[opaque] = {head.sequence, head.size, queue};
    totals.sent++;
  }

  bool write_all(const string &data) {
    for (size_t off = 0; off < data.size();) {
      ssize_t w = send(link_.fd, data.data() + off, data.size() - off, MSG_NOSIGNAL);
      if (w <= 0) return false;
      off += (size_t)w;
    }
    return true;
  }

  // Reads what there is and logs what it acknowledges; false when the connection has ended.
  bool read_some(int wait_ms) {
    pollfd pf{link_.fd, POLLIN, 0};
    if (poll(&pf, 1, wait_ms) <= 0) return true;
    char chunk[1 << 16];
    ssize_t r = recv(link_.fd, chunk, sizeof chunk, 0);
    if (r > 0) in_.append(chunk, (size_t)r);
    std::vector<Ack> acks;
    size_t off = 0;
    while (in_.size() - off >= 8) {
      u32 len = get32(in_.data() + off), word = get32(in_.data() + off + 4);
      if (in_.size() - off < 4 + (size_t)len) break;
      on_answer(in_.data() + off + 8, word & 0xffffff, acks);
      off += 4 + len;
    }
    in_.erase(0, off);
    append_acks(log_, acks);
    totals.acked += acks.size();
    return r > 0;
  }

  void on_answer(const char *header, u32 length, std::vector<Ack> &acks) {
    Resp r;
    if (!parse_header(header, length, false, r)) die("an answer that does not parse");
    auto found = open_.find(r.opaque);
    if (found == open_.end()) return;
    if (r.code == 0) {
      Ack ack;
      ack.cycle = (u32)g_settings.cycle;
      ack.producer = (u32)id_;
      ack.sequence = found->second.sequence;
      ack.queue = (u32)ext_num(r, "queueId", -1);
      ack.offset = (u64)ext_num(r, "queueOffset", -1);
      ack.size = found->second.size;
      if (ack.queue != found->second.queue) die("acknowledged for another queue");
      acks.push_back(ack);
      totals.acked_bytes += ack.size;
    } else {
      totals.refused++;
      if (totals.first_refusal.empty())
        totals.first_refusal = std::to_string(r.code) + " " + string(r.remark.substr(0, 100));
    }
    open_.erase(found);
  }

  u64 next_random() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_;
  }

  int id_, log_;
  Rpc link_;
  u32 opaque_ = 1000;
  u64 sequence_ = 0;
  u64 random_ = 88172645463325252ull * (u64)(g_settings.cycle * 64 + id_ + 1);
  string in_;
  std::map<u32, Sent> open_;
};

int produce() {
  int log = open(g_settings.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) die("cannot open " + g_settings.log);
  std::vector<std::unique_ptr<Producer>> producers;
  std::vector<std::thread> threads;
  for (int i = 0; i < g_settings.producers; i++)
    producers.push_back(std::make_unique<Producer>(i, log));
  for (auto &p : producers) threads.emplace_back([&p] { p->run(); });
  for (auto &t : threads) t.join();
  Totals sum;
  for (auto &p : producers) {
    sum.sent += p->totals.sent;
    sum.acked += p->totals.acked;
    sum.refused += p->totals.refused;
    if (sum.first_refusal.empty()) sum.first_refusal = p->totals.first_refusal;
  }
  string refusal;
  json_str(refusal, sum.first_refusal);
  printf("{\"sent\":%llu,\"acked\":%llu,\"refused\":%llu,\"first_refusal\":%s}\n",
         (unsigned long long)sum.sent, (unsigned long long)sum.acked,
         (unsigned long long)sum.refused, refusal.c_str());
  return 0;
}

// ---- reading back

struct Findings {
  u64 acked = 0, read = 0, lost = 0, changed = 0, reordered = 0, duplicates = 0, gaps = 0,
      unacknowledged = 0;
  string first;
  void note(const string &what) {
    if (first.empty()) first = what;
  }
};

using Seen = std::unordered_map<u64, std::vector<bool>>;  // sequences by (cycle, producer)

class QueueReader {
 public:
  QueueReader(int queue, u64 from, const std::unordered_map<u64, Ack> &acks, Seen &seen,
              Findings &found)
      : queue_(queue),
        acks_(acks),
        seen_(seen),
        found_(found),
        link_(parse_addr(g_settings.broker)),
        next_offset_(from) {}

  // Returns the offset behind the last message.
  u64 run() {
    u64 next = next_offset_;
    const u64 end = max_offset();
    if (end < next) {
      found_.lost += next - end;
      found_.note(place(end) + ": the queue ended at " + std::to_string(next) + " before");
    }
    while (next < end) {
      u64 before = next;
      next = pull(next);
      if (next == before) {
        found_.note(place(next) + ": the pull does not get on before " + std::to_string(end));
        break;
      }
    }
    for (auto &[offset, ack] : acks_) {
      if (offset < next_offset_) continue;
      found_.lost++;
      found_.note(place(offset) + ": acknowledged, but beyond the end");
    }
    return next_offset_;
  }

 private:
  string place(u64 offset) const {
    return g_settings.topic + "/" + std::to_string(queue_) + "/" + std::to_string(offset);
  }

  u64 max_offset() {
    Resp r;
    Ext ext = {{"topic", g_settings.topic}, {"queueId", std::to_string(queue_)}};
    if (link_.call(30, ext, {}, nullptr, nullptr, &r) != 0) die("GET_MAX_OFFSET failed");
    return (u64)ext_num(r, "offset", 0);
  }

  u64 pull(u64 from) {
    Resp r;
    string body, remark;
    Ext ext = {{"consumerGroup", "readback"},
               {"topic", g_settings.topic},
               {"queueId", std::to_string(queue_)},
               {"queueOffset", std::to_string(from)},
               {"maxMsgNums", "256"},
               {"sysFlag", "4"},
               {"commitOffset", "0"},
               {"suspendTimeoutMillis", "0"},
               {"subscription", "*"},
               {"subVersion", "0"},
               {"expressionType", "TAG"}};
    int code = link_.call(11, ext, {}, &body, &remark, &r);
    if (code != 0) {
      found_.note(place(from) + ": pull answered " + std::to_string(code) + " " + remark);
      return from;
    }
    u64 next = (u64)ext_num(r, "nextBeginOffset", (i64)from);
    eat(body);
    return next;
  }

  void eat(const string &body) {
    size_t at = 0;
    while (at + 4 <= body.size()) {
      u32 total = get32(body.data() + at);
      if (total < 91 || total > body.size() - at) {
        found_.changed++;
        found_.note(place(next_offset_) + ": a record of impossible size");
        return;
      }
      record(body.data() + at, total);
      at += total;
    }
  }

  void record(const char *p, u32 total) {
    found_.read++;
    u64 offset = get64(p + 20);
    if (offset != next_offset_) {
      found_.gaps++;
      found_.note(place(offset) + ": expected offset " + std::to_string(next_offset_));
    }
    for (u64 missing = next_offset_; missing < offset; missing++)
      found_.lost += acks_.count(missing);
    next_offset_ = offset + 1;
    u32 length = get32(p + 84);
    BodyHead head;
    bool whole = get32(p + 4) == 0xDAA320A7u && (int)get32(p + 12) == queue_ &&
                 length <= total - 91 && (crc32(p + 88, length) & 0x7fffffffu) == get32(p + 8) &&
                 read_body(p + 88, length, head);
    if (!whole) {
      found_.changed++;
      found_.note(place(offset) + ": the body is not what was sent");
      return;
    }
    compare(offset, head);
  }

  void compare(u64 offset, const BodyHead &head) {
    u64 source = (u64)head.cycle << 32 | head.producer;
    std::vector<bool> &seen = seen_[source];
    if (seen.size() <= head.sequence) seen.resize(head.sequence + 1);
    if (seen[head.sequence]) {
      found_.duplicates++;
      found_.note(place(offset) + ": came twice");
    }
    seen[head.sequence] = true;
    auto last = last_.find(source);
    if (last != last_.end() && head.sequence < last->second) {
      found_.reordered++;
      found_.note(place(offset) + ": a later message of the same producer came first");
    }
    last_[source] = head.sequence;
    auto ack = acks_.find(offset);
    if (ack == acks_.end()) {
      found_.unacknowledged++;
      return;
    }
    const Ack &a = ack->second;
    if (a.cycle != head.cycle || a.producer != head.producer || a.sequence != head.sequence) {
      found_.changed++;
      found_.note(place(offset) + ": another message than the acknowledged one");
    }
  }

  int queue_;
  const std::unordered_map<u64, Ack> &acks_;
  Seen &seen_;
  Findings &found_;
  Rpc link_;
  u64 next_offset_;
  std::unordered_map<u64, u64> last_;
};

std::vector<u64> offsets_of(const string &text) {
  std::vector<u64> out;
  for (size_t at = 0; at < text.size(); at = text.find(',', at) + 1) {
    out.push_back(strtoull(text.c_str() + at, nullptr, 10));
    if (text.find(',', at) == string::npos) break;
  }
  out.resize((size_t)g_settings.queues);
  return out;
}

int verify() {
  Findings found;
  const std::vector<u64> from = offsets_of(g_settings.from);
  std::vector<std::unordered_map<u64, Ack>> by_queue((size_t)g_settings.queues);
  for (const Ack &ack : load_acks(g_settings.log, (long)g_settings.log_from)) {
    if (ack.queue >= by_queue.size()) die("acknowledged for a queue that is not there");
    found.acked++;
    if (ack.offset < from[ack.queue]) {
      found.changed++;
      found.note("queue " + std::to_string(ack.queue) + ": offset " + std::to_string(ack.offset) +
                 " was acknowledged again");
      continue;
    }
    if (!by_queue[ack.queue].emplace(ack.offset, ack).second) {
      found.changed++;
      found.note("queue " + std::to_string(ack.queue) + ": offset " + std::to_string(ack.offset) +
                 " was acknowledged twice");
    }
  }
  Seen seen;
  string first, ends;
  for (size_t q = 0; q < by_queue.size(); q++) {
    u64 end = QueueReader((int)q, from[q], by_queue[q], seen, found).run();
    ends += (q == 0 ? "" : ",") + std::to_string(end);
  }
  json_str(first, found.first);
  printf(
      "{\"acked\":%llu,\"read\":%llu,\"lost\":%llu,\"changed\":%llu,\"reordered\":%llu,"
      "\"gaps\":%llu,\"duplicates\":%llu,\"unacknowledged\":%llu,\"ends\":[%s],\"first\":%s}\n",
      (unsigned long long)found.acked, (unsigned long long)found.read,
      (unsigned long long)found.lost, (unsigned long long)found.changed,
      (unsigned long long)found.reordered, (unsigned long long)found.gaps,
      (unsigned long long)found.duplicates, (unsigned long long)found.unacknowledged, ends.c_str(),
      first.c_str());
  return found.lost || found.changed || found.reordered || found.gaps ? 1 : 0;
}

void set_option(const string &name, const char *value) {
  const std::map<string, string *> texts = {{"--broker", &g_settings.broker},
                                            {"--topic", &g_settings.topic},
                                            {"--log", &g_settings.log},
                                            {"--from", &g_settings.from}};
  const std::map<string, double *> reals = {{"--seconds", &g_settings.seconds},
                                            {"--bytes", &g_settings.bytes},
                                            {"--log-from", &g_settings.log_from}};
  const std::map<string, int *> numbers = {
      {"--queues", &g_settings.queues}, {"--producers", &g_settings.producers},
      {"--window", &g_settings.window}, {"--rate", &g_settings.rate},
      {"--cycle", &g_settings.cycle},   {"--max-size", &g_settings.max_size}};
  if (texts.count(name))
    *texts.at(name) = value;
  else if (numbers.count(name))
    *numbers.at(name) = atoi(value);
  else if (reals.count(name))
    *reals.at(name) = atof(value);
  else
    die("unknown option " + name);
}

}  // namespace
}  // namespace rmqload

int main(int argc, char **argv) {
  using namespace rmqload;
  init_tables();
  crc_init();
  make_filler(1 << 20);
  signal(SIGPIPE, SIG_IGN);
  if (argc < 2 || argc % 2) die("usage: crashload produce|verify [--option value]...");
  for (int i = 2; i < argc; i += 2) set_option(argv[i], argv[i + 1]);
  string mode = argv[1];
  if (mode == "produce") return produce();
  if (mode == "verify") return verify();
  die("no mode " + mode);
}
