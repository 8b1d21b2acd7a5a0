// The part of key_index that meets files of an earlier run: which of them to believe, and from where to go on.
#include <algorithm>

#include "key_index.h"

namespace stn::store_mmap {
namespace {

constexpr size_t k_name_size = 17;

bool is_time_name(const std::string &name) {
  return name.size() == k_name_size &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

int64_t key_index::name_of(const index_file &file) const {
  int64_t name = 0;
  protocol::parse_int(std::string_view(file.path()).substr(dir_.size() + 1), &name);
  return name;
}

status key_index::load(const checkpoint &c, bool unclean) {
  from_ = c;
  if (!c.exact) from_.index_count = k_index_unknown;
  if (!settings_.index) return {};
  if (status s = files_.make_dirs(dir_); !s.ok()) return s;
  std::vector<file_entry> found;
  if (status s = files_.list(dir_, &found); !s.ok()) return s;
  std::sort(found.begin(), found.end(),
            [](const file_entry &a, const file_entry &b) { return a.name < b.name; });
  std::lock_guard lock(mu_);
  list_.clear();
  ready_ = failed_ = false;
  unclean_ = unclean;
  on_disk_ = checkpoint();
  for (const file_entry &f : found) {
    if (f.is_dir || !is_time_name(f.name)) continue;
    std::string path = dir_ + "/" + f.name;
    if (f.size != static_cast<uint64_t>(shape_.bytes())) {
      // A name without contents is what a crash leaves; a file of other settings is kept out, and kept.
      if (f.size == 0) (void)files_.remove(path);
      continue;
    }
    list_.push_back(std::make_unique<index_file>(files_, stats_, path, shape_));
  }
  return {};
}

status key_index::take_up() {
  while (!list_.empty()) {
    status s = list_.back()->load();
    if (s.ok()) break;
    if (s.code() != STN_E_CORRUPT) return s;
    if (s = remove_last(); !s.ok()) return s;
  }
  for (auto &file : list_) {
    if (status s = file->load(); !s.ok() && s.code() != STN_E_CORRUPT) return s;
  }
  position_ = 0;
  bool known = from_.exact && from_.index_count != k_index_unknown;
  status s = known ? take_up_exact() : take_up_foreign();
  if (!s.ok()) return s;
  if (list_.empty() && position_ == 0) position_ = segments_.first();
  position_ = std::max(position_, segments_.first());
  const int64_t end = state_.end.load();
  if (position_ > end) {
    if (s = cut_locked(end); !s.ok()) return s;
    position_ = end;
  }
  stats_.index_files.store(static_cast<int64_t>(list_.size()), std::memory_order_relaxed);
  stats_.index_position.store(position_);
  return sync_locked();
}

// The checkpoint says how many entries stood in the last file when everything before index_end was on the disk.
status key_index::take_up_exact() {
  const int64_t count = from_.index_count;
  if (!unclean_ && from_.clean) {
    bool agrees = list_.empty() ? count == 0 : list_.back()->header().count == count;
    if (agrees) position_ = from_.index_end;
    if (agrees) return {};
  }
  // Newer files hold nothing that the checkpoint knows of; of an older one nothing is missing but what follows it.
  while (!list_.empty() && count > 0) {
    const int64_t name = name_of(*list_.back());
    status s = name == from_.index_name ? restore_last(count, from_.index_end) : status();
    if (s.ok() && name <= from_.index_name) {
      bool named = name == from_.index_name;
      position_ = named ? from_.index_end : behind(list_.back()->header().end_phys);
      return {};
    }
    if (!s.ok() && s.code() != STN_E_CORRUPT) return s;
    if (s = remove_last(); !s.ok()) return s;
  }
  while (!list_.empty()) {
    if (status s = remove_last(); !s.ok()) return s;
  }
  // Nothing was ever indexed before that position, or everything is lost and is made again.
  if (count == 0) position_ = from_.index_end;
  return {};
}

// Files of the original: complete up to the record of their last entry, unless it crashed while it wrote them.
status key_index::take_up_foreign() {
  while (!list_.empty() && list_.back()->header().count <= 1) {  // says nothing about the log
    if (status s = remove_last(); !s.ok()) return s;
  }
  while (unclean_ && !list_.empty() && list_.back()->header().end_ms > from_.index_ms) {
    if (status s = remove_last(); !s.ok()) return s;
  }
  while (!list_.empty() && list_.back()->header().end_phys >= state_.end.load()) {
    if (status s = cut_locked(state_.end.load()); !s.ok()) return s;
  }
  if (!list_.empty()) position_ = behind(list_.back()->header().end_phys);
  return {};
}

status key_index::restore_last(int64_t count, int64_t phys_limit) {
  index_file &file = *list_.back();
  int64_t end_ms = file.header().end_ms;
  if (count > 1 && count <= shape_.entries) {
    result<index_entry> e = file.entry(count - 1);
    if (!e.ok()) return e.error();
    int64_t ms = store_ms_at(e.value().phys);
    if (ms >= 0) end_ms = ms;
  }
  return file.restore(count, phys_limit, end_ms);
}

// Leaves no entry at or behind `phys`.
status key_index::cut_locked(int64_t phys) {
  while (!list_.empty()) {
    index_file &file = *list_.back();
    result<int64_t> first = file.first_from(phys);
    if (!first.ok()) return first.error();
    if (first.value() > 1) {
      if (first.value() == file.header().count) return {};
      status s = restore_last(first.value(), phys);
      if (s.code() != STN_E_CORRUPT) return s;
    }
    if (status s = remove_last(); !s.ok()) return s;
  }
  return {};
}

status key_index::remove_last() {
  std::string path = list_.back()->path();
  list_.pop_back();
  return files_.remove(path);
}

// -1: no record there.
int64_t key_index::store_ms_at(int64_t phys) {
  result<segment_pin> pin = segments_.pin(phys);
  if (!pin.ok()) return -1;
  record_view r{};
  const segment_pin &s = pin.value();
  bool good = parse_record(s->at(phys), s->space(phys), false, &r) == record_kind::message;
  return good ? r.store_ms : -1;
}

// Where the record behind the one at `phys` starts; the log's start if there is none at `phys`.
int64_t key_index::behind(int64_t phys) {
  result<segment_pin> pin = segments_.pin(phys);
  if (!pin.ok()) return segments_.first();
  record_view r{};
  const segment_pin &s = pin.value();
  bool good = parse_record(s->at(phys), s->space(phys), false, &r) == record_kind::message;
  return good && r.phys == phys ? phys + r.size : segments_.first();
}

}  // namespace stn::store_mmap
