#include "stanchion/protocol/field.h"

#include "stanchion/protocol/bytes.h"

namespace stn::protocol {

std::string_view find_field(field_span fields, std::string_view name) {
  std::string_view found{};
  for (const field &f : fields) {
    if (f.name() == name) found = f.text();
  }
  return found;
}

void field_writer::add(std::string_view name, std::string_view text) {
  if (n_ == max_) {
    ok_ = false;
    return;
  }
  fields_[n_++] = make_field(name, text);
}

void field_writer::add(std::string_view name, int64_t value) {
  if (text_->left() < k_int_text_max) {
    ok_ = false;
    return;
  }
  char *begin = text_->data + text_->used;
  const char *end = format_int(begin, value);
  const auto size = static_cast<size_t>(end - begin);
  text_->used += size;
  add(name, std::string_view(begin, size));
}

}  // namespace stn::protocol
