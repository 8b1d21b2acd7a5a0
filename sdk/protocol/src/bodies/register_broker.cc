#include "stanchion/protocol/bodies/register_broker.h"

#include <zlib.h>

#include "codec.h"
#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

void put_part(std::string *to, std::string_view part) {
  char word[4];
  store_u32(word, static_cast<uint32_t>(part.size()));
  to->append(word, sizeof(word)).append(part);
}

bool take_word(std::string_view *rest, uint32_t *out) {
  if (rest->size() < 4) return false;
  *out = load_u32(rest->data());
  rest->remove_prefix(4);
  return true;
}

bool take_part(std::string_view *rest, std::string_view *out) {
  uint32_t n = 0;
  if (!take_word(rest, &n) || n > rest->size()) return false;
  *out = rest->substr(0, n);
  rest->remove_prefix(n);
  return true;
}

std::string deflated(const std::string &plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  compress2(reinterpret_cast<Bytef *>(out.data()), &size,
            reinterpret_cast<const Bytef *>(plain.data()), plain.size(), Z_BEST_COMPRESSION);
  out.resize(size);
  return out;
}

// The size is not known beforehand; a hostile one is cut off at k_register_inflated_max.
outcome inflated(std::string_view bytes, std::string *out) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {errc::no_space, "zlib"};
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  outcome result;
  char chunk[16384];
  int status = Z_OK;
  while (status != Z_STREAM_END && result.ok()) {
    stream.next_out = reinterpret_cast<Bytef *>(chunk);
    stream.avail_out = sizeof(chunk);
    status = inflate(&stream, Z_NO_FLUSH);
    out->append(chunk, sizeof(chunk) - stream.avail_out);
    if (out->size() > k_register_inflated_max) result = {errc::too_large, "body"};
    if (status != Z_OK && status != Z_STREAM_END) result = k_bad_body;
  }
  inflateEnd(&stream);
  return result;
}

}  // namespace

std::string encode(const register_broker_body &b) {
  return compact(
      {{"filterServerList", b.filter_servers}, {"topicConfigSerializeWrapper", to_json(b.topics)}});
}

outcome decode(std::string_view text, register_broker_body *out) {
  json in;
  if (!parse_object(text, &in)) return k_bad_body;
  *out = register_broker_body{};
  from_json(object_at(in, "topicConfigSerializeWrapper"), &out->topics);
  out->filter_servers = texts_of(array_at(in, "filterServerList"));
  return {};
}

std::string encode_compressed(const register_broker_body &b) {
  std::string plain;
  put_part(&plain, encode(b.topics.version));
  char count[4];
  store_u32(count, static_cast<uint32_t>(b.topics.topics.size()));
  plain.append(count, sizeof(count));
  for (const auto &[name, topic] : b.topics.topics) put_part(&plain, encode_line(topic));
  put_part(&plain, compact(b.filter_servers));
  return deflated(plain);
}

outcome decode_compressed(std::string_view bytes, register_broker_body *out) {
  constexpr outcome k_cut{errc::truncated, "body"};
  *out = register_broker_body{};
  std::string plain;
  if (outcome o = inflated(bytes, &plain); !o.ok()) return o;
  std::string_view rest = plain;
  std::string_view part;
  uint32_t topics = 0;
  if (!take_part(&rest, &part)) return k_cut;
  if (outcome o = decode(part, &out->topics.version); !o.ok()) return o;
  if (!take_word(&rest, &topics)) return k_cut;
  for (; topics != 0; --topics) {
    topic_config topic;
    if (!take_part(&rest, &part)) return k_cut;
    if (outcome o = decode_line(part, &topic); !o.ok()) return o;
    out->topics.topics.insert_or_assign(topic.name, topic);
  }
  if (!take_part(&rest, &part)) return k_cut;
  // As the original: an unreadable list is an empty list. 5.x appends more, which we have no use for.
  const json list = json::parse(part, nullptr, false);
  if (list.is_array()) out->filter_servers = texts_of(list);
  return {};
}

uint32_t body_crc32(std::string_view body) {
  const uLong crc = crc32_z(0, reinterpret_cast<const Bytef *>(body.data()), body.size());
  return static_cast<uint32_t>(crc) & 0x7fffffff;
}

}  // namespace stn::protocol
