// Bytes in, batches out: the reading half of io_shard.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io_shard.h"

namespace stn::transport_tcp {

void io_shard::on_ready(void *user, uint32_t ready) {
  auto *c = static_cast<connection *>(user);
  c->shard->turn(c, ready);
}

void io_shard::turn(connection *c, uint32_t ready) {
  in_turn_ = true;
  now_ns_ = shared_->kernel.mono_ns();
  c->outstanding++;  // a turn keeps its connection
  if ((ready & STN_FD_WRITE) != 0 && !c->out.empty()) mark_dirty(c);
  if ((ready & STN_FD_READ) != 0 && (c->want & STN_FD_READ) != 0) {
    if (c->in.frame != 0) {
      read_large(c);
    } else {
      read(c);
    }
  }
  in_turn_ = false;
  end_of_call();
  if (--c->outstanding == 0 && !c->open) c->release();
}

void io_shard::read(connection *c) {
  char *buffer = buffer_.get();
  const size_t have = c->in.size;
  if (have > 0) std::memcpy(buffer, c->in.data.get(), have);
  const ssize_t r = ::recv(c->fd, buffer + have, k_read, 0);
  if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (r <= 0) {
    close(c, r == 0 ? "closed by the peer" : std::strerror(errno));
    return;
  }
  feed(c, buffer, have + static_cast<size_t>(r));
  shared_->count.add(shared_->count.received_bytes, r);
}

// A frame that does not fit the shared buffer is read into its own, exactly up to its end.
void io_shard::read_large(connection *c) {
  partial_input &in = c->in;
  const ssize_t r = ::recv(c->fd, in.data.get() + in.size, in.frame - in.size, 0);
  if (r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (r <= 0) {
    close(c, r == 0 ? "closed by the peer" : std::strerror(errno));
    return;
  }
  c->last_ns = now_ns_;
  in.size += static_cast<size_t>(r);
  shared_->count.add(shared_->count.received_bytes, r);
  if (in.size < in.frame) return;
  partial_input whole = std::move(in);
  c->in.clear();
  decode(c, whole.data.get(), whole.size);
}

void io_shard::feed(connection *c, char *data, size_t n) {
  c->last_ns = now_ns_;
  const size_t used = decode(c, data, n);
  if (used == k_closed) return;
  c->in.assign(data + used, n - used);
  if (c->in.size < 4) return;
  protocol::frame f;
  const auto st =
      protocol::find_frame({c->in.data.get(), c->in.size}, shared_->config.frame_max, &f);
  if (st == protocol::frame_status::need_more && f.total > k_partial) c->in.expect(f.total);
}

size_t io_shard::decode(connection *c, char *data, size_t n) {
  size_t used = 0;
  const char *bad = nullptr;
  while (used < n && c->open) {
    protocol::frame f;
    const auto st = protocol::find_frame({data + used, n - used}, shared_->config.frame_max, &f);
    if (st == protocol::frame_status::need_more) break;
    if (st != protocol::frame_status::ok) {
      bad = st == protocol::frame_status::too_large      ? "frame over the limit"
            : st == protocol::frame_status::unknown_type ? "unknown header type"
                                                         : "frame lengths contradict each other";
      break;
    }
    if (!take_frame(c, f)) {
      bad = "header cannot be decoded";
      break;
    }
    used += f.total;
  }
  dispatch();
  if (bad != nullptr) refuse_frame(c, bad);
  return c->open ? used : k_closed;
}

// What came before the bad frame is served; answers already given still go out.
void io_shard::refuse_frame(connection *c, const char *why) {
  shared_->count.add(shared_->count.frames_refused, 1);
  shared_->kernel.warn("connection closed: its bytes cannot be trusted",
                       {{"peer", c->peer}, {"why", why}});
  if (!c->open) return;
  flush(c);
  close(c, why);
}

bool io_shard::take_frame(connection *c, const protocol::frame &f) {
  if (batch_n_ == STN_BATCH_MAX || text_.left() < f.header.size() ||
      fields_used_ + k_fields_per_frame > k_fields) {
    dispatch();
  }
  if (text_.left() < f.header.size()) return false;  // a header of more than k_text bytes
  protocol::command cmd;
  const auto outcome =
      protocol::decode_header(f, fields_.get() + fields_used_, k_fields_per_frame, &text_, &cmd);
  if (!outcome.ok()) return false;
  if (cmd.is_response()) {
    take_answer(c, f, cmd);
  } else {
    fields_used_ += cmd.n_fields;
    take_request(c, f, cmd);
  }
  return true;
}

void io_shard::take_request(connection *c, const protocol::frame &f, const protocol::command &cmd) {
  request *r = requests_.take();
  r->conn = c;
  r->shard = this;
  r->opaque = cmd.opaque;
  r->code = cmd.code;
  r->header_type = static_cast<uint8_t>(f.type);
  r->oneway = cmd.is_oneway();
  stn_req_view &v = views_[batch_n_];
  v.size = sizeof(v);
  v.flags = r->oneway ? STN_REQ_ONEWAY : 0;
  v.code = cmd.code;
  v.opaque = cmd.opaque;
  v.language = static_cast<uint16_t>(cmd.lang);
  v.version = static_cast<uint16_t>(cmd.version);
  v.scope = c->scope;
  v.fields = protocol::pairs_from<stn_kv>(cmd.fields);
  v.n_fields = static_cast<uint32_t>(cmd.n_fields);
  v.remark = str(cmd.remark);
  v.body = slice(f.body);
  v.conn = c->handle();
  v.conn_id = c->id;
  v.born_host = c->born_host();
  v.peer = str(c->peer);
  r->view = &v;
  req_ptrs_[batch_n_] = r;
  batch_n_++;
  c->outstanding++;
}

void io_shard::dispatch() {
  if (batch_n_ > 0) {
    const stn_req_batch b{sizeof(b),        batch_n_,          shared_->ops,
                          req_ptrs_.data(), view_ptrs_.data(), home_};
    shared_->count.add(shared_->count.requests, batch_n_);
    batch_n_ = 0;
    shared_->router->dispatch(shared_->router.self, &b);
  }
  fields_used_ = 0;
  text_.used = 0;
}

}  // namespace stn::transport_tcp
