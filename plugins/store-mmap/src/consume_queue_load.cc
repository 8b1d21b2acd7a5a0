// The parts of consume_queue that meet files of an earlier run: taking them up, cutting and removing them.
#include <algorithm>
#include <cstring>

#include "consume_queue.h"
#include "segment_set.h"

namespace stn::store_mmap {
namespace {

// Where the end is looked for first: entries behind a checkpoint are few.
constexpr int64_t k_near_end = 64;
constexpr int64_t k_few = 1024;  // slots

}  // namespace

result<consume_queue::file_range> consume_queue::list_files(bool remove_broken) {
  std::vector<file_entry> found;
  status s = files_.io().list(dir_, &found);
  if (s.code() == STN_E_NOT_FOUND) return file_range{};
  if (!s.ok()) return s;
  std::vector<int64_t> indexes;
  for (const file_entry &f : found) {
    int64_t at = parse_offset_name(f.name);
    bool good = !f.is_dir && at >= 0 && at % files_.file_bytes() == 0 &&
                f.size == static_cast<uint64_t>(files_.file_bytes());
    if (good) indexes.push_back(at / files_.file_bytes());
    if (!good && at >= 0 && !f.is_dir && remove_broken) {
      dir_changed_ = true;
      if (status r = files_.io().remove(dir_ + "/" + f.name); !r.ok()) return r;
    }
  }
  if (indexes.empty()) return file_range{};
  std::sort(indexes.begin(), indexes.end());
  // Only the run that starts at the oldest file is contiguous for certain; the rest is rebuilt from the log.
  file_range r{indexes[0], 1};
  while (r.count < static_cast<int64_t>(indexes.size()) &&
         indexes[static_cast<size_t>(r.count)] == r.first + r.count) {
    r.count++;
  }
  return r;
}

// Entries point into the log in rising order, so "written, and below the limit" holds for a prefix of the files.
result<bool> consume_queue::is_below(int64_t offset, int64_t phys_limit) {
  uint8_t raw[k_entry_size];
  uint32_t got = 0;
  int64_t per_file = files_.entries_per_file();
  status s =
      files_.read({serial_, offset / per_file}, dir_, offset % per_file, 1, raw, false, &got);
  if (!s.ok()) return s;
  queue_entry e = load_entry(raw);
  return got == 1 && e.size != 0 && e.phys >= 0 && e.phys < phys_limit;
}

result<int64_t> consume_queue::find_end(file_range r, int64_t phys_limit) {
  int64_t low = r.first * files_.entries_per_file();
  int64_t last = r.first + r.count - 1;
  result<int64_t> used = files_.used_slots({serial_, last}, dir_);
  if (!used.ok()) return used.error();
  int64_t high = last * files_.entries_per_file() + used.value();
  // From the end backwards: every look at another page of a cold file is a wait for the disk.
  for (int64_t step = k_near_end; low < high; step *= 4) {
    int64_t at = std::max(low, high - step);
    result<bool> below = is_below(at, phys_limit);
    if (!below.ok()) return below.error();
    if (below.value()) {
      low = at + 1;
      break;
    }
    high = at;
  }
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    result<bool> below = is_below(middle, phys_limit);
    if (!below.ok()) return below.error();
    if (below.value()) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

status consume_queue::find_min(int64_t from, int64_t end, int64_t log_first) {
  int64_t low = from;
  int64_t high = end;
  while (low < high) {
    // Of most queues nothing is gone.
    int64_t middle = low == from ? from : low + (high - low) / 2;
    result<queue_entry> e = entry(middle);
    if (!e.ok()) return e.error();
    if (e.value().is_filler() || e.value().phys < log_first) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  set_min(low);
  return {};
}

// Nothing stands in the file from this slot on. A few leftovers are written over: a hole would wait until pages that are
// on their way to the disk have got there.
status consume_queue::clear_from(int64_t file, int64_t slot) {
  const queue_file_id id{serial_, file};
  result<int64_t> used = files_.used_slots(id, dir_);
  if (!used.ok()) return used.error();
  if (used.value() <= slot) return {};
  if (used.value() - slot > k_few) return files_.clear_from(id, dir_, slot);
  std::vector<uint8_t> raw(static_cast<size_t>(used.value() - slot) * k_entry_size);
  auto n = static_cast<uint32_t>(used.value() - slot);
  uint32_t got = 0;
  if (status r = files_.read(id, dir_, slot, n, raw.data(), false, &got); !r.ok()) return r;
  if (std::all_of(raw.begin(), raw.end(), [](uint8_t b) { return b == 0; })) return {};
  std::fill(raw.begin(), raw.end(), uint8_t{0});
  bool created = false;
  status s = files_.write(id, dir_, slot, n, raw.data(), &created);
  return s.code() == STN_E_NO_SPACE ? files_.clear_from(id, dir_, slot) : s;
}

status consume_queue::zero_from(int64_t offset, file_range r) {
  int64_t per_file = files_.entries_per_file();
  bool forgotten = false;
  for (int64_t file = offset / per_file; file < r.first + r.count; file++) {
    if (file * per_file >= offset && file > r.first) {
      if (!forgotten) files_.forget(serial_);
      forgotten = dir_changed_ = true;
      if (status s = files_.io().remove(files_.path_of(dir_, file)); !s.ok()) return s;
      continue;
    }
    const int64_t slot = offset - file * per_file;
    if (status s = clear_from(file, slot); !s.ok()) return s;
    // Even if it is empty as seen here: an earlier start may have emptied it, and not the disk.
    unsynced_from_ = unsynced_from_ < 0 ? offset : std::min(unsynced_from_, offset);
  }
  return {};
}

status consume_queue::find_files() {
  result<file_range> r = list_files(true);
  if (!r.ok()) return r.error();
  found_ = r.value();
  if (found_.count == 0) return {};
  const queue_file_id last{serial_, found_.first + found_.count - 1};
  result<int64_t> used = files_.used_slots(last, dir_);
  if (!used.ok()) return used.error();
  files_.read_ahead({serial_, found_.first}, dir_, 0, 1);
  int64_t near = std::max<int64_t>(0, used.value() - k_near_end);
  files_.read_ahead(last, dir_, near, used.value() - near);
  return {};
}

status consume_queue::load(int64_t phys_limit, int64_t log_first, bool unclean) {
  const file_range r = found_;
  if (r.count == 0) return {};
  result<int64_t> end = find_end(r, phys_limit);
  if (!end.ok()) return end.error();
  int64_t file_end = (r.first + r.count) * files_.entries_per_file();
  if (unclean && end.value() < file_end) {
    if (status s = zero_from(end.value(), r); !s.ok()) return s;
  }
  {
    std::lock_guard lock(mu_);
    reset_locked(end.value());
  }
  set_visible(end.value());
  return find_min(r.first * files_.entries_per_file(), end.value(), log_first);
}

status consume_queue::cut(int64_t phys) {
  int64_t end = next_;
  while (end > 0) {
    result<queue_entry> e = entry(end - 1);
    if (!e.ok() && e.error().code() == STN_E_NOT_FOUND) break;
    if (!e.ok()) return e.error();
    if (!e.value().is_filler() && e.value().phys < phys) break;
    end--;
  }
  if (end == next_) return {};
  int64_t written = 0;
  {
    std::lock_guard lock(mu_);
    written = written_;
  }
  if (end < written) {
    result<file_range> r = list_files(false);
    if (!r.ok()) return r.error();
    if (status s = zero_from(end, r.value()); !s.ok()) return s;
  }
  std::lock_guard lock(mu_);
  next_ = newest_ = end;
  written_ = std::min(written_, end);
  oldest_ = std::min(oldest_, end);
  set_visible(std::min(visible(), end));
  set_min(std::min(min(), end));
  return {};
}

status consume_queue::drop_below(int64_t phys) {
  if (status s = find_min(min(), visible(), phys); !s.ok()) return s;
  int64_t keep = min() / files_.entries_per_file();
  result<file_range> r = list_files(false);
  if (!r.ok()) return r.error();
  int64_t last = r.value().first + r.value().count - 1;
  bool closed = false;
  for (int64_t file = r.value().first; file < keep && file < last; file++) {
    if (!closed) files_.forget(serial_);
    closed = true;
    if (status s = files_.io().remove(files_.path_of(dir_, file)); !s.ok()) return s;
    // One after the other: a name that comes back after a crash must not leave a hole.
    if (status s = files_.io().sync_dir(dir_); !s.ok()) return s;
  }
  return {};
}

status consume_queue::remove_files() {
  files_.forget(serial_);
  std::vector<file_entry> found;
  status s = files_.io().list(dir_, &found);
  if (s.code() == STN_E_NOT_FOUND) return {};
  for (const file_entry &f : found) {
    if (s.ok() && !f.is_dir) s = files_.io().remove(dir_ + "/" + f.name);
  }
  return s.ok() ? files_.io().remove_dir(dir_) : s;
}

}  // namespace stn::store_mmap
