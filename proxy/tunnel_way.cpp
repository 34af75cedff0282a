// The part of a tunnel that moves the bytes of one direction, a step at a time: by a buffer, and in
// bulk by a pipe.
#include <fcntl.h>

#include <utility>

#include "proxy/system_calls.h"
#include "proxy/tunnel.h"
#include "proxy/worker.h"

namespace sallyport {

Tunnel::Step Tunnel::advance(Way& way) {
  if (!way.pending.empty()) return flush_pending(way);
  if (way.pipe_bytes > 0) return flush_pipe(way);
  if (way.ended) return holds_end_of(way) ? Step::hold : Step::done;
  return way.pipe ? read_into_pipe(way) : read(way);
}

Tunnel::Step Tunnel::flush_pending(Way& way) {
  const ssize_t sent = sys::send(way.to.fd(), way.pending.data(), way.pending.size());
  if (sent < 0) return sys::would_block() ? Step::wait_write : write_failed(way);
  touch();
  way.pending.erase(0, static_cast<std::size_t>(sent));
  if (!way.pending.empty()) return Step::wait_write;
  way.pending.shrink_to_fit();
  return Step::again;
}

Tunnel::Step Tunnel::flush_pipe(Way& way) {
  const ssize_t moved = ::splice(way.pipe->read_end(), nullptr, way.to.fd(), nullptr,
                                 way.pipe_bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved < 0) return sys::would_block() ? Step::wait_write : write_failed(way);
  touch();
  way.pipe_bytes -= static_cast<std::size_t>(moved);
  return Step::again;
}

Tunnel::Step Tunnel::read_into_pipe(Way& way) {
  const ssize_t moved = ::splice(way.from.fd(), nullptr, way.pipe->write_end(), nullptr,
                                 way.pipe->capacity(), SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved > 0) {
    way.pipe_bytes = static_cast<std::size_t>(moved);
    way.bytes += way.pipe_bytes;
    if (has_exceeded(way)) return exceed(way);
    touch();
    return Step::again;
  }
  worker_.pipes().give_back(std::move(*way.pipe));
  way.pipe.reset();
  if (moved < 0) return sys::would_block() ? Step::wait_read : read_failed(way);
  way.ended = true;
  return Step::again;
}

Tunnel::Step Tunnel::read(Way& way) {
  const std::span<char> scratch = worker_.scratch();
  const ssize_t count = sys::recv(way.from.fd(), scratch.data(), scratch.size());
  if (count < 0) return sys::would_block() ? Step::wait_read : read_failed(way);
  if (count == 0) {
    way.ended = true;
    if (&way == &up_ && is_late_undecided()) late_bytes_ended();
    return Step::again;
  }
  const auto size = static_cast<std::size_t>(count);
  if (way.discards) return Step::again;
  way.bytes += size;
  if (has_exceeded(way)) return exceed(way);
  touch();
  return take_chunk(way, {scratch.data(), size}, size == scratch.size());
}

Tunnel::Step Tunnel::take_chunk(Way& way, std::string_view chunk, bool may_be_more) {
  if (late_ && &way == &up_) return take_late_bytes(chunk, may_be_more);
  if (guard_ && !pass_guard(way, chunk)) return Step::again;  // to read and drop, or to end
  ssize_t sent = 0;
  // What the guard released just now stands in `pending` and goes out by a later step. If it came
  // before this chunk, nothing of the chunk is left here; else it came behind what is left.
  if (!chunk.empty()) {
    sent = sys::send(way.to.fd(), chunk.data(), chunk.size());
    if (sent < 0 && !sys::would_block()) return write_failed(way);
    if (sent < 0) sent = 0;
    way.pending.insert(0, chunk.substr(static_cast<std::size_t>(sent)));
  }
  if (!way.pending.empty()) return Step::again;
  // A read that filled the buffer is a bulk transfer; a short one emptied the socket.
  if (may_be_more && !guard_) way.pipe = worker_.pipes().take();
  return may_be_more ? Step::again : Step::wait_read;
}

Tunnel::Step Tunnel::exceed(Way& way) {
  reason_ = &way == &up_ ? Reason::upload_limit : Reason::download_limit;
  end();
  return Step::again;
}

Tunnel::Step Tunnel::read_failed(Way& way) {
  way.ended = true;
  // Nobody is left to send the other way's bytes to.
  return write_failed(other(way));
}

Tunnel::Step Tunnel::write_failed(Way& way) {
  if (reason_ == Reason::allowed) {
    reason_ = &way == &up_ ? Reason::origin_reset : Reason::client_gone;
  }
  discard(way);
  return Step::again;
}

void Tunnel::discard(Way& way) {
  way.discards = true;
  way.pending.clear();
  way.pending.shrink_to_fit();
  drop_pipe(way);
  if (&way == &up_) {
    guard_.reset();
    late_.reset();
  }
  // Nothing is left to do but to be polite; an origin may go on for hours.
  if (other(way).done) linger();
  if (&way == &down_ && up_.is_held) run(up_);
}

void Tunnel::drop_pipe(Way& way) {
  if (!way.pipe) return;
  worker_.pipes().give_back(std::move(*way.pipe), std::exchange(way.pipe_bytes, 0));
  way.pipe.reset();
}

bool Tunnel::holds_end_of(const Way& way) const {
  // Once no answer of the origin can come, or nobody takes it, what is held never passes.
  return &way == &up_ && guard_ && guard_->is_holding() && !down_.done && !down_.discards;
}

}  // namespace sallyport
