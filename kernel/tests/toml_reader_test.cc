#include <gtest/gtest.h>

#include "node.h"
#include "support.h"

namespace stn::kernel {
namespace {

node read(const std::string &text) {
  diagnostics d;
  node root;
  EXPECT_TRUE(read_toml(text, "m.toml", "E101", &root, &d)) << text << d.format();
  return root;
}

std::string text_of(const node &root, std::string_view key) {
  const node *n = root.find(key);
  return n == nullptr ? "(no such key)" : n->text;
}

diagnostic refused(const std::string &text) {
  diagnostics d;
  node root;
  EXPECT_FALSE(read_toml(text, "m.toml", "E207", &root, &d)) << text;
  EXPECT_EQ(codes(d), std::vector<std::string>{"E207"}) << text;
  return d.all().empty() ? diagnostic{} : d.all().front();
}

std::string utf8(uint32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x800) return {static_cast<char>(0xC0 | c >> 6), tail(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0 | c >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)};
}

std::string repeated(std::string_view what, size_t times) {
  std::string out;
  while (times-- > 0) out += what;
  return out;
}

TEST(Toml, ChineseTextIsReadInEveryKindOfStringAndOverlookedInComments) {
  const node root = read(
      "# 生产环境。\n"
      "basic = \"订单。\\t\\\"😀\\\"\" # 说明\n"
      "literal = 'C:\\日志\\\"新\"'\n"
      "lines = \"\"\"\n一\\\n   。二\n\"三\"\"\"\"\n"
      "literal_lines = '''\n'一'\\\n。\"\"\"'''''\n"
      "\"主题\".'队列' = 8\n"
      "list = [ # 第一、\n  '甲',\n  \"乙\" ]\n");
  EXPECT_EQ(text_of(root, "basic"), "订单。\t\"😀\"");
  EXPECT_EQ(text_of(root, "literal"), "C:\\日志\\\"新\"");
  EXPECT_EQ(text_of(root, "lines"), "一。二\n\"三\"");
  EXPECT_EQ(text_of(root, "literal_lines"), "'一'\\\n。\"\"\"''");
  ASSERT_NE(root.at("主题.队列"), nullptr);
  EXPECT_EQ(root.at("主题.队列")->number, 8);
  EXPECT_EQ(root.at("主题.队列")->line, 11u);
  ASSERT_NE(root.at("list[1]"), nullptr);
  EXPECT_EQ(root.at("list[1]")->text, "乙");
  EXPECT_EQ(root.at("list[1]")->line, 14u);
}

// The back quote stands for the other characters on their way through the parser.
TEST(Toml, TheBackQuoteStandsForItself) {
  const node root =
      read("# `ga\na = \"``ga`oe`\"\nb = '`'\n\"`ga\" = '''`\n`'''\nc = \"`\\u4e00`\"");
  EXPECT_EQ(text_of(root, "a"), "``ga`oe`");
  EXPECT_EQ(text_of(root, "b"), "`");
  EXPECT_EQ(text_of(root, "`ga"), "`\n`");
  EXPECT_EQ(text_of(root, "c"), "`一`");
  for (const char *text : {"\na = \"\\u0060ga\"", "\na = \"\\U00000060ga\"", "\na = '\\u0060'"}) {
    EXPECT_EQ(refused(text).where.line, 2u) << text;
    EXPECT_NE(refused(text).text.find("back quote"), std::string::npos);
  }
  EXPECT_EQ(refused("\n\n`a = 1").where.line, 3u);
}

TEST(Toml, AByteOrderMarkIsOverlooked) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a = 5")
                .find("a")
                ->number,
            5);
  EXPECT_EQ(text_of(read("a = '\xEF\xBB\xBF'"), "a"), "\xEF\xBB\xBF");
}

