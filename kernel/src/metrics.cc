#include "metrics.h"

#include <cstdio>
#include <cstring>

#include "base.h"

namespace {
constexpr uint32_t k_shards = 8;
}

struct stn_metric {
  struct alignas(64) cell {
    std::atomic<int64_t> value{0};
  };
  int32_t kind = STN_METRIC_COUNTER;
  cell cells[k_shards];  // a gauge uses the first

  int64_t sum() const {
    int64_t total = 0;
    for (const auto &c : cells) total += c.value.load(std::memory_order_relaxed);
    return total;
  }
};

namespace stn::kernel {
namespace {

uint32_t my_shard() {
  static std::atomic<uint32_t> next{0};
  thread_local const uint32_t shard = next.fetch_add(1, std::memory_order_relaxed) % k_shards;
  return shard;
}

void inc(stn_metric *m, int64_t v) {
  const uint32_t i = m->kind == STN_METRIC_COUNTER ? my_shard() : 0;
  m->cells[i].value.fetch_add(v, std::memory_order_relaxed);
}

void set(stn_metric *m, int64_t v) { m->cells[0].value.store(v, std::memory_order_relaxed); }

bool valid_name(const char *name) {
  if (name == nullptr || *name == '\0') return false;
  for (; *name != '\0'; name++) {
    if (!((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9') || *name == '_')) {
      return false;
    }
  }
  return true;
}

void append_escaped(std::string *out, std::string_view value) {
  for (const char c : value) {
    if (c == '"' || c == '\\') *out += '\\';
    *out += c == '\n' ? ' ' : c;
  }
}

}  // namespace

metrics::metrics() = default;
metrics::~metrics() = default;

stn_iface metrics::iface() {
  static const stn_metrics_api table = {
      {sizeof(stn_metrics_api), STN_VER(1, 0)},
      [](void *self, int32_t kind, const char *name, const char *, const stn_kv *labels, uint32_t n,
         stn_metric **out, stn_error *err) {
        return static_cast<metrics *>(self)->register_metric(kind, name, labels, n, out, err);
      },
      inc,
      set};
  return {&table.h, this};
}

stn_metric *metrics::counter(const char *name, const stn_kv *labels, uint32_t n_labels) {
  stn_metric *m = nullptr;
  STN_CHECK(register_metric(STN_METRIC_COUNTER, name, labels, n_labels, &m, nullptr) == STN_OK);
  return m;
}

void metrics::add(stn_metric *m, int64_t v) { inc(m, v); }

void metrics::set_gauge(const char *name, int64_t v) {
  stn_metric *m = nullptr;
  STN_CHECK(register_metric(STN_METRIC_GAUGE, name, nullptr, 0, &m, nullptr) == STN_OK);
  set(m, v);
}

stn_status metrics::register_metric(int32_t kind, const char *name, const stn_kv *labels,
                                    uint32_t n_labels, stn_metric **out, stn_error *err) {
  if (kind != STN_METRIC_COUNTER && kind != STN_METRIC_GAUGE) {
    return stn_error_set(err, STN_E_UNSUPPORTED, "unknown kind of metric");
  }
  if (!valid_name(name)) return stn_error_set(err, STN_E_INVALID, "metric name is not [a-z_]+");
  std::string series = name;
  for (uint32_t i = 0; i < n_labels; i++) {
    series += i == 0 ? '{' : ',';
    series.append(view(labels[i].key)).append("=\"");
    append_escaped(&series, view(labels[i].value));
    series += '"';
  }
  if (n_labels > 0) series += '}';
  std::lock_guard lock(mutex_);
  auto &slot = series_[series];
  if (slot == nullptr) {
    slot = std::make_unique<stn_metric>();
    slot->kind = kind;
  } else if (slot->kind != kind) {
    return stn_error_set(err, STN_E_EXISTS, ("metric of another kind: " + series).c_str());
  }
  *out = slot.get();
  return STN_OK;
}

std::string metrics::dump() const {
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto &[series, m] : series_) {
    out.append(series).append(" ").append(std::to_string(m->sum())).append("\n");
  }
  return out;
}

bool metrics::write(const std::string &file) const {
  const std::string text = dump();
  const std::string temp = file + ".tmp";
  std::FILE *f = std::fopen(temp.c_str(), "wb");
  if (f == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), f) == text.size();
  const bool closed = std::fclose(f) == 0;
  return written && closed && std::rename(temp.c_str(), file.c_str()) == 0;
}

}  // namespace stn::kernel
