// Any bytes as each JSON body and as a compressed registration. What decodes must encode to text that decodes equal.
#include <cmath>
#include <cstdlib>
#include <string>

#include "stanchion/protocol/bodies/connections.h"
#include "stanchion/protocol/bodies/heartbeat.h"
#include "stanchion/protocol/bodies/offsets.h"
#include "stanchion/protocol/bodies/queue_lock.h"
#include "stanchion/protocol/bodies/register_broker.h"
#include "stanchion/protocol/bodies/route.h"
#include "stanchion/protocol/bodies/stats.h"
#include "stanchion/protocol/bodies/subscription_group.h"

namespace {

using namespace stn::protocol;

template <class T>
void round(std::string_view text, const auto &encoder) {
  T first;
  T second;
  if (!decode(text, &first).ok()) return;
  if (!decode(encoder(first), &second).ok() || !(first == second)) std::abort();
}

template <class T>
void round(std::string_view text) {
  round<T>(text, [](const T &v) { return encode(v); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  round<heartbeat_data>(text);
  round<topic_config_table>(text);
  round<subscription_group_table>(text);
  round<cluster_info>(text);
  round<topic_list>(text);
  round<kv_table>(text);
  round<kv_config>(text, [](const kv_config &c) { return encode_file(c); });
  round<topic_route>(text, [](const topic_route &r) { return encode(r, json_dialect::standard); });
  round<topic_route>(
      text, [](const topic_route &r) { return encode(r, json_dialect::bare_numeric_keys); });
  round<lock_batch_request>(text);
  round<lock_batch_reply>(text);
  round<consumer_offset_table>(text);
  round<delay_offset_table>(text);
  round<topic_stats_table>(text);
  round<consume_stats>(text);
  round<consumer_connection>(text);
  round<consumer_id_list>(text);
  round<register_broker_body>(text);
  register_broker_body b;
  (void)decode_compressed(text, &b);
  check_client_config c;
  (void)decode(text, &c);
  return 0;
}
