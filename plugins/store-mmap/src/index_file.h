// index_file.h - one file that finds records by key, in the original's layout (docs/store-format.md, "Index").
//
// 40 bytes of header, a table of slots, entries numbered from 1. A slot holds the number of its newest entry, an entry
// that of the one before it in the same slot: chains run from new to old. The file is sparse; blocks are reserved ahead of
// what is written through the mapping, so a full disk is a status and never a fault. Frozen layout. [serial file]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file_io.h"
#include "settings.h"

namespace stn::store_mmap {

struct index_shape {
  int64_t slots = 5000000;
  int64_t entries = 20000000;  // numbers 1 .. entries - 1 are used

  static constexpr int64_t k_header_size = 40;
  static constexpr int64_t k_slot_size = 4;
  static constexpr int64_t k_entry_bytes = 20;
  int64_t slot_at(int64_t slot) const { return k_header_size + slot * k_slot_size; }
  int64_t entry_at(int64_t n) const { return slot_at(slots) + n * k_entry_bytes; }
  int64_t bytes() const { return entry_at(entries); }
};

struct index_header {
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  int64_t begin_phys = 0;
  int64_t end_phys = 0;
  int32_t slots_used = 0;
  int32_t count = 1;  // number of the next entry
};

struct index_entry {
  int32_t hash = 0;
  int64_t phys = 0;
  int32_t seconds = 0;  // store time since header.begin_ms
  int32_t previous = 0;

  // Never written: no key has such an entry but by an accident that costs one more look at the log.
  bool is_empty() const { return hash == 0 && phys == 0 && seconds == 0 && previous == 0; }
};

// What a chain is searched for; times are store times in ms, both included.
struct index_search {
  int32_t hash;
  int64_t begin_ms;
  int64_t end_ms;
  int64_t below_phys;
  size_t max;  // no more than this is added
};

// Hash of a key string "topic#key" as the original computes it: never negative.
int32_t index_hash(std::string_view topic_and_key);

class index_file {
 public:
  index_file(file_io &files, counters &stats, std::string path, index_shape shape);
  ~index_file();

  const std::string &path() const { return path_; }
  const index_header &header() const { return header_; }
  bool is_full() const { return header_.count >= shape_.entries; }
  bool is_mapped() const { return map_.data != nullptr; }

  // Takes up a file that exists. STN_E_CORRUPT if its header cannot be true.
  status load();
  // Makes the file, on the disk but for its name; it carries on from the end of the one before.
  status create(int64_t end_phys, int64_t end_ms);
  // Ready for put; stays so until unmap(), which closes the file too.
  status map();
  void unmap();

  // Adds an entry; not when is_full(). STN_E_NO_SPACE: nothing happened.
  status put(int32_t hash, int64_t phys, int64_t store_ms);
  // The header goes to the file.
  void publish();
  status sync();
  // Entries of the chain that may match, newest first. Times of entries are rounded: the caller looks at the records.
  status select(const index_search &q, std::vector<int64_t> *out);

  // Keeps entries 1 .. count - 1, all of which must lie before `phys_limit`, and makes the slots anew from them. The file
  // is mapped then. STN_E_CORRUPT if the entries are not what put() writes.
  status restore(int64_t count, int64_t phys_limit, int64_t end_ms);
  // Number of the first entry at or behind `phys`: what restore() needs to cut. Entries rise, so it is a search.
  result<int64_t> first_from(int64_t phys);
  result<index_entry> entry(int64_t n);

 private:
  status open();
  status reserve(int64_t entries);
  status read_at(int64_t at, void *to, size_t n);
  int32_t slot_value(int64_t slot) const;
  void set_slot(int64_t slot, int32_t value);
  void store(int64_t n, const index_entry &e);

  file_io &files_;
  counters &stats_;
  const std::string path_;
  const index_shape shape_;
  index_header header_;
  mapping map_;
  file_io::handle handle_ = -1;
  int64_t reserved_ = 0;  // bytes of the file that have blocks
};

}  // namespace stn::store_mmap
