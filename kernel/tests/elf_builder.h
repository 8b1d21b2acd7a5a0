// elf_builder.h - the smallest ELF files that carry notes, for tests and the fuzzer's seeds.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/plugin.h"

namespace stn::kernel {

inline void append_note(std::string *to, std::string_view owner, uint32_t type,
                        std::string_view desc) {
  const Elf64_Nhdr h = {static_cast<Elf64_Word>(owner.size() + 1),
                        static_cast<Elf64_Word>(desc.size()), type};
  to->append(reinterpret_cast<const char *>(&h), sizeof(h));
  to->append(owner).push_back('\0');
  while (to->size() % 4 != 0) to->push_back('\0');
  to->append(desc);
  while (to->size() % 4 != 0) to->push_back('\0');
}

inline std::string facts_bytes(uint32_t core, uint32_t draft, std::string_view id,
                               std::string_view version) {
  stn_facts f{};
  f.core = core;
  f.draft = draft;
  std::memcpy(f.id, id.data(), id.size());
  std::memcpy(f.version, version.data(), version.size());
  return std::string(reinterpret_cast<const char *>(&f), sizeof(f));
}

inline std::string elf_with(const std::string &notes) {
  Elf64_Ehdr h{};
  std::memcpy(h.e_ident, ELFMAG, SELFMAG);
  h.e_ident[EI_CLASS] = ELFCLASS64;
  h.e_ident[EI_DATA] = ELFDATA2LSB;
  h.e_type = ET_DYN;
#if defined(__x86_64__)
  h.e_machine = EM_X86_64;
#else
  h.e_machine = EM_AARCH64;
#endif
  h.e_phoff = sizeof(h);
  h.e_phentsize = sizeof(Elf64_Phdr);
  h.e_phnum = 1;
  Elf64_Phdr p{};
  p.p_type = PT_NOTE;
  p.p_align = 4;
  p.p_offset = sizeof(h) + sizeof(p);
  p.p_filesz = notes.size();
  std::string out(reinterpret_cast<const char *>(&h), sizeof(h));
  out.append(reinterpret_cast<const char *>(&p), sizeof(p));
  return out + notes;
}

inline std::string good_notes(const std::string &plugin_toml) {
  std::string notes;
  append_note(&notes, "GNU", 3, "build-id of twenty.");
  append_note(&notes, "STN", STN_NOTE_MANIFEST, plugin_toml);
  append_note(&notes, "STN", STN_NOTE_FACTS,
              facts_bytes(STN_CORE_VERSION, STN_ABI_DRAFT, "a.b", "1.0.0"));
  return notes;
}

}  // namespace stn::kernel
