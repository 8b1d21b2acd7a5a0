// io_shard.h - the transport's share of one I/O thread: its connections, its read buffer, its open requests.
//
// Everything here runs on that thread, apart from mail(), by which other threads hand work over. One turn = one readable
// socket: read once, decode every whole frame, dispatch them as one batch, then send what was answered, one gathered
// write per connection. Work that arrives by mail and answers given outside a turn are sent at the end of their call.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "connection.h"
#include "request.h"
#include "settings.h"
#include "stanchion/protocol/command.h"
#include "stanchion/sdk/host.h"

namespace stn::transport_tcp {

// What the shards of one transport share. Constant after init.
struct shared_state {
  host kernel;
  iface<stn_exec_api> exec;
  iface<stn_router_api> router;
  settings config;
  counters count;
  const stn_req_ops *ops = nullptr;
  uint32_t outbound_scope = 0;  // of connections that we opened
  std::atomic<uint64_t> next_conn_id{1};
};

class io_shard;

// Work handed to a shard from another thread.
struct mail {
  virtual ~mail() = default;
  virtual void deliver(io_shard &to) = 0;  // [io]
};

class io_shard {
 public:
  io_shard(shared_state *shared, stn_exec *home);
  ~io_shard();

  stn_exec *home() const { return home_; }
  bool is_current() const { return shared_->exec->current(shared_->exec.self) == home_; }
  // Connections it has or will have, for placing new ones; whoever brings one says so first. [any]
  uint32_t load() const { return load_.load(std::memory_order_relaxed); }
  void expect_one() { load_.fetch_add(1, std::memory_order_relaxed); }

  // Queues work for the thread: one wake-up however much is queued. [any]
  void post(std::unique_ptr<mail> m);

  // ---- [io] from here on
  void begin();  // starts the periodic tick
  void end();    // closes everything; nothing runs afterwards
  // A step of the drain: stops reading the connections that have nothing under way, without patience all of them.
  // True: none is read any more, every request is answered and every answer sent.
  bool settle(bool patient);

  // Takes over a connected, non-blocking socket; NULL if that fails.
  connection *adopt(int fd, uint32_t scope);
  void close(connection *c, const char *why);
  // Sends what is queued; closes on errors and at the end of a closing connection.
  void flush(connection *c);
  // Answers one request whose connection belongs to this shard; the bytes go out with end_of_call().
  void answer(request *r, const stn_resp &v);
  void answered(request *r);  // frees it
  void mark_dirty(connection *c);
  void end_of_call();

  // Requests of our own.
  void start_call(connection *c, const stn_call &q, uint64_t user, const stn_sink *k);
  void send_push(connection *c, const stn_call &q);

  shared_state *shared() { return shared_; }

 private:
  struct pending_call {
    connection *conn;
    int32_t opaque;
    uint64_t user;
    const stn_sink *sink;
    uint64_t deadline_ns;
  };

  static void on_ready(void *user, uint32_t ready);
  static void on_tick(void *user);
  static void on_mail(void *user);

  void turn(connection *c, uint32_t ready);
  void read(connection *c);
  void read_large(connection *c);
  void feed(connection *c, char *data, size_t n);
  // Decodes and dispatches whole frames; returns bytes used, or k_closed.
  size_t decode(connection *c, char *data, size_t n);
  bool take_frame(connection *c, const protocol::frame &f);
  void take_request(connection *c, const protocol::frame &f, const protocol::command &cmd);
  void take_answer(connection *c, const protocol::frame &f, const protocol::command &cmd);
  void dispatch();
  void refuse_frame(connection *c, const char *why);
  void want(connection *c, uint32_t mask);
  void update_interest(connection *c);
  void expire_calls(uint64_t now);
  void close_idle(uint64_t now);
  void fail_calls(connection *c, stn_status why);
  void complete(const pending_call &p, stn_status st, const stn_answer *a);

  static constexpr size_t k_closed = static_cast<size_t>(-1);
  static constexpr size_t k_read = 256 << 10;  // bytes taken from a socket in one turn
  static constexpr size_t k_partial =
      256 << 10;  // a frame larger than this is read into a buffer of its own
  static constexpr size_t k_text = 512
                                   << 10;   // header text of one batch; a longer header is refused
  static constexpr size_t k_fields = 8192;  // header fields of one batch
  static constexpr size_t k_fields_per_frame = 512;

  shared_state *shared_;
  stn_exec *home_;
  stn_timer *tick_ = nullptr;
  uint64_t last_idle_scan_ns_ = 0;
  uint64_t now_ns_ = 0;  // monotonic, of the turn
  std::atomic<uint32_t> load_{0};
  bool in_turn_ = false;

  std::vector<connection *> connections_;
  std::vector<connection *> dirty_;
  std::vector<pending_call> calls_;
  int32_t next_opaque_ = 1;
  request_pool requests_;

  std::unique_ptr<char[]> buffer_;  // k_partial + k_read
  std::unique_ptr<char[]> text_buffer_;
  protocol::scratch text_;  // unescaped header text of one batch
  std::unique_ptr<protocol::field[]> fields_;
  size_t fields_used_ = 0;
  uint32_t batch_n_ = 0;
  std::vector<stn_req_view> views_;
  std::vector<const stn_req_view *> view_ptrs_;
  std::vector<stn_req *> req_ptrs_;

  std::mutex mail_mutex_;
  std::vector<std::unique_ptr<mail>> inbox_;   // guarded by mail_mutex_
  std::vector<std::unique_ptr<mail>> opened_;  // [io] the batch being delivered
};

}  // namespace stn::transport_tcp
