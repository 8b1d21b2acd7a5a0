// stanchion/protocol/properties.h - a message's properties: name \1 value \2 name \1 value ...
//
// The last \2 may be absent. Entries with an empty name or value do not count, as in the original. Of equal names the
// last one wins. Everything works on the bytes in place, without allocation. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stn::protocol {

inline constexpr char k_property_name_end = '\1';
inline constexpr char k_property_end = '\2';
inline constexpr size_t k_properties_max = 32767;

namespace property {
inline constexpr std::string_view keys = "KEYS";
inline constexpr std::string_view tags = "TAGS";
inline constexpr std::string_view wait = "WAIT";
inline constexpr std::string_view delay = "DELAY";
inline constexpr std::string_view unique_key = "UNIQ_KEY";
inline constexpr std::string_view cluster = "CLUSTER";
inline constexpr std::string_view retry_topic = "RETRY_TOPIC";
inline constexpr std::string_view real_topic = "REAL_TOPIC";
inline constexpr std::string_view real_queue_id = "REAL_QID";
inline constexpr std::string_view transaction_prepared = "TRAN_MSG";
inline constexpr std::string_view producer_group = "PGROUP";
inline constexpr std::string_view min_offset = "MIN_OFFSET";
inline constexpr std::string_view max_offset = "MAX_OFFSET";
inline constexpr std::string_view origin_message_id = "ORIGIN_MESSAGE_ID";
inline constexpr std::string_view reconsume_time = "RECONSUME_TIME";
inline constexpr std::string_view max_reconsume_times = "MAX_RECONSUME_TIMES";
inline constexpr std::string_view msg_region = "MSG_REGION";
inline constexpr std::string_view trace_switch = "TRACE_ON";
inline constexpr std::string_view transaction_check_times = "TRANSACTION_CHECK_TIMES";
inline constexpr std::string_view prepared_queue_offset = "TRAN_PREPARED_QUEUE_OFFSET";
inline constexpr std::string_view check_immunity_seconds = "CHECK_IMMUNITY_TIME_IN_SECONDS";
inline constexpr std::string_view transaction_id = "__transactionId__";
inline constexpr std::string_view correlation_id = "CORRELATION_ID";
inline constexpr std::string_view reply_to_client = "REPLY_TO_CLIENT";
inline constexpr std::string_view message_type = "MSG_TYPE";
}  // namespace property

// One entry; whole covers its separators too ("name \1 value \2"), so that removing it leaves legal properties.
struct property_entry {
  std::string_view name;
  std::string_view value;
  std::string_view whole;
};

// Walks the entries that count, in order.
class property_cursor {
 public:
  explicit property_cursor(std::string_view properties) : rest_(properties) {}
  bool next(property_entry *out);

 private:
  std::string_view rest_;
};

// data() == nullptr: not there.
std::string_view find_property(std::string_view properties, std::string_view name);

// properties without every entry called name, as up to max views into it; returns their number, 0..max. If max views are
// not enough, the entries behind stay in the last view: with max = 2 exactly one entry (the first) is removed.
size_t without_property(std::string_view properties, std::string_view name, std::string_view *out,
                        size_t max);

// What send, schedule and retry look at, found in one pass. data() == nullptr: absent.
struct send_properties {
  std::string_view keys;
  std::string_view tags;
  std::string_view unique_key;
  std::string_view delay;
  std::string_view wait;
  std::string_view wait_entry;  // the whole entry of `wait`, for cutting it out
  std::string_view transaction_prepared;
  std::string_view producer_group;
  std::string_view retry_topic;
  std::string_view real_topic;
  std::string_view real_queue_id;
  std::string_view trace_switch;
  std::string_view msg_region;
};
void scan_properties(std::string_view properties, send_properties *out);

// Appends entries to caller memory, each with its \2. ok() turns false when the memory or a rule (empty name or value,
// a separator inside) does not hold; the entry in question is not written then.
class property_builder {
 public:
  property_builder(char *to, size_t capacity) : to_(to), capacity_(capacity) {}
  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, int64_t value);
  // Properties as they are; a \2 is put behind them if they lack one.
  void append(std::string_view properties);

  bool ok() const { return ok_; }
  std::string_view text() const { return {to_, size_}; }

 private:
  char *to_;
  size_t capacity_;
  size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace stn::protocol
