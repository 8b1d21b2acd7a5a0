#include "space_keeper.h"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "background.h"
#include "stanchion/sdk/host.h"

namespace stn::store_mmap {
namespace {

constexpr int k_files_per_round = 10;  // as the original: the disk is not busy with deleting alone

}  // namespace

bool parse_hours(const std::string &text, std::vector<int32_t> *out) {
  std::istringstream words(text);
  std::string word;
  out->clear();
  while (std::getline(words, word, ';')) {
    int32_t hour = -1;
    if (!protocol::parse_int(std::string_view(word), &hour) || hour < 0 || hour > 23) return false;
    out->push_back(hour);
  }
  return true;
}

space_keeper::space_keeper(const parts &p, wall_clock clock, log_fn log)
    : p_(p), clock_(clock), log_(std::move(log)) {}

space_keeper::~space_keeper() { STN_CHECK(!thread_.joinable()); }

void space_keeper::start() {
  stopping_ = false;
  look(false);
  thread_ = start_thread("stn-space", [this] { run(); });
}

void space_keeper::stop() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
}

void space_keeper::run() {
  auto interval = std::chrono::milliseconds(p_.config.space_interval_ms);
  uint64_t last_retention = mono_ms();
  for (;;) {
    {
      std::unique_lock lock(mu_);
      if (wake_.wait_for(lock, interval, [&] { return stopping_; })) return;
    }
    bool due = mono_ms() - last_retention >= p_.config.retention_interval_ms;
    if (due) last_retention = mono_ms();
    (void)look(due);
    p_.segments.trim();
  }
}

// An unknown amount counts as plenty: a file system that cannot tell must not stop the store.
uint64_t space_keeper::available() {
  result<disk_space> space = p_.files.space(p_.config.dir);
  uint64_t free = space.ok() ? space.value().available : UINT64_MAX;
  p_.stats.disk_available.store(static_cast<int64_t>(std::min<uint64_t>(free, INT64_MAX)));
  return free;
}

int space_keeper::look(bool retention) {
  std::lock_guard lock(look_mu_);
  int dropped = 0;
  uint64_t free = available();
  const bool hour = retention && is_hour();
  const int64_t now_ms = clock_.now_ms(clock_.ctx);
  bool pressed = free < static_cast<uint64_t>(p_.config.space_low);
  if (retention || pressed) {
    while (dropped < k_files_per_round && may_drop() && is_wanted(free, hour, now_ms)) {
      status s = drop_oldest();
      if (!s.ok()) {
        if (last_failure_ != s.message()) log_(STN_LOG_WARN, "retention: " + s.message());
        last_failure_ = s.message();
        break;
      }
      dropped++;
      free = available();
    }
  }
  judge_space(free);
  return dropped;
}

void space_keeper::judge_space(uint64_t free) {
  bool enough = free >= static_cast<uint64_t>(p_.config.space_reserve);
  int32_t open = STN_OK;
  int32_t full = STN_E_NO_SPACE;
  if (!enough) {
    if (!p_.state.refusing.compare_exchange_strong(open, STN_E_NO_SPACE)) return;
    log_(STN_LOG_ERROR, "the disk is full, appends are refused: available=" + std::to_string(free) +
                            " space_reserve=" + std::to_string(p_.config.space_reserve));
  } else if (p_.state.refusing.load() == STN_E_NO_SPACE && can_go_on()) {
    if (!p_.state.refusing.compare_exchange_strong(full, STN_OK)) return;
    log_(STN_LOG_INFO, "there is space again: available=" + std::to_string(free));
  }
  p_.stats.disk_full.store(p_.state.refusing.load() == STN_E_NO_SPACE ? 1 : 0);
}

// Room for one more message of any size: in the file that is written to, or in a further one.
bool space_keeper::can_go_on() {
  int64_t end = p_.state.end.load();
  int64_t needed = end + p_.config.max_message_size + k_blank_min;
  return needed <= p_.segments.end() || p_.segments.ensure(needed).ok();
}

// Only whole files before the one that is written to, and only what is on the disk.
bool space_keeper::may_drop() const {
  int64_t written = std::min(p_.state.durable.load(), p_.state.end.load());
  return p_.segments.first() + p_.segments.size() <= p_.segments.start_of(written);
}

bool space_keeper::is_hour() const {
  std::time_t now = clock_.now_ms(clock_.ctx) / 1000;
  std::tm t{};
  ::localtime_r(&now, &t);
  const std::vector<int32_t> &hours = p_.config.retention_hours;
  return std::find(hours.begin(), hours.end(), t.tm_hour) != hours.end();
}

// The first message behind the file tells: everything in the file is older. File times would not survive a copy.
bool space_keeper::is_expired(int64_t now_ms) {
  int64_t next = p_.segments.first() + p_.segments.size();
  result<segment_pin> pin = p_.segments.pin(next);
  if (!pin.ok()) return false;
  record_view r{};
  const segment_pin &s = pin.value();
  if (parse_record(s->at(next), s->space(next), false, &r) != record_kind::message) return false;
  return now_ms - r.store_ms > static_cast<int64_t>(p_.config.retention_age_ms);
}

bool space_keeper::is_wanted(uint64_t free, bool hour, int64_t now_ms) {
  if (free < static_cast<uint64_t>(p_.config.space_low)) return true;
  int64_t limit = p_.config.retention_bytes;
  if (limit > 0 && p_.state.end.load() - p_.segments.first() > limit) return true;
  return hour && is_expired(now_ms);
}

status space_keeper::drop_oldest() {
  const int64_t below = p_.segments.first() + p_.segments.size();
  // A start must not look for its position in a file that is gone. On a full disk the old checkpoint has to do.
  if (p_.writer.checkpointed() < below) (void)p_.writer.checkpoint_now(false);
  if (status s = p_.segments.drop_first(); !s.ok()) return s;
  p_.stats.dropped_segments.fetch_add(1, std::memory_order_relaxed);
  log_(STN_LOG_INFO, "log file removed: first=" + std::to_string(below) +
                         " end=" + std::to_string(p_.state.end.load()));
  if (status s = p_.writer.drop_below(below); !s.ok()) return s;
  return p_.index.drop_below(below);
}

}  // namespace stn::store_mmap
