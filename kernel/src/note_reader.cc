#include "note_reader.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace stn::kernel {
namespace {

#if defined(__x86_64__)
constexpr uint16_t k_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t k_machine = EM_AARCH64;
#else
#error "unknown machine"
#endif

note_error read_header(const read_at_fn &read_at, Elf64_Ehdr *h) {
  if (!read_at(0, h->e_ident, EI_NIDENT) || std::memcmp(h->e_ident, ELFMAG, SELFMAG) != 0) {
    return note_error::not_elf;
  }
  if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB) {
    return note_error::other_machine;
  }
  if (!read_at(0, h, sizeof(*h))) return note_error::not_elf;
  if (h->e_machine != k_machine || h->e_type != ET_DYN) return note_error::other_machine;
  if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phnum > k_headers_max) {
    return note_error::not_elf;
  }
  return note_error::none;
}

constexpr size_t round_up_4(size_t n) { return (n + 3) & ~size_t{3}; }

class note_scanner {
 public:
  explicit note_scanner(plugin_notes *out) : out_(out) {}

  // One PT_NOTE segment. Notes of other owners are stepped over.
  note_error scan(const std::vector<char> &bytes) {
    size_t at = 0;
    while (bytes.size() - at >= sizeof(Elf64_Nhdr)) {
      Elf64_Nhdr h;
      std::memcpy(&h, bytes.data() + at, sizeof(h));
      at += sizeof(h);
      const size_t left = bytes.size() - at;
      if (h.n_namesz > left || h.n_descsz > left) return note_error::bad_notes;
      const size_t name_size = round_up_4(h.n_namesz);
      if (name_size > left || h.n_descsz > left - name_size) return note_error::bad_notes;
      const char *name = bytes.data() + at;
      if (h.n_namesz == 4 && std::memcmp(name, STN_NOTE_OWNER, 4) == 0) {
        const note_error e = take(h.n_type, name + name_size, h.n_descsz);
        if (e != note_error::none) return e;
      }
      const size_t step = name_size + round_up_4(h.n_descsz);
      if (step >= left) break;
      at += step;
    }
    return note_error::none;
  }

  note_error finish() const {
    if (!has_manifest_ && !has_facts_) return note_error::no_notes;
    return has_manifest_ && has_facts_ ? note_error::none : note_error::bad_notes;
  }

 private:
  note_error take(uint32_t type, const char *desc, size_t n) {
    if (type == STN_NOTE_MANIFEST) {
      if (has_manifest_ || n > k_manifest_note_bytes_max) return note_error::bad_notes;
      out_->manifest.assign(desc, n);
      has_manifest_ = true;
    } else if (type == STN_NOTE_FACTS) {
      if (has_facts_ || n != sizeof(stn_facts)) return note_error::bad_notes;
      std::memcpy(&out_->facts, desc, n);
      if (out_->facts.id[sizeof(out_->facts.id) - 1] != '\0' ||
          out_->facts.version[sizeof(out_->facts.version) - 1] != '\0') {
        return note_error::bad_notes;
      }
      has_facts_ = true;
    }
    return note_error::none;
  }

  plugin_notes *out_;
  bool has_manifest_ = false;
  bool has_facts_ = false;
};

}  // namespace

const char *text_of(note_error e) {
  switch (e) {
    case note_error::none:
      return "fine";
    case note_error::unreadable:
      return "the file cannot be read";
    case note_error::not_elf:
      return "not an ELF shared object, or cut short";
    case note_error::other_machine:
      return "built for another machine";
    case note_error::no_notes:
      return "a shared object without the notes of a plugin";
    case note_error::bad_notes:
      return "its plugin notes are damaged or incomplete";
  }
  return "?";
}

note_error read_notes(const read_at_fn &read_at, plugin_notes *out) {
  Elf64_Ehdr header;
  if (const note_error e = read_header(read_at, &header); e != note_error::none) return e;
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  if (!read_at(header.e_phoff, segments.data(), segments.size() * sizeof(Elf64_Phdr))) {
    return note_error::not_elf;
  }
  note_scanner scanner(out);
  size_t budget = k_note_bytes_max;
  for (const auto &segment : segments) {
    // Ours are aligned to 4 bytes; segments aligned to 8 pad their notes in another way and hold none of ours.
    if (segment.p_type != PT_NOTE || segment.p_filesz == 0 || segment.p_align > 4) continue;
    if (segment.p_filesz > budget) return note_error::bad_notes;
    budget -= segment.p_filesz;
    std::vector<char> bytes(segment.p_filesz);
    if (!read_at(segment.p_offset, bytes.data(), bytes.size())) return note_error::not_elf;
    if (const note_error e = scanner.scan(bytes); e != note_error::none) return e;
  }
  return scanner.finish();
}

note_error read_notes(const std::string &file, plugin_notes *out) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return note_error::unreadable;
  const note_error e = read_notes(
      [fd](uint64_t offset, void *to, size_t n) {
        if (offset > static_cast<uint64_t>(INT64_MAX)) return false;
        return ::pread(fd, to, n, static_cast<off_t>(offset)) == static_cast<ssize_t>(n);
      },
      out);
  ::close(fd);
  return e;
}

}  // namespace stn::kernel
