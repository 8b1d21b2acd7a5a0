#include "stanchion/protocol/properties.h"

#include <cstring>

#include "stanchion/protocol/bytes.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace stn::protocol {
namespace {

// As the original: shorter entries cannot hold a name, the separator and a value.
constexpr size_t k_entry_min = 3;

constexpr uint64_t in_each_byte(uint64_t v) { return v * 0x0101010101010101; }

// The top bit of the first byte of `word` (the lowest one) that is `c`, and maybe bits above it; 0: there is none.
uint64_t mark(uint64_t word, char c) {
  const uint64_t differs = word ^ in_each_byte(static_cast<unsigned char>(c));
  return (differs - in_each_byte(0x01)) & ~differs & in_each_byte(0x80);
}

#if defined(__SSE2__)
// One bit for each of 16 bytes that is one of the wanted.
template <char... wanted>
uint32_t marks_of_16(const char *at) {
  const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
  return static_cast<uint32_t>((_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(wanted))) | ...));
}
#endif

// The first of the given characters in [at, end), or end. Entries are short: a few words at a time without a call are
// faster than memchr.
template <char... wanted>
inline const char *find_first(const char *at, const char *end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    if (const uint32_t found = marks_of_16<wanted...>(at); found != 0) {
      return at + __builtin_ctz(found);
    }
  }
#endif
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof(word));
    if (const uint64_t found = (mark(word, wanted) | ...); found != 0) {
      return at + (__builtin_ctzll(found) >> 3);
    }
  }
  while (at != end && ((*at != wanted) && ...)) ++at;
  return at;
}

// The value of the entry at `entry` if it is called `name` and counts.
std::string_view value_if(std::string_view name, const char *entry, const char *end) {
  if (static_cast<size_t>(end - entry) <= name.size() + 1) return {};
  const char *const value = entry + name.size() + 1;
  if (value[-1] != k_property_name_end || !same_text({entry, name.size()}, name)) return {};
  const char *const stop = find_first<k_property_end>(value, end);
  if (stop == value) return {};
  return {value, static_cast<size_t>(stop - value)};
}

std::string_view find_in_short(const char *entry, const char *end, std::string_view name) {
  std::string_view found{};
  while (entry != end) {
    if (const std::string_view value = value_if(name, entry, end); !value.empty()) found = value;
    entry = find_first<k_property_end>(entry, end);
    if (entry != end) ++entry;
  }
  return found;
}

#if defined(__SSE2__)
// Looks through 16 bytes at a time for the entries that begin like a name.
class entry_finder {
 public:
  explicit entry_finder(std::string_view name) : name_(name), first_(_mm_set1_epi8(name[0])) {}

  // The first `known` bytes were looked at before.
  inline void look(const char *block, const char *end, size_t known) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i *>(block));
    const auto ends = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, property_end_)));
    const auto same = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, first_)));
    const uint32_t entries = same & (ends << 1 | begins_next_) & (~0u << known);
    begins_next_ = ends >> 15;
    if (entries != 0) take(entries, block, end);
  }
  std::string_view found() const { return found_; }

 private:
  [[gnu::noinline]] void take(uint32_t entries, const char *block, const char *end) {
    for (; entries != 0; entries &= entries - 1) {
      const std::string_view value = value_if(name_, block + __builtin_ctz(entries), end);
      if (!value.empty()) found_ = value;
    }
  }

  const std::string_view name_;
  const __m128i first_;
  const __m128i property_end_ = _mm_set1_epi8(k_property_end);
  uint32_t begins_next_ = 1;
  std::string_view found_{};
};

// Of 16 bytes or more.
std::string_view find_in_long(const char *next, const char *end, std::string_view name) {
  entry_finder finder(name);
  for (; end - next >= 16; next += 16) finder.look(next, end, 0);
  // The last block ends where the text ends.
  if (next != end) finder.look(end - 16, end, static_cast<size_t>(next - (end - 16)));
  return finder.found();
}
#endif

bool separator_inside(std::string_view text) {
  return text.find(k_property_name_end) != std::string_view::npos ||
         text.find(k_property_end) != std::string_view::npos;
}

}  // namespace

