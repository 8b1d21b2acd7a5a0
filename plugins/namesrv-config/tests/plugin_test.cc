// The plugin as the kernel sees it: settings put, read, deleted, kept in kvConfig.json, offered through stn.kv/1.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "stanchion/ext/kv.h"
#include "stanchion/sdk/testing/fake_host.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace {

using stn::testing::fake_answer;
using fields = std::vector<std::pair<std::string, std::string>>;

class NamesrvConfig : public testing::Test {
 protected:
  NamesrvConfig() : requests(host.exec().io(0)) {
    std::string pattern = testing::TempDir() + "kvXXXXXX";
    dir = mkdtemp(pattern.data());
    host.set_cfg("config_dir", dir).set_cfg("max_entries", 3);
    restart();
  }
  ~NamesrvConfig() override {
    plugin.reset();
    std::filesystem::remove_all(dir);
  }
  void restart() {
    plugin.reset();
    plugin = std::make_unique<stn::testing::hosted_plugin>(host);
  }
  void up() {
    ASSERT_EQ(plugin->up(), STN_OK) << plugin->error();
    processor = plugin->get<stn_processor_api>(STN_PROCESSOR_ID);
    kv = plugin->get<stn_kv_api>(STN_KV_ID);
  }
  fake_answer call(int32_t code, fields f, std::string body = {}) {
    return requests.call(processor.api, processor.self,
                         {.code = code, .fields = std::move(f), .body = std::move(body)});
  }
  static fields item(const std::string &name_space, const std::string &key,
                     const std::string &value) {
    return {{"namespace", name_space}, {"key", key}, {"value", value}};
  }
  static void append(void *user, stn_str text) {
    static_cast<std::string *>(user)->append(text.data, text.len);
  }

  stn::testing::fake_host host;
  stn::testing::fake_requests requests;
  std::unique_ptr<stn::testing::hosted_plugin> plugin;
  stn::iface<stn_processor_api> processor;
  stn::iface<stn_kv_api> kv;
  std::string dir;
};

TEST_F(NamesrvConfig, WhatIsPutIsReadAndListed) {
  up();
  EXPECT_EQ(call(100, item("N", "k", "v")).code, 0);
  EXPECT_EQ(call(101, item("N", "k", "")).fields.at("value"), "v");
  EXPECT_EQ(call(219, {{"namespace", "N"}}).body, R"({"table":{"k":"v"}})");
  EXPECT_EQ(call(100, item("N", "k", "w")).code, 0);
  EXPECT_EQ(call(101, item("N", "k", "")).fields.at("value"), "w");
}

TEST_F(NamesrvConfig, WhatIsNotThereIsCode22WithTheOriginalsRemark) {
  up();
  const fake_answer key = call(101, item("N", "k", ""));
  EXPECT_EQ(key.code, 22);
  EXPECT_EQ(key.remark, "No config item, Namespace: N Key: k");
  const fake_answer list = call(219, {{"namespace", "N"}});
  EXPECT_EQ(list.code, 22);
  EXPECT_EQ(list.remark, "No config item, Namespace: N");
}

TEST_F(NamesrvConfig, ADeletedKeyIsGoneAndItsNamespaceStays) {
  up();
  call(100, item("N", "k", "v"));
  EXPECT_EQ(call(102, item("N", "k", "")).code, 0);
  EXPECT_EQ(call(101, item("N", "k", "")).code, 22);
  EXPECT_EQ(call(219, {{"namespace", "N"}}).body, R"({"table":{}})");
  EXPECT_EQ(call(102, item("N", "k", "")).code, 0);
  EXPECT_EQ(call(102, item("M", "k", "")).code, 0);
}

TEST_F(NamesrvConfig, SettingsSurviveARestart) {
  up();
  call(100, item("ORDER_TOPIC_CONFIG", "T", "broker-a:4"));
  restart();
  up();
  EXPECT_EQ(call(101, item("ORDER_TOPIC_CONFIG", "T", "")).fields.at("value"), "broker-a:4");
}

TEST_F(NamesrvConfig, ReadsTheFileOfTheOriginal) {
  std::ofstream(dir + "/kvConfig.json")
      << R"({"configTable":{"ORDER_TOPIC_CONFIG":{"T":"broker-a:4"}}})";
  up();
  EXPECT_EQ(call(219, {{"namespace", "ORDER_TOPIC_CONFIG"}}).body,
            R"({"table":{"T":"broker-a:4"}})");
}

TEST_F(NamesrvConfig, ADamagedFileStopsTheStart) {
  std::ofstream(dir + "/kvConfig.json") << "{";
  EXPECT_EQ(plugin->up(), STN_E_CORRUPT);
}

TEST_F(NamesrvConfig, TheNumberOfKeysIsBounded) {
  up();
  for (const char *key : {"a", "b", "c"}) EXPECT_EQ(call(100, item("N", key, "v")).code, 0);
  EXPECT_EQ(call(100, item("N", "d", "v")).code, 1);
  EXPECT_EQ(call(100, item("N", "a", "w")).code, 0);
  call(102, item("N", "b", ""));
  EXPECT_EQ(call(100, item("N", "d", "v")).code, 0);
}

TEST_F(NamesrvConfig, MissingFieldsAreAnAnswer) {
  up();
  for (int32_t code : {100, 101, 102, 219}) EXPECT_EQ(call(code, {}).code, 1) << code;
}

TEST_F(NamesrvConfig, OtherPluginsReadThroughTheInterface) {
  up();
  call(100, item("N", "k", "v"));
  std::string text;
  EXPECT_EQ(kv->get(kv.self, stn::str("N"), stn::str("k"), append, &text), STN_OK);
  EXPECT_EQ(text, "v");
  text.clear();
  EXPECT_EQ(kv->table(kv.self, stn::str("N"), append, &text), STN_OK);
  EXPECT_EQ(text, R"({"table":{"k":"v"}})");
  text.clear();
  EXPECT_EQ(kv->get(kv.self, stn::str("N"), stn::str("x"), append, &text), STN_E_NOT_FOUND);
  EXPECT_EQ(kv->table(kv.self, stn::str("M"), append, &text), STN_E_NOT_FOUND);
  EXPECT_EQ(text, "");
}

TEST_F(NamesrvConfig, OwnSettingsAreShownAndPathsAreGuarded) {
  up();
  EXPECT_NE(call(319, {}).body.find("kvConfigPath=" + dir + "/kvConfig.json\n"), std::string::npos);
  EXPECT_EQ(call(318, {}, "unknown=1\nproductEnvName=center\n").code, 0);
  EXPECT_EQ(call(318, {}, "productEnvName=other\n").code, 1);
  const fake_answer path = call(318, {}, "kvConfigPath=/tmp/x\n");
  EXPECT_EQ(path.code, 16);
  EXPECT_EQ(path.remark, "Can not update config path");
}

}  // namespace
