#include <nlohmann/json.hpp>

#include "decoded.h"
#include "stanchion/protocol/bytes.h"

namespace stn::protocol {
namespace {

TEST(json_header, takes_values_of_any_kind_as_text) {
  const decoded d(json_frame(
      R"({"extFields":{"i":0,"b":true,"f":-1.5e3,"n":null,"s":"x","o":{"a":[1,"}"]}},"code":310})"));
  ASSERT_TRUE(d.result.ok());
  const field_span f = d.cmd.field_view();
  EXPECT_EQ(d.cmd.code, 310);
  EXPECT_EQ(f.size(), 5u);
  EXPECT_EQ(find_field(f, "i"), "0");
  EXPECT_EQ(find_field(f, "b"), "true");
  EXPECT_EQ(find_field(f, "f"), "-1.5e3");
  EXPECT_EQ(find_field(f, "s"), "x");
  EXPECT_EQ(find_field(f, "o"), R"({"a":[1,"}"]})");
  EXPECT_EQ(find_field(f, "n").data(), nullptr);
}

TEST(json_header, takes_null_and_absent_parts) {
  for (const char *header :
       {R"({"code":34,"remark":null,"extFields":null,"language":null})", R"({"code":34})",
        R"( { "code" : 34 , "unknown" : [ { } , "]" ] , "extFields" : { } } )"}) {
    SCOPED_TRACE(header);
    const decoded d(json_frame(header));
    ASSERT_TRUE(d.result.ok());
    EXPECT_EQ(d.cmd.code, 34);
    EXPECT_EQ(d.cmd.remark.data(), nullptr);
    EXPECT_EQ(d.cmd.n_fields, 0u);
  }
}

TEST(json_header, unknown_language_is_other) {
  EXPECT_EQ(decoded(json_frame(R"({"language":"KLINGON"})")).cmd.lang, language::other);
  EXPECT_EQ(decoded(json_frame(R"({"language":"GO"})")).cmd.lang, language::go);
}

TEST(json_header, unescapes_text) {
  const decoded d(json_frame(
      R"({"extFields":{"i":"KEYS\u0001a\u0002\"q\"\\\/\b\f\n\r\t","\u4e2d":"\u4E2D\ud83d\ude00é"}})"));
  ASSERT_TRUE(d.result.ok());
  const field_span f = d.cmd.field_view();
  EXPECT_EQ(find_field(f, "i"), "KEYS\1a\2\"q\"\\/\b\f\n\r\t");
  EXPECT_EQ(find_field(f, "\xe4\xb8\xad"), "\xe4\xb8\xad\xf0\x9f\x98\x80\xc3\xa9");
}

TEST(json_header, a_lone_surrogate_is_replaced) {
  const decoded d(json_frame(R"({"remark":"a\ud800b\udc00\ud800\u0041"})"));
  ASSERT_TRUE(d.result.ok());
  EXPECT_EQ(d.cmd.remark,
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd"
            "A");
}

TEST(json_header, long_text_with_escapes_at_every_distance_unescapes) {
  for (size_t gap = 0; gap < 40; ++gap) {
    const std::string run(gap, 'x');
    const std::string json = "{\"remark\":\"" + run + "\\u0001" + run + "\\n" + run + "\"}";
    const decoded d(json_frame(json));
    ASSERT_TRUE(d.result.ok()) << gap;
    EXPECT_EQ(d.cmd.remark, run + "\1" + run + "\n" + run);
  }
}

TEST(json_header, broken_text_is_refused) {
  const std::string good =
      R"({"code":11,"extFields":{"topic":"a\u0001b","n":1},"flag":0,"opaque":5,"remark":"x"})";
  ASSERT_TRUE(decoded(json_frame(good)).result.ok());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(decoded(json_frame(good.substr(0, n))).result.ok()) << good.substr(0, n);
  }
  for (const char *header :
       {"[]", "null", "{\"code\":1}x", "{\"code\" 1}", "{\"code\":1,}", "{code:1}",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":tru}", "{\"extFields\":[]}",
        "{\"extFields\":\"\"}", "{\"extFields\":{\"a\"}}", "{\"a\":[1,2}", "{\"a\":}"}) {
    EXPECT_FALSE(decoded(json_frame(header)).result.ok()) << header;
  }
}

TEST(json_header, numbers_out_of_range_are_named) {
  for (const char *name : {"code", "flag", "opaque", "version"}) {
    for (const char *value : {"2147483648", "\"x\"", "1.5", "true", "{}"}) {
      const decoded d(json_frame(std::string("{\"") + name + "\":" + value + "}"));
      EXPECT_EQ(d.result.code, errc::bad_number) << name << value;
      EXPECT_EQ(d.result.name, name);
    }
  }
  EXPECT_EQ(decoded(json_frame(R"({"opaque":-2147483648,"code":"35"})")).cmd.opaque, INT32_MIN);
}

