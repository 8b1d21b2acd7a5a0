// note_reader.h - the two notes of a plugin, read from the bytes of an ELF file without loading it.
//
// The file is not trusted: every offset is checked before it is used, at most k_note_bytes_max bytes of notes and
// k_headers_max program headers are looked at. [any] may block on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "stanchion/plugin.h"

namespace stn::kernel {

inline constexpr size_t k_note_bytes_max = 256 * 1024;
inline constexpr size_t k_manifest_note_bytes_max = 64 * 1024;
inline constexpr size_t k_headers_max = 128;

enum class note_error : uint8_t {
  none,
  unreadable,     // the file cannot be read
  not_elf,        // or cut short, or its tables point outside the file
  other_machine,  // another class, byte order or processor, or no shared object
  no_notes,       // an ELF file, but no plugin
  bad_notes       // a note is malformed, doubled, too large, or one of the two is missing
};

const char *text_of(note_error e);

struct plugin_notes {
  std::string manifest;  // text of plugin.toml
  stn_facts facts{};     // id and version are NUL-terminated
};

// Reads `n` bytes at `offset` into `to`; false if they are not all there.
using read_at_fn = std::function<bool(uint64_t offset, void *to, size_t n)>;

note_error read_notes(const read_at_fn &read_at, plugin_notes *out);
note_error read_notes(const std::string &file, plugin_notes *out);

}  // namespace stn::kernel
