#include "power_cut_model.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>

#include "store_probe.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";
constexpr size_t k_messages_per_disk = 250;
const char *const k_topics[] = {"T", "Orders", "%RETRY%g"};
constexpr int32_t k_queues = 3;

using queue_id = std::pair<std::string, int32_t>;

const char *name_of(unsynced what) {
  return what == unsynced::dropped ? "dropped" : what == unsynced::kept ? "kept" : "torn";
}

// One disk and the messages given to the stores that worked on it.
class disk_run {
 public:
  disk_run(const model_options &o, model_report &report, std::mt19937_64 &random);
  // Until the disk is full of messages or the boundaries are used up.
  void work();

 private:
  struct intended {
    std::vector<const sample *> messages;
    size_t acknowledged = 0;
  };
  using expectation = std::map<queue_id, intended>;

  bool is_over() const;
  void open();
  void step();
  void append_some();
  const sample *make_sample();
  void end_store(bool orderly);
  void take_acknowledged();
  void at_boundary(const op_info &op);
  void try_cut(const op_info &op, unsynced what, const expectation &expected);
  void check_disk(std::unique_ptr<fault_files> disk, const std::string &when,
                  const expectation &expected, bool again);
  void check_queue(store_probe &probe, const queue_id &id, const intended &want,
                   const std::string &when);
  bool append_after(store_probe &probe, expectation &expected, const std::string &when);
  void complain(const std::string &what);

  const model_options &o_;
  model_report &report_;
  std::mt19937_64 &random_;
  std::mt19937_64 cut_random_;
  std::unique_ptr<fault_files> disk_;
  std::unique_ptr<store_probe> probe_;
  std::deque<sample> samples_;
  std::mutex mu_;  // the following: changed by the worker, read at boundaries
  expectation expected_;
  std::vector<const sample *> waiting_;  // appended to the present store, in order
  size_t taken_ = 0;                     // of them, acknowledged
  std::recursive_mutex writing_;         // held while the log's mapped bytes change
  std::mutex checking_;                  // one boundary at a time
  std::atomic<bool> stopped_{false};
};

disk_run::disk_run(const model_options &o, model_report &report, std::mt19937_64 &random)
    : o_(o), report_(report), random_(random), cut_random_(random()) {
  disk_ = std::make_unique<fault_files>();
  if (o_.plant) o_.plant(*disk_);
  disk_->before = [this](const op_info &op) { at_boundary(op); };
}

bool disk_run::is_over() const {
  return stopped_ || report_.boundaries >= o_.boundaries ||
         report_.violations.size() >= o_.violations_max;
}

void disk_run::complain(const std::string &what) {
  if (report_.violations.size() < o_.violations_max) report_.violations.push_back(what);
}

void disk_run::work() {
  open();
  while (!is_over() && samples_.size() < k_messages_per_disk) step();
  end_store(random_() % 2 == 0);
  report_.messages += samples_.size();
  disk_->before = nullptr;
}

void disk_run::open() {
  probe_ = std::make_unique<store_probe>(*disk_, small_settings(k_dir, o_.sync_flush));
  status s = probe_->open();
  if (s.ok()) return;
  complain("the store does not open: " + s.message());
  stopped_ = true;
}

void disk_run::step() {
  uint64_t dice = random_() % 100;
  if (dice < 80) {
    append_some();
  } else if (dice < 94) {
    (void)probe_->store().checkpoint_now();
  } else {
    end_store(dice < 97);
    if (!stopped_) open();
  }
}

const sample *disk_run::make_sample() {
  sample s;
  s.topic = k_topics[random_() % std::size(k_topics)];
  s.queue = static_cast<int32_t>(random_() % k_queues);
  uint64_t kind = random_() % 10;
  size_t size = kind == 0 ? 0 : kind < 8 ? random_() % 300 : random_() % 6000;
  s.body = std::to_string(samples_.size()) + ":";
  while (s.body.size() < size) s.body.push_back(static_cast<char>('a' + s.body.size() % 23));
  if (kind == 0) s.body.clear();
  s.flag = static_cast<int32_t>(random_() % 1000);
  s.props = "UNIQ_KEY\1" + std::to_string(samples_.size());
  if (kind > 4) s.props += "\2TAGS\1TagA\2KEYS\1k" + std::string(random_() % 40, 'k');
  samples_.push_back(std::move(s));
  return &samples_.back();
}

// Several calls, each a batch, then a wait for all of them: groups form, and cuts fall between and into them.
void disk_run::append_some() {
  uint64_t calls = 1 + random_() % 3;
  for (uint64_t c = 0; c < calls && !is_over(); c++) {
    std::vector<const sample *> batch;
    for (uint64_t n = 1 + random_() % 4; n > 0; n--) batch.push_back(make_sample());
    std::lock_guard writing(writing_);
    {
      std::lock_guard lock(mu_);
      for (const sample *m : batch) expected_[{m->topic, m->queue}].messages.push_back(m);
      waiting_.insert(waiting_.end(), batch.begin(), batch.end());
    }
    if (stn_status st = probe_->append(batch); st != STN_OK) {
      complain("an append is refused: " + std::to_string(st));
      stopped_ = true;
      return;
    }
  }
  if (!probe_->wait(waiting_.size())) {
    complain("an append is not answered");
    stopped_ = true;
  }
}