TEST(json_header, full_arrays_are_an_error) {
  const std::string bytes = json_frame(R"({"extFields":{"a":"1","b":"2","c":"\n"}})");
  frame in;
  ASSERT_EQ(find_frame(bytes, k_frame_max_default, &in), frame_status::ok);
  std::array<field, 3> fields;
  std::array<char, 64> text;
  command cmd;
  scratch room{text.data(), text.size(), 0};
  EXPECT_EQ(decode_header(in, fields.data(), 2, &room, &cmd).code, errc::too_many_fields);
  room.used = 0;
  EXPECT_TRUE(decode_header(in, fields.data(), 3, &room, &cmd).ok());
  scratch none{nullptr, 0, 0};
  EXPECT_EQ(decode_header(in, fields.data(), 3, &none, &cmd).code, errc::no_space);
}

TEST(binary_header, every_truncation_and_lying_length_is_refused) {
  std::array<field, 2> fields = {make_field("topic", "T"), make_field("k", "")};
  outgoing what;
  what.type = serialize_type::binary;
  what.code = 310;
  what.remark = "why";
  what.fields = fields.data();
  what.n_fields = fields.size();
  const std::string good = encoded(what);
  ASSERT_TRUE(decoded(good).result.ok());
  frame in;
  ASSERT_EQ(find_frame(good, k_frame_max_default, &in), frame_status::ok);
  const std::string header(in.header);
  std::array<field, 8> out;
  scratch none{};
  command cmd;
  for (size_t n = 0; n < header.size(); ++n) {
    in.header = std::string_view(header).substr(0, n);
    EXPECT_FALSE(decode_header(in, out.data(), out.size(), &none, &cmd).ok()) << n;
  }
  // Positions of the four length words: remark, fields, first name, first value.
  for (const size_t at : {13u, 20u}) {
    for (const uint32_t lie : {0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      std::string bad = header;
      store_u32(bad.data() + at, lie);
      in.header = bad;
      EXPECT_FALSE(decode_header(in, out.data(), out.size(), &none, &cmd).ok()) << at;
    }
  }
  in.header = header;
  EXPECT_EQ(decode_header(in, out.data(), 1, &none, &cmd).code, errc::too_many_fields);
}

TEST(command, both_forms_carry_everything) {
  for (const serialize_type type : {serialize_type::json, serialize_type::binary}) {
    std::string nasty = "q\"b\\c";
    for (char c = 0; c < 0x20; ++c) nasty.push_back(c);
    nasty += "\xe4\xb8\xad\xf0\x9f\x98\x80\x7f";
    std::array<field, 3> fields = {make_field("n", nasty), make_field(nasty, "v"),
                                   make_field("empty", "")};
    outgoing what;
    what.type = type;
    what.lang = language::go;
    what.code = 105;
    what.opaque = -7;
    what.flag = k_flag_response | k_flag_oneway;
    what.version = 317;
    what.remark = nasty;
    what.fields = fields.data();
    what.n_fields = fields.size();
    const std::string bytes = encoded(what, "BODY");
    const decoded d(bytes);
    ASSERT_TRUE(d.result.ok());
    EXPECT_EQ(d.in.body, "BODY");
    EXPECT_EQ(d.cmd.code, 105);
    EXPECT_EQ(d.cmd.opaque, -7);
    EXPECT_EQ(d.cmd.lang, language::go);
    EXPECT_EQ(d.cmd.version, 317);
    EXPECT_TRUE(d.cmd.is_oneway());
    EXPECT_EQ(d.cmd.remark, nasty);
    ASSERT_EQ(d.cmd.n_fields, 3u);
    EXPECT_EQ(find_field(d.cmd.field_view(), "n"), nasty);
    EXPECT_EQ(find_field(d.cmd.field_view(), nasty), "v");
    EXPECT_EQ(find_field(d.cmd.field_view(), "empty"), "");
    EXPECT_EQ(nlohmann::json::accept(d.in.header), type == serialize_type::json);
  }
}

TEST(command, text_of_every_length_is_escaped_where_it_must_be) {
  for (size_t n = 1; n < 40; ++n) {
    for (size_t at = 0; at < n; ++at) {
      for (const char c : {'"', '\\', '\n', '\1', '\x1f', ' ', '!', '\x7f', '\x80'}) {
        std::string remark(n, 'x');
        remark[at] = c;
        outgoing what;
        what.remark = remark;
        const std::string bytes = encoded(what);
        const decoded d(bytes);
        ASSERT_TRUE(d.result.ok());
        ASSERT_EQ(d.cmd.remark, remark) << n << ' ' << at;
      }
    }
  }
}

TEST(command, nothing_is_written_without_room) {
  outgoing what;
  what.remark = "0123456789";
  std::string out(encoded_size_max(what), 'z');
  EXPECT_EQ(encode_command(what, out.data(), out.size() - 1), 0u);
  EXPECT_EQ(out, std::string(out.size(), 'z'));
  what.body_len = size_t{1} << 31;
  EXPECT_EQ(encode_command(what, out.data(), out.size()), 0u);
}

}  // namespace
}  // namespace stn::protocol
