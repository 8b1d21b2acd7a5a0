// json.h - cold JSON: lenient reading of what stock peers write, strict writing. Only .cc files of bodies include it.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "stanchion/protocol/outcome.h"

namespace stn::protocol {

using json = nlohmann::json;

// Deeper nesting than any body has; deeper text is refused, so that nothing recurses without bound.
inline constexpr size_t k_json_depth_max = 64;

// text with bare keys quoted: {0:1} becomes {"0":1}, {{"a":1}:2} becomes {"{\"a\":1}":2}. Strictly valid text comes out
// as it is. False when the brackets do not match or nest deeper than k_json_depth_max.
bool quote_bare_keys(std::string_view text, std::string *out);

// Parses an object after quote_bare_keys. false: not JSON, or not an object.
bool parse_object(std::string_view text, json *out);

// Values of a member; the default when it is absent, null, or of a kind that does not convert.
std::string text_at(const json &object, const char *key, std::string_view otherwise = {});
int64_t int_at(const json &object, const char *key, int64_t otherwise = 0);
int32_t int32_at(const json &object, const char *key, int32_t otherwise = 0);
double double_at(const json &object, const char *key, double otherwise = 0);
bool bool_at(const json &object, const char *key, bool otherwise = false);
// The member as an object or array; an empty one when it is absent or of another kind.
const json &object_at(const json &object, const char *key);
const json &array_at(const json &object, const char *key);
std::vector<std::string> texts_of(const json &array);

// A map key as a number. false: not a number in range.
bool key_number(const std::string &key, int64_t *out);

// Compact, keys sorted, bytes that are not UTF-8 replaced.
std::string compact(const json &value);
// With tabs and line ends, for files.
std::string pretty(const json &value);

inline constexpr outcome k_bad_body{errc::malformed, "body"};

}  // namespace stn::protocol
