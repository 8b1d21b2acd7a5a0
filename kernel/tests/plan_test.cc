#include "plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "elf_builder.h"
#include "support.h"

namespace stn::kernel {
namespace {

using edges = std::vector<std::pair<size_t, size_t>>;

TEST(StartOrder, ProvidersComeFirstAndTiesKeepTheirOrder) {
  std::vector<size_t> cycle;
  EXPECT_EQ(start_order(4, edges{{3, 0}, {2, 0}}, &cycle), (std::vector<size_t>{1, 2, 3, 0}));
  EXPECT_TRUE(cycle.empty());
}

TEST(StartOrder, ACycleIsFoundBehindInnocents) {
  std::vector<size_t> cycle;
  EXPECT_TRUE(start_order(5, edges{{1, 2}, {2, 3}, {3, 1}, {3, 4}, {0, 1}}, &cycle).empty());
  EXPECT_EQ(cycle.size(), 3u);
  for (const size_t i : cycle) EXPECT_TRUE(i >= 1 && i <= 3);
}

// Modules are ELF files with notes only: planning never looks at code.
class Plan : public ::testing::Test {
 protected:
  void SetUp() override {
    const char *temp = std::getenv("TMPDIR");
    std::string pattern = std::string(temp != nullptr ? temp : "/tmp") + "/stn-plan-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void module(const std::string &id, const std::string &version, const std::string &rest,
              uint32_t core = STN_CORE_VERSION, uint32_t draft = STN_ABI_DRAFT) {
    const std::string core_text =
        std::to_string(STN_VER_MAJOR(core)) + "." + std::to_string(STN_VER_MINOR(core));
    std::string notes;
    append_note(&notes, "STN", STN_NOTE_MANIFEST,
                "id = \"" + id + "\"\nversion = \"" + version + "\"\ncore = \"" + core_text +
                    "\"\n" + rest);
    append_note(&notes, "STN", STN_NOTE_FACTS, facts_bytes(core, draft, id, version));
    write(id + "-" + version + ".so", elf_with(notes));
  }
  void write(const std::string &name, const std::string &bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }

  // Ids in start order; errors are in d_.
  std::vector<std::string> plan(const std::string &toml) {
    manifest_ = read_manifest(toml, "m.toml", {}, &d_);
    index_ = std::make_unique<module_index>(std::vector<std::string>{folder_});
    const stn::kernel::plan p = make_plan(manifest_, *index_, &d_);
    std::vector<std::string> ids;
    for (const size_t i : p.start_order) ids.push_back(p.plugins[i].entry->id);
    return ids;
  }

