#include "manifest.h"

#include <gtest/gtest.h>

#include "support.h"

namespace stn::kernel {
namespace {

manifest read(std::string_view text, diagnostics *d, const var_list &overrides = {}) {
  return read_manifest(text, "m.toml", overrides, d);
}

TEST(Manifest, ReadsPluginsKernelAndHooks) {
  diagnostics d;
  const manifest m = read(R"(
[vars]
port = 10
[kernel]
io_threads = 3
blocking = { threads = 2, queue = 7 }
plugin_path = ["/opt/p"]
[[plugin]]
id = "a.b"
version = ">=1.0, <2"
name = "one"
required = false
[plugin.settings]
listen = "127.0.0.1:${port}"
[hooks]
put = ["one"]
)",
                          &d);
  EXPECT_FALSE(d.failed()) << d.format();
  EXPECT_EQ(m.io_threads, 3u);
  EXPECT_EQ(m.blocking_threads, 2u);
  EXPECT_EQ(m.blocking_queue, 7u);
  EXPECT_EQ(m.plugin_path, std::vector<std::string>{"/opt/p"});
  ASSERT_EQ(m.plugins.size(), 1u);
  EXPECT_EQ(m.plugins[0].name, "one");
  EXPECT_FALSE(m.plugins[0].required);
  EXPECT_EQ(m.plugins[0].settings.find("listen")->text, "127.0.0.1:10");
  ASSERT_EQ(m.hooks.size(), 1u);
  EXPECT_EQ(m.hooks[0].order[0].plugin, "one");
}

TEST(Manifest, VariablesAreOverriddenAndShifted) {
  diagnostics d;
  const manifest m = read(
      "[vars]\nport = 100\nhost = \"h\"\n[[plugin]]\nid = \"a\"\n[plugin.settings]\n"
      "x = \"${host}:${port-2}\"\ny = \"${port+1}\"\nz = \"$${port}\"\n",
      &d, {{"port", "200"}});
  EXPECT_FALSE(d.failed()) << d.format();
  EXPECT_EQ(m.plugins[0].settings.find("x")->text, "h:198");
  EXPECT_EQ(m.plugins[0].settings.find("y")->text, "201");
  EXPECT_EQ(m.plugins[0].settings.find("z")->text, "${port}");
}

TEST(Manifest, ASettingIsFoundByItsPathWithWhatWasWritten) {
  diagnostics d;
  const manifest m = read(R"(
[vars]
port = 10
[[plugin]]
id = "a.b"
[plugin.settings]
plain = "x"
listen = [
  { name = "one" },
  { name = "two", address = "127.0.0.1:${port+1}" },
]
)",
                          &d);
  ASSERT_FALSE(d.failed()) << d.format();
  const node &settings = m.plugins.at(0).settings;
  const node *address = settings.at("listen[1].address");
  ASSERT_NE(address, nullptr);
  EXPECT_EQ(address->text, "127.0.0.1:11");
  EXPECT_EQ(address->written, "127.0.0.1:${port+1}");
  EXPECT_EQ(address->line, 10u);
  EXPECT_EQ(settings.at("plain")->text, "x");
  EXPECT_EQ(settings.at("plain")->written, "");
  for (const char *path : {"listen[2].address", "listen[x]", "listen[0].address", "plain.more", ".",
                           "listen[", "a sentence"}) {
    EXPECT_EQ(settings.at(path), nullptr) << path;
  }
}

TEST(Manifest, ReferencesAreNames) {
  EXPECT_EQ(references("${a}:${b_2-2} $${c} ${d+1"), (std::vector<std::string>{"a", "b_2", "d"}));
  EXPECT_TRUE(references("nothing $ {a}").empty());
}

TEST(Manifest, SyntaxErrorNamesTheLine) {
  diagnostics d;
  read("[vars]\nport = \n", &d);
  ASSERT_EQ(codes(d), std::vector<std::string>{"E101"});
  EXPECT_EQ(d.all()[0].where.line, 2u);
}

TEST(Manifest, EveryErrorIsReportedWithItsLineAndANearestMatch) {
  diagnostics d;
  read(R"([vars]
port = 1
[kernel]
io_treads = 1
[[plugin]]
id = "a"
versoin = "1"
[plugin.settings]
x = "${prot}"
[[plugin]]
id = "a"
[hooks]
put = ["aa.bb"]
)",
       &d, {{"prt", "5"}});
  EXPECT_EQ(count(d, "E102"), 5u) << d.format();
  EXPECT_EQ(count(d, "E104"), 1u);
  EXPECT_EQ(find(d, "io_treads")->where.line, 4u);
  EXPECT_EQ(find(d, "io_treads")->hint, "did you mean \"io_threads\"?");
  EXPECT_EQ(find(d, "versoin")->where.line, 7u);
  EXPECT_EQ(find(d, "versoin")->hint, "did you mean \"version\"?");
  EXPECT_EQ(find(d, "${prot}")->where.line, 9u);
  EXPECT_EQ(find(d, "${prot}")->hint, "did you mean \"port\"?");
  EXPECT_EQ(find(d, "--var prt")->hint, "did you mean \"port\"?");
  EXPECT_EQ(find(d, "aa.bb")->where.line, 13u);
}

TEST(Manifest, WrongTypesAndRangesAreE103) {
  diagnostics d;
  read("[kernel]\nio_threads = \"many\"\nblocking = { threads = 0 }\n[[plugin]]\nversion = \"x\"\n",
       &d);
  EXPECT_EQ(count(d, "E103"), 4u) << d.format();  // both numbers, no id, so no plugin at all
}

TEST(Manifest, ArithmeticNeedsNumbers) {
  diagnostics d;
  read(
      "[vars]\nh = \"x\"\n[[plugin]]\nid = \"a\"\n[plugin.settings]\nx = \"${h-2}\"\ny = \"${h\"\n",
      &d);
  EXPECT_EQ(count(d, "E103"), 2u) << d.format();
}

TEST(Manifest, AFileThatIsNotThereIsE101) {
  diagnostics d;
  std::string text;
  EXPECT_FALSE(read_file("/does/not/exist.toml", &text, &d));
  EXPECT_EQ(codes(d), std::vector<std::string>{"E101"});
}

TEST(Version, ConstraintsSelectVersions) {
  const auto fits = [](const char *constraint, const char *v) {
    const auto c = version_constraint::parse(constraint);
    return c && c->matches(*parse_version(v));
  };
  EXPECT_TRUE(fits(">=1.0, <2", "1.9.9"));
  EXPECT_FALSE(fits(">=1.0, <2", "2.0.0"));
  EXPECT_TRUE(fits("~0.3", "0.3.9"));
  EXPECT_FALSE(fits("~0.3", "0.4.0"));
  EXPECT_TRUE(fits("1", "1.7"));
  EXPECT_TRUE(fits("=1.2.3", "1.2.3"));
  EXPECT_TRUE(fits("*", "9.9.9"));
  EXPECT_FALSE(version_constraint::parse("newest"));
  EXPECT_FALSE(parse_version("1.x"));
  EXPECT_FALSE(parse_version("1.2.3.4"));
  EXPECT_FALSE(parse_version("-1"));
}

TEST(Nearest, FindsTypingErrorsOnly) {
  EXPECT_EQ(nearest("flsuh", {"flush", "dir"}), "flush");
  EXPECT_EQ(nearest("zebra", {"flush", "dir"}), "");
}

}  // namespace
}  // namespace stn::kernel
