#include "key_index.h"

#include <algorithm>
#include <ctime>

#include "background.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_step = 1 << 20;  // bytes of log per hold of the lock

// yyyyMMddHHmmssSSS in local time, as the original names its files.
std::string time_name(int64_t ms) {
  std::time_t seconds = ms / 1000;
  std::tm t{};
  ::localtime_r(&seconds, &t);
  char text[40];
  size_t n = std::strftime(text, sizeof(text), "%Y%m%d%H%M%S", &t);
  std::string millis = std::to_string(ms % 1000);
  return std::string(text, n) + std::string(3 - millis.size(), '0') + millis;
}

// The names of equal length sort by time; a clock that stands still or goes back must not break that.
std::string name_after(std::string name) {
  for (size_t i = name.size(); i-- > 0;) {
    if (name[i] != '9') {
      name[i]++;
      return name;
    }
    name[i] = '0';
  }
  return name;
}

}  // namespace

key_index::key_index(file_io &files, segment_set &segments, const log_sums &sums, const settings &s,
                     counters &stats, log_state &state)
    : files_(files),
      segments_(segments),
      sums_(sums),
      settings_(s),
      stats_(stats),
      state_(state),
      dir_(s.dir + "/index"),
      shape_{s.index_slots, s.index_entries} {}

key_index::~key_index() { STN_CHECK(!thread_.joinable()); }

void key_index::start(std::function<void(const status &)> on_failure) {
  if (!settings_.index) return;
  on_failure_ = std::move(on_failure);
  stopping_ = false;
  last_sync_ms_ = mono_ms();
  thread_ = start_thread("stn-index", [this] { run(); });
}

