#include "queue_files.h"

#include <algorithm>

#include "queue_entry.h"
#include "segment_set.h"

namespace stn::store_mmap {

queue_files::queue_files(file_io &files, const settings &s, counters &stats)
    : files_(files),
      stats_(stats),
      entries_(s.queue_file_entries),
      bytes_(s.queue_file_entries * static_cast<int64_t>(k_entry_size)),
      open_max_(std::max<uint32_t>(s.open_files_max, 16)),
      memory_max_(s.queue_memory_max) {}

queue_files::~queue_files() {
  for (auto &[id, f] : open_) files_.close(f.h);
}

std::string queue_files::path_of(const std::string &dir, int64_t file) const {
  return dir + "/" + offset_name(file * bytes_);
}

result<file_io::handle> queue_files::open_new(const std::string &dir, int64_t file, bool create,
                                              bool *created) {
  std::string path = path_of(dir, file);
  result<file_io::handle> h = files_.open(path, open_mode::write);
  if (h.ok() || !create || h.error().code() != STN_E_NOT_FOUND) return h;
  if (status s = files_.make_dirs(dir); !s.ok()) return s;
  h = files_.open(path, open_mode::create);
  if (!h.ok()) return h;
  if (status s = files_.extend(h.value(), static_cast<uint64_t>(bytes_)); !s.ok()) {
    files_.close(h.value());
    return s;
  }
  *created = true;
  return h;
}

// Two threads that open the same file at once both succeed; the second handle is closed again.
status queue_files::enter(queue_file_id id, const std::string &dir, bool create, bool *created,
                          open_file **out) {
  for (;;) {
    {
      std::lock_guard lock(mu_);
      if (auto it = open_.find(id); it != open_.end()) {
        it->second.users++;
        it->second.used = ++tick_;
        *out = &it->second;
        return {};
      }
    }
    result<file_io::handle> h = open_new(dir, id.file, create, created);
    if (!h.ok()) return h.error();
    std::lock_guard lock(mu_);
    auto [it, fresh] = open_.try_emplace(id);
    if (!fresh) {
      files_.close(h.value());
      continue;
    }
    it->second.h = h.value();
    it->second.used = ++tick_;
    stats_.open_files.fetch_add(1, std::memory_order_relaxed);
    close_oldest_locked();
  }
}

void queue_files::leave(queue_file_id id, open_file *f) {
  std::lock_guard lock(mu_);
  if (--f->users == 0 && f->doomed) {
    files_.close(f->h);
    stats_.open_files.fetch_sub(1, std::memory_order_relaxed);
    open_.erase(id);
  }
}

void queue_files::close_oldest_locked() {
  if (open_.size() <= open_max_) return;
  // An eighth at a time, so that the search is rare.
  std::vector<std::pair<uint64_t, queue_file_id>> idle;
  for (auto &[id, f] : open_) {
    if (f.users == 0 && f.used != tick_) idle.push_back({f.used, id});
  }
  size_t n = std::min(idle.size(), open_max_ / 8 + 1);
  std::partial_sort(idle.begin(), idle.begin() + static_cast<ptrdiff_t>(n), idle.end(),
                    [](const auto &a, const auto &b) { return a.first < b.first; });
  for (size_t i = 0; i < n; i++) {
    files_.close(open_[idle[i].second].h);
    open_.erase(idle[i].second);
    stats_.open_files.fetch_sub(1, std::memory_order_relaxed);
  }
}

status queue_files::read(queue_file_id id, const std::string &dir, int64_t slot, uint32_t n,
                         uint8_t *to, bool no_wait, uint32_t *got) {
  open_file *f = nullptr;
  bool created = false;
  if (status s = enter(id, dir, false, &created, &f); !s.ok()) return s;
  size_t bytes = 0;
  status s = files_.read(f->h, static_cast<uint64_t>(slot) * k_entry_size, to, n * k_entry_size,
                         no_wait, &bytes);
  leave(id, f);
  *got = static_cast<uint32_t>(bytes / k_entry_size);
  return s;
}

status queue_files::write(queue_file_id id, const std::string &dir, int64_t slot, uint32_t n,
                          const uint8_t *from, bool *created) {
  open_file *f = nullptr;
  if (status s = enter(id, dir, true, created, &f); !s.ok()) return s;
  status s = files_.write(f->h, static_cast<uint64_t>(slot) * k_entry_size, from, n * k_entry_size);
  leave(id, f);
  return s;
}

status queue_files::sync(queue_file_id id, const std::string &dir) {
  open_file *f = nullptr;
  bool created = false;
  if (status s = enter(id, dir, false, &created, &f); !s.ok()) return s;
  status s = files_.sync(f->h);
  leave(id, f);
  return s;
}

result<int64_t> queue_files::used_slots(queue_file_id id, const std::string &dir) {
  open_file *f = nullptr;
  bool created = false;
  if (status s = enter(id, dir, false, &created, &f); !s.ok()) return s;
  auto end = static_cast<int64_t>(files_.data_end(f->h, static_cast<uint64_t>(bytes_)));
  leave(id, f);
  constexpr auto k_size = static_cast<int64_t>(k_entry_size);
  return std::min(entries_, (end + k_size - 1) / k_size);
}

void queue_files::read_ahead(queue_file_id id, const std::string &dir, int64_t slot, int64_t n) {
  open_file *f = nullptr;
  bool created = false;
  if (!enter(id, dir, false, &created, &f).ok()) return;
  files_.read_ahead(f->h, static_cast<uint64_t>(slot) * k_entry_size,
                    static_cast<uint64_t>(n) * k_entry_size);
  leave(id, f);
}

status queue_files::clear_from(queue_file_id id, const std::string &dir, int64_t slot) {
  open_file *f = nullptr;
  bool created = false;
  if (status s = enter(id, dir, false, &created, &f); !s.ok()) return s;
  auto at = static_cast<uint64_t>(slot) * k_entry_size;
  status s = files_.punch(f->h, at, static_cast<uint64_t>(bytes_) - at);
  leave(id, f);
  return s;
}

void queue_files::forget(uint64_t queue) {
  std::lock_guard lock(mu_);
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->first.queue != queue) {
      ++it;
    } else if (it->second.users != 0) {
      it->second.doomed = true;
      ++it;
    } else {
      files_.close(it->second.h);
      stats_.open_files.fetch_sub(1, std::memory_order_relaxed);
      it = open_.erase(it);
    }
  }
}

}  // namespace stn::store_mmap
