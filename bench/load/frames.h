// Request frames and response headers of the remoting protocol, JSON and binary.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes.h"

namespace rmqload {

inline constexpr int PROTO_VERSION = 407;
using Ext = std::vector<std::pair<string, string>>;

inline void json_str(string &o, string_view s) {
  o += '"';
  for (unsigned char ch : s) {
    if (ch == '"' || ch == '\\') {
      o += '\\';
      o += (char)ch;
    } else if (ch < 0x20) {
      char b[8];
      snprintf(b, sizeof b, "\\u%04X", ch);
      o += b;
    } else
      o += (char)ch;
  }
  o += '"';
}
inline void be(string &o, u64 v, int n) {
  for (int i = n - 1; i >= 0; i--) o += (char)(v >> (8 * i));
}

// Whole frame without body bytes; body_len is counted in the length. Key order is that of the Java client.
inline string frame_head(int code, const Ext &ext, u32 opaque, size_t body_len, bool bin) {
  string h;
  if (!bin) {
    h = "{\"code\":" + std::to_string(code);
    if (!ext.empty()) {
      h += ",\"extFields\":{";
      for (size_t i = 0; i < ext.size(); i++) {
        if (i) h += ',';
        json_str(h, ext[i].first);
        h += ':';
        json_str(h, ext[i].second);
      }
      h += '}';
    }
    h += ",\"flag\":0,\"language\":\"CPP\",\"opaque\":" + std::to_string(opaque) +
         ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + std::to_string(PROTO_VERSION) + "}";
  } else {
    be(h, code, 2);
    be(h, 1, 1);
    be(h, PROTO_VERSION, 2);
    be(h, opaque, 4);
    be(h, 0, 4);
    be(h, 0, 4);
    string m;
    for (auto &[k, v] : ext) {
      be(m, k.size(), 2);
      m += k;
      be(m, v.size(), 4);
      m += v;
    }
    be(h, m.size(), 4);
    h += m;
  }
  string f;
  be(f, 4 + h.size() + body_len, 4);
  be(f, (u64)(bin ? 1 : 0) << 24 | h.size(), 4);
  return f + h;
}

struct Resp {
  int code = -1;
  u32 opaque = 0;
  string_view ext, remark;
  bool bin = false;
};

// Scan the top level of a JSON header; enough for any key order and nesting.
inline bool scan_header(const char *p, size_t n, Resp &r) {
  size_t i = 0;
  int depth = 0;
  bool have_code = false, have_op = false;
  auto str_end = [&](size_t j) {
    for (; j < n; j++) {
      if (p[j] == '\\')
        j++;
      else if (p[j] == '"')
        return j;
    }
    return n;
  };
  while (i < n) {
    char c = p[i];
    if (c == '{' || c == '[') {
      depth++;
      i++;
    } else if (c == '}' || c == ']') {
      depth--;
      i++;
    } else if (c == '"') {
      size_t e = str_end(i + 1);
      string_view key(p + i + 1, e - i - 1);
      size_t k = e + 1;
      while (k < n && (p[k] == ' ' || p[k] == '\t')) k++;
      if (depth == 1 && k < n && p[k] == ':') {
        k++;
        while (k < n && p[k] == ' ') k++;
        if (key == "code") {
          r.code = atoi(p + k);
          have_code = true;
        } else if (key == "opaque") {
          r.opaque = (u32)strtoul(p + k, nullptr, 10);
          have_op = true;
        } else if (key == "remark" && p[k] == '"') {
          size_t e2 = str_end(k + 1);
          r.remark = {p + k + 1, e2 - k - 1};
          i = e2 + 1;
          continue;
        } else if (key == "extFields" && p[k] == '{') {
          size_t j = k + 1;
          int d = 1;
          for (; j < n && d; j++) {
            if (p[j] == '"') {
              j = str_end(j + 1);
            } else if (p[j] == '{')
              d++;
            else if (p[j] == '}')
              d--;
          }
          r.ext = {p + k, j - k};
          i = j;
          continue;
        }
        if (p[k] == '"') {
          i = str_end(k + 1) + 1;
          continue;
        }
        i = k;
      } else
        i = e + 1;
    } else
      i++;
  }
  return have_code && have_op;
}
inline bool parse_header(const char *hdr, u32 hlen, bool bin, Resp &r) {
  r.bin = bin;
  if (bin) {
    if (hlen < 21) return false;
    r.code = get16(hdr);
    r.opaque = get32(hdr + 5);
    u32 rl = get32(hdr + 13);
    if (17 + rl + 4 > hlen) return false;
    r.remark = {hdr + 17, rl};
    u32 el = get32(hdr + 17 + rl);
    if (21 + rl + el > hlen) return false;
    r.ext = {hdr + 21 + rl, el};
    return true;
  }
  return scan_header(hdr, hlen, r);
}
inline i64 ext_num(const Resp &r, string_view key, i64 dflt) {
  if (r.bin) {
    size_t i = 0;
    while (i + 2 <= r.ext.size()) {
      u16 kl = get16(r.ext.data() + i);
      string_view k = r.ext.substr(i + 2, kl);
      i += 2 + kl;
      if (i + 4 > r.ext.size()) break;
      u32 vl = get32(r.ext.data() + i);
      string_view v = r.ext.substr(i + 4, vl);
      i += 4 + vl;
      if (k == key) {
        i64 x = dflt;
        std::from_chars(v.data(), v.data() + v.size(), x);
        return x;
      }
    }
    return dflt;
  }
  size_t p = 0;
  while ((p = r.ext.find(key, p)) != string_view::npos) {
    size_t e = p + key.size();
    if (p && r.ext[p - 1] == '"' && e + 1 < r.ext.size() && r.ext[e] == '"' &&
        r.ext[e + 1] == ':') {
      e += 2;
      if (e < r.ext.size() && r.ext[e] == '"') e++;
      i64 x = dflt;
      std::from_chars(r.ext.data() + e, r.ext.data() + r.ext.size(), x);
      return x;
    }
    p = e;
  }
  return dflt;
}

}  // namespace rmqload
