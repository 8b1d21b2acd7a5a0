// topic_names.h - which topic names are legal, which belong to the system, which clients may not send to.
//
// The sets are those of the original 4.9; the cluster, the broker and the reply topic of the cluster are system topics too.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stn::broker_topics {

inline constexpr size_t k_topic_length_max = 127;
inline constexpr std::string_view k_auto_create_topic = "TBW102";
inline constexpr std::string_view k_trace_topic = "RMQ_SYS_TRACE_TOPIC";

enum class name_check { legal, blank, illegal_characters, too_long };
name_check check_topic_name(std::string_view name);  // [pure]
// What a client is told; empty for a legal name.
std::string_view describe(name_check c);  // [pure]

// The system topics of one broker. Immutable after construction. [any]
class system_topics {
 public:
  system_topics(std::string_view cluster, std::string_view broker);

  bool contains(std::string_view topic) const;
  static bool forbids_sending(std::string_view topic);
  std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

 private:
  std::set<std::string, std::less<>> names_;
};

}  // namespace stn::broker_topics
