// header_bench.cc - what decoding and encoding one header costs. Frames are those the stock peers exchange.
//
// send_request_simdjson is the yardstick: the same header read with simdjson's on-demand parser into the same fields.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <array>
#include <cstring>
#include <string>

#include "stanchion/protocol/command.h"
#include "stanchion/protocol/headers/pull.h"
#include "stanchion/protocol/headers/send.h"

namespace stn::protocol {
namespace {

constexpr std::string_view k_send_json =
    R"({"code":310,"extFields":{"a":"producer_group","b":"OrderEvents","c":"TBW102","d":"4","e":"1",)"
    R"("f":"0","g":"1795261822250","h":"0","i":"KEYS\u0001key0\u0002UNIQ_KEY\u0001)"
    R"(FD0000000000000000000000000000022B614E0E2F2A69898D290000\u0002WAIT\u0001true\u0002TAGS\u0001A",)"
    R"("j":"0","k":"false","m":"false","n":"broker-a"},"flag":0,"language":"JAVA","opaque":6,)"
    R"("serializeTypeCurrentRPC":"JSON","version":409})";

constexpr std::string_view k_pull_json =
    R"({"code":11,"extFields":{"queueId":"3","maxMsgNums":"32","sysFlag":"2",)"
    R"("suspendTimeoutMillis":"15000","commitOffset":"0","bname":"broker-a","topic":"OrderEvents",)"
    R"("queueOffset":"0","expressionType":"TAG","subVersion":"1795261823520",)"
    R"("consumerGroup":"order_consumers"},"flag":0,"language":"JAVA","opaque":52,)"
    R"("serializeTypeCurrentRPC":"JSON","version":409})";

std::string framed(std::string_view header, serialize_type type = serialize_type::json) {
  std::string out(8, '\0');
  const auto put = [&](size_t at, size_t v) {
    for (size_t i = 0; i < 4; ++i) out[at + i] = static_cast<char>(v >> (24 - 8 * i));
  };
  put(0, 4 + header.size());
  put(4, static_cast<size_t>(type) << 24 | header.size());
  out.append(header);
  out.reserve(out.size() + 64);
  return out;
}

template <class Typed>
void decode_loop(benchmark::State &state, const std::string &bytes, Typed typed) {
  std::array<field, 64> fields;
  std::array<char, 4096> text;
  for (auto _ : state) {
    frame in;
    command cmd;
    scratch mem{text.data(), text.size(), 0};
    if (find_frame(bytes, k_frame_max_default, &in) != frame_status::ok ||
        !decode_header(in, fields.data(), fields.size(), &mem, &cmd).ok() || !typed(cmd)) {
      state.SkipWithError("does not decode");
      return;
    }
    benchmark::DoNotOptimize(cmd);
  }
}

const auto k_untyped = [](const command &) { return true; };
const auto k_typed_send = [](const command &cmd) {
  send_header h;
  const bool ok = decode_v2(cmd.field_view(), &h).ok();
  benchmark::DoNotOptimize(h);
  return ok;
};
const auto k_typed_pull = [](const command &cmd) {
  pull_header h;
  const bool ok = decode(cmd.field_view(), &h).ok();
  benchmark::DoNotOptimize(h);
  return ok;
};

// The JSON frame in binary form.
std::string binary_of(std::string_view json) {
  const std::string bytes = framed(json);
  frame in;
  command cmd;
  std::array<field, 64> fields;
  std::array<char, 4096> text;
  scratch mem{text.data(), text.size(), 0};
  if (find_frame(bytes, k_frame_max_default, &in) != frame_status::ok ||
      !decode_header(in, fields.data(), fields.size(), &mem, &cmd).ok()) {
    return {};
  }
  outgoing what;
  what.type = serialize_type::binary;
  what.code = cmd.code;
  what.flag = cmd.flag;
  what.fields = cmd.fields;
  what.n_fields = cmd.n_fields;
  std::string out(encoded_size_max(what), '\0');
  out.resize(encode_command(what, out.data(), out.size()));
  return out;
}

