#include "proxy/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

namespace sallyport {
namespace {

/// A user whose allowance is spent gets pipes of 8 KiB: slower than recv and send.
bool resize(int end, std::size_t bytes) {
  return ::fcntl(end, F_SETPIPE_SZ, static_cast<int>(bytes)) >= static_cast<int>(bytes);
}

}  // namespace

Pipe::~Pipe() {
  if (read_end_ >= 0) ::close(read_end_);
  if (write_end_ >= 0) ::close(write_end_);
}

std::optional<Pipe> PipePool::take() {
  if (out_ == pipes_max_) return std::nullopt;
  if (!idle_.empty()) {
    Pipe pipe = std::move(idle_.back());
    idle_.pop_back();
    ++out_;
    return pipe;
  }
  int ends[2];
  if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) return std::nullopt;
  const bool is_large = large_left_ > 0 && resize(ends[1], kLargeBytes);
  Pipe pipe(ends[0], ends[1], is_large ? kLargeBytes : kSmallBytes);
  if (!is_large && !resize(ends[1], kSmallBytes)) return std::nullopt;
  if (is_large) --large_left_;
  ++out_;
  return pipe;
}

void PipePool::give_back(Pipe pipe, std::size_t bytes_left) {
  --out_;
  if (bytes_left == 0) {
    idle_.push_back(std::move(pipe));
  } else if (pipe.capacity() == kLargeBytes) {
    ++large_left_;
  }
}

}  // namespace sallyport
