#include "plugin_info.h"

#include <charconv>

#include "base.h"
#include "stanchion/plugin.h"

namespace stn::kernel {
namespace {

class info_reader {
 public:
  info_reader(const std::string &file, plugin_info *out, diagnostics *d)
      : file_(file), out_(out), d_(d) {}

  void read(const node &root) {
    for (const auto &m : root.members) key(m);
    if (out_->id.empty()) fail(0, "plugin.toml has no id");
    const auto v = parse_version(out_->version_text);
    if (!v) fail(0, "plugin.toml has no version of the form 1.2.3");
    out_->version = v.value_or(version{});
    if (!parse_version(out_->core_text)) fail(0, "plugin.toml has no core of the form 1.0");
  }

 private:
  void fail(uint32_t line, const std::string &text) { d_->error("E207", {file_, line}, text); }

  void key(const member &m) {
    if (m.key == "id") {
      text(m, sizeof(stn_facts::id), &out_->id);
    } else if (m.key == "version") {
      text(m, sizeof(stn_facts::version), &out_->version_text);
    } else if (m.key == "core") {
      text(m, 32, &out_->core_text);
    } else if (m.key == "license") {
      text(m, 256, &out_->license);
    } else if (m.key == "description") {
      text(m, 1024, &out_->description);
    } else if (m.key == "provides") {
      ids(m, &out_->provides);
    } else if (m.key == "needs") {
      ids(m, &out_->needs);
    } else if (m.key == "optional") {
      ids(m, &out_->optional);
    } else if (m.key == "settings" && m.value.is(node::type::table)) {
      out_->schema = read_schema(m.value, file_, d_);
    } else {
      d_->error("E102", {file_, m.line}, "plugin.toml: unknown key " + m.key,
                did_you_mean(m.key, {"id", "version", "core", "license", "description", "provides",
                                     "needs", "optional", "settings"}));
    }
  }

  void text(const member &m, size_t size_max, std::string *out) {
    if (!m.value.is(node::type::string) || m.value.text.size() >= size_max) {
      fail(m.line, "plugin.toml: " + m.key + " must be a string shorter than " +
                       std::to_string(size_max) + " bytes");
      return;
    }
    *out = m.value.text;
  }

  void ids(const member &m, std::vector<iface_ref> *out) {
    if (!m.value.is(node::type::array)) {
      fail(m.line, "plugin.toml: " + m.key + " must be an array of interface ids");
      return;
    }
    for (const auto &item : m.value.items) {
      if (const auto ref = parse_iface(item.text)) {
        out->push_back(*ref);
      } else {
        fail(m.line, "plugin.toml: " + m.key + ": \"" + item.text + "\" is not name/REVISION");
      }
    }
  }

  const std::string &file_;
  plugin_info *out_;
  diagnostics *d_;
};

}  // namespace

std::optional<iface_ref> parse_iface(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  uint32_t rev = 0;
  uint32_t minor = 0;
  const char *end = text.data() + text.size();
  auto [at, ec] = std::from_chars(text.data() + slash + 1, end, rev);
  if (ec != std::errc() || rev == 0) return std::nullopt;
  const std::string_view id(text.data(), static_cast<size_t>(at - text.data()));
  if (at != end) {
    if (*at != '.') return std::nullopt;
    const auto [after, minor_ec] = std::from_chars(at + 1, end, minor);
    if (minor_ec != std::errc() || after != end) return std::nullopt;
  }
  return iface_ref{std::string(id), minor};
}

bool is_host_iface(std::string_view id) { return id.starts_with("stn.host."); }

bool read_plugin_info(std::string_view text, const std::string &file, plugin_info *out,
                      diagnostics *d) {
  const size_t errors_before = d->errors();
  node root;
  if (!read_toml(text, file, "E207", &root, d)) return false;
  info_reader(file, out, d).read(root);
  return d->errors() == errors_before;
}

}  // namespace stn::kernel
