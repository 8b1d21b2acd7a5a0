// settings.h - what plugin.toml lets an operator choose, with its units; and counters that tell how the store fares.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace stn::store_mmap {

struct settings {
  std::string dir = "store";
  int64_t segment_size = int64_t{1} << 30;  // bytes of a commit log file
  int64_t queue_file_entries = 300000;      // entries of a consume queue file
  int64_t max_message_size = 4 << 20;       // bytes of a whole record
  bool sync_flush = true;
  uint64_t flush_interval_ms = 500;      // async: how often
  int64_t flush_least_bytes = 4 * 4096;  // async: not for less than this ...
  uint64_t flush_thorough_ms = 10000;    // ... unless that long ago
  uint64_t sync_timeout_ms = 5000;    // sync: a waiting append is answered STN_E_TIMEOUT after this
  uint32_t sync_pending_max = 16384;  // sync: messages that may wait for the disk
  uint64_t queue_write_interval_ms = 500;  // consume queue entries go from memory to their files
  uint64_t checkpoint_interval_ms = 10000;
  int64_t populate_ahead = 64 << 20;  // bytes of the log made present ahead of the writer
  int64_t hot_window =
      256 << 20;  // newest bytes of this run that are served without a look at residence
  int64_t mapped_max = int64_t{8} << 30;  // bytes of the log mapped at once
  uint32_t open_files_max = 512;          // consume queue files kept open
  int64_t queue_memory_max = 64 << 20;    // bytes of queue entries that no file has yet
  bool index = true;                      // messages are found by key
  int64_t index_slots = 5000000;          // of an index file
  int64_t index_entries = 20000000;       // of an index file
  uint64_t index_interval_ms = 100;       // how often the index follows the log
  uint64_t index_sync_interval_ms = 60000;
  uint64_t retention_age_ms = 72ull * 3600 * 1000;
  std::vector<int32_t> retention_hours = {4};  // local hours at which old messages are removed
  int64_t retention_bytes = 0;                 // size of the log above which the oldest go; 0: any
  int64_t space_low = int64_t{2} << 30;        // less available: the oldest go whatever their age
  int64_t space_reserve = int64_t{256} << 20;  // less available: appends are refused
  uint64_t space_interval_ms = 500;
  uint64_t retention_interval_ms = 10000;
  std::vector<int64_t> delay_ms;  // delay of level 1, 2, ... in milliseconds
};

// Monotone counters and gauges, written by whoever does the work, read by the metrics and by tests.
struct counters {
  std::atomic<int64_t> appended_messages{0};
  std::atomic<int64_t> appended_bytes{0};
  std::atomic<int64_t> syncs{0};
  std::atomic<int64_t> corrupt_records{0};
  std::atomic<int64_t> roll_waits{0};     // a roll found no segment ready
  std::atomic<int64_t> busy_refusals{0};  // appends refused because too much waits for the disk
  std::atomic<int64_t> mapped_bytes{0};
  std::atomic<int64_t> mapped_segments{0};
  std::atomic<int64_t> open_files{0};
  std::atomic<int64_t> queues{0};
  std::atomic<int64_t> queue_memory{0};  // bytes of entries beyond the few that each queue keeps
  std::atomic<int64_t> read_only{0};
  std::atomic<int64_t> disk_available{0};
  std::atomic<int64_t> disk_full{0};
  std::atomic<int64_t> dropped_segments{0};
  std::atomic<int64_t> index_files{0};
  std::atomic<int64_t> index_position{0};  // records before are found by key
};

inline constexpr const char *k_delay_levels_default =
    "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
// "1s 5s 10s 30s 1m ... 2h": milliseconds per level; false if a word is not a number and a unit of s, m, h, d.
bool parse_delay_levels(const std::string &text, std::vector<int64_t> *out);

}  // namespace stn::store_mmap
