#include <gtest/gtest.h>

#include "plugin_info.h"
#include "support.h"
#include "vars.h"

namespace stn::kernel {
namespace {

constexpr const char *k_plugin = R"(
id = "a.b"
version = "1.2.3"
core = "1.0"
license = "Apache-2.0"
description = "d"
provides = ["x.y/1.2"]
needs = ["stn.store/1"]
[settings.mode]
type = "string"
default = "sync"
one_of = ["sync", "async"]
[settings.wait]
type = "duration"
default = "1m30s"
min = "1s"
[settings.size]
type = "bytes"
default = "64KiB"
max = "1MiB"
[settings.count]
type = "int"
min = 1
max = 10
[settings.on]
type = "bool"
default = true
[settings.ratio]
type = "float"
default = 0.5
[settings.key]
type = "string"
secret = true
[settings.peers]
type = "array"
[settings.peers.items]
type = "address"
[settings.listen]
type = "array"
required = true
[settings.listen.items.address]
type = "address"
required = true
[settings.listen.items.backlog]
type = "int"
default = 5
)";

plugin_info info() {
  diagnostics d;
  plugin_info out;
  EXPECT_TRUE(read_plugin_info(k_plugin, "p.toml", &out, &d)) << d.format();
  return out;
}

settings check(const std::string &toml, diagnostics *d) {
  node root;
  EXPECT_TRUE(read_toml(toml, "m.toml", "E101", &root, d));
  return check_settings(info().schema, &root, "p", {"m.toml", 1}, d);
}

TEST(PluginInfo, ReadsIdentityAndInterfaces) {
  const plugin_info p = info();
  EXPECT_EQ(p.id, "a.b");
  EXPECT_EQ(p.version, (version{1, 2, 3}));
  ASSERT_EQ(p.provides.size(), 1u);
  EXPECT_EQ(p.provides[0].id, "x.y/1");
  EXPECT_EQ(p.provides[0].minor, 2u);
  EXPECT_EQ(p.needs[0].id, "stn.store/1");
}

TEST(PluginInfo, RefusesWhatIsNoDescription) {
  for (const char *text : {"", "id = 5", "id = \"a\"\nversion = \"x\"\ncore = \"1.0\"", "[",
                           "id = \"a\"\nversion = \"1.0.0\"\ncore = \"1.0\"\nprovides = [\"x\"]"}) {
    diagnostics d;
    plugin_info out;
    EXPECT_FALSE(read_plugin_info(text, "p.toml", &out, &d)) << text;
    EXPECT_TRUE(d.failed()) << text;
  }
}

TEST(Settings, DefaultsAreFilledInAndConverted) {
  diagnostics d;
  const settings s = check("listen = [{ address = \"127.0.0.1:80\" }]", &d);
  EXPECT_FALSE(d.failed()) << d.format();
  EXPECT_EQ(s.values.at("mode").text, "sync");
  EXPECT_EQ(s.values.at("wait").number, 90'000'000'000);
  EXPECT_EQ(s.values.at("size").number, 65536);
  EXPECT_EQ(s.values.at("on").number, 1);
  EXPECT_EQ(s.counts.at("listen"), 1u);
  EXPECT_EQ(s.values.at("listen[0].address").text, "127.0.0.1:80");
  EXPECT_EQ(s.values.at("listen[0].backlog").number, 5);
  EXPECT_EQ(s.values.count("count"), 0u);
}

TEST(Settings, EachWrongValueIsReported) {
  diagnostics d;
  check(R"(
mode = "asinc"
wait = "10ms"
size = "2MiB"
count = 11
on = "yes"
ratio = "x"
peers = ["nowhere"]
listen = [{ adress = "a:1" }]
)",
        &d);
  EXPECT_EQ(count(d, "E103"), 8u) << d.format();
  EXPECT_EQ(count(d, "E102"), 1u);
  EXPECT_EQ(find(d, "mode")->hint, "did you mean \"async\"?");
  EXPECT_EQ(find(d, "no setting listen[0].adress")->hint, "did you mean \"address\"?");
  EXPECT_EQ(find(d, "count")->where.line, 5u);
}

TEST(Settings, TextFromAVariableMayStandForOtherTypes) {
  diagnostics d;
  node root;
  ASSERT_TRUE(read_toml("count = \"${n}\"\non = \"${b}\"\npeers = \"${p}\"\nlisten = []", "m.toml",
                        "E101", &root, &d));
  substitute(&root, {{"n", "7"}, {"b", "false"}, {"p", "a:1;b:2"}}, "m.toml", &d);
  const settings s = check_settings(info().schema, &root, "p", {"m.toml", 1}, &d);
  EXPECT_FALSE(d.failed()) << d.format();
  EXPECT_EQ(s.values.at("count").number, 7);
  EXPECT_EQ(s.values.at("on").number, 0);
  EXPECT_EQ(s.counts.at("peers"), 2u);
  EXPECT_EQ(s.values.at("peers[1]").text, "b:2");
}

TEST(Settings, AMissingRequiredOneIsReportedAtThePlugin) {
  diagnostics d;
  check("count = 1", &d);
  ASSERT_EQ(codes(d), std::vector<std::string>{"E103"});
  EXPECT_NE(d.all()[0].text.find("listen"), std::string::npos);
}

TEST(Units, DurationsAndSizes) {
  EXPECT_EQ(parse_duration("250ms"), 250'000'000);
  EXPECT_EQ(parse_duration("1h30m"), int64_t{5400} * 1'000'000'000);
  EXPECT_EQ(parse_duration("0"), 0);
  EXPECT_EQ(parse_bytes("1GiB"), int64_t{1} << 30);
  EXPECT_EQ(parse_bytes("512"), 512);
  for (const char *bad :
       {"", "5", "s", "-1s", "1.5s", "1x", "99999999999999999999s", "9999999d9999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  for (const char *bad : {"", "KiB", "-1", "1 KiB", "1KiB2", "9999999999TiB"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
}

}  // namespace
}  // namespace stn::kernel
