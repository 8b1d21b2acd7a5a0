// The whole plugin through its entry function, on a store that says what the test wants.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "stanchion/ext/store.h"
#include "stanchion/sdk/testing/fake_requests.h"
#include "stanchion/sdk/testing/hosted_plugin.h"

namespace stn::query {
namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

// Texts in place of records, at positions and, oldest first, under "topic#key".
class fake_store {
 public:
  std::map<int64_t, std::string> at;
  std::map<std::string, std::vector<std::string>> by_key;
  stn_key_query asked{};
  stn_status fails = STN_OK;
  int shares = 0;  // given and not yet released

  stn_iface api() {
    api_.h = {sizeof(stn_store_api), STN_VER(1, 0)};
    api_.read = read;
    api_.find_by_key = find;
    return {&api_.h, this};
  }
  void without_index() { api_.h.size = offsetof(stn_store_api, find_by_key); }

 private:
  struct owned {
    stn_owner owner;
    fake_store *store;
  };
  static fake_store *me(void *self) { return static_cast<fake_store *>(self); }
  stn_bslice share(const std::string &text) {
    static const stn_owner_ops ops = {{sizeof(stn_owner_ops), STN_VER(1, 0)},
                                      [](stn_owner *, uint32_t) {},
                                      [](stn_owner *o, uint32_t n) {
                                        auto *w = reinterpret_cast<owned *>(o);
                                        w->store->shares -= static_cast<int>(n);
                                        delete w;
                                      }};
    shares++;
    return {text.data(), text.size(), &(new owned{{&ops}, this})->owner};
  }
  static stn_status read(void *self, int64_t phys, stn_bslice *out, stn_error *err) {
    if (me(self)->fails != STN_OK) return stn_error_set(err, me(self)->fails, "the disk said no");
    auto it = me(self)->at.find(phys);
    if (it == me(self)->at.end()) return STN_E_NOT_FOUND;
    *out = me(self)->share(it->second);
    return STN_OK;
  }
  static stn_status find(void *self, const stn_key_query *q, stn_key_found *out, stn_error *err) {
    me(self)->asked = *q;
    if (me(self)->fails != STN_OK) return stn_error_set(err, me(self)->fails, "the disk said no");
    auto &all = me(self)->by_key[std::string(view(q->topic)) + "#" + std::string(view(q->key))];
    for (auto it = all.rbegin(); it != all.rend() && out->n < out->cap; ++it) {
      out->records[out->n++] = me(self)->share(*it);
    }
    out->indexed_ms = 1700;
    out->indexed_phys = 99;
    return STN_OK;
  }
  stn_store_api api_{};
};

class Query : public ::testing::Test {
 protected:
  Query() : rq_(host_.exec().io(0)) {
    host_.set_cfg("max_messages", 64).set_cfg("unique_messages", 32);
    host_.provide(STN_STORE_ID, store_.api());
    plugin_ = std::make_unique<stn::testing::hosted_plugin>(host_);
  }
  void SetUp() override { ASSERT_EQ(plugin_->up(), STN_OK) << plugin_->error(); }
  void TearDown() override { EXPECT_EQ(store_.shares, 0); }

  stn::testing::fake_answer call(int32_t code, fields f) {
    auto api = plugin_->get<stn_processor_api>(STN_PROCESSOR_ID);
    return rq_.call(api.api, api.self, {.code = code, .fields = std::move(f)});
  }
  stn::testing::fake_answer find(const std::string &key, const std::string &max = "32",
                                 const std::string &unique = "false") {
    return call(12, {{"topic", "T"},
                     {"key", key},
                     {"maxNum", max},
                     {"beginTimestamp", "5"},
                     {"endTimestamp", "9"},
                     {"_UNIQUE_KEY_QUERY", unique}});
  }

  stn::testing::fake_host host_;
  stn::testing::fake_requests rq_;
  fake_store store_;
  std::unique_ptr<stn::testing::hosted_plugin> plugin_;
};

TEST_F(Query, a_key_gives_its_messages_in_the_order_of_the_log) {
  store_.by_key["T#k"] = {"one;", "two;", "three;"};
  const auto a = find("k");
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.body, "one;two;three;");
  EXPECT_EQ(a.fields.at("indexLastUpdateTimestamp"), "1700");
  EXPECT_EQ(a.fields.at("indexLastUpdatePhyoffset"), "99");
  EXPECT_EQ(store_.asked.begin_ms, 5);
  EXPECT_EQ(store_.asked.end_ms, 9);
}

TEST_F(Query, the_newest_are_kept_when_there_are_too_many) {
  store_.by_key["T#k"] = {"1", "2", "3", "4", "5"};
  EXPECT_EQ(find("k", "2").body, "45");
}

TEST_F(Query, numbers_asked_for_have_a_limit) {
  store_.by_key["T#k"] = std::vector<std::string>(100, "x");
  EXPECT_EQ(find("k", "1000000").body.size(), 64u);
  EXPECT_EQ(find("k", "1", "true").body.size(), 32u);
  EXPECT_EQ(find("k", "-1").code, 22);
}

TEST_F(Query, nothing_found_is_22_with_both_fields) {
  const auto a = find("none");
  EXPECT_EQ(a.code, 22);
  EXPECT_EQ(a.remark, "can not find message, maybe time range not correct");
  EXPECT_EQ(a.fields.at("indexLastUpdateTimestamp"), "0");
  EXPECT_EQ(a.fields.at("indexLastUpdatePhyoffset"), "0");
}

TEST_F(Query, a_store_without_an_index_is_not_supported) {
  store_.fails = STN_E_UNSUPPORTED;
  EXPECT_EQ(find("k").code, 3);
  store_.fails = STN_OK;
  store_.without_index();
  EXPECT_EQ(find("k").code, 3);
}

TEST_F(Query, a_position_gives_its_message) {
  store_.at[4711] = "record";
  EXPECT_EQ(call(33, {{"offset", "4711"}}).body, "record");
  const auto a = call(33, {{"offset", "4712"}});
  EXPECT_EQ(a.code, 1);
  EXPECT_EQ(a.remark, "can not find message by the offset, 4712");
  EXPECT_EQ(call(33, {{"offset", "-1"}}).code, 1);
}

TEST_F(Query, wrong_headers_and_failures_are_answers) {
  EXPECT_EQ(call(33, {}).code, 1);
  EXPECT_EQ(call(33, {{"offset", "x"}}).code, 1);
  EXPECT_EQ(call(12, {{"topic", "T"}}).code, 1);
  store_.fails = STN_E_CORRUPT;
  EXPECT_EQ(call(33, {{"offset", "1"}}).remark, "the disk said no");
  EXPECT_EQ(find("k").code, 1);
}

}  // namespace
}  // namespace stn::query