// The parser's table of white space is asked about the character behind a line-ending backslash.
TEST(Toml, EveryCharacterIsReadBehindALineEndingBackslash) {
  std::string all;
  for (uint32_t c = 0x80; c <= 0x10FFFF; c += c < 0x10000 ? 1 : 0xFFF) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    ASSERT_EQ(text_of(read("a = \"\"\"\\\n " + utf8(c) + "\"\"\""), "a"), utf8(c)) << c;
    all += utf8(c);
  }
  EXPECT_EQ(text_of(read("a = \"" + all + "\""), "a"), all);
  EXPECT_EQ(text_of(read("a = '" + all + "'"), "a"), all);
  EXPECT_EQ(text_of(read("a = '''" + all + "'''"), "a"), all);
  EXPECT_EQ(text_of(read("#" + all + "\na = 'x'"), "a"), "x");
}

TEST(Toml, OutsideOfStringsAndBehindABackslashOnlyAsciiIsAllowed) {
  for (const char *text :
       {"\n\uFE7F?",      "\n主题 = 1",         "\na = 。",       "\n[b。]",
        "\na = 1。2",     "\na = 1979-05-27。", "\na。b",         "\n\u00A0a = 1",
        "\na = [1。]",    "\n\u2028",           "\n[。",          "\n[[。",
        "\na = 'x'。",    "\na = true。",       "\n\"a\"。= 1",   "\ntyMe Òems]",
        "\na =。1",       "\na = 1 。",         "\nb = \"\\。\"", "\nb = \"\"\"\\。\"\"\"",
        "\n\"\\主\" = 5", "\na = 1'。'",        "\na = 1\"。\""}) {
    const diagnostic e = refused(text);
    EXPECT_EQ(e.where.line, 2u) << text;
    EXPECT_TRUE(e.hint.ends_with("only ASCII may stand")) << text << e.hint;
    EXPECT_EQ(e.text.find('`'), std::string::npos) << e.text;
  }
  EXPECT_EQ(refused("# 说明\na = ").hint, "");
}

TEST(Toml, BrokenUtf8IsRefusedWhereverItStands) {
  const std::string wrong[] = {"\x80",
                               "\xBF",
                               "\xC0\x80",
                               "\xC1\xBF",
                               "\xC3",
                               "\xE0\x80\x80",
                               "\xE3\x80",
                               "\xED\xA0\x80",
                               "\xEF\xBF",
                               "\xF0\x80\x80\x80",
                               "\xF4\x90\x80\x80",
                               "\xF5\x80\x80\x80",
                               "\xFF"};
  for (const auto &bytes : wrong) {
    for (const auto &text :
         {"\n" + bytes, "\n#" + bytes + "\na = 1", "\na = \"" + bytes + "\"",
          "\na = '" + bytes + "'", "\na = '''" + bytes + "'''", "\na = \"" + bytes}) {
      const diagnostic e = refused(text);
      EXPECT_EQ(e.where.line, 2u) << text;
      EXPECT_NE(e.text.find("broken UTF-8"), std::string::npos) << e.text;
    }
  }
}

TEST(Toml, WhatIsNotClosedIsReportedAtItsLine) {
  for (const char *text : {"\na = '。\nb = '", "\na = \"。\nb = \"", "\na = '。"}) {
    EXPECT_EQ(refused(text).where.line, 2u) << text;
  }
  refused("a = '''。\n");
  refused("a = \"\"\"。\n\\");
}

TEST(Toml, DepthIsBounded) {
  const std::string parts = "a" + repeated(".a", 256);
  read(parts + " = 1\n" + "b" + parts + " = 1");
  for (const auto &text :
       {"\n" + parts + ".a = 1", "\n[" + parts + ".a]", "\n[[" + parts + " . \"a\"]]",
        "\nx = {" + parts + " = 1.5}", "\na" + repeated(".a", 100'000) + " = 1",
        "\n[a" + repeated(".a", 100'000) + "]"}) {
    EXPECT_EQ(refused(text).where.line, 2u);
    EXPECT_NE(refused(text).text.find("more than 256 dots on a line"), std::string::npos);
  }
  EXPECT_TRUE(
      read("a = " + repeated("[", 16) + repeated("]", 16)).find("a")->is(node::type::array));
  refused("a = " + repeated("[", 17) + repeated("]", 17));
  refused("a = " + repeated("[", 100'000));
  // As deep as text can make it.
  read("[" + parts + "]\n" + repeated(parts + " = [\n{", 7) + parts + " = 1" + repeated("}]", 7));
}

}  // namespace
}  // namespace stn::kernel
