// Any bytes as a module file: notes are read, then the plugin.toml in them. Must end with an answer, never a crash.
// The seeds are small ELF files with good and with broken notes.
#include <cstdint>
#include <cstring>

#include "note_reader.h"
#include "plugin_info.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace stn::kernel;
  plugin_notes notes;
  const note_error e = read_notes(
      [&](uint64_t offset, void *to, size_t n) {
        if (offset > size || n > size - offset) return false;
        if (n > 0) std::memcpy(to, data + offset, n);
        return true;
      },
      &notes);
  if (e != note_error::none) return 0;
  diagnostics d;
  plugin_info info;
  read_plugin_info(notes.manifest, "fuzz", &info, &d);
  return 0;
}
