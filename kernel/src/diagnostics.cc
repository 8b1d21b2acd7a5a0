#include "diagnostics.h"

#include <algorithm>

namespace stn::kernel {

void diagnostics::error(std::string_view code, const place &where, std::string text,
                        std::string hint) {
  all_.push_back({std::string(code), where, std::move(text), std::move(hint), false});
  errors_++;
}

void diagnostics::warning(std::string_view code, const place &where, std::string text,
                          std::string hint) {
  all_.push_back({std::string(code), where, std::move(text), std::move(hint), true});
}

std::string diagnostics::format() const {
  std::vector<const diagnostic *> sorted;
  for (const auto &d : all_) sorted.push_back(&d);
  std::stable_sort(sorted.begin(), sorted.end(), [](const diagnostic *a, const diagnostic *b) {
    return a->where.file == b->where.file ? a->where.line < b->where.line : false;
  });
  std::string out;
  for (const diagnostic *d : sorted) {
    out += d->where.file;
    if (d->where.line > 0) out += ":" + std::to_string(d->where.line);
    out += ": " + d->code + (d->warning ? " warning: " : " ") + d->text + "\n";
    if (!d->hint.empty()) out += "    hint: " + d->hint + "\n";
  }
  return out;
}

}  // namespace stn::kernel
