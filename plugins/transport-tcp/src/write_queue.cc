#include "write_queue.h"

#include <algorithm>
#include <cstring>

#include "stanchion/sdk/host.h"

namespace stn::transport_tcp {

namespace {
constexpr size_t k_own_min = 4096;
constexpr size_t k_own_keep = 256 << 10;  // an emptied queue gives back what is above this
constexpr size_t k_compact_from = 256
                                  << 10;  // sent bytes in front that are worth moving the rest for
}  // namespace

char *write_queue::reserve(size_t n) {
  if (own_.size() - own_end_ < n) own_.resize(std::max({own_end_ + n, own_.size() * 2, k_own_min}));
  return own_.data() + own_end_;
}

void write_queue::commit(size_t n) {
  if (n == 0) return;
  const bool joins = !segments_.empty() && segments_.size() > head_ &&
                     segments_.back().data == nullptr &&
                     segments_.back().offset + segments_.back().len == own_end_;
  if (joins) {
    segments_.back().len += n;
  } else {
    segments_.push_back({nullptr, own_end_, n, nullptr});
  }
  own_end_ += n;
  pending_ += n;
}

void write_queue::push(const stn_bslice &s) {
  if (s.len == 0) {
    release(s.owner, 1);
    return;
  }
  segments_.push_back({static_cast<const char *>(s.data), 0, s.len, s.owner});
  pending_ += s.len;
}

int write_queue::gather(struct iovec *out, int cap) const {
  int n = 0;
  for (size_t i = head_; i < segments_.size() && n < cap; i++, n++) {
    const segment &s = segments_[i];
    const char *base = s.data != nullptr ? s.data : own_.data() + s.offset;
    out[n] = {const_cast<char *>(base), s.len};
  }
  return n;
}

void write_queue::consume(size_t n) {
  STN_CHECK(n <= pending_);
  pending_ -= n;
  stn_owner *owner = nullptr;  // shares of a run of equal owners are given back with one call
  uint32_t shares = 0;
  while (n > 0) {
    segment &s = segments_[head_];
    const size_t take = std::min(n, s.len);
    n -= take;
    if (take < s.len) {
      if (s.data != nullptr) s.data += take;
      s.offset += take;
      s.len -= take;
      break;
    }
    if (s.owner != owner) {
      release(owner, shares);
      owner = s.owner;
      shares = 0;
    }
    shares++;
    head_++;
  }
  release(owner, shares);
  if (pending_ == 0) {
    segments_.clear();
    head_ = own_end_ = 0;
    if (own_.size() > k_own_keep) std::vector<char>().swap(own_);
  } else {
    compact();
  }
}

// A queue that never runs empty must not grow for ever: move what is unsent to the front now and then.
void write_queue::compact() {
  if (head_ > 1024 && head_ * 2 > segments_.size()) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
  size_t first = own_end_;
  for (size_t i = head_; i < segments_.size(); i++) {
    if (segments_[i].data == nullptr) {
      first = segments_[i].offset;
      break;
    }
  }
  if (first < k_compact_from || first * 2 < own_end_) return;
  std::memmove(own_.data(), own_.data() + first, own_end_ - first);
  for (size_t i = head_; i < segments_.size(); i++) {
    if (segments_[i].data == nullptr) segments_[i].offset -= first;
  }
  own_end_ -= first;
}

void write_queue::clear() {
  for (size_t i = head_; i < segments_.size(); i++) release(segments_[i].owner, 1);
  segments_.clear();
  head_ = own_end_ = pending_ = 0;
}

void write_queue::release(stn_owner *owner, uint32_t n) {
  if (owner != nullptr && n > 0) owner->ops->release(owner, n);
}

}  // namespace stn::transport_tcp
