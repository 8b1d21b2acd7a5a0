// stanchion/sdk/saved_file.h - small state files that survive a crash at any moment, with the previous one as .bak.
//
// A file is written beside its place, synced, and moved over the old one, which stays as PATH.bak: at every moment PATH
// holds either the old or the new text. Both functions block. [worker] or [ctrl]
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include "stanchion/sdk/status.h"

namespace stn {

namespace detail {

inline status errno_status(std::string_view what, const std::string &path) {
  return status(STN_E_IO, std::string(what) + " " + path + ": " + std::strerror(errno));
}

inline status write_synced(const std::string &path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno_status("cannot open", path);
  status failure;
  while (!text.empty() && failure.ok()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) failure = errno_status("cannot write", path);
    if (n > 0) text.remove_prefix(static_cast<size_t>(n));
  }
  if (failure.ok() && ::fdatasync(fd) != 0) failure = errno_status("cannot sync", path);
  ::close(fd);
  return failure;
}

}  // namespace detail

// Replaces PATH by text. STN_E_IO: the old file is untouched. Missing folders are made.
inline status save_file(const std::string &path, std::string_view text) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const std::string fresh = path + ".tmp";
  if (status s = detail::write_synced(fresh, text); !s.ok()) return s;
  const std::string backup = path + ".bak";
  ::unlink(backup.c_str());
  // A link, not a rename: PATH must never be missing.
  if (::link(path.c_str(), backup.c_str()) != 0 && errno != ENOENT) {
    return detail::errno_status("cannot keep", backup);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return detail::errno_status("cannot replace", path);
  return {};
}

// Hands the text of PATH to parse (text → status); if it is missing, empty or parse refuses it, that of PATH.bak.
// STN_E_NOT_FOUND: there is neither; STN_E_CORRUPT: no copy could be parsed.
template <class Parse>
status load_file(const std::string &path, Parse &&parse) {
  status failure(STN_E_NOT_FOUND, path + " does not exist");
  for (const std::string &copy : {path, path + ".bak"}) {
    std::ifstream in(copy, std::ios::binary);
    if (!in) continue;
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    status s = text.empty() ? status(STN_E_CORRUPT, "empty file") : parse(std::string_view(text));
    if (s.ok()) return {};
    if (failure.code() == STN_E_NOT_FOUND)
      failure = status(STN_E_CORRUPT, copy + ": " + s.message());
  }
  return failure;
}

}  // namespace stn
