// stanchion/sdk/background_saver.h - keeps a state file up to date without making anybody wait for the disk.
//
//   saver_.open(host_, exec, dir + "/groups.json", [this] { return table_.encode(); });
//   saver_.request();   // something changed: it will be written on `blocking`, many requests as one
//   saver_.close();     // in stop(): writes what is not written yet; nothing runs behind it
//
// The text is encoded on the thread that writes. A failed write is logged once until one succeeds, and is tried again
// with the next request.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "stanchion/host.h"
#include "stanchion/sdk/host.h"
#include "stanchion/sdk/saved_file.h"

namespace stn {

class background_saver {
 public:
  background_saver() = default;
  background_saver(const background_saver &) = delete;
  background_saver &operator=(const background_saver &) = delete;

  // encode is called on a [worker] or [ctrl] thread, never twice at a time. [ctrl]
  void open(const host &h, const iface<stn_exec_api> &exec, std::string path,
            std::function<std::string()> encode) {
    exec_ = exec;
    state_ = std::make_shared<state>();
    state_->log = h;
    state_->path = std::move(path);
    state_->encode = std::move(encode);
  }

  // The state has changed. When `blocking` is full, the next request or close() does it. [any]
  void request() {
    {
      std::lock_guard lock(state_->flags);
      state_->dirty = true;
      if (state_->queued) return;
      state_->queued = true;
    }
    // The task owns a share of the state: it may run after the plugin is gone, and does nothing then.
    auto share = std::make_unique<std::shared_ptr<state>>(state_);
    const stn_task task = {run, share.get()};
    if (exec_->post(exec_->blocking(exec_.self), &task, 1) == STN_OK) {
      (void)share.release();
      return;
    }
    std::lock_guard lock(state_->flags);
    state_->queued = false;
  }

  // What was requested before is on disk when this returns OK. [worker] or [ctrl]
  status flush() { return write(*state_); }

  // Writes what is not written yet; waits for a write under way. [ctrl]
  void close() {
    if (!state_) return;
    (void)write(*state_);
    std::lock_guard lock(state_->writing);
    state_->encode = nullptr;
  }

 private:
  struct state {
    host log;
    std::string path;
    std::function<std::string()> encode;  // under writing; empty once closed
    bool failed = false;                  // under writing
    bool dirty = false;                   // under flags
    bool queued = false;                  // under flags
    std::mutex writing;
    std::mutex flags;
  };

  static void run(void *user) {
    std::unique_ptr<std::shared_ptr<state>> share(static_cast<std::shared_ptr<state> *>(user));
    (void)write(**share);
  }

  static status write(state &s) {
    std::lock_guard lock(s.writing);
    {
      std::lock_guard flags(s.flags);
      s.queued = false;
      if (!s.dirty) return {};
      s.dirty = false;
    }
    if (!s.encode) return {};
    status result = save_file(s.path, s.encode());
    if (!result.ok()) {
      if (!s.failed) s.log.error("state file not written", {{"why", result.message()}});
      std::lock_guard flags(s.flags);
      s.dirty = true;
    }
    s.failed = !result.ok();
    return result;
  }

  iface<stn_exec_api> exec_;
  std::shared_ptr<state> state_;
};

}  // namespace stn
