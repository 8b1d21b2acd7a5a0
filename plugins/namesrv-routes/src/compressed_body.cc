#include "compressed_body.h"

#include <zlib.h>

#include <array>
#include <string>

#include "bodies.h"
#include "stanchion/protocol/bytes.h"

namespace stn::namesrv_routes {

namespace {

bool inflate_all(std::string_view in, size_t max_size, std::string *out) {
  z_stream z{};
  if (inflateInit(&z) != Z_OK) return false;
  z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  std::array<char, 16384> chunk;
  int state = Z_OK;
  while (state == Z_OK && out->size() <= max_size) {
    z.next_out = reinterpret_cast<Bytef *>(chunk.data());
    z.avail_out = chunk.size();
    state = inflate(&z, Z_NO_FLUSH);
    out->append(chunk.data(), chunk.size() - z.avail_out);
  }
  inflateEnd(&z);
  return state == Z_STREAM_END && out->size() <= max_size;
}

// Takes pieces from the front; every function is false, with nothing taken, when the rest is too short.
class reader {
 public:
  explicit reader(std::string_view all) : rest_(all) {}

  bool count(int32_t *out) {
    if (rest_.size() < 4) return false;
    *out = protocol::load_i32(rest_.data());
    rest_.remove_prefix(4);
    return *out >= 0;
  }
  bool text(std::string_view *out) {
    int32_t n = 0;
    if (!count(&n) || static_cast<size_t>(n) > rest_.size()) return false;
    *out = rest_.substr(0, static_cast<size_t>(n));
    rest_.remove_prefix(static_cast<size_t>(n));
    return true;
  }

 private:
  std::string_view rest_;
};

std::string_view next_word(std::string_view *line) {
  const size_t end = line->find(' ');
  std::string_view word = line->substr(0, end);
  line->remove_prefix(end == std::string_view::npos ? line->size() : end + 1);
  return word;
}

bool decode_topic_line(std::string_view line, topic_queues *out) {
  out->topic = next_word(&line);
  return !out->topic.empty() && protocol::parse_int(next_word(&line), &out->queues.read_queues) &&
         protocol::parse_int(next_word(&line), &out->queues.write_queues) &&
         protocol::parse_int(next_word(&line), &out->queues.perm);
}

}  // namespace

bool decode_register_compressed(std::string_view body, size_t max_size, registration *out) {
  std::string plain;
  if (!inflate_all(body, max_size, &plain)) return false;
  reader r(plain);
  std::string_view version;
  int32_t topics = 0;
  if (!r.text(&version) || !decode_data_version(version, &out->version) || !r.count(&topics)) {
    return false;
  }
  for (int32_t i = 0; i < topics; i++) {
    std::string_view line;
    topic_queues topic;
    if (!r.text(&line) || !decode_topic_line(line, &topic)) return false;
    out->topics.push_back(std::move(topic));
  }
  return true;
}

int32_t body_checksum(std::string_view body) {
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef *>(body.data()), static_cast<uInt>(body.size()));
  return static_cast<int32_t>(crc & 0x7FFFFFFFu);
}

}  // namespace stn::namesrv_routes
