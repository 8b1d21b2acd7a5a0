#include "delay_hook.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "delay_levels.h"
#include "stanchion/protocol/bytes.h"
#include "stanchion/protocol/codes.h"
#include "stanchion/protocol/properties.h"
#include "stanchion/protocol/sysflags.h"

namespace stn::schedule {

namespace {

constexpr std::string_view k_delay = "DELAY\1";
constexpr size_t k_texts_max = 64;  // names of both properties, DELAY and two numbers

// Level in the properties, 0 if there is none; of several the last counts.
int32_t level_of(const stn_append &m) {
  std::string_view found;
  for (uint32_t i = 0; i < m.n_props; i++) {
    std::string_view rest = view(m.props[i]);
    while (!rest.empty()) {
      const auto *end = static_cast<const char *>(std::memchr(rest.data(), '\2', rest.size()));
      const size_t size = end == nullptr ? rest.size() : static_cast<size_t>(end - rest.data());
      const std::string_view entry = rest.substr(0, size);
      if (entry.starts_with(k_delay)) found = entry.substr(k_delay.size());
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
  }
  int32_t level = 0;
  return protocol::parse_int(found, &level) ? level : 0;
}

bool is_replaced(std::string_view name) {
  return name == protocol::property::real_topic || name == protocol::property::real_queue_id ||
         name == protocol::property::delay;
}

// Slices of properties under construction, bounded by what an append takes.
class slice_list {
 public:
  void add(std::string_view text) {
    if (text.empty()) return;
    if (n_ == STN_APPEND_PROPS) {
      full_ = true;
      return;
    }
    slices_[n_++] = slice(text);
  }
  // Adds text without the entries that are about to be written anew.
  void add_without_replaced(std::string_view text) {
    const char *kept = text.data();
    protocol::property_cursor entries(text);
    for (protocol::property_entry e; entries.next(&e);) {
      if (!is_replaced(e.name)) continue;
      add({kept, static_cast<size_t>(e.whole.data() - kept)});
      kept = e.whole.data() + e.whole.size();
    }
    add({kept, static_cast<size_t>(text.data() + text.size() - kept)});
  }
  // Adds "\2name\1value..."; its first separator only where one is needed.
  void add_behind(std::string_view text) {
    const bool separated = n_ == 0 || view(slices_[n_ - 1]).back() == protocol::k_property_end;
    add(text.substr(separated ? 1 : 0));
  }
  bool full() const { return full_; }
  void store(stn_append *m) const {
    std::copy(slices_, slices_ + n_, m->props);
    m->n_props = n_;
  }

 private:
  stn_slice slices_[STN_APPEND_PROPS];
  uint32_t n_ = 0;
  bool full_ = false;
};

// "\2DELAY\1l\2REAL_TOPIC\1t\2REAL_QID\1q" in scratch; empty if it does not fit.
std::string_view home_text(std::string_view topic, int32_t queue, int32_t level, stn_scratch *mem) {
  if (static_cast<size_t>(mem->end - mem->at) < topic.size() + k_texts_max) return {};
  char *const begin = mem->at;
  *begin = protocol::k_property_end;
  protocol::property_builder text(begin + 1, static_cast<size_t>(mem->end - begin - 1));
  text.add(protocol::property::delay, static_cast<int64_t>(level));
  text.add(protocol::property::real_topic, topic);
  text.add(protocol::property::real_queue_id, static_cast<int64_t>(queue));
  if (!text.ok()) return {};
  mem->at = begin + 1 + text.text().size();
  // The builder ends each entry; a stored message of the original has no separator behind its last one.
  return {begin, text.text().size()};
}

}  // namespace

bool delay_hook::applies_to(const stn_append &m) const {
  const int32_t type = protocol::transaction_type(m.sysflag);
  return (m.flags & STN_APPEND_BATCH) == 0 && m.topic != half_topic_ && m.topic != delay_topic_ &&
         (type == protocol::k_msg_trans_none || type == protocol::k_msg_trans_commit);
}

bool delay_hook::move(stn_append *m, int32_t level, stn_scratch *mem) const {
  stn_str topic{};
  if (store_->topic_name(store_.self, m->topic, &topic) != STN_OK) return false;
  const std::string_view home = home_text(view(topic), m->queue, level, mem);
  if (home.empty()) return false;
  slice_list cut;
  for (uint32_t i = 0; i < m->n_props; i++) cut.add_without_replaced(view(m->props[i]));
  cut.add_behind(home);
  if (cut.full()) {
    // Too many pieces: readers take the last of equal names, so the old entries may as well stay.
    cut = slice_list();
    for (uint32_t i = 0; i < m->n_props; i++) cut.add(view(m->props[i]));
    cut.add_behind(home);
  }
  if (cut.full()) return false;
  cut.store(m);
  m->topic = delay_topic_;
  m->queue = queue_of_level(level);
  return true;
}

uint32_t delay_hook::before_append(stn_append *v, stn_verdict *verdict, uint32_t n,
                                   stn_scratch *mem) const {
  uint32_t moved = 0;
  for (uint32_t i = 0; i < n; i++) {
    if (verdict[i].code != 0) continue;
    const int32_t level = level_of(v[i]);
    if (level <= 0 || !applies_to(v[i])) continue;
    if (move(&v[i], std::min(level, levels_), mem)) {
      moved++;
      continue;
    }
    verdict[i] = {protocol::response_code::message_illegal, 0,
                  str("the properties leave no room for those of a delayed message")};
  }
  return moved;
}

}  // namespace stn::schedule