void disk_run::end_store(bool orderly) {
  if (orderly) {
    if (status s = probe_->store().close(); !s.ok()) complain("close: " + s.message());
  }
  take_acknowledged();
  probe_.reset();
  std::lock_guard lock(mu_);
  waiting_.clear();
  taken_ = 0;
}

// Completions come in the order of the appends, so their number tells which are acknowledged.
void disk_run::take_acknowledged() {
  size_t n = probe_ ? probe_->acknowledged() : 0;
  std::lock_guard lock(mu_);
  for (; taken_ < std::min(n, waiting_.size()); taken_++) {
    expected_[{waiting_[taken_]->topic, waiting_[taken_]->queue}].acknowledged++;
  }
}

void disk_run::at_boundary(const op_info &op) {
  // Making a file ahead goes on while the writer waits for it; waiting for the writer here would never end.
  bool making = op.path.find("/commitlog") != std::string::npos && op.kind != file_op::sync_range;
  std::unique_lock writing(writing_, std::defer_lock);
  bool quiet = true;
  if (making) {
    quiet = writing.try_lock();
  } else {
    writing.lock();
  }
  std::lock_guard checking(checking_);
  if (is_over()) return;
  report_.boundaries++;
  // First what is acknowledged, then the disk: whatever is acknowledged later may be missing.
  take_acknowledged();
  expectation expected;
  {
    std::lock_guard lock(mu_);
    expected = expected_;
  }
  try_cut(op, unsynced::dropped, expected);
  if (!quiet) return;
  try_cut(op, unsynced::kept, expected);
  try_cut(op, unsynced::torn, expected);
}

void disk_run::try_cut(const op_info &op, unsynced what, const expectation &expected) {
  std::string when = "cut " + std::to_string(report_.boundaries) + " before op " +
                     std::to_string(static_cast<int>(op.kind)) + " of " + op.path + ", unsynced " +
                     name_of(what) + ": ";
  check_disk(disk_->crash(what, cut_random_), when, expected, true);
}

void disk_run::check_disk(std::unique_ptr<fault_files> disk, const std::string &when,
                          const expectation &expected, bool again) {
  report_.images++;
  if (o_.plant) o_.plant(*disk);
  expectation grown = expected;
  {
    store_probe probe(*disk, small_settings(k_dir, o_.sync_flush));
    if (status s = probe.open(); !s.ok()) {
      complain(when + "the store does not open: " + s.message());
      return;
    }
    for (const auto &[id, want] : expected) check_queue(probe, id, want, when);
    if (!again || report_.violations.size() >= o_.violations_max) return;
    if (!append_after(probe, grown, when)) return;
    if (report_.boundaries % 2 == 0) (void)probe.store().checkpoint_now();
  }
  unsynced what = report_.boundaries % 3 == 0 ? unsynced::torn : unsynced::dropped;
  check_disk(disk->crash(what, cut_random_), when + "then again, unsynced " + name_of(what) + ": ",
             grown, false);
}

// The store goes on where it was: the next message of each queue gets the next offset and survives the next cut.
bool disk_run::append_after(store_probe &probe, expectation &expected, const std::string &when) {
  static const sample after[] = {{"T", 0, "after the cut", "K\1v", 1},
                                 {"Orders", 1, "after the cut too", "K\1v", 2}};
  std::vector<const sample *> batch;
  for (const sample &m : after) {
    int64_t min = 0;
    intended &want = expected[{m.topic, m.queue}];
    want.messages.resize(probe.read_queue(m.topic, m.queue, &min).size());
    want.messages.push_back(&m);
    want.acknowledged = o_.sync_flush ? want.messages.size() : 0;
    batch.push_back(&m);
  }
  if (probe.append(batch) == STN_OK && probe.wait(batch.size())) return true;
  complain(when + "no append afterwards");
  return false;
}

void disk_run::check_queue(store_probe &probe, const queue_id &id, const intended &want,
                           const std::string &when) {
  int64_t min = 0;
  std::vector<served> got = probe.read_queue(id.first, id.second, &min);
  std::string where = when + id.first + "/" + std::to_string(id.second);
  size_t acknowledged = o_.sync_flush ? want.acknowledged : 0;
  if (min != 0) complain(where + ": begins at " + std::to_string(min));
  if (got.size() < acknowledged) {
    complain(where + ": " + std::to_string(acknowledged) + " acknowledged, " +
             std::to_string(got.size()) + " there (lost)");
  }
  if (got.size() > want.messages.size()) {
    complain(where + ": " + std::to_string(got.size()) + " there, " +
             std::to_string(want.messages.size()) + " appended");
  }
  for (size_t i = 0; i < std::min(got.size(), want.messages.size()); i++) {
    const sample &m = *want.messages[i];
    std::string at = where + " offset " + std::to_string(i);
    if (!got[i].good) {
      complain(at + " is refused" + (i < acknowledged ? " (lost)" : " (a hole)"));
    } else if (got[i].body != m.body || got[i].props != m.props || got[i].flag != m.flag) {
      complain(at + " is served changed");
    } else {
      continue;
    }
    return;
  }
}

}  // namespace

model_report run_power_cuts(const model_options &o) {
  model_report report;
  std::mt19937_64 random(o.seed);
  while (report.boundaries < o.boundaries && report.violations.size() < o.violations_max) {
    size_t before = report.boundaries;
    disk_run(o, report, random).work();
    if (report.boundaries == before) break;
  }
  return report;
}

}  // namespace stn::store_mmap::testing
