#include "note_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "elf_builder.h"

namespace stn::kernel {
namespace {

note_error read(const std::string &file, plugin_notes *out) {
  return read_notes(
      [&file](uint64_t offset, void *to, size_t n) {
        if (offset > file.size() || n > file.size() - offset) return false;
        std::memcpy(to, file.data() + offset, n);
        return true;
      },
      out);
}

note_error read(const std::string &file) {
  plugin_notes out;
  return read(file, &out);
}

TEST(NoteReader, ReadsBothNotesAmongOthers) {
  plugin_notes out;
  EXPECT_EQ(read(elf_with(good_notes("id = \"a.b\"\n")), &out), note_error::none);
  EXPECT_EQ(out.manifest, "id = \"a.b\"\n");
  EXPECT_STREQ(out.facts.id, "a.b");
  EXPECT_STREQ(out.facts.version, "1.0.0");
}

TEST(NoteReader, AFileThatIsNoSharedObjectIsRefused) {
  EXPECT_EQ(read(""), note_error::not_elf);
  EXPECT_EQ(read("#!/bin/sh\n"), note_error::not_elf);
  std::string elf = elf_with(good_notes("x"));
  elf[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(read(elf), note_error::other_machine);
  elf = elf_with(good_notes("x"));
  elf[offsetof(Elf64_Ehdr, e_machine)] = EM_386;
  EXPECT_EQ(read(elf), note_error::other_machine);
}

TEST(NoteReader, ASharedObjectWithoutOurNotesIsNoPlugin) {
  std::string notes;
  append_note(&notes, "GNU", 3, "12345678");
  EXPECT_EQ(read(elf_with(notes)), note_error::no_notes);
}

TEST(NoteReader, OneNoteAloneOrTwiceIsRefused) {
  std::string one;
  append_note(&one, "STN", STN_NOTE_MANIFEST, "x");
  EXPECT_EQ(read(elf_with(one)), note_error::bad_notes);
  EXPECT_EQ(read(elf_with(good_notes("x") + one)), note_error::bad_notes);
}

TEST(NoteReader, FactsOfAnotherSizeOrWithoutEndAreRefused) {
  std::string notes;
  append_note(&notes, "STN", STN_NOTE_MANIFEST, "x");
  append_note(&notes, "STN", STN_NOTE_FACTS, "short");
  EXPECT_EQ(read(elf_with(notes)), note_error::bad_notes);
  notes.clear();
  append_note(&notes, "STN", STN_NOTE_MANIFEST, "x");
  append_note(&notes, "STN", STN_NOTE_FACTS, std::string(sizeof(stn_facts), 'x'));
  EXPECT_EQ(read(elf_with(notes)), note_error::bad_notes);
}

TEST(NoteReader, ALengthThatLiesIsRefused) {
  std::string notes = good_notes("x");
  Elf64_Nhdr h;
  for (const uint32_t lie : {0xffffffffu, 0xfffffff0u, 0x7fffffffu, uint32_t(notes.size())}) {
    std::memcpy(&h, notes.data(), sizeof(h));
    h.n_descsz = lie;
    std::string changed = notes;
    std::memcpy(changed.data(), &h, sizeof(h));
    EXPECT_EQ(read(elf_with(changed)), note_error::bad_notes) << lie;
  }
  std::string elf = elf_with(notes);
  Elf64_Phdr p;
  std::memcpy(&p, elf.data() + sizeof(Elf64_Ehdr), sizeof(p));
  p.p_offset = elf.size() - 4;
  std::memcpy(elf.data() + sizeof(Elf64_Ehdr), &p, sizeof(p));
  EXPECT_EQ(read(elf), note_error::not_elf);
  p.p_filesz = uint64_t{1} << 60;
  std::memcpy(elf.data() + sizeof(Elf64_Ehdr), &p, sizeof(p));
  EXPECT_EQ(read(elf), note_error::bad_notes);
}

TEST(NoteReader, AManifestOverTheLimitIsRefused) {
  EXPECT_EQ(read(elf_with(good_notes(std::string(k_manifest_note_bytes_max, 'x')))),
            note_error::none);
  EXPECT_EQ(read(elf_with(good_notes(std::string(k_manifest_note_bytes_max + 1, 'x')))),
            note_error::bad_notes);
}

TEST(NoteReader, EveryCutOffFileIsRefused) {
  const std::string elf = elf_with(good_notes("id = \"a.b\""));
  for (size_t n = 0; n < elf.size(); n++) {
    EXPECT_NE(read(elf.substr(0, n)), note_error::none) << n;
  }
}

// Any bytes give an answer; under ASan this also shows that none is read outside the buffers.
TEST(NoteReader, ChangedBytesNeverCrash) {
  const std::string good = elf_with(good_notes("id = \"a.b\"\nversion = \"1.0.0\"\n"));
  std::mt19937 random(20240521);
  size_t refused = 0;
  for (int round = 0; round < 20000; round++) {
    std::string elf = good;
    for (int i = 0; i < 3; i++) elf[random() % elf.size()] = static_cast<char>(random());
    plugin_notes out;
    const note_error e = read(elf, &out);
    if (e == note_error::none) {
      EXPECT_LE(out.manifest.size(), elf.size());
      EXPECT_LT(std::strlen(out.facts.id), sizeof(out.facts.id));
    } else {
      refused++;
    }
  }
  EXPECT_GT(refused, 1000u);
}

TEST(NoteReader, AFileThatIsNotThereIsUnreadable) {
  plugin_notes out;
  EXPECT_EQ(read_notes("/does/not/exist.so", &out), note_error::unreadable);
}

}  // namespace
}  // namespace stn::kernel
