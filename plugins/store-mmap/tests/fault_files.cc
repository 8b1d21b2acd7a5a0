#include "fault_files.h"

#include <algorithm>
#include <cstring>

#include "stanchion/sdk/host.h"

namespace stn::store_mmap::testing {
namespace {

using bytes = fault_files::bytes;
using shared_bytes = std::shared_ptr<const bytes>;

constexpr size_t k_page = 4096;

bool is_same(const bytes &a, const bytes &b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace

// now is made out of synced when somebody looks at it first: a disk after a crash shares what nobody touches.
struct fault_files::file {
  shared_bytes synced = std::make_shared<bytes>();
  bytes now;
  bytes seen;  // of now, while it is mapped
  bool loaded = false;
  uint32_t mapped = 0;

  bytes &live() {
    if (!loaded) now = *synced;
    loaded = true;
    return now;
  }
  size_t size() const { return loaded ? now.size() : synced->size(); }
  const bytes &keepable() const { return mapped != 0 ? seen : now; }
  void look(size_t from, size_t to) {
    if (mapped != 0 && from < to) std::memcpy(seen.data() + from, now.data() + from, to - from);
  }
  void sync_all() {
    look(0, now.size());
    if (loaded && !is_same(now, *synced)) synced = std::make_shared<bytes>(now);
  }
  // The range of a mapping, and what has been seen of the rest of its pages, reaches the disk.
  void sync_pages(size_t from, size_t to) {
    look(from, std::min(to, now.size()));
    from = from / k_page * k_page;
    to = std::min((to + k_page - 1) / k_page * k_page, seen.size());
    auto fresh = std::make_shared<bytes>(*synced);
    if (fresh->size() < to) fresh->resize(to);
    if (to > from) std::memcpy(fresh->data() + from, seen.data() + from, to - from);
    synced = std::move(fresh);
  }
  shared_bytes after_crash(unsynced what, std::mt19937_64 &random);
};

struct fault_files::entry {
  std::shared_ptr<file> f;
  std::shared_ptr<dir> d;
  bool operator==(const entry &) const = default;
};

struct fault_files::dir {
  std::map<std::string, entry> now;
  std::map<std::string, entry> synced;
  std::shared_ptr<dir> after_crash(unsynced what, std::mt19937_64 &random) const;
};

struct fault_files::open_file {
  std::shared_ptr<file> f;
  std::string path;
};

struct fault_files::place {
  dir *parent = nullptr;
  std::string name;
  entry *at = nullptr;
};

shared_bytes fault_files::file::after_crash(unsynced what, std::mt19937_64 &random) {
  const bytes &written = keepable();
  if (what == unsynced::dropped || !loaded || is_same(written, *synced)) return synced;
  if (what == unsynced::kept) return std::make_shared<bytes>(written);
  bool grown = (random() & 1) != 0;
  auto out = std::make_shared<bytes>(grown ? written.size() : synced->size());
  uint64_t one_in = random() % 3;  // most sectors lost, half of them, most kept
  for (size_t at = 0; at < out->size(); at += k_sector) {
    size_t n = std::min(k_sector, out->size() - at);
    uint64_t dice = random() % 8;
    const bytes &from = dice < 1 + 3 * one_in ? written : *synced;
    if (at < from.size())
      std::memcpy(out->data() + at, from.data() + at, std::min(n, from.size() - at));
  }
  return out;
}

std::shared_ptr<fault_files::dir> fault_files::dir::after_crash(unsynced what,
                                                                std::mt19937_64 &random) const {
  std::map<std::string, entry> chosen = what == unsynced::dropped ? synced : now;
  if (what == unsynced::torn) {
    for (const auto &[name, e] : synced) chosen.try_emplace(name, e);
    std::erase_if(chosen, [&](const auto &item) {
      auto it = synced.find(item.first);
      bool both = now.count(item.first) != 0 && it != synced.end();
      return !both && (random() & 1) != 0;
    });
  }
  auto out = std::make_shared<dir>();
  for (const auto &[name, e] : chosen) {
    entry copy;
    if (e.d) copy.d = e.d->after_crash(what, random);
    if (e.f) {
      copy.f = std::make_shared<file>();
      copy.f->synced = e.f->after_crash(what, random);
    }
    out->now[name] = copy;
  }
  out->synced = out->now;
  return out;
}

fault_files::fault_files() : root_(std::make_shared<dir>()) {}
fault_files::~fault_files() = default;

std::unique_ptr<fault_files> fault_files::crash(unsynced what, std::mt19937_64 &random) {
  std::lock_guard lock(mu_);
  auto out = std::make_unique<fault_files>();
  out->root_ = root_->after_crash(what, random);
  return out;
}

void fault_files::look(const std::string &path) {
  std::lock_guard lock(mu_);
  if (place p = find(path); p.at != nullptr) look_below(*p.at);
}

void fault_files::look_below(const entry &e) {
  if (e.f) e.f->look(0, e.f->now.size());
  if (!e.d) return;
  for (const auto &[name, below] : e.d->now) look_below(below);
}

std::unique_ptr<fault_files> fault_files::copy() {
  std::mt19937_64 unused;
  return crash(unsynced::kept, unused);
}

bool fault_files::allowed(const op_info &op, status *answer) {
  if (before) before(op);
  if (refuse) {
    if (stn_status code = refuse(op); code != STN_OK) {
      *answer = {code, "injected at " + op.path};
      return false;
    }
  }
  *answer = {};
  return !(skip && skip(op));
}

fault_files::place fault_files::find(const std::string &path) {
  place p;
  p.parent = root_.get();
  size_t at = path.starts_with('/') ? 1 : 0;
  for (;;) {
    size_t slash = path.find('/', at);
    p.name = path.substr(at, slash == std::string::npos ? slash : slash - at);
    auto it = p.parent->now.find(p.name);
    p.at = it == p.parent->now.end() ? nullptr : &it->second;
    if (slash == std::string::npos) return p;
    if (p.at == nullptr || !p.at->d) return {};
    p.parent = p.at->d.get();
    at = slash + 1;
  }
}

fault_files::dir *fault_files::find_dir(const std::string &path) {
  if (path.empty() || path == "/") return root_.get();
  place p = find(path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
  return p.at == nullptr ? nullptr : p.at->d.get();
}

fault_files::bytes *fault_files::contents(const std::string &path) {
  std::lock_guard lock(mu_);
  place p = find(path);
  return p.at == nullptr || !p.at->f ? nullptr : &p.at->f->live();
}

void fault_files::list_below(const dir &d, const std::string &path, std::vector<std::string> *out) {
  for (const auto &[name, e] : d.now) {
    if (e.d) list_below(*e.d, path + "/" + name, out);
    if (e.f) out->push_back(path + "/" + name);
  }
}

std::vector<std::string> fault_files::files_below(const std::string &path) {
  std::lock_guard lock(mu_);
  std::vector<std::string> out;
  if (dir *d = find_dir(path)) list_below(*d, path, &out);
  return out;
}

void fault_files::set_space(uint64_t available) {
  std::lock_guard lock(mu_);
  space_ = available;
}

result<file_io::handle> fault_files::add_handle(std::shared_ptr<file> f, const std::string &path) {
  handle h = next_handle_++;
  handles_[h] = {std::move(f), path};
  return h;
}

std::shared_ptr<fault_files::file> fault_files::file_of(handle h, std::string *path) {
  std::lock_guard lock(mu_);
  auto it = handles_.find(h);
  STN_CHECK(it != handles_.end());
  *path = it->second.path;
  return it->second.f;
}

result<file_io::handle> fault_files::open(const std::string &path, open_mode mode) {
  for (bool announced = false;; announced = true) {
    {
      std::lock_guard lock(mu_);
      place p = find(path);
      if (p.at != nullptr && p.at->f) return add_handle(p.at->f, path);
      if (p.parent == nullptr || mode != open_mode::create) {
        return status(STN_E_NOT_FOUND, "open " + path);
      }
      if (announced) {
        auto made = std::make_shared<file>();
        p.parent->now[p.name] = {made, nullptr};
        return add_handle(made, path);
      }
    }
    status s;
    if (!allowed({file_op::create, path}, &s) && !s.ok()) return s;
  }
}

void fault_files::close(handle h) {
  std::lock_guard lock(mu_);
  STN_CHECK(handles_.erase(h) == 1);
}

result<uint64_t> fault_files::size(handle h) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  std::lock_guard lock(mu_);
  return static_cast<uint64_t>(f->live().size());
}

status fault_files::read(handle h, uint64_t offset, void *to, size_t n, bool, size_t *got) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  std::lock_guard lock(mu_);
  const bytes &b = f->live();
  *got = offset >= b.size() ? 0 : std::min<size_t>(n, b.size() - offset);
  if (*got != 0) std::memcpy(to, b.data() + offset, *got);
  return {};
}

status fault_files::write(handle h, uint64_t offset, const void *from, size_t n) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  status s;
  if (!allowed({file_op::write, path, offset, n}, &s)) return s;
  std::lock_guard lock(mu_);
  bytes &b = f->live();
  if (offset + n > b.size()) {
    STN_CHECK(f->mapped == 0);
    b.resize(offset + n);
  }
  if (n != 0) std::memcpy(b.data() + offset, from, n);
  f->look(offset, offset + n);
  return {};
}

status fault_files::resize(handle h, uint64_t size, file_op kind) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  status s;
  if (!allowed({kind, path, 0, size}, &s)) return s;
  std::lock_guard lock(mu_);
  bytes &b = f->live();
  if (size <= b.size()) return {};
  if (size - b.size() > space_) return {STN_E_NO_SPACE, "no space for " + path};
  if (space_ != ~uint64_t{0}) space_ -= size - b.size();
  STN_CHECK(f->mapped == 0);
  b.resize(size);
  return {};
}

