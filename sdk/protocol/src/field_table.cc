#include "field_table.h"

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

// Java's Boolean.parseBoolean: "true" in any case, everything else is false.
bool parse_bool(std::string_view text) {
  if (text.size() != 4) return false;
  const auto lower = [&](size_t i) { return static_cast<char>(text[i] | 0x20); };
  return lower(0) == 't' && lower(1) == 'r' && lower(2) == 'u' && lower(3) == 'e';
}

bool assign(const field_rule &rule, std::string_view text, char *base) {
  char *member = base + rule.offset;
  switch (rule.kind) {
    case field_kind::text:
      *reinterpret_cast<std::string_view *>(member) = text;
      return true;
    case field_kind::i32:
      return parse_int(text, reinterpret_cast<int32_t *>(member));
    case field_kind::u32:
      return parse_int(text, reinterpret_cast<uint32_t *>(member));
    case field_kind::i64:
      return parse_int(text, reinterpret_cast<int64_t *>(member));
    case field_kind::boolean:
      *reinterpret_cast<bool *>(member) = parse_bool(text);
      return true;
  }
  return false;
}

}  // namespace

outcome decode_fields(const field_table_view &table, field_span fields, void *base,
                      uint32_t *present) {
  uint32_t seen = 0;
  for (const field &f : fields) {
    if (f.key_len == 0 || f.value == nullptr) continue;
    const uint8_t index = table.slots[field_hash(f.name(), table.multiplier)];
    if (index == k_no_rule || !same_text(table.rules[index].name, f.name())) continue;
    const field_rule &rule = table.rules[index];
    if (!assign(rule, f.text(), static_cast<char *>(base))) return {errc::bad_number, rule.name};
    seen |= 1u << index;
  }
  if (present != nullptr) *present = seen;
  const uint32_t missing = table.mandatory & ~seen;
  if (missing == 0) return {};
  return {errc::missing_field, table.rules[__builtin_ctz(missing)].name};
}

void append_fields(const field_table_view &table, const void *base, field_writer *out) {
  for (size_t i = 0; i < table.n_rules; ++i) {
    const field_rule &rule = table.rules[i];
    const char *member = static_cast<const char *>(base) + rule.offset;
    switch (rule.kind) {
      case field_kind::text: {
        const auto &text = *reinterpret_cast<const std::string_view *>(member);
        if (text.data() != nullptr) out->add(rule.name, text);
        break;
      }
      case field_kind::i32: {
        const int32_t value = *reinterpret_cast<const int32_t *>(member);
        if (value != k_absent || rule.mandatory) out->add(rule.name, value);
        break;
      }
      case field_kind::u32:
        out->add(rule.name, static_cast<int64_t>(*reinterpret_cast<const uint32_t *>(member)));
        break;
      case field_kind::i64:
        out->add(rule.name, *reinterpret_cast<const int64_t *>(member));
        break;
      case field_kind::boolean:
        out->add(rule.name, *reinterpret_cast<const bool *>(member));
        break;
    }
  }
}

}  // namespace stn::protocol