void send_request_json(benchmark::State &s) { decode_loop(s, framed(k_send_json), k_untyped); }
void send_request_json_typed(benchmark::State &s) {
  decode_loop(s, framed(k_send_json), k_typed_send);
}
void send_request_binary_typed(benchmark::State &s) {
  decode_loop(s, binary_of(k_send_json), k_typed_send);
}
void pull_request_json(benchmark::State &s) { decode_loop(s, framed(k_pull_json), k_untyped); }
void pull_request_json_typed(benchmark::State &s) {
  decode_loop(s, framed(k_pull_json), k_typed_pull);
}
void pull_request_binary_typed(benchmark::State &s) {
  decode_loop(s, binary_of(k_pull_json), k_typed_pull);
}
BENCHMARK(send_request_json);
BENCHMARK(send_request_json_typed);
BENCHMARK(send_request_binary_typed);
BENCHMARK(pull_request_json);
BENCHMARK(pull_request_json_typed);
BENCHMARK(pull_request_binary_typed);

bool simdjson_fields(simdjson::ondemand::object object, field *fields, size_t *n) {
  for (auto member : object) {
    std::string_view key;
    std::string_view value;
    if (member.unescaped_key().get(key) || member.value().get_string().get(value)) return false;
    fields[(*n)++] = make_field(key, value);
  }
  return true;
}

bool simdjson_header(simdjson::ondemand::object header, command *cmd, field *fields) {
  for (auto member : header) {
    std::string_view key;
    int64_t number = 0;
    if (member.unescaped_key().get(key)) return false;
    if (key == "extFields") {
      simdjson::ondemand::object ext;
      if (member.value().get_object().get(ext) || !simdjson_fields(ext, fields, &cmd->n_fields)) {
        return false;
      }
    } else if (key == "language" || key == "remark" || key == "serializeTypeCurrentRPC") {
      std::string_view text;
      if (member.value().get_string().get(text)) return false;
      if (key == "language") cmd->lang = language_from(text);
    } else {
      if (member.value().get_int64().get(number)) return false;
      if (key == "code") cmd->code = static_cast<int32_t>(number);
      if (key == "opaque") cmd->opaque = static_cast<int32_t>(number);
      if (key == "flag") cmd->flag = static_cast<int32_t>(number);
      if (key == "version") cmd->version = static_cast<int32_t>(number);
    }
  }
  return true;
}

void send_request_simdjson(benchmark::State &state) {
  const simdjson::padded_string padded(k_send_json);
  simdjson::ondemand::parser parser;
  std::array<field, 64> fields;
  for (auto _ : state) {
    command cmd;
    simdjson::ondemand::document doc;
    simdjson::ondemand::object header;
    if (parser.iterate(padded).get(doc) || doc.get_object().get(header) ||
        !simdjson_header(header, &cmd, fields.data())) {
      state.SkipWithError("does not decode");
      return;
    }
    benchmark::DoNotOptimize(cmd);
  }
}
BENCHMARK(send_request_simdjson);

template <class H>
void encode_loop(benchmark::State &state, serialize_type type, const H &h,
                 std::string_view remark) {
  std::array<char, 4096> out;
  for (auto _ : state) {
    std::array<field, 16> fields;
    std::array<char, 256> text;
    scratch mem{text.data(), text.size(), 0};
    field_writer writer(fields.data(), fields.size(), &mem);
    append_to(h, &writer);
    outgoing what;
    what.type = type;
    what.opaque = 123456;
    what.remark = remark;
    what.fields = writer.data();
    what.n_fields = writer.size();
    benchmark::DoNotOptimize(encode_command(what, out.data(), out.size()));
    benchmark::ClobberMemory();
  }
}

send_reply_header send_reply() {
  send_reply_header h;
  h.queue_id = 1;
  h.msg_id = "7F00000100002A9F000000000012D687";
  h.queue_offset = 123456;
  return h;
}

void send_reply_json(benchmark::State &s) {
  encode_loop(s, serialize_type::json, send_reply(), {});
}
void send_reply_binary(benchmark::State &s) {
  encode_loop(s, serialize_type::binary, send_reply(), {});
}
void pull_reply_json(benchmark::State &s) {
  encode_loop(s, serialize_type::json, pull_reply_header{0, 123456, 123460, 12}, "FOUND");
}
void pull_reply_binary(benchmark::State &s) {
  encode_loop(s, serialize_type::binary, pull_reply_header{0, 123456, 123460, 12}, "FOUND");
}
BENCHMARK(send_reply_json);
BENCHMARK(send_reply_binary);
BENCHMARK(pull_reply_json);
BENCHMARK(pull_reply_binary);

}  // namespace
}  // namespace stn::protocol

BENCHMARK_MAIN();
