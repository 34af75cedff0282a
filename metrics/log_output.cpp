#include "metrics/log_output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace sallyport {
namespace {

/// What an unprivileged process may ask for by default (pipe(7)).
constexpr int kPipeBytes = 1024 * 1024;

/// A larger pipe means fewer turns of writer and reader; where it is refused the log works too.
void enlarge(int pipe) {
  if (::fcntl(pipe, F_GETPIPE_SZ) < kPipeBytes) ::fcntl(pipe, F_SETPIPE_SZ, kPipeBytes);
}

/// A file whose last byte is no line feed: who wrote it was killed, or its disk was full. False
/// where it may not be read.
bool ends_within_line(int file, off_t size) {
  // The descriptor that is written may not read.
  const std::string self = "/proc/self/fd/" + std::to_string(file);
  const int fd = ::open(self.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return false;
  char last = '\n';
  const bool is_read = ::pread(fd, &last, 1, size - 1) == 1;
  ::close(fd);
  return is_read && last != '\n';
}

}  // namespace

LogOutput::LogOutput(std::string path)
    : path_(std::move(path)), is_standard_(path_ == "stdout" || path_ == "stderr") {}

LogOutput::~LogOutput() {
  if (fd_ >= 0) ::close(fd_);
}

int LogOutput::open() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!is_standard_) return open_file();
  return open_standard(path_ == "stdout" ? STDOUT_FILENO : STDERR_FILENO);
}

int LogOutput::open_file() {
  // Append, so that a truncation leaves no hole; non-blocking for the sake of a named pipe.
  const int fd = ::open(path_.c_str(),
                        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
  if (fd < 0) return errno;
  take(fd, Kind::non_blocking);
  return 0;
}

int LogOutput::open_standard(int number) {
  struct stat status = {};
  if (::fstat(number, &status) != 0) return errno;
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    // A description of our own: O_NONBLOCK on the shared one would surprise whoever shares it.
    const std::string self = "/proc/self/fd/" + std::to_string(number);
    const int fd = ::open(self.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0) {
      take(fd, Kind::non_blocking);
      return 0;
    }
  }
  const int fd = ::fcntl(number, F_DUPFD_CLOEXEC, 3);
  if (fd < 0) return errno;
  const bool is_file = S_ISREG(status.st_mode);
  take(fd, S_ISSOCK(status.st_mode) ? Kind::socket : is_file ? Kind::non_blocking : Kind::polled);
  return 0;
}

void LogOutput::take(int fd, Kind kind) {
  fd_ = fd;
  kind_ = kind;
  owes_line_feed_ = false;
  struct stat status = {};
  if (::fstat(fd, &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
    if (S_ISFIFO(status.st_mode)) enlarge(fd);
    owes_line_feed_ =
        S_ISREG(status.st_mode) && status.st_size > 0 && ends_within_line(fd, status.st_size);
  }
}

bool LogOutput::has_vanished() const {
  if (is_standard_ || fd_ < 0) return false;
  struct stat status = {};
  if (::stat(path_.c_str(), &status) != 0) return errno == ENOENT || errno == ENOTDIR;
  return status.st_dev != device_ || status.st_ino != inode_;
}

LogOutput::Written LogOutput::write(const char* data, std::size_t bytes) {
  if (fd_ < 0) return {.bytes = 0, .error = EBADF};
  if (owes_line_feed_) {
    const auto [fed, error] = put("\n", 1);
    if (fed == 0) return {.bytes = 0, .error = error};
    owes_line_feed_ = false;
  }
  return put(data, bytes);
}

LogOutput::Written LogOutput::put(const char* data, std::size_t bytes) {
  if (kind_ == Kind::polled) {
    pollfd wait{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&wait, 1, 0) == 0) return {};
    // A pipe that polls as writable takes this much without blocking (pipe(7)).
    bytes = std::min<std::size_t>(bytes, PIPE_BUF);
  }
  const ssize_t written = kind_ == Kind::socket
                              ? ::send(fd_, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : ::write(fd_, data, bytes);
  if (written >= 0) return {.bytes = static_cast<std::size_t>(written), .error = 0};
  const bool is_full = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {.bytes = 0, .error = is_full ? 0 : errno};
}

void LogOutput::wait(std::chrono::nanoseconds span) const {
  pollfd wait{.fd = fd_, .events = POLLOUT, .revents = 0};
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(span);
  ::poll(&wait, 1, static_cast<int>(limit.count()));
}

}  // namespace sallyport
