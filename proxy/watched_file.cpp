#include "proxy/watched_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <time.h>

namespace sallyport {
namespace {

// A hosts file with a block list has some hundred KiB; the read stalls the worker, so it has an
// end.
constexpr std::size_t kFileBytesMax = 8 * 1024 * 1024;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kSettledAfterNs = 2 * kNanosecondsPerSecond;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

std::int64_t wall_clock_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

/// Closes a file descriptor at the end of a scope.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      // O_NONBLOCK: a FIFO in the file's place must not hang the worker.
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::optional<std::string> read_regular_file(const std::string& path) {
  const OpenFile file(path);
  struct stat status {};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  // One byte more than the file is said to hold, so that one that grew is noticed.
  const auto said = std::min<std::size_t>(static_cast<std::size_t>(status.st_size), kFileBytesMax);
  std::string text(said + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0) return {};
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > said) return {};
  text.resize(size);
  text.shrink_to_fit();
  return text;
}

}  // namespace

WatchedFile::Identity WatchedFile::look() const {
  struct stat status {};
  if (path_.empty() || ::stat(path_.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .written_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim)};
}

bool WatchedFile::has_changed() const { return !is_settled_ || look() != seen_; }

std::optional<std::string> WatchedFile::read() {
  // Looked at before it is read: what is written in between shows as a change next time.
  seen_ = look();
  const std::int64_t newest = std::max(seen_.written_ns, seen_.changed_ns);
  is_settled_ = seen_.size < 0 || wall_clock_ns() - newest > kSettledAfterNs;
  if (seen_.size < 0) return {};
  return read_regular_file(path_);
}

}  // namespace sallyport
