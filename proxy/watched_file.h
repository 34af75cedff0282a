// A small system file (hosts, resolv.conf) that is read again when it was replaced or rewritten.
// Not safe for threads; every worker has its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace sallyport {

/// One file, compared by device, inode, size, mtime and ctime.
class WatchedFile {
 public:
  /// An empty path is a file that never exists.
  explicit WatchedFile(std::string path) : path_(std::move(path)) {}

  /// Looks at the file, one stat(2); true if it may have changed since the last `read`, appeared or
  /// vanished. True before the first `read`. A file written less than two seconds before it was
  /// read counts as changed, because a second write within the clock's grain would not show.
  bool has_changed() const;

  /// The whole text; nothing if the file cannot be read, is no regular file or has more than 8 MiB.
  std::optional<std::string> read();

 private:
  struct Identity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  // no such file
    std::int64_t written_ns = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  Identity look() const;

  std::string path_;
  Identity seen_;
  bool is_settled_ = false;  // false until read, or while it may still be in the making
};

}  // namespace sallyport
