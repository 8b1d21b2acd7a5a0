#include "log.h"

#define SPDLOG_LEVEL_NAMES \
  { "TRACE", "DEBUG", "INFO ", "WARN ", "ERROR", "FATAL", "OFF  " }
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <memory>

#include "base.h"

namespace stn::kernel {
namespace {

constexpr size_t k_queue_lines = 2048;

struct sink {
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};
sink *g_sink = nullptr;  // set by open, before any other thread exists
uint64_t g_dropped_before_close = 0;

spdlog::level::level_enum level_of(int32_t level) {
  switch (level) {
    case STN_LOG_TRACE:
      return spdlog::level::trace;
    case STN_LOG_DEBUG:
      return spdlog::level::debug;
    case STN_LOG_INFO:
      return spdlog::level::info;
    case STN_LOG_WARN:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

bool is_plain(std::string_view s) {
  for (const char c : s) {
    if (c == ' ' || c == '"' || c == '=' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return false;
    }
  }
  return !s.empty();
}

using buffer = fmt::basic_memory_buffer<char, 512>;

// Text of a peer must not be able to end the line.
void append_clean(buffer *out, std::string_view s) {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(*out), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out->push_back(c);
    }
  }
}

void append_value(buffer *out, std::string_view s) {
  if (is_plain(s)) {
    out->append(s);
    return;
  }
  out->push_back('"');
  while (!s.empty()) {
    const size_t quote = s.find('"');
    append_clean(out, s.substr(0, quote));
    if (quote == std::string_view::npos) break;
    out->append(std::string_view("\\\""));
    s.remove_prefix(quote + 1);
  }
  out->push_back('"');
}

}  // namespace

bool log::open(std::string_view level) {
  static constexpr std::string_view k_names[] = {"trace", "debug", "info", "warn", "error"};
  for (int32_t i = 0; i < 5; i++) {
    if (level != k_names[i]) continue;
    close();
    auto pool = std::make_shared<spdlog::details::thread_pool>(k_queue_lines, 1);
    auto logger = std::make_shared<spdlog::async_logger>(
        "stanchion", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
        spdlog::async_overflow_policy::overrun_oldest);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
    logger->set_level(level_of(i));
    g_sink = new sink{std::move(pool), std::move(logger)};
    return true;
  }
  return false;
}

void log::close() {
  if (g_sink == nullptr) return;
  sink *s = g_sink;
  g_sink = nullptr;
  g_dropped_before_close = s->pool->overrun_counter();
  s->logger->flush();
  delete s;  // joins the writer after its queue is empty
}

bool log::enabled(int32_t level) {
  return g_sink != nullptr && g_sink->logger->should_log(level_of(level));
}

void log::write(int32_t level, std::string_view who, std::string_view message, const stn_kv *kv,
                uint32_t n) {
  if (!enabled(level)) return;
  buffer line;
  line.append(who);
  line.append(std::string_view(": "));
  append_clean(&line, message);
  for (uint32_t i = 0; i < n; i++) {
    line.push_back(' ');
    append_clean(&line, view(kv[i].key));
    line.push_back('=');
    append_value(&line, view(kv[i].value));
  }
  g_sink->logger->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

uint64_t log::dropped() {
  return g_sink != nullptr ? g_sink->pool->overrun_counter() : g_dropped_before_close;
}

}  // namespace stn::kernel
