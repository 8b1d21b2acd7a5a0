// stanchion/sdk/status.h - errors as values for plugins in C++: status and result<T>.
//
// A status is OK or a code of stanchion/abi.h with a sentence for a person. Making and copying an OK status allocates
// nothing. Context is put in front on the way up: `return s.prefix("opening " + path)`. Thread-compatible.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "stanchion/abi.h"

namespace stn {

class [[nodiscard]] status {
 public:
  status() = default;
  status(stn_status code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == STN_OK; }
  stn_status code() const { return code_; }
  const std::string &message() const { return message_; }

  // The same failure with `context: ` in front of its sentence; OK stays OK.
  status prefix(std::string_view context) && {
    if (!ok()) message_.insert(0, std::string(context) + ": ");
    return std::move(*this);
  }

  // Fills an ABI error record (which may be NULL) and returns the code.
  stn_status to_abi(stn_error *err) const {
    return ok() ? STN_OK : stn_error_set(err, code_, message_.c_str());
  }

  // The status that a call through the ABI returned together with its error record.
  static status from_abi(stn_status code, const stn_error &err) {
    return code == STN_OK ? status() : status(code, std::string(err.msg, err.msg_len));
  }

 private:
  stn_status code_ = STN_OK;
  std::string message_;
};

// A value, or the status that says why there is none.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : value_(std::move(value)) {}             // NOLINT: values convert by design
  result(status failure) : failure_(std::move(failure)) {}  // NOLINT: so do failures

  bool ok() const { return value_.has_value(); }
  T &value() { return *value_; }
  const T &value() const { return *value_; }
  const status &error() const { return failure_; }

 private:
  std::optional<T> value_;
  status failure_;
};

}  // namespace stn
