#include "power_cut_model.h"

#include <algorithm>
#include <deque>
#include <thread>

#include "disk_check.h"

namespace stn::store_mmap::testing {
namespace {

const std::string k_dir = "/data/store";
const std::string k_log_dir = k_dir + "/commitlog";
constexpr size_t k_messages_per_disk = 250;
const char *const k_topics[] = {"T", "Orders", "%RETRY%g"};
constexpr int32_t k_queues = 3;

const char *name_of(unsynced what) {
  return what == unsynced::dropped ? "dropped" : what == unsynced::kept ? "kept" : "torn";
}

// One disk and the messages given to the stores that worked on it.
//
// Boundaries come on every thread of the store, some of them under its locks. So they wait for each other only, never for
// the worker: what is in mapped memory is looked at by whoever writes there. The log's is written by the worker, an index
// file's by whoever is about to do something to that file.
class disk_run {
 public:
  disk_run(const model_options &o, model_report &report, std::mt19937_64 &random);
  // Until the disk is full of messages or the boundaries are used up.
  void work();

 private:
  bool is_over();
  void open();
  void step();
  void append_some();
  const sample *make_sample();
  void end_store(bool orderly);
  void write_index();
  void retain();
  int64_t place_to_cut();
  void truncate();
  void take_acknowledged();
  void at_boundary(const op_info &op);
  void look(const op_info &op);
  size_t next_boundary();
  void note_removal(const op_info &op);
  void try_cut(size_t number, const op_info &op, unsynced what, const expectation &expected);
  void complain(const std::string &what);
  void give_up(const std::string &why);