status fault_files::allocate(handle h, uint64_t size) { return resize(h, size, file_op::allocate); }
status fault_files::extend(handle h, uint64_t size) { return resize(h, size, file_op::extend); }

status fault_files::zero(handle h, uint64_t offset, uint64_t n) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  status s;
  if (n == 0 || !allowed({file_op::zero, path, offset, n}, &s)) return s;
  std::lock_guard lock(mu_);
  bytes &b = f->live();
  if (offset < b.size()) {
    n = std::min<uint64_t>(n, b.size() - offset);
    std::memset(b.data() + offset, 0, n);
    f->look(offset, offset + n);
  }
  return {};
}

// In blocks, as a file system tells it.
uint64_t fault_files::data_end(handle h, uint64_t size) {
  constexpr uint64_t k_block = 4096;
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  std::lock_guard lock(mu_);
  const bytes &b = f->live();
  uint64_t end = std::min<uint64_t>(size, b.size());
  while (end > 0 && b[end - 1] == 0) end--;
  return std::min(size, (end + k_block - 1) / k_block * k_block);
}

status fault_files::sync(handle h) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  status s;
  if (!allowed({file_op::sync, path}, &s)) return s;
  std::lock_guard lock(mu_);
  f->sync_all();
  return {};
}

result<mapping> fault_files::map(handle h, size_t size, bool) {
  std::string path;
  std::shared_ptr<file> f = file_of(h, &path);
  std::lock_guard lock(mu_);
  if (f->live().size() < size) return status(STN_E_IO, "mapping behind the end of " + path);
  if (f->mapped++ == 0) f->seen = f->now;
  uint64_t tag = next_mapping_++;
  mappings_[tag] = {f, path};
  return mapping{f->now.data(), size, tag};
}

