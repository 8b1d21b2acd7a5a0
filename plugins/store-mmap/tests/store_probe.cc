#include "store_probe.h"

#include <array>
#include <chrono>

#include "stanchion/ext/filter.h"
#include "stanchion/protocol/java_string.h"

namespace stn::store_mmap::testing {
namespace {

const char k_host[] = "\x7f\x00\x00\x01\x00\x00\x2a\x9f";

stn_append as_append(const sample &m, uint32_t topic) {
  stn_append a{};
  a.topic = topic;
  a.queue = m.queue;
  a.flag = m.flag;
  a.born_ms = 1234567;
  a.born_host = a.store_host = {k_host, 8};
  a.body = {m.body.data(), m.body.size()};
  a.n_props = m.props.empty() ? 0 : 1;
  a.props[0] = {m.props.data(), m.props.size()};
  return a;
}

served as_served(const record_view &r) {
  return {true, std::string(r.body), std::string(r.props), r.flag, r.store_ms};
}

// A filter that decides by the entry's tag alone.
void match_tag(const stn_matcher *m, const stn_match_entries *e, uint64_t *keep, uint64_t *) {
  const int64_t wanted = *reinterpret_cast<const int64_t *>(m);
  for (uint32_t i = 0; i < e->n; i++) {
    if (e->tag_hash[i] != wanted) keep[i / 64] &= ~(uint64_t{1} << (i % 64));
  }
}

}  // namespace

settings small_settings(const std::string &dir, bool sync_flush) {
  settings s;
  s.dir = dir;
  s.segment_size = 16 << 10;
  s.queue_file_entries = 40;
  s.max_message_size = 12 << 10;
  s.sync_flush = sync_flush;
  s.flush_interval_ms = 3600000;
  s.sync_timeout_ms = 3600000;
  s.sync_pending_max = 256;
  s.queue_write_interval_ms = 1;
  s.checkpoint_interval_ms = 3600000;
  s.populate_ahead = 16 << 10;
  s.mapped_max = 64 << 10;
  s.open_files_max = 16;
  s.index_slots = 64;
  s.index_entries = 200;
  s.index_interval_ms = 3600000;
  parse_delay_levels(k_delay_levels_default, &s.delay_ms);
  return s;
}

store_probe::store_probe(file_io &files, settings s)
    : sink_{{sizeof(stn_sink), STN_VER(1, 0)}, this, complete} {
  wall_clock clock{[](const void *ctx) {
                     auto *ms = static_cast<const std::atomic<int64_t> *>(ctx);
                     return const_cast<std::atomic<int64_t> *>(ms)->fetch_add(7);
                   },
                   &now_ms_};
  store_ = std::make_unique<message_store>(files, std::move(s), clock,
                                           [this](int32_t, const std::string &m) {
                                             std::lock_guard lock(mu_);
                                             log_.push_back(m);
                                           });
}

store_probe::~store_probe() { store_.reset(); }

void store_probe::complete(const stn_sink *s, const stn_cqe *v, uint32_t n) {
  auto *self = static_cast<store_probe *>(s->ctx);
  std::lock_guard lock(self->mu_);
  self->cqes_.insert(self->cqes_.end(), v, v + n);
  for (uint32_t i = 0; i < n; i++) {
    if (v[i].status == STN_OK) self->acknowledged_.push_back(v[i].r[0]);
  }
  self->changed_.notify_all();
}

stn_status store_probe::append(const std::vector<const sample *> &v) {
  std::vector<stn_append> raw;
  for (const sample *m : v) {
    result<uint32_t> topic = store_->queues().intern(m->topic);
    raw.push_back(as_append(*m, topic.ok() ? topic.value() : 0));
  }
  stn_error err{};
  return store_->append(raw.data(), static_cast<uint32_t>(raw.size()), nullptr, &sink_, &err);
}

size_t store_probe::acknowledged() {
  std::lock_guard lock(mu_);
  return acknowledged_.size();
}

int64_t store_probe::phys_of(size_t i) {
  std::lock_guard lock(mu_);
  return acknowledged_.at(i);
}

size_t store_probe::completed() {
  std::lock_guard lock(mu_);
  return cqes_.size();
}

bool store_probe::wait(size_t n) {
  std::unique_lock lock(mu_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return cqes_.size() >= n; });
}

std::vector<stn_cqe> store_probe::completions() {
  std::lock_guard lock(mu_);
  return cqes_;
}

