#include "power_cut_model.h"

#include <algorithm>
#include <atomic>
#include <deque>

#include "disk_check.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";
constexpr size_t k_messages_per_disk = 250;
const char *const k_topics[] = {"T", "Orders", "%RETRY%g"};
constexpr int32_t k_queues = 3;

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
  bool is_over() const;
  void open();
  void step();
  void append_some();
  const sample *make_sample();
  void end_store(bool orderly);
  void write_index();
  void retain();
  void truncate();
  void take_acknowledged();
  void at_boundary(const op_info &op);
  void note_removal(const op_info &op);
  void try_cut(const op_info &op, unsynced what, const expectation &expected);
  void complain(const std::string &what);

  const model_options &o_;
  model_report &report_;
  std::mt19937_64 &random_;
  std::mt19937_64 cut_random_;
  settings settings_;
  std::unique_ptr<fault_files> disk_;
  std::unique_ptr<store_probe> probe_;
  std::deque<sample> samples_;
  std::mutex mu_;  // the following: changed by the worker, read at boundaries
  expectation expected_;
  std::vector<const sample *> waiting_;  // appended to the present store, in order
  size_t taken_ = 0;                     // of them, acknowledged
  int64_t kept_from_ = 0;                // retention has removed what lies before
  bool retaining_ = false;               // the worker's
  std::recursive_mutex writing_;         // held while mapped bytes change
  std::mutex checking_;                  // one boundary at a time
  std::atomic<bool> stopped_{false};
};

disk_run::disk_run(const model_options &o, model_report &report, std::mt19937_64 &random)
    : o_(o), report_(report), random_(random), cut_random_(random()) {
  settings_ = small_settings(k_dir, o.sync_flush);
  settings_.retention_bytes = 3 * settings_.segment_size;
  settings_.retention_interval_ms = settings_.space_interval_ms = 3600000;
  // Queues of one file and of many, so that files of queues go, too.
  settings_.queue_file_entries = random_() % 2 == 0 ? 40 : 4;
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
  probe_ = std::make_unique<store_probe>(*disk_, settings_);
  status s = probe_->open();
  if (s.ok()) return;
  complain("the store does not open: " + s.message());
  stopped_ = true;
}

void disk_run::step() {
  uint64_t dice = random_() % 100;
  if (dice < 70) {
    append_some();
  } else if (dice < 80) {
    (void)probe_->store().checkpoint_now();
  } else if (dice < 86) {
    write_index();
  } else if (dice < 91) {
    retain();
  } else if (dice < 94) {
    truncate();
  } else {
    end_store(dice < 97);
    if (!stopped_) open();
  }
}

// Most messages of a disk go to few queues: their files come and go.
const sample *disk_run::make_sample() {
  sample s;
  s.topic = k_topics[random_() % 4 == 0 ? random_() % std::size(k_topics) : 0];
  s.queue = random_() % 2 == 0 ? 0 : static_cast<int32_t>(random_() % k_queues);
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
      for (const sample *m : batch) expected_.queues[{m->topic, m->queue}].messages.push_back(m);
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

void disk_run::write_index() {
  std::lock_guard writing(writing_);
  if (status s = probe_->store().index().finish(); !s.ok()) complain("index: " + s.message());
}

void disk_run::retain() {
  retaining_ = true;
  report_.removed_files += static_cast<size_t>(probe_->store().keeper().look(true));
  retaining_ = false;
}

// Forgets some of the newest messages. While it works either state may be found, behind it they are gone for good.
void disk_run::truncate() {
  take_acknowledged();
  std::vector<int64_t> known;
  for (const auto &[id, q] : expected_.queues) {
    known.insert(known.end(), q.phys.begin(), q.phys.end());
  }
  std::sort(known.begin(), known.end(), std::greater<>());
  known.erase(std::lower_bound(known.begin(), known.end(), kept_from_, std::greater_equal<>()),
              known.end());
  if (known.empty()) return;
  const int64_t cut = known[random_() % std::min<size_t>(known.size(), 40)];
  auto below = [&](const intended &q) {
    return static_cast<size_t>(std::lower_bound(q.phys.begin(), q.phys.end(), cut) -
                               q.phys.begin());
  };
  {
    std::lock_guard lock(mu_);
    for (auto &[id, q] : expected_.queues) q.acknowledged = below(q);
  }
  report_.truncations++;
  if (status s = probe_->store().truncate(cut); !s.ok()) {
    complain("truncate: " + s.message());
    stopped_ = true;
    return;
  }
  std::lock_guard lock(mu_);
  for (auto &[id, q] : expected_.queues) {
    expected_.cut.insert(expected_.cut.end(), q.messages.begin() + static_cast<ptrdiff_t>(below(q)),
                         q.messages.end());
    q.messages.resize(below(q));
    q.phys.resize(below(q));
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
    intended &q = expected_.queues[{waiting_[taken_]->topic, waiting_[taken_]->queue}];
    q.acknowledged++;
    q.phys.push_back(probe_->phys_of(taken_));
  }
}

// The oldest log file is about to go: what it held may be missing from now on.
void disk_run::note_removal(const op_info &op) {
  if (!retaining_ || op.kind != file_op::remove) return;
  int64_t base = parse_offset_name(op.path.substr(op.path.find_last_of('/') + 1));
  if (op.path.find("/commitlog/") == std::string::npos || base < 0) return;
  kept_from_ = base + settings_.segment_size;
  for (auto &[id, q] : expected_.queues) {
    q.gone = static_cast<size_t>(std::lower_bound(q.phys.begin(), q.phys.end(), kept_from_) -
                                 q.phys.begin());
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
    note_removal(op);
    expected = expected_;
  }
  try_cut(op, unsynced::dropped, expected);
  if (!quiet) return;
  try_cut(op, unsynced::kept, expected);
  try_cut(op, unsynced::torn, expected);
}

void disk_run::try_cut(const op_info &op, unsynced what, const expectation &expected) {
  if (is_over()) return;
  std::string when = "cut " + std::to_string(report_.boundaries) + " before op " +
                     std::to_string(static_cast<int>(op.kind)) + " of " + op.path + ", unsynced " +
                     name_of(what) + ": ";
  disk_check::options options{settings_};
  options.checkpoint = report_.boundaries % 2 == 0;
  options.what = report_.boundaries % 3 == 0 ? unsynced::torn : unsynced::dropped;
  options.keys = report_.boundaries % 4 == 0;
  auto disk = disk_->crash(what, cut_random_);
  if (o_.plant) o_.plant(*disk);
  disk_check check(options, cut_random_, [&](const std::string &why) { complain(why); });
  report_.images += check.run(*disk, when, expected);
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