bool property_cursor::next(property_entry *out) {
  while (!rest_.empty()) {
    const char *const begin = rest_.data();
    const char *const end = begin + rest_.size();
    const char *const middle = find_first<k_property_name_end, k_property_end>(begin, end);
    const char *const stop = find_first<k_property_end>(middle, end);
    const auto size = static_cast<size_t>(stop - begin);
    const size_t whole = size + (stop == end ? 0 : 1);
    rest_.remove_prefix(whole);
    if (size < k_entry_min || middle == begin || middle >= stop - 1) continue;
    const auto name = static_cast<size_t>(middle - begin);
    *out = {{begin, name}, {middle + 1, size - name - 1}, {begin, whole}};
    return true;
  }
  return false;
}

std::string_view find_property(std::string_view properties, std::string_view name) {
  if (name.empty()) return {};
  const char *const end = properties.data() + properties.size();
#if defined(__SSE2__)
  if (properties.size() >= 16) return find_in_long(properties.data(), end, name);
#endif
  return find_in_short(properties.data(), end, name);
}

size_t without_property(std::string_view properties, std::string_view name, std::string_view *out,
                        size_t max) {
  size_t n = 0;
  const char *kept = properties.data();
  const char *const end = properties.data() + properties.size();
  property_cursor cursor(properties);
  property_entry entry;
  while (n + 1 < max && cursor.next(&entry)) {
    if (entry.name != name) continue;
    const auto size = static_cast<size_t>(entry.whole.data() - kept);
    if (size != 0) out[n++] = {kept, size};
    kept = entry.whole.data() + entry.whole.size();
  }
  if (kept != end && n < max) out[n++] = {kept, static_cast<size_t>(end - kept)};
  return n;
}

void scan_properties(std::string_view properties, send_properties *out) {
  *out = send_properties{};
  property_cursor cursor(properties);
  property_entry e;
  while (cursor.next(&e)) {
    switch (e.name.size()) {
      case 4:
        if (e.name == property::keys) out->keys = e.value;
        if (e.name == property::tags) out->tags = e.value;
        if (e.name == property::wait) out->wait = e.value, out->wait_entry = e.whole;
        break;
      case 5:
        if (e.name == property::delay) out->delay = e.value;
        break;
      case 6:
        if (e.name == property::producer_group) out->producer_group = e.value;
        break;
      case 8:
        if (e.name == property::unique_key) out->unique_key = e.value;
        if (e.name == property::transaction_prepared) out->transaction_prepared = e.value;
        if (e.name == property::trace_switch) out->trace_switch = e.value;
        if (e.name == property::real_queue_id) out->real_queue_id = e.value;
        break;
      case 10:
        if (e.name == property::real_topic) out->real_topic = e.value;
        if (e.name == property::msg_region) out->msg_region = e.value;
        break;
      case 11:
        if (e.name == property::retry_topic) out->retry_topic = e.value;
        break;
      default:
        break;
    }
  }
}

void property_builder::add(std::string_view name, std::string_view value) {
  const size_t size = name.size() + value.size() + 2;
  if (name.empty() || value.empty() || separator_inside(name) || separator_inside(value) ||
      size > capacity_ - size_) {
    ok_ = false;
    return;
  }
  char *to = to_ + size_;
  std::memcpy(to, name.data(), name.size());
  to += name.size();
  *to++ = k_property_name_end;
  std::memcpy(to, value.data(), value.size());
  to += value.size();
  *to = k_property_end;
  size_ += size;
}

void property_builder::add(std::string_view name, int64_t value) {
  char text[k_int_text_max];
  const char *const end = format_int(text, value);
  add(name, std::string_view(text, static_cast<size_t>(end - text)));
}

void property_builder::append(std::string_view properties) {
  if (properties.empty()) return;
  const bool closed = properties.back() == k_property_end;
  const size_t size = properties.size() + (closed ? 0 : 1);
  if (size > capacity_ - size_) {
    ok_ = false;
    return;
  }
  std::memcpy(to_ + size_, properties.data(), properties.size());
  size_ += size;
  to_[size_ - 1] = k_property_end;
}

}  // namespace stn::protocol
