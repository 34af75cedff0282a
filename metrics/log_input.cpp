#include "metrics/log_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sallyport {

namespace {

using Kind = LogInput::Got::Kind;

bool is_file(int fd) {
  struct stat status = {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

LogInput::LogInput(std::string path, bool follows)
    : path_(std::move(path)), follows_(follows), is_standard_(path_ == "-") {}

LogInput::~LogInput() {
  if (fd_ >= 0 && !is_standard_) ::close(fd_);
}

int LogInput::open() {
  if (!is_standard_) return open_file(fd_);
  fd_ = STDIN_FILENO;
  can_wait_ = !is_file(fd_);
  return 0;
}

int LogInput::open_file(int& fd) const {
  // Whoever follows does not wait for a named pipe's writer: it must be able to end.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (follows_ ? O_NONBLOCK : 0);
  fd = ::open(path_.c_str(), flags);
  return fd >= 0 ? 0 : errno;
}

LogInput::Got LogInput::read(char* to, std::size_t bytes_max, Clock::time_point now) {
  if (follows_ && can_wait_) {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, 0) == 0) return {};
  }
  const ssize_t bytes = ::read(fd_, to, bytes_max);
  if (bytes > 0) {
    offset_ += bytes;
    quiet_since_.reset();
    return {.kind = Kind::bytes, .bytes = static_cast<std::size_t>(bytes)};
  }
  if (bytes < 0) {
    const bool is_early = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (!is_early) return {.kind = Kind::failed, .error = errno};
    return {};
  }
  if (!follows_ || can_wait_) return {.kind = Kind::end};
  return is_standard_ ? Got{} : look_for_more(now);
}

/// At the end of a file that is followed.
LogInput::Got LogInput::look_for_more(Clock::time_point now) {
  struct stat own = {};
  if (::fstat(fd_, &own) != 0) return {.kind = Kind::failed, .error = errno};
  if (S_ISREG(own.st_mode) && own.st_size < offset_) {
    if (::lseek(fd_, 0, SEEK_SET) != 0) return {.kind = Kind::failed, .error = errno};
    offset_ = 0;
    return {.kind = Kind::anew};
  }
  struct stat there = {};
  const bool is_moved = ::stat(path_.c_str(), &there) == 0 &&
                        (there.st_dev != own.st_dev || there.st_ino != own.st_ino);
  if (!is_moved) {
    quiet_since_.reset();
    return {};
  }
  if (!quiet_since_) quiet_since_ = now;
  if (now - *quiet_since_ < kGrace) return {};
  int fd = -1;
  if (const int error = open_file(fd); error != 0) return {.kind = Kind::nothing, .error = error};
  ::close(std::exchange(fd_, fd));
  offset_ = 0;
  quiet_since_.reset();
  return {.kind = Kind::anew};
}

}  // namespace sallyport
