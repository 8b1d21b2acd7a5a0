// field_table.h - one constexpr table per typed header drives its decoding and its encoding.
//
// The table finds a field's rule by a hash that the compiler made collision-free; a field costs one hash, one compare
// and one parse, whatever the order of the fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stanchion/protocol/field.h"
#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

enum class field_kind : uint8_t { text, i32, u32, i64, boolean };

struct field_rule {
  std::string_view name;
  field_kind kind;
  bool mandatory;
  size_t offset;  // of the member in the header struct
};

inline constexpr size_t k_table_slots = 64;
inline constexpr uint8_t k_no_rule = 0xff;

constexpr uint32_t field_hash(std::string_view name, uint32_t multiplier) {
  const size_t n = name.size();
  const auto at = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(name[i]));
  };
  const uint32_t mixed = at(0) + at(n > 1 ? 1 : 0) * 7 + at(n / 2) * 31 + at(n - 1) * 131 +
                         static_cast<uint32_t>(n) * 1021;
  return (mixed * multiplier) >> 26;
}

// What the decoder sees of a table, whatever its number of rules.
struct field_table_view {
  const field_rule *rules;
  size_t n_rules;
  const uint8_t *slots;
  uint32_t multiplier;
  uint32_t mandatory;  // bit per rule
};

template <size_t N>
struct field_table {
  static_assert(N <= 32, "presence is kept in 32 bits");
  std::array<field_rule, N> rules{};
  std::array<uint8_t, k_table_slots> slots{};
  uint32_t multiplier = 0;
  uint32_t mandatory = 0;

  consteval explicit field_table(const field_rule (&list)[N]) {
    for (size_t i = 0; i < N; ++i) {
      rules[i] = list[i];
      if (list[i].mandatory) mandatory |= 1u << i;
    }
    // The search ends at compile time or not at all: equal names never get apart.
    for (multiplier = 0x9e3779b1u; !place(); multiplier += 0x3c6ef362u) {
    }
  }

  constexpr field_table_view view() const {
    return {rules.data(), N, slots.data(), multiplier, mandatory};
  }

 private:
  consteval bool place() {
    for (auto &slot : slots) slot = k_no_rule;
    for (size_t i = 0; i < N; ++i) {
      auto &slot = slots[field_hash(rules[i].name, multiplier)];
      if (slot != k_no_rule) return false;
      slot = static_cast<uint8_t>(i);
    }
    return true;
  }
};

// One pass over the fields into the struct at `base`. *present gets a bit per rule seen.
outcome decode_fields(const field_table_view &table, field_span fields, void *base,
                      uint32_t *present = nullptr);

// Value of an optional i32 that is not there.
inline constexpr int32_t k_absent = -1;

// Adds the fields of the struct at `base` in table order; absent optional text and i32 are left out.
void append_fields(const field_table_view &table, const void *base, field_writer *out);

// Table entries: STN_FIELD_MUST is mandatory, STN_FIELD_MAY is not.
#define STN_FIELD_MUST(type, kind, name, member) \
  { name, field_kind::kind, true, offsetof(type, member) }
#define STN_FIELD_MAY(type, kind, name, member) \
  { name, field_kind::kind, false, offsetof(type, member) }
// decode() and append_to() of a header whose wire form is `table`.
#define STN_HEADER_CODEC(type, table)                \
  outcome decode(field_span fields, type *out) {     \
    return decode_fields(table.view(), fields, out); \
  }                                                  \
  void append_to(const type &h, field_writer *out) { append_fields(table.view(), &h, out); }

}  // namespace stn::protocol
