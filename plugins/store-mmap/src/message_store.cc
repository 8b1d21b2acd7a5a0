#include "message_store.h"

#include "background.h"

namespace stn::store_mmap {

message_store::message_store(file_io &files, settings s, wall_clock clock, log_fn log)
    : files_(files),
      settings_(std::move(s)),
      log_(std::move(log)),
      queue_files_(files, settings_, stats_),
      segments_(files, settings_, stats_),
      queues_(queue_files_, settings_, stats_),
      commit_(segments_, settings_, stats_, state_, done_),
      ahead_(segments_, settings_, state_),
      appender_({segments_, queues_, settings_, stats_, state_, commit_, done_, ahead_}, clock),
      sums_(files, segments_, settings_),
      reader_(segments_, sums_, queues_, settings_, stats_, state_),
      index_(files, segments_, sums_, settings_, stats_, state_),
      writer_(files, queues_, settings_, state_, commit_, sums_, index_),
      keeper_({files, segments_, queues_, index_, writer_, settings_, stats_, state_}, clock,
              log_) {
  state_.refusing = STN_E_CLOSED;
}

message_store::~message_store() {
  stop_threads();
  unlock();
}

status message_store::open() {
  if (status s = lock_dir(); !s.ok()) return s;
  status s = recover();
  if (!s.ok()) {
    unlock();
    return s;
  }
  auto failed = [this](const status &why) { note_failure(why); };
  appender_.start(watches_);
  commit_.start(watches_, failed);
  ahead_.start([this](const status &why) {
    log_(STN_LOG_WARN, "no segment ahead: " + why.message());
    if (why.code() == STN_E_IO) commit_.fail(why);
  });
  writer_.start(report_.end > 0 && (report_.unclean || report_.foreign));
  index_.start([this](const status &why) {
    log_(STN_LOG_WARN, "the index cannot be written: " + why.message());
  });
  open_ = true;
  state_.refusing = STN_OK;
  keeper_.start();
  return {};
}

// The folder's name, and those of folders above it that are missing, must survive what its contents survive.
static status make_dir_for_good(file_io &files, const std::string &dir) {
  std::vector<std::string> fresh;
  for (std::string at = dir; !at.empty(); at.resize(at.find_last_of('/'))) {
    std::vector<file_entry> found;
    if (files.list(at, &found).code() != STN_E_NOT_FOUND) break;
    size_t slash = at.find_last_of('/');
    fresh.push_back(slash == std::string::npos ? "." : at.substr(0, slash + 1));
    if (slash == std::string::npos) break;
  }
  if (status s = files.make_dirs(dir); !s.ok()) return s;
  for (const std::string &parent : fresh) {
    if (status s = files.sync_dir(parent); !s.ok()) return s;
  }
  return {};
}

status message_store::lock_dir() {
  if (status s = make_dir_for_good(files_, settings_.dir); !s.ok()) return s;
  result<file_io::handle> lock = files_.lock(settings_.dir + "/lock");
  if (!lock.ok()) return lock.error();
  lock_ = lock.value();
  return files_.write(lock_, 0, "lock", 4);
}

status message_store::recover() {
  const std::string abort = settings_.dir + "/abort";
  result<file_io::handle> mark = files_.open(abort, open_mode::read);
  bool unclean = mark.ok();
  if (mark.ok()) files_.close(mark.value());
  // Read before anything is written: the index goes by it later.
  result<checkpoint> c = checkpoint::load(files_, settings_.dir + "/checkpoint");
  if (!c.ok()) return c.error();
  recovery r(files_, segments_, queues_, settings_, state_);
  if (status s = r.run(unclean, &report_); !s.ok()) return s;
  // Consumers can be served from a full disk.
  if (status s = segments_.ensure(report_.end + 1); !s.ok() && s.code() != STN_E_NO_SPACE) {
    return s;
  }
  // What a killed process left in memory only must be on the disk before anyone reads it.
  state_.durable = report_.from;
  segments_.set_durable(report_.from);
  const uint64_t begin = mono_ms();
  if (status s = commit_.sync_to(report_.end); !s.ok()) return s;
  report_.sync_ms = mono_ms() - begin;
  bool ours = c.value().exact && c.value().log_end <= report_.end;
  status sums =
      ours ? sums_.load(c.value().log_end, c.value().tail_sum) : sums_.discard(report_.end);
  if (!sums.ok()) return sums;
  if (status s = index_.load(c.value(), unclean); !s.ok()) return s;
  result<file_io::handle> h = files_.open(abort, open_mode::create);
  if (!h.ok()) return h.error();
  files_.close(h.value());
  if (status s = files_.sync_dir(settings_.dir); !s.ok()) return s;
  log_(STN_LOG_INFO,
       "log recovered: end=" + std::to_string(report_.end) + " checked_from=" +
           std::to_string(report_.from) + " records=" + std::to_string(report_.records) +
           " unclean=" + std::to_string(unclean) + " damaged=" + std::to_string(report_.damaged) +
           " cut_bytes=" + std::to_string(report_.cut_bytes) +
           " refused_entries=" + std::to_string(report_.refused_entries) + " queues_ms=" +
           std::to_string(report_.queues_ms) + " records_ms=" + std::to_string(report_.records_ms) +
           " cut_ms=" + std::to_string(report_.cut_ms) +
           " sync_ms=" + std::to_string(report_.sync_ms));
  return {};
}

void message_store::note_failure(const status &s) {
  stats_.read_only = 1;
  log_(STN_LOG_ERROR, "the store is read-only from now on: " + s.message());
}

// Queue files are behind, as on a disk that cannot keep up: what waits for them takes memory.
stn_status message_store::too_much_waits(stn_error *err) {
  stats_.busy_refusals.fetch_add(1, std::memory_order_relaxed);
  return stn_error_set(err, STN_E_BUSY, "too many queue entries wait for their files");
}

void message_store::stop_threads() {
  keeper_.stop();
  appender_.stop();
  ahead_.stop();
  writer_.stop();
  commit_.stop();
  index_.stop();
}

void message_store::unlock() {
  if (lock_ >= 0) files_.close(lock_);
  lock_ = -1;
}

status message_store::close() {
  if (!open_) return {};
  open_ = false;
  stop_threads();
  bool answered = done_.wait_idle(5000);
  status s;
  if (status i = index_.finish(); !i.ok()) {
    log_(STN_LOG_WARN, "the index is behind the log: " + i.message());
  }
  if (state_.refusing.load() != STN_E_IO) s = writer_.checkpoint_now(true);
  if (s.ok() && state_.refusing.load() != STN_E_IO) {
    s = files_.remove(settings_.dir + "/abort");
    if (s.ok()) s = files_.sync_dir(settings_.dir);
  }
  unlock();
  if (s.ok() && !answered) return {STN_E_TIMEOUT, "completions are outstanding"};
  return s;
}

status message_store::confirm(int64_t phys) {
  if (!settings_.sync_flush) return {STN_E_UNSUPPORTED, "without sync flush nothing waits"};
  commit_.confirm(phys);
  return {};
}

status message_store::truncate(int64_t phys) {
  {
    std::lock_guard lock(state_.append_mu);
    int32_t open = STN_OK;
    if (!state_.refusing.compare_exchange_strong(open, STN_E_BUSY)) {
      return {open, "the log takes no changes now"};
    }
  }
  status s = cut_all(phys);
  int32_t cutting = STN_E_BUSY;
  state_.refusing.compare_exchange_strong(cutting, STN_OK);
  return s;
}

// Nobody appends. A checkpoint comes before the files are cut: a start never looks behind the log's end for it.
status message_store::cut_all(int64_t phys) {
  const int64_t end = state_.end.load();
  if (phys == end) return {};
  if (status s = commit_.sync_to(end); !s.ok()) return s;
  stn_bslice record{};
  stn_error err{};
  stn_status st = phys < end ? reader_.read_raw(phys, 0, end, &record, &err)
                             : stn_error_set(&err, STN_E_RANGE, "behind the log's end");
  if (st != STN_OK) return status::from_abi(st, err);
  record.owner->ops->release(record.owner, 1);
  status s = cut_parts(phys);
  // Half of a log that ends there and half of one that goes on: nothing may follow.
  if (!s.ok()) commit_.fail(s);
  return s;
}

status message_store::cut_parts(int64_t phys) {
  if (status s = writer_.cut(phys); !s.ok()) return s;
  if (status s = index_.cut(phys); !s.ok()) return s;
  {
    std::lock_guard lock(state_.append_mu);
    appender_.forget_tail();
    state_.end = phys;
    state_.durable = phys;
    state_.trusted = std::min(state_.trusted.load(), phys);
    state_.entries = queues_.entries();
  }
  segments_.set_durable(phys);
  if (status s = writer_.checkpoint_now(false); !s.ok()) return s;
  return segments_.cut(phys);
}

stn_status message_store::queue_info(uint32_t topic, const int32_t *queue, uint32_t n,
                                     stn_queue_info *out) const {
  for (uint32_t i = 0; i < n; i++) {
    const consume_queue *q = queues_.find(topic, queue[i]);
    out[i] = {0, 0};
    if (q == nullptr) continue;
    out[i].max = q->visible();
    out[i].min = std::min(q->min(), out[i].max);
  }
  return STN_OK;
}

status message_store::drop_topic(uint32_t topic) {
  std::vector<consume_queue *> gone;
  {
    std::lock_guard lock(state_.append_mu);
    gone = queues_.drop(topic);
    for (consume_queue *q : gone) state_.entries.fetch_sub(q->next());
  }
  if (gone.empty()) return {};
  return writer_.remove_dropped(gone, queues_.topic_dir(topic));
}

}  // namespace stn::store_mmap
