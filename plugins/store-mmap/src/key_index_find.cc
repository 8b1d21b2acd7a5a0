// The part of key_index that answers queries.
#include <algorithm>

#include "key_index.h"
#include "stanchion/protocol/properties.h"

namespace stn::store_mmap {
namespace {

constexpr int64_t k_catch_up_max = 64 << 20;  // a query does not wait for more log than this
constexpr size_t k_candidates_max = 1024;     // records looked at: keys of equal hash are not alike

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    size_t n = std::min(words.find(' '), words.size());
    if (words.substr(0, n) == word) return true;
    words.remove_prefix(std::min(n + 1, words.size()));
  }
  return false;
}

bool has_key(const record_view &r, std::string_view key) {
  return protocol::find_property(r.props, protocol::property::unique_key) == key ||
         has_word(protocol::find_property(r.props, protocol::property::keys), key);
}

}  // namespace

status key_index::candidates(const stn_key_query &q, std::vector<int64_t> *out,
                             stn_key_found *info) {
  std::lock_guard lock(mu_);
  std::string key(q.topic.data, q.topic.len);
  key.append(1, '#').append(q.key.data, q.key.len);
  index_search search{index_hash(key), q.begin_ms, q.end_ms, limit(), k_candidates_max};
  for (auto file = list_.rbegin(); file != list_.rend(); ++file) {
    const index_header &h = (*file)->header();
    if (file == list_.rbegin()) {
      info->indexed_ms = h.end_ms;
      info->indexed_phys = h.end_phys;
    }
    if (h.count > 1 && h.end_ms >= q.begin_ms && h.begin_ms <= q.end_ms) {
      if (status s = (*file)->select(search, out); !s.ok()) return s;
    }
    if (h.begin_ms < q.begin_ms || out->size() >= k_candidates_max) break;
  }
  return {};
}

// The text of the record decides: hashes collide, and times of entries are rounded.
bool key_index::take(const stn_key_query &q, int64_t phys, stn_key_found *out) {
  if (phys < segments_.first()) return false;
  result<segment_pin> pin = segments_.pin(phys);
  if (!pin.ok()) return false;
  segment *s = pin.value().get();
  record_view r{};
  bool good = parse_record(s->at(phys), s->space(phys), false, &r) == record_kind::message &&
              r.phys == phys;
  if (!good || r.topic != std::string_view(q.topic.data, q.topic.len)) return false;
  if (r.store_ms < q.begin_ms || r.store_ms > q.end_ms) return false;
  if (!has_key(r, {q.key.data, q.key.len})) return false;
  if (body_crc(r.body.data(), r.body.size()) != r.crc ||
      sums_.check(pin.value(), phys, r.size, false) != STN_OK) {
    stats_.corrupt_records.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  s->pin(1);
  out->records[out->n++] = {s->at(phys), r.size, s};
  return true;
}

stn_status key_index::find(const stn_key_query &q, stn_key_found *out, stn_error *err) {
  out->n = 0;
  out->indexed_ms = out->indexed_phys = 0;
  if (!settings_.index) return stn_error_set(err, STN_E_UNSUPPORTED, "there is no index");
  if (status s = prepare(); !s.ok()) return s.to_abi(err);
  // What cannot be written now (a full disk) must not hide what was written before.
  const int64_t to = limit();
  if (to - stats_.index_position.load() <= k_catch_up_max) (void)follow(to);
  std::vector<int64_t> found;
  if (status s = candidates(q, &found, out); !s.ok()) return s.to_abi(err);
  // A record may stand there twice, by two equal keys or because it was indexed again after a full disk.
  std::sort(found.begin(), found.end(), std::greater<>());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (int64_t phys : found) {
    if (out->n >= out->cap || out->n >= q.max) break;
    (void)take(q, phys, out);
  }
  return STN_OK;
}

}  // namespace stn::store_mmap
