// Every recorded header decodes to what the recorder saw, and encodes to the same bytes again.
#include <functional>
#include <map>

#include "decoded.h"
#include "golden.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/headers/admin.h"
#include "stanchion/protocol/headers/client.h"
#include "stanchion/protocol/headers/namesrv.h"
#include "stanchion/protocol/headers/offset.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/headers/send.h"

namespace stn::protocol {
namespace {

TEST(golden_header, decodes_to_what_the_recorder_saw) {
  for (const golden_frame &g : golden_frames()) {
    SCOPED_TRACE(g.name());
    const decoded d(g.bytes);
    ASSERT_TRUE(d.result.ok());
    EXPECT_EQ(d.in.total, g.bytes.size());
    EXPECT_EQ(d.in.body, g.body());
    EXPECT_EQ(static_cast<int>(d.in.type), g.meta["header_type"].get<int>());
    EXPECT_EQ(d.cmd.code, g.code());
    EXPECT_EQ(d.cmd.opaque, g.meta["opaque"].get<int>());
    EXPECT_EQ(d.cmd.flag, g.meta["flag"].get<int>());
    EXPECT_EQ(d.cmd.version, g.meta["version"].get<int>());
    EXPECT_EQ(language_name(d.cmd.lang), g.meta["language"].get<std::string>());
    EXPECT_EQ(d.cmd.is_response(), g.is_response());
    const auto &remark = g.meta["remark"];
    EXPECT_EQ(d.cmd.remark, remark.is_null() ? "" : remark.get<std::string>());
    nlohmann::json fields = nlohmann::json::object();
    for (const field &f : d.cmd.field_view()) fields[std::string(f.name())] = f.text();
    EXPECT_EQ(fields,
              g.meta["ext_fields"].is_null() ? nlohmann::json::object() : g.meta["ext_fields"]);
  }
}

TEST(golden_header, encodes_to_the_same_bytes) {
  size_t compared = 0;
  for (const golden_frame &g : golden_frames()) {
    // The recorder's own requests are no reference.
    if (g.meta["scenario"] == "raw" && !g.is_response()) continue;
    SCOPED_TRACE(g.name());
    const decoded d(g.bytes);
    outgoing what = again(d);
    what.empty_fields = g.meta["ext_fields"].is_object();
    EXPECT_EQ(encoded(what, d.in.body), g.bytes);
    ++compared;
  }
  EXPECT_GT(compared, 100u);
}

// A typed header, filled from the fields and written back, repeats the original's values.
using typed_check = std::function<outcome(field_span, field_writer *)>;
template <class H>
typed_check check() {
  return [](field_span in, field_writer *out) {
    H h;
    outcome o = decode(in, &h);
    append_to(h, out);
    return o;
  };
}

const std::map<int, typed_check> &request_checks() {
  namespace rc = request_code;
  static const typed_check send_v2 = [](field_span in, field_writer *out) {
    send_header h;
    outcome o = decode_v2(in, &h);
    append_to_v2(h, out);
    return o;
  };
  static const std::map<int, typed_check> checks = {
      {rc::send_message_v2, send_v2},
      {rc::send_batch_message, send_v2},
      {rc::pull_message, check<pull_header>()},
      {rc::lite_pull_message, check<pull_header>()},
      {rc::consumer_send_msg_back, check<send_back_header>()},
      {rc::query_consumer_offset, check<query_consumer_offset_header>()},
      {rc::update_consumer_offset, check<update_consumer_offset_header>()},
      {rc::get_max_offset, check<queue_header>()},
      {rc::get_min_offset, check<queue_header>()},
      {rc::unregister_client, check<unregister_client_header>()},
      {rc::get_consumer_list_by_group, check<consumer_group_header>()},
      {rc::notify_consumer_ids_changed, check<consumer_group_header>()},
      {rc::register_broker, check<register_broker_header>()},
      {rc::unregister_broker, check<broker_identity_header>()},
      {rc::get_routeinfo_by_topic, check<route_header>()},
      {rc::update_and_create_topic, check<create_topic_header>()},
      {rc::get_consumer_connection_list, check<consumer_group_header>()},
      {rc::get_consume_stats, check<consume_stats_header>()},
      {rc::end_transaction, check<end_transaction_header>()},
      {rc::check_transaction_state, check<check_transaction_header>()},
      {rc::search_offset_by_timestamp, check<search_offset_header>()},
      {rc::query_message, check<query_message_header>()},
      {rc::view_message_by_id, check<view_message_header>()},
  };
  return checks;
}

TEST(golden_header, typed_requests_repeat_the_values) {
  std::map<int, int> seen;
  for (const golden_frame &g : golden_frames()) {
    const auto found = request_checks().find(g.request_code());
    // Some raw requests lack fields on purpose.
    if (g.is_response() || found == request_checks().end() || g.meta["scenario"] == "raw") continue;
    SCOPED_TRACE(g.name());
    const decoded d(g.bytes);
    std::array<field, 32> fields{};
    std::array<char, 512> text{};
    scratch mem{text.data(), text.size(), 0};
    field_writer out(fields.data(), fields.size(), &mem);
    const outcome o = found->second(d.cmd.field_view(), &out);
    ASSERT_TRUE(o.ok()) << describe(o.code) << ' ' << o.name;
    ASSERT_TRUE(out.ok());
    for (const field &f : out.fields()) {
      const std::string_view original = find_field(d.cmd.field_view(), f.name());
      if (original.data() == nullptr) continue;
      EXPECT_EQ(f.text(), original) << f.name();
    }
    EXPECT_GT(out.size(), 0u);
    ++seen[g.request_code()];
  }
  for (const int must : {310, 320, 11, 361, 36, 14, 15, 30, 35, 38, 40, 103, 105}) {
    EXPECT_GT(seen[must], 0) << must;
  }
}

// Replies built from typed headers are byte-equal to those of the stock broker.
template <class H>
std::string rebuilt(const decoded &d, const H &h) {
  std::array<field, 16> fields{};
  std::array<char, 256> text{};
  scratch mem{text.data(), text.size(), 0};
  field_writer out(fields.data(), fields.size(), &mem);
  append_to(h, &out);
  EXPECT_TRUE(out.ok());
  outgoing what;
  what.code = d.cmd.code;
  what.opaque = d.cmd.opaque;
  what.remark = d.cmd.remark;
  what.fields = out.data();
  what.n_fields = out.size();
  return encoded(what, d.in.body);
}

TEST(golden_header, typed_replies_are_byte_equal) {
  std::map<int, int> seen;
  for (const golden_frame &g : golden_frames()) {
    const decoded d(g.bytes);
    if (!g.is_response() || !g.is_json() || d.cmd.n_fields == 0) continue;
    SCOPED_TRACE(g.name());
    std::string ours;
    const int code = g.request_code();
    if ((code == 310 || code == 320 || code == 10) && g.code() == 0) {
      send_reply_header h;
      ASSERT_TRUE(decode(d.cmd.field_view(), &h).ok());
      ours = rebuilt(d, h);
    } else if (code == 11) {
      pull_reply_header h;
      ASSERT_TRUE(decode(d.cmd.field_view(), &h).ok());
      ours = rebuilt(d, h);
    } else if (code == 14 || code == 29 || code == 30 || code == 31) {
      offset_reply_header h;
      ASSERT_TRUE(decode(d.cmd.field_view(), &h).ok());
      ours = rebuilt(d, h);
    } else {
      continue;
    }
    EXPECT_EQ(ours, g.bytes);
    ++seen[code];
  }
  for (const int must : {310, 320, 11, 14, 30}) EXPECT_GT(seen[must], 0) << must;
}

}  // namespace
}  // namespace stn::protocol
