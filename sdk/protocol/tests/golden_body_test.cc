// Recorded bodies: stored messages, batches, and the JSON of routes, heartbeats, locks and tables.
#include <zlib.h>

#include <map>

#include "decoded.h"
#include "golden.h"
#include "stanchion/protocol/batch_body.h"
#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/bodies/queue_lock.h"
#include "stanchion/protocol/bodies/register_broker.h"
#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/bodies/subscription_group.h"
#include "stanchion/protocol/message_record.h"
#include "stanchion/protocol/properties.h"

namespace stn::protocol {
namespace {

uint32_t crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

// The record written anew from its decoded parts.
std::string written(const record_view &v) {
  record_layout layout;
  EXPECT_TRUE(
      lay_out(v.sys_flag, v.body.size(), v.topic.size(), v.properties.size(), &layout).ok());
  std::string out(layout.total, '\0');
  record_head head;
  head.body_crc = crc(v.body);
  head.queue_id = v.queue_id;
  head.flag = v.flag;
  head.sys_flag = v.sys_flag;
  head.born_ms = v.born_ms;
  head.born_host = v.born_host;
  head.store_host = v.store_host;
  head.reconsume_times = v.reconsume_times;
  head.prepared_phys = v.prepared_phys;
  write_record_head(layout, head, out.data());
  write_record_topic(layout, v.topic, out.data());
  v.body.copy(out.data() + layout.body_at, v.body.size());
  v.properties.copy(out.data() + layout.properties_at, v.properties.size());
  patch_record(layout, v.queue_offset, v.phys, v.store_ms, out.data());
  return out;
}

TEST(golden_body, stored_messages_decode_verify_and_encode_to_the_same_bytes) {
  size_t messages = 0;
  for (const golden_frame &g : golden_frames()) {
    if (!g.is_response() || g.code() != 0) continue;
    if (g.request_code() != 11 && g.request_code() != 33 && g.request_code() != 12) continue;
    SCOPED_TRACE(g.name());
    const std::string body = g.body();
    std::string_view rest = body;
    while (!rest.empty()) {
      record_view v;
      const outcome o = verify_record(rest, crc, &v);
      ASSERT_TRUE(o.ok()) << describe(o.code) << ' ' << o.name;
      uint32_t total = 0;
      EXPECT_EQ(classify_record(rest, &total), record_kind::message);
      EXPECT_EQ(total, v.total);
      EXPECT_FALSE(v.topic.empty());
      EXPECT_EQ(written(v), rest.substr(0, v.total));
      rest.remove_prefix(v.total);
      ++messages;
    }
  }
  EXPECT_GT(messages, 20u);
}

TEST(golden_body, batches_of_stock_producers_parse_and_encode_to_the_same_bytes) {
  size_t batches = 0;
  for (const golden_frame &g : golden_frames()) {
    if (g.is_response() || g.code() != 320) continue;
    SCOPED_TRACE(g.name());
    const std::string body = g.body();
    EXPECT_GT(count_batch(body), 1u);
    std::string again;
    batch_cursor cursor(body);
    for (batch_entry e; cursor.next(&e);) {
      EXPECT_NE(find_property(e.properties, property::unique_key).data(), nullptr);
      std::string one(batch_entry_size(e), '\0');
      write_batch_entry(e, one.data());
      again += one;
    }
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(again, body);
    ++batches;
  }
  EXPECT_GT(batches, 0u);
}

// Decodes every recorded body that `wanted` picks into T; encode gives text that decodes to an equal value.
template <class T, class Wanted, class Encode>
size_t round_trips(Wanted wanted, Encode encode) {
  size_t n = 0;
  for (const golden_frame &g : golden_frames()) {
    if (!wanted(g) || g.body().empty()) continue;
    SCOPED_TRACE(g.name());
    const std::string body = g.body();
    T first;
    T second;
    EXPECT_TRUE(decode(body, &first).ok());
    EXPECT_FALSE(first == T{}) << "nothing was read";
    const std::string ours = encode(first);
    EXPECT_TRUE(nlohmann::json::accept(ours)) << ours;
    EXPECT_TRUE(decode(ours, &second).ok());
    EXPECT_TRUE(first == second);
    ++n;
  }
  return n;
}

auto reply_to(int code) {
  return [code](const golden_frame &g) {
    return g.is_response() && g.request_code() == code && g.code() == 0;
  };
}
auto request(int code) {
  return [code](const golden_frame &g) { return !g.is_response() && g.code() == code; };
}
const auto k_encode = [](const auto &v) { return encode(v); };

TEST(golden_body, json_bodies_round_trip) {
  EXPECT_GT(round_trips<heartbeat_data>(request(34), k_encode), 0u);
  EXPECT_GT(round_trips<lock_batch_request>(request(41), k_encode), 0u);
  EXPECT_GT(round_trips<lock_batch_request>(request(42), k_encode), 0u);
  EXPECT_GT(round_trips<lock_batch_reply>(reply_to(41), k_encode), 0u);
  EXPECT_GT(round_trips<consumer_id_list>(reply_to(38), k_encode), 0u);
  EXPECT_GT(round_trips<register_broker_body>(request(103), k_encode), 0u);
  EXPECT_GT(round_trips<cluster_info>(reply_to(106), k_encode), 0u);
  EXPECT_GT(round_trips<topic_list>(reply_to(206), k_encode), 0u);
  EXPECT_GT(round_trips<topic_config_table>(reply_to(21), k_encode), 0u);
  EXPECT_GT(round_trips<subscription_group_table>(reply_to(201), k_encode), 0u);
  EXPECT_GT(round_trips<topic_route>(
                reply_to(105), [](const auto &r) { return encode(r, json_dialect::standard); }),
            0u);
}

TEST(golden_body, small_replies_are_byte_equal) {
  size_t routes = 0;
  for (const golden_frame &g : golden_frames()) {
    if (!g.is_response() || g.code() != 0 || g.body().empty()) continue;
    SCOPED_TRACE(g.name());
    if (g.request_code() == 105) {
      topic_route r;
      ASSERT_TRUE(decode(g.body(), &r).ok());
      const bool bare = g.body().find("{0:") != std::string::npos;
      EXPECT_EQ(encode(r, bare ? json_dialect::bare_numeric_keys : json_dialect::standard),
                g.body());
      ++routes;
    } else if (g.request_code() == 38) {
      consumer_id_list l;
      ASSERT_TRUE(decode(g.body(), &l).ok());
      EXPECT_EQ(encode(l), g.body());
    }
  }
  EXPECT_GT(routes, 0u);
}

TEST(golden_body, registrations_carry_the_checksum_of_their_body) {
  size_t n = 0;
  for (const golden_frame &g : golden_frames()) {
    if (g.is_response() || g.code() != 103) continue;
    EXPECT_EQ(std::to_string(body_crc32(g.body())),
              g.meta["ext_fields"]["bodyCrc32"].get<std::string>());
    ++n;
  }
  EXPECT_GT(n, 0u);
}

}  // namespace
}  // namespace stn::protocol