void fault_files::unmap(const mapping &m) {
  std::lock_guard lock(mu_);
  auto it = mappings_.find(m.tag);
  STN_CHECK(it != mappings_.end());
  it->second.f->mapped--;
  mappings_.erase(it);
}

status fault_files::sync_range(const mapping &m, size_t offset, size_t n) {
  open_file o;
  {
    std::lock_guard lock(mu_);
    o = mappings_.at(m.tag);
  }
  status s;
  if (!allowed({file_op::sync_range, o.path, offset, n}, &s)) return s;
  std::lock_guard lock(mu_);
  o.f->sync_pages(offset, offset + n);
  return {};
}

status fault_files::make_dirs(const std::string &path) {
  for (size_t at = 1; at <= path.size(); at++) {
    if (at != path.size() && path[at] != '/') continue;
    std::string part = path.substr(0, at);
    {
      std::lock_guard lock(mu_);
      if (find_dir(part) != nullptr) continue;
    }
    status s;
    if (!allowed({file_op::make_dir, part}, &s)) return s;
    std::lock_guard lock(mu_);
    place p = find(part);
    if (p.parent == nullptr || p.at != nullptr) return {STN_E_IO, "mkdir " + part};
    p.parent->now[p.name] = {nullptr, std::make_shared<dir>()};
  }
  return {};
}

status fault_files::sync_dir(const std::string &path) {
  status s;
  if (!allowed({file_op::sync_dir, path}, &s)) return s;
  std::lock_guard lock(mu_);
  dir *d = find_dir(path);
  if (d == nullptr) return {STN_E_NOT_FOUND, "open " + path};
  d->synced = d->now;
  return {};
}

status fault_files::list(const std::string &path, std::vector<file_entry> *out) {
  std::lock_guard lock(mu_);
  dir *d = find_dir(path);
  if (d == nullptr) return {STN_E_NOT_FOUND, "opendir " + path};
  for (const auto &[name, e] : d->now) {
    out->push_back({name, e.f ? e.f->size() : 0, 0, e.d != nullptr});
  }
  return {};
}

status fault_files::remove(const std::string &path) {
  status s;
  if (!allowed({file_op::remove, path}, &s)) return s;
  std::lock_guard lock(mu_);
  place p = find(path);
  if (p.at != nullptr && p.at->d) return {STN_E_IO, "unlink " + path};
  if (p.at != nullptr) p.parent->now.erase(p.name);
  return {};
}

status fault_files::remove_dir(const std::string &path) {
  status s;
  if (!allowed({file_op::remove, path}, &s)) return s;
  std::lock_guard lock(mu_);
  place p = find(path);
  if (p.at == nullptr) return {};
  if (!p.at->d || !p.at->d->now.empty()) return {STN_E_IO, "rmdir " + path};
  p.parent->now.erase(p.name);
  return {};
}

status fault_files::rename(const std::string &from, const std::string &to) {
  status s;
  if (!allowed({file_op::rename, from}, &s)) return s;
  std::lock_guard lock(mu_);
  place p = find(from);
  place q = find(to);
  if (p.at == nullptr || q.parent == nullptr) return {STN_E_NOT_FOUND, "rename " + from};
  entry moved = *p.at;
  p.parent->now.erase(p.name);
  q.parent->now[q.name] = moved;
  return {};
}

result<disk_space> fault_files::space(const std::string &) {
  std::lock_guard lock(mu_);
  return disk_space{uint64_t{1} << 40, std::min(space_, uint64_t{1} << 39)};
}

result<file_io::handle> fault_files::lock(const std::string &path) {
  return open(path, open_mode::create);
}

}  // namespace stn::store_mmap::testing
