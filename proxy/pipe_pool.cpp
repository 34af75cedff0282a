#include "proxy/pipe_pool.h"

#include <fcntl.h>
#include <unistd.h>

namespace sallyport {

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
  Pipe pipe(ends[0], ends[1]);
  // A user whose allowance is spent gets pipes of 8 KiB: slower than recv and send.
  if (::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes) < kPipeBytes) return std::nullopt;
  ++out_;
  return pipe;
}

void PipePool::give_back(Pipe pipe) {
  --out_;
  idle_.push_back(std::move(pipe));
}

}  // namespace sallyport
