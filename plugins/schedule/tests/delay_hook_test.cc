#include "delay_hook.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "fake_store.h"

namespace stn::schedule {
namespace {

class DelayHook : public ::testing::Test {
 protected:
  DelayHook() : store_(std::vector<int64_t>(18, 1000)) {
    topic_ = store_.intern_name("orders");
    half_ = store_.intern_name("RMQ_SYS_TRANS_HALF_TOPIC");
  }

  stn_append message(std::initializer_list<std::string_view> props, int32_t sysflag = 0) {
    stn_append a{};
    a.topic = topic_;
    a.queue = 3;
    a.sysflag = sysflag;
    for (std::string_view p : props) a.props[a.n_props++] = slice(p);
    return a;
  }
  uint32_t run(stn_append *a, stn_verdict *verdict = nullptr) {
    stn_verdict none{};
    stn_scratch mem = {scratch_, scratch_ + scratch_size_};
    const delay_hook hook(store_.api(), store_.delay_topic, half_, 18);
    const uint32_t moved = hook.before_append(a, verdict == nullptr ? &none : verdict, 1, &mem);
    used_ = static_cast<size_t>(mem.at - scratch_);
    return moved;
  }
  static std::string text(const stn_append &a) {
    std::string all;
    for (uint32_t i = 0; i < a.n_props; i++) all += view(a.props[i]);
    for (char &c : all) c = c == '\1' ? '=' : c == '\2' ? ';' : c;
    return all;
  }

  testing::fake_store store_;
  uint32_t topic_ = 0;
  uint32_t half_ = 0;
  char scratch_[STN_HOOK_SCRATCH];
  size_t scratch_size_ = sizeof(scratch_);
  size_t used_ = 0;
};

TEST_F(DelayHook, MovesAMessageToTheQueueOfItsLevel) {
  stn_append a =
      message({"KEYS\1k\2DELAY\1"
               "3\2TAGS\1t"});
  EXPECT_EQ(run(&a), 1u);
  EXPECT_EQ(a.topic, store_.delay_topic);
  EXPECT_EQ(a.queue, 2);
  EXPECT_EQ(text(a), "KEYS=k;TAGS=t;DELAY=3;REAL_TOPIC=orders;REAL_QID=3");
  EXPECT_GT(used_, 0u);
}

TEST_F(DelayHook, LeavesMessagesWithoutALevelAlone) {
  for (const char *props : {"KEYS\1k\2", "",
                            "DELAY\1"
                            "0",
                            "DELAY\1-1", "DELAY\1x",
                            "XDELAY\1"
                            "3",
                            "KEYS\1DELAY",
                            "DELAYED\1"
                            "3",
                            "DELAY\1"}) {
    stn_append a = message({props});
    EXPECT_EQ(run(&a), 0u) << props;
    EXPECT_EQ(a.topic, topic_);
    EXPECT_EQ(a.queue, 3);
    EXPECT_EQ(text(a).size(), std::string_view(props).size());
    EXPECT_EQ(used_, 0u);
  }
}

TEST_F(DelayHook, TakesALevelBeyondTheLastForTheLast) {
  stn_append a =
      message({"DELAY\1"
               "20\2"});
  EXPECT_EQ(run(&a), 1u);
  EXPECT_EQ(a.queue, 17);
  EXPECT_EQ(text(a), "DELAY=18;REAL_TOPIC=orders;REAL_QID=3");
}

TEST_F(DelayHook, FindsTheLevelInAnySliceAndTheLastOneCounts) {
  stn_append a =
      message({"A\1b\2DELAY\1"
               "5",
               "\2C\1d",
               "\2DELAY\1"
               "2"});
  EXPECT_EQ(run(&a), 1u);
  EXPECT_EQ(a.queue, 1);
  EXPECT_EQ(text(a).substr(text(a).find("DELAY")), "DELAY=2;REAL_TOPIC=orders;REAL_QID=3");
}

TEST_F(DelayHook, ReplacesWhereAnEarlierDelayCameFrom) {
  stn_append a =
      message({"REAL_TOPIC\1old\2DELAY\1"
               "4\2REAL_QID\1"
               "9\2KEYS\1k"});
  EXPECT_EQ(run(&a), 1u);
  EXPECT_EQ(text(a), "KEYS=k;DELAY=4;REAL_TOPIC=orders;REAL_QID=3");
}

TEST_F(DelayHook, LeavesUnsettledTransactionsAlone) {
  for (int32_t type : {4, 12}) {
    stn_append a = message({"DELAY\1"
                            "3"},
                           type);
    EXPECT_EQ(run(&a), 0u) << type;
  }
  stn_append committed = message({"DELAY\1"
                                  "3"},
                                 8);
  EXPECT_EQ(run(&committed), 1u);
  stn_append half =
      message({"DELAY\1"
               "3"});
  half.topic = half_;
  EXPECT_EQ(run(&half), 0u);
}

TEST_F(DelayHook, LeavesClientBatchesAndTheDelayTopicAlone) {
  stn_append batch =
      message({"DELAY\1"
               "3"});
  batch.flags = STN_APPEND_BATCH;
  EXPECT_EQ(run(&batch), 0u);
  stn_append parked =
      message({"DELAY\1"
               "3"});
  parked.topic = store_.delay_topic;
  EXPECT_EQ(run(&parked), 0u);
}

TEST_F(DelayHook, PassesOverWhatAnEarlierHookRefused) {
  stn_append a =
      message({"DELAY\1"
               "3"});
  stn_verdict refused = {13, 0, {}};
  EXPECT_EQ(run(&a, &refused), 0u);
  EXPECT_EQ(a.topic, topic_);
}

TEST_F(DelayHook, KeepsOldEntriesWhenCuttingWouldNeedTooManySlices) {
  const std::string_view a_piece =
      "X\1y\2REAL_QID\1"
      "9\2Z\1z\2";
  stn_append a = message({a_piece, a_piece, a_piece, a_piece, a_piece,
                          "DELAY\1"
                          "3"});
  EXPECT_EQ(run(&a), 1u);
  EXPECT_EQ(a.n_props, 7u);
  EXPECT_TRUE(text(a).ends_with("DELAY=3;DELAY=3;REAL_TOPIC=orders;REAL_QID=3")) << text(a);
}

TEST_F(DelayHook, RefusesAMessageThatCannotTakeTheProperties) {
  stn_append full = message({"A\1b\2", "A\1b\2", "A\1b\2", "A\1b\2", "A\1b\2", "A\1b\2", "A\1b\2",
                             "X\1y\2DELAY\1"
                             "3\2"});
  stn_verdict verdict{};
  EXPECT_EQ(run(&full, &verdict), 0u);
  EXPECT_EQ(verdict.code, 13);
  EXPECT_NE(verdict.remark.data, nullptr);

  scratch_size_ = 16;
  stn_append a =
      message({"DELAY\1"
               "3"});
  verdict = {};
  EXPECT_EQ(run(&a, &verdict), 0u);
  EXPECT_EQ(verdict.code, 13);
  EXPECT_EQ(a.topic, topic_);
}

}  // namespace
}  // namespace stn::schedule
