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
    wake_.notify_one();
  }
  thread_.join();
}

void queue_writer::run() {
  auto interval = std::chrono::milliseconds(settings_.queue_write_interval_ms);
  // Who is killed again and again before a checkpoint is due must not check more and more each time.
  if (after_crash_) (void)checkpoint_now(false);
  uint64_t last_checkpoint = mono_ms();
  int64_t checkpointed = state_.end.load();
  for (;;) {
    {
      std::unique_lock lock(mu_);
      if (wake_.wait_for(lock, interval, [&] { return stopping_; })) return;
    }
    commit_.expire(mono_ns());
    if (state_.refusing.load() == STN_E_IO) continue;
    status s = write_entries();
    bool due = mono_ms() - last_checkpoint >= settings_.checkpoint_interval_ms;
    if (s.ok() && due && state_.end.load() != checkpointed) {
      checkpointed = state_.end.load();
      s = checkpoint_now(false);
    }
    if (due) last_checkpoint = mono_ms();
  }
}

// A full disk passes: entries stay in memory until it does. Any other failure is final.
status queue_writer::judge(status s) {
  if (!s.ok() && s.code() != STN_E_NO_SPACE) commit_.fail(s);
  return s;
}

status queue_writer::write_entries() {
  std::lock_guard lock(step_mu_);
  return judge(write_entries_locked());
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
  std::lock_guard lock(step_mu_);
  return judge(checkpoint_locked(clean));
}

// Nobody else writes queue files meanwhile, so a queue of the same name that was made since has none yet.
status queue_writer::remove_dropped(const std::vector<consume_queue *> &gone,
                                    const std::string &topic_dir) {
  std::lock_guard lock(step_mu_);
  for (consume_queue *q : gone) {
    if (status s = q->remove_files(); !s.ok()) return judge(s);
  }
  if (status s = files_.remove_dir(topic_dir); !s.ok()) return judge(s);
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
  if (status s = write_entries_locked(); !s.ok()) return s;
  if (status s = sync_queue_files(); !s.ok()) return s;
  index_.note(&c);
  if (status s = c.save(files_, settings_.dir + "/checkpoint"); !s.ok()) return s;
  checkpointed_.store(c.log_end, std::memory_order_relaxed);
  return files_.sync_dir(settings_.dir);
}

status queue_writer::cut(int64_t phys) {
  std::lock_guard step(step_mu_);
  if (status s = checkpoint_locked(false); !s.ok()) return s;
  if (status s = checkpoint_cut(phys); !s.ok()) return s;
  sums_.cut(phys);
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

status queue_writer::sync_queue_files() {
  // All queues are asked, not only those written to: a start zeroes and removes files of queues that get nothing later.
  for (consume_queue *q : queues_.all()) {
    if (!q->is_unsynced()) continue;
    if (status s = q->sync_files(); !s.ok()) return std::move(s).prefix(q->dir());
  }
  std::sort(new_dirs_.begin(), new_dirs_.end());
  new_dirs_.erase(std::unique(new_dirs_.begin(), new_dirs_.end()), new_dirs_.end());
  if (!new_dirs_.empty()) new_dirs_.push_back(settings_.dir + "/consumequeue");
  for (const std::string &dir : new_dirs_) {
    status s = files_.sync_dir(dir);
    if (!s.ok() && s.code() != STN_E_NOT_FOUND) return s;
  }
  new_dirs_.clear();
  return {};
}

}  // namespace stn::store_mmap
