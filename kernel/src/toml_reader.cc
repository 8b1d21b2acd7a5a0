// A line of k_dots_max parts may stand at each level: together they stay far from the end of the stack.
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

#include "node.h"

namespace stn::kernel {

const node *node::find(std::string_view key) const {
  for (const auto &m : members) {
    if (m.key == key) return &m.value;
  }
  return nullptr;
}

const node *node::at(std::string_view path) const {
  const node *n = this;
  while (n != nullptr && !path.empty()) {
    const size_t end = std::min(path.find_first_of(".[", 1), path.size());
    const std::string_view step = path.substr(0, end);
    path.remove_prefix(end < path.size() && path[end] == '.' ? end + 1 : end);
    if (step.front() != '[') {
      n = n->find(step);
      continue;
    }
    size_t i = n->items.size();
    std::from_chars(step.data() + 1, step.data() + step.size(), i);
    n = i < n->items.size() ? &n->items[i] : nullptr;
  }
  return n;
}

const char *name_of(node::type t) {
  switch (t) {
    case node::type::string:
      return "a string";
    case node::type::integer:
      return "an integer";
    case node::type::real:
      return "a float";
    case node::type::boolean:
      return "a boolean";
    case node::type::array:
      return "an array";
    case node::type::table:
      return "a table";
    case node::type::other:
      break;
  }
  return "a date or time";
}

std::vector<std::string> keys_of(const node &table) {
  std::vector<std::string> keys;
  for (const auto &m : table.members) keys.push_back(m.key);
  return keys;
}

namespace {

// toml++ up to 3.4 has undefined behaviour that text can reach: its table of Unicode white space has no answer for some
// 3,000 code points (the Chinese full stop is one), and a key of many parts makes tables as deep as the text is long,
// which ends the stack. Strangers write such text, in the notes of modules. So the parser is given ASCII alone: each
// byte of another character becomes a mark and two letters, and the mark itself likewise. TOML has no use for the mark
// outside of strings and comments; there the parser refuses it, as it should the character that it stands for.
constexpr char k_mark = '`';
constexpr std::string_view k_escapes_of_mark[] = {"\\u0060", "\\U00000060"};
constexpr size_t k_dots_max = 256;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

// The bytes of the character at the start of s; 0 if it is not UTF-8.
size_t character_size(std::string_view s) {
  const auto byte = [s](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = byte(0);
  const size_t n = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (n > s.size() || lead > 0xF4) return 0;
  for (size_t i = 1; i < n; i++) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Longer than needed, a surrogate, or above U+10FFFF.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) >= 0xA0)) return 0;
  return (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90) ? 0 : n;
}

// What no reader may see. `rest` begins at the character.
const char *refusal(std::string_view rest, size_t size, size_t dots) {
  if (size == 0) return "broken UTF-8: save the file as UTF-8";
  if (dots > k_dots_max) return "more than 256 dots on a line: split it";
  for (const auto escape : k_escapes_of_mark) {
    if (rest.starts_with(escape)) return "an escape for the back quote: write it as it is";
  }
  return nullptr;
}

bool encode(std::string_view text, const std::string &file, std::string_view code, std::string *out,
            diagnostics *d) {
  if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
  uint32_t line = 1;
  size_t dots = 0;
  for (size_t n = 0; !text.empty(); text.remove_prefix(n)) {
    n = character_size(text);
    const char c = text.front();
    if (c == '.') dots++;
    if (const char *why = refusal(text, n, dots)) {
      d->error(code, {file, line}, std::string("not valid TOML: ") + why);
      return false;
    }
    if (c == '\n') {
      line++;
      dots = 0;
    }
    if (n == 1 && c != k_mark) *out += c;
    for (size_t i = 0; (n > 1 || c == k_mark) && i < n; i++) {
      const auto byte = static_cast<uint8_t>(text[i]);
      out->append(
          {k_mark, static_cast<char>('a' + (byte >> 4)), static_cast<char>('a' + (byte & 15))});
    }
  }
  return true;
}

// Also for what the parser says, where a mark may stand alone.
std::string decode(std::string_view text) {
  const auto half = [&](size_t i) { return i < text.size() ? text[i] - 'a' : -1; };
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    const bool ours = text[i] == k_mark && (half(i + 1) & ~15) == 0 && (half(i + 2) & ~15) == 0;
    if (ours) {
      out += static_cast<char>(half(i + 1) << 4 | half(i + 2));
      i += 2;
    } else {
      out += text[i] == k_mark ? '?' : text[i];
    }
  }
  return out;
}

void report(const toml::parse_error &e, std::string_view ascii, const std::string &file,
            std::string_view code, diagnostics *d) {
  const uint32_t line = e.source().begin.line;
  for (uint32_t i = 1; i < line; i++) ascii.remove_prefix(ascii.find('\n') + 1);
  const bool marked = ascii.substr(0, ascii.find('\n')).find(k_mark) != ascii.npos;
  d->error(code, {file, line}, "not valid TOML: " + decode(e.description()),
           marked ? "outside of strings and comments, and behind a backslash, only ASCII may stand"
                  : "");
}

node convert(const toml::node &from) {
  node n;
  n.line = from.source().begin.line;
  if (const auto *table = from.as_table()) {
    n.kind = node::type::table;
    for (auto &&[key, value] : *table) {
      n.members.push_back({decode(key.str()), key.source().begin.line, convert(value)});
    }
    std::stable_sort(n.members.begin(), n.members.end(),
                     [](const member &a, const member &b) { return a.line < b.line; });
  } else if (const auto *array = from.as_array()) {
    n.kind = node::type::array;
    for (auto &&item : *array) n.items.push_back(convert(item));
  } else if (const auto *s = from.as_string()) {
    n.kind = node::type::string;
    n.text = decode(s->get());
  } else if (const auto *i = from.as_integer()) {
    n.kind = node::type::integer;
    n.number = i->get();
  } else if (const auto *f = from.as_floating_point()) {
    n.kind = node::type::real;
    n.real = f->get();
  } else if (const auto *b = from.as_boolean()) {
    n.kind = node::type::boolean;
    n.number = b->get() ? 1 : 0;
  }
  return n;
}

}  // namespace

bool read_toml(std::string_view text, const std::string &file, std::string_view code, node *out,
               diagnostics *d) {
  std::string ascii;
  if (!encode(text, file, code, &ascii, d)) return false;
  const toml::parse_result parsed = toml::parse(std::string_view(ascii));
  if (!parsed) {
    report(parsed.error(), ascii, file, code, d);
    return false;
  }
  *out = convert(parsed.table());
  return true;
}

}  // namespace stn::kernel
