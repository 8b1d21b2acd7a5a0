#include "disk_check.h"

#include <algorithm>

namespace stn::store_mmap::testing {
namespace {

constexpr size_t k_keys_per_disk = 3;

bool is_same(const served &a, const sample &b) {
  return a.good && a.body == b.body && a.props == b.props && a.flag == b.flag;
}

std::string property(const std::string &props, const std::string &name) {
  size_t at = props.find(name + "\1");
  if (at == std::string::npos) return {};
  at += name.size() + 1;
  return props.substr(at, props.find('\2', at) - at);
}

}  // namespace

int64_t number_of(const std::string &props) {
  std::string text = property(props, "UNIQ_KEY");
  return text.empty() ? -1 : std::stoll(text);
}

size_t disk_check::run(fault_files &disk, const std::string &when, const expectation &expected) {
  expectation grown = expected;
  {
    store_probe probe(disk, o_.config);
    if (status s = probe.open(); !s.ok()) {
      complain_(when + "the store does not open: " + s.message());
      return 1;
    }
    served_.clear();
    for (const auto &[id, want] : expected.queues) check_queue(probe, id, want, when);
    if (o_.keys) check_keys(probe, expected, when);
    if (!o_.again) return 1;
    if (!append_after(probe, grown, when)) return 1;
    if (o_.checkpoint) (void)probe.store().checkpoint_now();
  }
  auto cut = disk.crash(o_.what, random_);
  o_.again = false;
  return 1 + run(*cut, when + "then again, unsynced " + std::to_string(int(o_.what)) + ": ", grown);
}

// The store goes on where it was: the next message of each queue gets the next offset and survives the next cut.
bool disk_check::append_after(store_probe &probe, expectation &expected, const std::string &when) {
  static const sample after[] = {{"T", 0, "after the cut", "K\1v", 1},
                                 {"Orders", 1, "after the cut too", "K\1v", 2}};
  std::vector<const sample *> batch;
  for (const sample &m : after) {
    int64_t min = 0;
    intended &want = expected.queues[{m.topic, m.queue}];
    size_t there = probe.read_queue(m.topic, m.queue, &min).size();
    if (static_cast<size_t>(min) + there > want.messages.size()) return false;  // told already
    want.messages.resize(static_cast<size_t>(min) + there);
    if (there == 0) want.gone = std::max(want.gone, static_cast<size_t>(min));
    want.messages.push_back(&m);
    want.acknowledged = o_.config.sync_flush ? want.messages.size() : 0;
    batch.push_back(&m);
  }
  if (probe.append(batch) == STN_OK && probe.wait(batch.size())) return true;
  complain_(when + "no append afterwards");
  return false;
}

void disk_check::check_queue(store_probe &probe, const queue_id &id, const intended &want,
                             const std::string &when) {
  int64_t min = 0;
  std::vector<served> got = probe.read_queue(id.first, id.second, &min);
  const std::string where = when + id.first + "/" + std::to_string(id.second);
  const auto begin = static_cast<size_t>(min);
  const size_t end = begin + got.size();
  const size_t acknowledged = o_.config.sync_flush ? want.acknowledged : 0;
  // An empty queue may go on later than it ended: nobody misses an offset that no message has.
  if (begin > want.gone && (acknowledged > want.gone || !got.empty())) {
    complain_(where + ": begins at " + std::to_string(min) + ", removed were only " +
              std::to_string(want.gone));
  }
  if (end < acknowledged) {
    complain_(where + ": " + std::to_string(acknowledged) + " acknowledged, " +
              std::to_string(end) + " there (lost)");
  }
  if (end > want.messages.size()) {
    complain_(where + ": " + std::to_string(end) + " there, " +
              std::to_string(want.messages.size()) + " appended");
  }
  for (size_t i = begin; i < std::min(end, want.messages.size()); i++) {
    const sample &m = *want.messages[i];
    const served &is = got[i - begin];
    std::string at = where + " offset " + std::to_string(i);
    if (is_same(is, m)) {
      served_.push_back(&m);
      continue;
    }
    if (is.good) {
      complain_(at + " is served changed");
    } else {
      complain_(at + " is refused" + (i < acknowledged ? " (lost)" : " (a hole)"));
    }
    return;
  }
}

// What is served by offset is found by key, what was cut off is not.
void disk_check::check_keys(store_probe &probe, const expectation &expected,
                            const std::string &when) {
  for (size_t i = 0; i < k_keys_per_disk && !served_.empty(); i++) {
    check_key(probe, *served_[random_() % served_.size()], when);
  }
  for (size_t i = 0; i < k_keys_per_disk && !expected.cut.empty(); i++) {
    const sample &m = *expected.cut[random_() % expected.cut.size()];
    if (!probe.find(m.topic, property(m.props, "UNIQ_KEY")).empty()) {
      complain_(when + "message " + property(m.props, "UNIQ_KEY") + " was cut off and is found");
    }
  }
}

void disk_check::check_key(store_probe &probe, const sample &m, const std::string &when) {
  const std::string unique = property(m.props, "UNIQ_KEY");
  const std::string word = property(m.props, "KEYS");
  if (unique.empty()) return;
  std::vector<served> got = probe.find(m.topic, unique);
  if (got.size() != 1 || !is_same(got[0], m)) {
    complain_(when + m.topic + ": unique key " + unique + " finds " + std::to_string(got.size()) +
              " records");
  }
  if (word.empty()) return;
  got = probe.find(m.topic, word);
  if (got.empty()) complain_(when + m.topic + ": key " + word + " finds nothing");
  for (const served &one : got) {
    bool known = std::any_of(served_.begin(), served_.end(),
                             [&](const sample *s) { return is_same(one, *s); });
    if (!known || property(one.props, "KEYS") != word) {
      complain_(when + m.topic + ": key " + word + " finds another message");
    }
  }
}

}  // namespace stn::store_mmap::testing