  std::string folder_;
  manifest manifest_;
  std::unique_ptr<module_index> index_;
  diagnostics d_;
};

TEST_F(Plan, OrdersByNeedsAndOptional) {
  module("a", "1.0.0", "needs = [\"x/1\"]\n");
  module("b", "1.0.0", "optional = [\"y/1\"]\nprovides = [\"x/1\"]\n");
  module("c", "1.0.0", "provides = [\"y/1\"]\n");
  EXPECT_EQ(plan("[[plugin]]\nid=\"a\"\n[[plugin]]\nid=\"b\"\n[[plugin]]\nid=\"c\"\n"),
            (std::vector<std::string>{"c", "b", "a"}));
  EXPECT_FALSE(d_.failed()) << d_.format();
}

TEST_F(Plan, ACycleIsPrinted) {
  module("a", "1.0.0", "needs = [\"x/1\"]\nprovides = [\"y/1\"]\n");
  module("b", "1.0.0", "needs = [\"y/1\"]\nprovides = [\"x/1\"]\n");
  plan("[[plugin]]\nid=\"a\"\n[[plugin]]\nid=\"b\"\n");
  ASSERT_EQ(codes(d_), std::vector<std::string>{"E106"});
  EXPECT_NE(d_.all()[0].text.find(" -> "), std::string::npos);
}

TEST_F(Plan, TheNewestVersionThatFitsIsTaken) {
  for (const char *v : {"1.0.0", "1.10.0", "1.9.0", "2.0.0"}) module("a", v, "");
  plan("[[plugin]]\nid=\"a\"\nversion=\">=1, <2\"\n");
  EXPECT_FALSE(d_.failed()) << d_.format();
  EXPECT_EQ(index_->find("a", ">=1, <2", {}, &d_)->info.version_text, "1.10.0");
  plan("[[plugin]]\nid=\"a\"\nversion=\">=3\"\n");
  EXPECT_EQ(count(d_, "E202"), 1u);
  EXPECT_NE(d_.all()[0].hint.find("1.10.0"), std::string::npos);
}

TEST_F(Plan, MissingPluginsAndInterfacesAreNamed) {
  module("a", "1.0.0", "needs = [\"x/1.2\"]\n");
  module("b", "1.0.0", "provides = [\"x/1.1\"]\n");
  plan("[[plugin]]\nid=\"a\"\n[[plugin]]\nid=\"bb\"\n");
  EXPECT_EQ(count(d_, "E201"), 1u);
  EXPECT_EQ(count(d_, "E205"), 1u);
  EXPECT_NE(find(d_, "needs x/1")->hint.find("\"b\""), std::string::npos);
  d_ = {};
  plan("[[plugin]]\nid=\"a\"\n[[plugin]]\nid=\"b\"\n");
  ASSERT_EQ(codes(d_), std::vector<std::string>{"E205"});
  EXPECT_NE(d_.all()[0].text.find("x/1.1"), std::string::npos);
}

TEST_F(Plan, ModulesThatDoNotFitAreRefused) {
  module("newer", "1.0.0", "", STN_VER(2, 0));
  module("minor", "1.0.0", "", STN_VER(1, 1));
  module("draft", "1.0.0", "", STN_CORE_VERSION, STN_ABI_DRAFT + 1);
  std::string notes;
  append_note(&notes, "STN", STN_NOTE_MANIFEST,
              "id = \"liar\"\nversion = \"1.0.0\"\ncore = \"1.0\"\n");
  append_note(&notes, "STN", STN_NOTE_FACTS,
              facts_bytes(STN_CORE_VERSION, STN_ABI_DRAFT, "liar", "1.0.1"));
  write("liar-1.0.0.so", elf_with(notes));
  write("bare-1.0.0.so", elf_with(""));
  for (const auto &[id, code] : {std::pair<std::string, std::string>{"newer", "E204"},
                                 {"minor", "E204"},
                                 {"draft", "E204"},
                                 {"liar", "E207"},
                                 {"bare", "E203"}}) {
    d_ = {};
    plan("[[plugin]]\nid=\"" + id + "\"\n");
    EXPECT_EQ(codes(d_), std::vector<std::string>{code}) << d_.format();
  }
}

TEST_F(Plan, WhatIsNotRequiredIsLeftOutWithAWarning) {
  module("a", "1.0.0", "needs = [\"x/1\"]\nprovides = [\"y/1\"]\n");
  module("b", "1.0.0", "needs = [\"y/1\"]\n");
  module("c", "1.0.0", "");
  const auto ids = plan(
      "[[plugin]]\nid=\"a\"\nrequired=false\n[[plugin]]\nid=\"b\"\nrequired=false\n"
      "[[plugin]]\nid=\"c\"\n[[plugin]]\nid=\"none\"\nrequired=false\n");
  EXPECT_FALSE(d_.failed()) << d_.format();
  EXPECT_EQ(ids, std::vector<std::string>{"c"});
  EXPECT_EQ(d_.all().size(), 3u);
}

TEST_F(Plan, AHookMustBeProvided) {
  module("a", "1.0.0", "provides = [\"stn.put_hook/1\"]\n");
  module("b", "1.0.0", "");
  plan("[[plugin]]\nid=\"a\"\n[[plugin]]\nid=\"b\"\n[hooks]\nput=[\"a\",\"b\"]\n");
  ASSERT_EQ(codes(d_), std::vector<std::string>{"E205"});
  EXPECT_NE(d_.all()[0].text.find("names b"), std::string::npos);
}

}  // namespace
}  // namespace stn::kernel