  const model_options &o_;
  const std::thread::id worker_ = std::this_thread::get_id();
  std::mt19937_64 &random_;
  settings settings_;
  std::unique_ptr<fault_files> disk_;
  std::unique_ptr<store_probe> probe_;  // changes while the store has no threads
  std::deque<sample> samples_;
  std::mutex checking_;  // one boundary at a time; before the others
  std::mt19937_64 cut_random_;
  std::mutex mu_;  // the following
  expectation expected_;
  std::vector<const sample *> waiting_;  // appended to the present store, in order
  size_t taken_ = 0;                     // of them, acknowledged
  int64_t kept_from_ = 0;                // retention has removed what lies before
  bool retaining_ = false;
  bool stopped_ = false;
  model_report &report_;
};

disk_run::disk_run(const model_options &o, model_report &report, std::mt19937_64 &random)
    : o_(o), random_(random), cut_random_(random()), report_(report) {
  settings_ = small_settings(k_dir, o.sync_flush);
  settings_.retention_bytes = 3 * settings_.segment_size;
  settings_.retention_interval_ms = settings_.space_interval_ms = 3600000;
  // Queues of one file and of many, so that files of queues go, too.
  settings_.queue_file_entries = random_() % 2 == 0 ? 40 : 4;
  disk_ = std::make_unique<fault_files>();
  if (o_.plant) o_.plant(*disk_);
  disk_->before = [this](const op_info &op) { at_boundary(op); };
}

bool disk_run::is_over() {
  std::lock_guard lock(mu_);
  return stopped_ || report_.boundaries >= o_.boundaries ||
         report_.violations.size() >= o_.violations_max;
}

void disk_run::complain(const std::string &what) {
  std::lock_guard lock(mu_);
  if (report_.violations.size() < o_.violations_max) report_.violations.push_back(what);
}

// The store cannot go on.
void disk_run::give_up(const std::string &why) {
  complain(why);
  std::lock_guard lock(mu_);
  stopped_ = true;
}

void disk_run::work() {
  open();
  while (!is_over() && samples_.size() < k_messages_per_disk) step();
  end_store(random_() % 2 == 0);
  disk_->before = nullptr;
  report_.messages += samples_.size();
}

void disk_run::open() {
  probe_ = std::make_unique<store_probe>(*disk_, settings_);
  if (status s = probe_->open(); !s.ok()) give_up("the store does not open: " + s.message());
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
    if (!is_over()) open();
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
    {
      std::lock_guard lock(mu_);
      for (const sample *m : batch) expected_.queues[{m->topic, m->queue}].messages.push_back(m);
      waiting_.insert(waiting_.end(), batch.begin(), batch.end());
    }
    if (stn_status st = probe_->append(batch); st != STN_OK) {
      return give_up("an append is refused: " + std::to_string(st));
    }
    std::lock_guard checking(checking_);  // whose disks hold nothing newer than what it expects
    disk_->look(k_log_dir);
  }
  if (!probe_->wait(waiting_.size())) give_up("an append is not answered");
}

void disk_run::write_index() {
  if (status s = probe_->store().index().finish(); !s.ok()) complain("index: " + s.message());
}

void disk_run::retain() {
  auto note = [this](bool retaining) {
    std::lock_guard lock(mu_);
    retaining_ = retaining;
  };
  note(true);
  auto removed = static_cast<size_t>(probe_->store().keeper().look(true));
  note(false);
  std::lock_guard lock(mu_);
  report_.removed_files += removed;
}

// The position of one of the newest messages; -1 if there is none.
int64_t disk_run::place_to_cut() {
  std::lock_guard lock(mu_);
  std::vector<int64_t> known;
  for (const auto &[id, q] : expected_.queues) {
    known.insert(known.end(), q.phys.begin(), q.phys.end());
  }
  std::sort(known.begin(), known.end(), std::greater<>());
  known.erase(std::lower_bound(known.begin(), known.end(), kept_from_, std::greater_equal<>()),
              known.end());
  return known.empty() ? -1 : known[random_() % std::min<size_t>(known.size(), 40)];
}

// Forgets some of the newest messages. While it works either state may be found, behind it they are gone for good.
void disk_run::truncate() {
  take_acknowledged();
  const int64_t cut = place_to_cut();
  if (cut < 0) return;
  auto below = [&](const intended &q) {
    return static_cast<size_t>(std::lower_bound(q.phys.begin(), q.phys.end(), cut) -
                               q.phys.begin());
  };
  {
    std::lock_guard lock(mu_);
    for (auto &[id, q] : expected_.queues) q.acknowledged = below(q);
    report_.truncations++;
  }
  if (status s = probe_->store().truncate(cut); !s.ok()) return give_up("truncate: " + s.message());
  std::lock_guard lock(mu_);
  for (auto &[id, q] : expected_.queues) {
    expected_.cut.insert(expected_.cut.end(), q.messages.begin() + static_cast<ptrdiff_t>(below(q)),
                         q.messages.end());
    q.messages.resize(below(q));
    q.phys.resize(below(q));
  }
}

void disk_run::end_store(bool orderly) {
  if (!probe_) return;
  if (orderly) {
    if (status s = probe_->store().close(); !s.ok()) complain("close: " + s.message());
  }
  probe_->kill();
  take_acknowledged();
  probe_.reset();
  std::lock_guard lock(mu_);
  waiting_.clear();
  taken_ = 0;
}

// Completions come in the order of the appends, so their number tells which are acknowledged.
void disk_run::take_acknowledged() {
  std::lock_guard lock(mu_);
  const size_t n = probe_->acknowledged();
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
  std::lock_guard checking(checking_);
  look(op);
  const size_t number = next_boundary();
  if (number == 0) return;
  // First what is acknowledged, then the disk: whatever is acknowledged later may be missing.
  take_acknowledged();
  expectation expected;
  {
    std::lock_guard lock(mu_);
    note_removal(op);
    expected = expected_;
  }
  for (unsynced what : {unsynced::dropped, unsynced::kept, unsynced::torn}) {
    try_cut(number, op, what, expected);
  }
}

void disk_run::look(const op_info &op) {
  if (std::this_thread::get_id() == worker_) disk_->look(k_log_dir);
  if (op.path.starts_with(k_dir + "/index/")) disk_->look(op.path);
}

// 0: it is not looked at any more.
size_t disk_run::next_boundary() {
  if (is_over()) return 0;
  std::lock_guard lock(mu_);
  return ++report_.boundaries;
}

void disk_run::try_cut(size_t number, const op_info &op, unsynced what,
                       const expectation &expected) {
  std::string when = "cut " + std::to_string(number) + " before op " +
                     std::to_string(static_cast<int>(op.kind)) + " of " + op.path + ", unsynced " +
                     name_of(what) + ": ";
  disk_check::options options{settings_};
  options.checkpoint = number % 2 == 0;
  options.what = number % 3 == 0 ? unsynced::torn : unsynced::dropped;
  options.keys = number % 4 == 0;
  auto disk = disk_->crash(what, cut_random_);
  if (o_.plant) o_.plant(*disk);
  disk_check check(options, cut_random_, [&](const std::string &why) { complain(why); });
  const size_t images = check.run(*disk, when, expected);
  std::lock_guard lock(mu_);
  report_.images += images;
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
