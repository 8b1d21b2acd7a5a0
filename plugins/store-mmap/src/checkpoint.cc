#include "checkpoint.h"

#include <array>
#include <cstring>

#include "record.h"
#include "stanchion/protocol/bytes.h"

namespace stn::store_mmap {
namespace {

constexpr size_t k_file_size = 4096;
constexpr size_t k_exact_at = 512;
constexpr size_t k_exact_size =
    88;  // magic, version, flags, three times, log end, entries, index end and count, tail sum, index name; CRC
constexpr uint32_t k_exact_magic = 0x53544E43;
constexpr uint32_t k_exact_version = 4;

using page = std::array<char, k_file_size>;

void encode(const checkpoint &c, page &p) {
  protocol::store_i64(&p[0], c.log_ms);
  protocol::store_i64(&p[8], c.queue_ms);
  protocol::store_i64(&p[16], c.index_ms);
  char *x = &p[k_exact_at];
  protocol::store_u32(x, k_exact_magic);
  protocol::store_u32(x + 4, k_exact_version);
  protocol::store_i64(x + 8, c.clean ? 1 : 0);
  std::memcpy(x + 16, &p[0], 24);
  protocol::store_i64(x + 40, c.log_end);
  protocol::store_i64(x + 48, c.entries);
  protocol::store_i64(x + 56, c.index_end);
  protocol::store_i64(x + 64, c.index_count);
  protocol::store_i64(x + 72, c.tail_sum);
  protocol::store_i64(x + 80, c.index_name);
  protocol::store_u32(x + k_exact_size, body_crc(x, k_exact_size));
}

checkpoint decode(const page &p) {
  checkpoint c;
  c.log_ms = protocol::load_i64(&p[0]);
  c.queue_ms = protocol::load_i64(&p[8]);
  c.index_ms = protocol::load_i64(&p[16]);
  const char *x = &p[k_exact_at];
  c.exact = protocol::load_u32(x) == k_exact_magic &&
            protocol::load_u32(x + 4) == k_exact_version &&
            protocol::load_u32(x + k_exact_size) == body_crc(x, k_exact_size) &&
            std::memcmp(x + 16, &p[0], 24) == 0;
  if (c.exact) {
    c.clean = protocol::load_i64(x + 8) == 1;
    c.log_end = protocol::load_i64(x + 40);
    c.entries = protocol::load_i64(x + 48);
    c.index_end = protocol::load_i64(x + 56);
    c.index_count = protocol::load_i64(x + 64);
    c.tail_sum = static_cast<uint32_t>(protocol::load_i64(x + 72));
    c.index_name = protocol::load_i64(x + 80);
  }
  return c;
}

}  // namespace

result<checkpoint> checkpoint::load(file_io &files, const std::string &path) {
  page p{};
  result<file_io::handle> h = files.open(path, open_mode::read);
  if (!h.ok() && h.error().code() == STN_E_NOT_FOUND) return checkpoint();
  if (!h.ok()) return h.error();
  size_t got = 0;
  status s = files.read(h.value(), 0, p.data(), p.size(), false, &got);
  files.close(h.value());
  if (!s.ok()) return s;
  return decode(p);
}

status checkpoint::save(file_io &files, const std::string &path) const {
  page p{};
  encode(*this, p);
  result<file_io::handle> h = files.open(path, open_mode::create);
  if (!h.ok()) return h.error();
  status s = files.write(h.value(), 0, p.data(), p.size());
  if (s.ok()) s = files.sync(h.value());
  files.close(h.value());
  return s;
}

}  // namespace stn::store_mmap