void key_index::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(wake_mu_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void key_index::run() {
  auto interval = std::chrono::milliseconds(settings_.index_interval_ms);
  for (;;) {
    {
      std::unique_lock lock(wake_mu_);
      if (wake_.wait_for(lock, interval, [&] { return stopping_.load(); })) return;
    }
    status s = follow(limit());
    if (s.ok()) s = sync_due(false);
    std::lock_guard lock(mu_);
    if (!s.ok() && !failed_) on_failure_(s);
    failed_ = !s.ok();
  }
}

// What a crash could take back is not looked at under sync flush.
int64_t key_index::limit() const {
  return settings_.sync_flush ? state_.durable.load(std::memory_order_acquire)
                              : state_.end.load(std::memory_order_acquire);
}

status key_index::follow(int64_t phys) {
  if (status s = prepare(); !s.ok()) return s;
  for (;;) {
    std::lock_guard lock(mu_);
    if (position_ >= phys || stopping_) break;
    if (status s = step(std::min(phys, position_ + k_step)); !s.ok()) return s;
  }
  return {};
}

status key_index::prepare() {
  std::lock_guard lock(mu_);
  if (ready_) return {};
  status s = take_up();
  ready_ = s.ok();
  return s;
}

status key_index::step(int64_t phys) {
  position_ = std::max(position_, segments_.first());
  status s;
  while (s.ok() && position_ < phys) {
    if (!pin_.holds(position_)) {
      result<segment_pin> pin = segments_.pin(position_);
      if (!pin.ok()) return pin.error();
      pin_ = std::move(pin.value());
    }
    s = step_in_segment(phys);
  }
  pin_.reset();
  if (!list_.empty()) list_.back()->publish();
  stats_.index_position.store(position_, std::memory_order_relaxed);
  return s;
}

status key_index::step_in_segment(int64_t phys) {
  while (position_ < phys && pin_.holds(position_)) {
    record_view r{};
    record_kind kind = parse_record(pin_->at(position_), pin_->space(position_), false, &r);
    if (kind != record_kind::message || r.phys != position_) {
      if (kind != record_kind::blank) {
        stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
      }
      position_ = pin_->end();  // a blank, or damage behind which no record can be found
      return {};
    }
    if (status s = add(r); !s.ok()) return s;
    position_ += r.size;
  }
  return {};
}

status key_index::add(const record_view &r) {
  if (protocol::transaction_type(r.sysflag) == protocol::k_msg_trans_rollback) return {};
  std::string_view unique;
  std::string_view keys;
  protocol::property_cursor cursor(r.props);
  for (protocol::property_entry e; cursor.next(&e);) {
    if (e.name == protocol::property::unique_key) unique = e.value;
    if (e.name == protocol::property::keys) keys = e.value;
  }
  if (!unique.empty()) {
    if (status s = add_key(r, unique); !s.ok()) return s;
  }
  while (!keys.empty()) {
    size_t n = std::min(keys.find(' '), keys.size());
    if (n != 0) {
      if (status s = add_key(r, keys.substr(0, n)); !s.ok()) return s;
    }
    keys.remove_prefix(std::min(n + 1, keys.size()));
  }
  return {};
}

status key_index::add_key(const record_view &r, std::string_view key) {
  if (list_.empty() || list_.back()->is_full()) {
    if (status s = new_file(); !s.ok()) return s;
  }
  index_file &file = *list_.back();
  if (status s = file.map(); !s.ok()) return s;
  key_.clear();
  key_.append(r.topic).append(1, '#').append(key);
  return file.put(index_hash(key_), r.phys, r.store_ms);
}

// The file before is finished first: on the disk, and no longer mapped.
status key_index::new_file() {
  index_header before{};
  std::string name = time_name(state_.last_store_ms.load());
  if (!list_.empty()) {
    index_file &last = *list_.back();
    if (status s = last.sync(); !s.ok()) return s;
    last.unmap();
    before = last.header();
    std::string last_name = last.path().substr(dir_.size() + 1);
    if (name <= last_name) name = name_after(last_name);
  }
  auto fresh = std::make_unique<index_file>(files_, stats_, dir_ + "/" + name, shape_);
  if (status s = fresh->create(before.end_phys, before.end_ms); !s.ok()) return s;
  list_.push_back(std::move(fresh));
  stats_.index_files.store(static_cast<int64_t>(list_.size()), std::memory_order_relaxed);
  return files_.sync_dir(dir_);
}

status key_index::sync_due(bool now) {
  std::lock_guard lock(mu_);
  bool due = mono_ms() - last_sync_ms_ >= settings_.index_sync_interval_ms;
  if (!now && (!due || on_disk_.index_end == position_)) return {};
  last_sync_ms_ = mono_ms();
  return sync_locked();
}

status key_index::sync_locked() {
  if (!list_.empty()) {
    if (status s = list_.back()->sync(); !s.ok()) return s;
    on_disk_.index_count = list_.back()->header().count;
    on_disk_.index_name = name_of(*list_.back());
  } else {
    on_disk_.index_count = on_disk_.index_name = 0;
  }
  on_disk_.index_ms = finished_ms(list_.size());
  on_disk_.index_end = position_;
  return {};
}

// The original's meaning of it: after a crash it drops the files that end later, and told to keep the index safe it
// indexes the log again from there. A later time would lose what the newest file held before it.
int64_t key_index::finished_ms(size_t files) const {
  return files < 2 ? 0 : list_[files - 2]->header().end_ms;
}

status key_index::finish() {
  if (!settings_.index) return {};
  stopping_ = false;  // the thread is gone: nobody else reads it
  if (status s = follow(limit()); !s.ok()) return s;
  return sync_due(true);
}

void key_index::note(checkpoint *c) {
  bool usable = settings_.index && prepare().ok();
  std::lock_guard lock(mu_);
  const checkpoint &known = usable ? on_disk_ : from_;
  c->index_end = known.index_end;
  c->index_count = known.index_count;
  c->index_ms = known.index_ms;
  c->index_name = known.index_name;
}

void key_index::note_cut(int64_t phys, checkpoint *c) {
  note(c);
  if (c->index_end <= phys) return;
  std::lock_guard lock(mu_);
  c->index_end = phys;
  for (size_t n = list_.size(); n != 0; n--) {
    index_file &file = *list_[n - 1];
    result<int64_t> first = file.first_from(phys);
    c->index_count = first.ok() ? first.value() : k_index_unknown;
    c->index_name = name_of(file);
    c->index_ms = finished_ms(n);
    if (c->index_count != 1) return;
  }
  c->index_count = c->index_name = 0;
}

status key_index::drop_below(int64_t phys) {
  std::lock_guard lock(mu_);
  if (!ready_) return {};
  while (list_.size() > 1 && list_.front()->header().end_phys < phys) {
    std::string path = list_.front()->path();
    list_.pop_front();
    if (status s = files_.remove(path); !s.ok()) return s;
  }
  stats_.index_files.store(static_cast<int64_t>(list_.size()), std::memory_order_relaxed);
  return {};
}

status key_index::cut(int64_t phys) {
  if (!settings_.index) return {};
  if (status s = prepare(); !s.ok()) return s;
  std::lock_guard lock(mu_);
  if (position_ <= phys) return {};
  if (status s = cut_locked(phys); !s.ok()) return s;
  position_ = phys;
  return sync_locked();
}

}  // namespace stn::store_mmap
