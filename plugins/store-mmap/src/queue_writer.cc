#include "queue_writer.h"

#include <algorithm>

#include "background.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {

queue_writer::queue_writer(file_io &files, queue_table &queues, const settings &s, log_state &state,
                           group_commit &commit, log_sums &sums, key_index &index)
    : files_(files),
      queues_(queues),
      settings_(s),
      state_(state),
      commit_(commit),
      sums_(sums),
      index_(index) {}

queue_writer::~queue_writer() { STN_CHECK(!thread_.joinable()); }

void queue_writer::start(bool after_crash) {
  stopping_ = false;
  after_crash_ = after_crash;
  if (after_crash) note_all_dirs();
  thread_ = start_thread("stn-queues", [this] { run(); });
  checkpoint_thread_ = start_thread("stn-checkpoint", [this] { run_checkpoints(); });
}

void queue_writer::note_all_dirs() {
  std::lock_guard lock(step_mu_);
  for (const consume_queue *q : queues_.all()) {
    new_dirs_.insert(new_dirs_.end(), {q->dir(), queues_.topic_dir(q->topic())});
  }
}

void queue_writer::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
  checkpoint_thread_.join();
}

bool queue_writer::stops_within(uint64_t ms) {
  std::unique_lock lock(mu_);
  return wake_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return stopping_; });
}

void queue_writer::run() {
  while (!stops_within(queues_.files().is_memory_short() ? 1 : settings_.queue_write_interval_ms)) {
    commit_.expire(mono_ns());
    if (state_.refusing.load() == STN_E_IO) continue;
    // Whoever holds it for long writes entries as well.
    std::unique_lock lock(step_mu_, std::try_to_lock);
    if (lock.owns_lock()) (void)judge(write_entries_locked());
  }
}

void queue_writer::run_checkpoints() {
  // Who is killed again and again before a checkpoint is due must not check more and more each time.
  if (after_crash_) (void)checkpoint_now(false);
  int64_t done = state_.end.load();
  while (!stops_within(settings_.checkpoint_interval_ms)) {
    const int64_t end = state_.end.load();
    if (end == done || state_.refusing.load() == STN_E_IO) continue;
    if (checkpoint_now(false).ok()) done = end;
  }
}

// A full disk passes: entries stay in memory until it does. Any other failure is final.
status queue_writer::judge(status s) {
  if (!s.ok() && s.code() != STN_E_NO_SPACE) commit_.fail(s);
  return s;
}

status queue_writer::write_entries_locked() {
  status s;
  for (consume_queue *q : queues_.take_dirty()) {
    bool created = false;
    if (queues_.find(q->topic(), q->id()) != q) continue;  // dropped meanwhile
    if (s.ok()) s = q->write_out(buffer_, &created).prefix(q->dir());
    if (!s.ok()) queues_.add_dirty(q);
    if (!created) continue;
    std::string topic_dir = queues_.topic_dir(q->topic());
    new_dirs_.insert(new_dirs_.end(), {q->dir(), topic_dir});
  }
  return s;
}

status queue_writer::checkpoint_now(bool clean) {
  std::lock_guard lock(checkpoint_mu_);
  return judge(checkpoint_locked(clean));
}

// Nobody else writes queue files meanwhile, so a queue of the same name that was made since has none yet.
status queue_writer::remove_dropped(const std::vector<consume_queue *> &gone,
                                    const std::string &topic_dir) {
  std::lock_guard lock(checkpoint_mu_);
  {
    std::lock_guard step(step_mu_);
    for (consume_queue *q : gone) {
      if (status s = q->remove_files(); !s.ok()) return judge(s);
    }
    if (status s = files_.remove_dir(topic_dir); !s.ok()) return judge(s);
  }
  return judge(checkpoint_locked(false));
}

status queue_writer::checkpoint_locked(bool clean) {
  checkpoint c;
  {
    std::lock_guard lock(state_.append_mu);
    c.log_end = state_.end.load();
    c.entries = state_.entries.load();
    c.log_ms = c.queue_ms = state_.last_store_ms.load();
  }
  c.clean = clean;
  if (status s = commit_.sync_to(c.log_end); !s.ok()) return s;
  if (status s = sums_.update(c.log_end); !s.ok()) return s;
  c.tail_sum = sums_.tail_sum();
  {
    std::lock_guard step(step_mu_);
    if (status s = write_entries_locked(); !s.ok()) return s;
    if (status s = sync_queue_files_locked(); !s.ok()) return s;
  }
  index_.note(&c);
  if (status s = c.save(files_, settings_.dir + "/checkpoint"); !s.ok()) return s;
  checkpointed_.store(c.log_end, std::memory_order_relaxed);
  return files_.sync_dir(settings_.dir);
}

status queue_writer::cut(int64_t phys) {
  std::lock_guard checkpoint(checkpoint_mu_);
  if (status s = checkpoint_locked(false); !s.ok()) return s;
  if (status s = checkpoint_cut(phys); !s.ok()) return s;
  sums_.cut(phys);
  std::lock_guard step(step_mu_);
  std::lock_guard lock(state_.append_mu);
  for (consume_queue *q : queues_.all()) {
    if (status s = q->cut(phys); !s.ok()) return std::move(s).prefix(q->dir());
  }
  return {};
}

// Behind a checkpoint and before anything is cut: a start that finds it half done believes nothing behind `phys`.
status queue_writer::checkpoint_cut(int64_t phys) {
  checkpoint c;
  c.log_end = phys;
  c.entries = k_entries_unknown;
  c.log_ms = c.queue_ms = state_.last_store_ms.load();
  index_.note_cut(phys, &c);
  if (status s = c.save(files_, settings_.dir + "/checkpoint"); !s.ok()) return s;
  return files_.sync_dir(settings_.dir);
}

status queue_writer::drop_below(int64_t phys) {
  std::lock_guard lock(step_mu_);
  for (consume_queue *q : queues_.all()) {
    if (status s = q->drop_below(phys); !s.ok()) return std::move(s).prefix(q->dir());
  }
  return {};
}

status queue_writer::sync_queue_files_locked() {
  uint64_t written = mono_ms();
  // Thousands of syncs take seconds, in which new entries fill memory.
  auto write_due = [&]() -> status {
    const bool due = mono_ms() - written >= settings_.queue_write_interval_ms;
    if (!due && !queues_.files().is_memory_short()) return {};
    status s = write_entries_locked();
    written = mono_ms();
    return s;
  };
  // All queues are asked, not only those written to: a start zeroes and removes files of queues that get nothing later.
  for (consume_queue *q : queues_.all()) {
    if (!q->is_unsynced()) continue;
    if (status s = write_due(); !s.ok()) return s;
    if (status s = q->sync_files(); !s.ok()) return std::move(s).prefix(q->dir());
  }
  std::vector<std::string> dirs;
  dirs.swap(new_dirs_);
  std::sort(dirs.begin(), dirs.end());
  dirs.erase(std::unique(dirs.begin(), dirs.end()), dirs.end());
  if (!dirs.empty()) dirs.push_back(settings_.dir + "/consumequeue");
  for (const std::string &dir : dirs) {
    status s = files_.sync_dir(dir);
    if (s.ok() || s.code() == STN_E_NOT_FOUND) s = write_due();
    if (s.ok()) continue;
    new_dirs_.insert(new_dirs_.end(), dirs.begin(), dirs.end());
    return s;
  }
  return {};
}

}  // namespace stn::store_mmap
