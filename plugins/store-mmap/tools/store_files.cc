#include "store_files.h"

#include <algorithm>

#include "segment_set.h"

namespace stn::store_mmap {

store_files::~store_files() {
  for (const log_file &f : log_) {
    if (f.map.data != nullptr) files_.unmap(f.map);
  }
}

std::vector<file_entry> store_files::list(const std::string &path_below) const {
  std::vector<file_entry> found;
  (void)files_.list(dir_ + "/" + path_below, &found);
  std::sort(found.begin(), found.end(),
            [](const file_entry &a, const file_entry &b) { return a.name < b.name; });
  return found;
}

std::vector<std::string> store_files::names(const std::string &path_below) const {
  std::vector<std::string> out;
  for (const file_entry &f : list(path_below)) out.push_back(f.name);
  return out;
}

std::vector<uint8_t> store_files::read(const std::string &path_below) const {
  result<file_io::handle> h = files_.open(dir_ + "/" + path_below, open_mode::read);
  if (!h.ok()) return {};
  std::vector<uint8_t> out;
  result<uint64_t> size = files_.size(h.value());
  size_t got = 0;
  if (size.ok()) out.resize(size.value());
  if (!files_.read(h.value(), 0, out.data(), out.size(), false, &got).ok()) got = 0;
  files_.close(h.value());
  out.resize(got);
  return out;
}

status store_files::load() {
  if (status s = load_log(); !s.ok()) return s;
  result<checkpoint> c = checkpoint::load(files_, dir_ + "/checkpoint");
  if (!c.ok()) return c.error();
  checkpoint_ = c.value();
  result<file_io::handle> mark = files_.open(dir_ + "/abort", open_mode::read);
  was_running_ = mark.ok();
  if (mark.ok()) files_.close(mark.value());
  return load_queues();
}

status store_files::load_log() {
  for (const file_entry &f : list("commitlog")) {
    int64_t base = parse_offset_name(f.name);
    if (base < 0 || f.is_dir || f.size == 0) continue;
    result<file_io::handle> h = files_.open(dir_ + "/commitlog/" + f.name, open_mode::read);
    if (!h.ok()) return h.error();
    result<mapping> m = files_.map(h.value(), f.size, false);
    files_.close(h.value());
    if (!m.ok()) return m.error();
    log_.push_back({f.name, base, f.size, m.value(), read("sums/" + f.name)});
  }
  return log_.empty() ? status(STN_E_NOT_FOUND, dir_ + "/commitlog: no log files") : status();
}

status store_files::load_queues() {
  for (const file_entry &topic : list("consumequeue")) {
    if (!topic.is_dir) continue;
    for (const file_entry &id : list("consumequeue/" + topic.name)) {
      queue q{topic.name, -1, "consumequeue/" + topic.name + "/" + id.name, {}};
      if (!id.is_dir || !protocol::parse_int(std::string_view(id.name), &q.id)) continue;
      q.files = list(q.dir);
      std::erase_if(q.files, [](const file_entry &f) { return parse_offset_name(f.name) < 0; });
      queues_.push_back(std::move(q));
    }
  }
  return {};
}

const uint8_t *store_files::at(int64_t phys, uint64_t *left) const {
  auto it = std::upper_bound(log_.begin(), log_.end(), phys,
                             [](int64_t p, const log_file &f) { return p < f.base; });
  if (it == log_.begin()) return nullptr;
  --it;
  int64_t offset = phys - it->base;
  if (offset >= static_cast<int64_t>(it->size)) return nullptr;
  *left = it->size - static_cast<uint64_t>(offset);
  return it->map.data + offset;
}

}  // namespace stn::store_mmap