std::vector<std::string> store_probe::log() {
  std::lock_guard lock(mu_);
  return log_;
}

// One message per fetch: what is passed over as damaged is told apart from what follows it.
std::vector<served> store_probe::read_queue(const std::string &topic, int32_t queue, int64_t *min) {
  std::vector<served> out;
  result<uint32_t> number = store_->queues().intern(topic);
  if (!number.ok()) return out;
  stn_queue_info info{};
  store_->queue_info(number.value(), &queue, 1, &info);
  *min = info.min;
  for (int64_t at = info.min; at < info.max; at++) {
    stn_bslice slice{};
    stn_fetch q{};
    q.size = sizeof(q);
    q.topic = number.value();
    q.queue = queue;
    q.from = at;
    q.max_msgs = 1;
    q.max_bytes = 1 << 20;
    stn_fetched f{};
    f.size = sizeof(f);
    f.cap = 1;
    f.slices = &slice;
    stn_error err{};
    served s;
    stn_status st = store_->reader().fetch(q, &f, &err);
    if (st == STN_OK && f.n_slices == 1) {
      record_view r{};
      auto *data = static_cast<const uint8_t *>(slice.data);
      bool whole = parse_record(data, slice.len + k_blank_min, false, &r) == record_kind::message;
      // A damaged record is passed over: then this is the message of a later offset.
      s.good = whole && f.next == at + 1 && r.topic == topic;
      if (s.good) s = as_served(r);
      slice.owner->ops->release(slice.owner, 1);
    }
    out.push_back(std::move(s));
  }
  return out;
}

std::vector<served> store_probe::read_tag(const std::string &topic, int32_t queue,
                                          const std::string &tag, size_t *refused) {
  const int64_t wanted = protocol::tag_hash(tag);
  stn_filter_api filter{};
  filter.h = {sizeof(filter), STN_VER(1, 0)};
  filter.match_entries = match_tag;
  std::vector<served> out;
  stn_bslice slice{};
  stn_fetch q{};
  q.size = sizeof(q);
  q.topic = store_->queues().intern(topic).value();
  q.queue = queue;
  q.max_msgs = 1;
  q.max_bytes = 1 << 20;
  q.filter = &filter;
  q.matcher = reinterpret_cast<const stn_matcher *>(&wanted);
  *refused = 0;
  stn_fetched f{};
  do {
    f = {};
    f.size = sizeof(f);
    f.cap = 1;
    f.slices = &slice;
    stn_error err{};
    if (store_->reader().fetch(q, &f, &err) != STN_OK) break;
    *refused += f.n_corrupt;
    record_view r{};
    if (f.n_slices == 1) {
      auto *data = static_cast<const uint8_t *>(slice.data);
      if (parse_record(data, slice.len + k_blank_min, false, &r) == record_kind::message) {
        out.push_back(as_served(r));
      }
      slice.owner->ops->release(slice.owner, 1);
    }
    std::swap(q.from, f.next);
  } while (q.from > f.next);
  return out;
}

int64_t store_probe::first_at(const std::string &topic, int32_t queue, int64_t ms) {
  int64_t at = -1;
  stn_error err{};
  stn_status st = store_->reader().bound_by_time(store_->queues().intern(topic).value(), queue, ms,
                                                 STN_BOUND_LOWER, &at, &err);
  return st == STN_OK ? at : -1;
}

std::vector<served> store_probe::find(const std::string &topic, const std::string &key) {
  constexpr uint32_t k_max = 32;
  std::vector<served> out;
  std::array<stn_bslice, k_max> records;
  stn_key_query q{sizeof(q), k_max,    {topic.data(), topic.size()}, {key.data(), key.size()},
                  0,         INT64_MAX};
  stn_key_found found{sizeof(found), k_max, records.data(), 0, 0, 0, 0};
  stn_error err{};
  if (store_->index().find(q, &found, &err) != STN_OK) return out;
  for (uint32_t i = 0; i < found.n; i++) {
    record_view r{};
    auto *data = static_cast<const uint8_t *>(records[i].data);
    bool whole =
        parse_record(data, records[i].len + k_blank_min, false, &r) == record_kind::message;
    out.push_back(whole && r.topic == topic ? as_served(r) : served());
    records[i].owner->ops->release(records[i].owner, 1);
  }
  return out;
}

}  // namespace stn::store_mmap::testing
