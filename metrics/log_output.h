// Where a log's bytes go: standard output, standard error or a file. Never blocks: a pipe whose
// reader stopped takes nothing; wait() tells when it takes more. A pipe is enlarged to 1 MiB where
// the kernel allows that. Used by the log's writer thread alone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace sallyport {

class LogOutput {
 public:
  /// `path`: `stdout`, `stderr` or the name of a file, which is made where it is absent.
  explicit LogOutput(std::string path);
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;
  ~LogOutput();

  bool is_open() const { return fd_ >= 0; }

  /// Opens, or opens anew. 0, or errno; the former descriptor is closed in either case, so that
  /// nothing is written where nobody looks. A line that a killed process left torn at the end of a
  /// file is ended before the next write.
  int open();

  /// The file is gone from its place, or another stands there; never true of a standard stream.
  bool has_vanished() const;

  struct Written {
    std::size_t bytes = 0;
    int error = 0;  ///< errno; 0 with 0 bytes: nobody reads, try again later
  };
  Written write(const char* data, std::size_t bytes);

  /// Waits until write() takes something or fails, at most for `span`, rounded up to milliseconds.
  void wait(std::chrono::nanoseconds span) const;

 private:
  /// How a descriptor is kept from blocking.
  enum class Kind { non_blocking, socket, polled };

  int open_file();
  int open_standard(int number);
  void take(int fd, Kind kind);
  Written put(const char* data, std::size_t bytes);

  std::string path_;
  int fd_ = -1;
  Kind kind_ = Kind::non_blocking;
  bool is_standard_ = false;
  bool owes_line_feed_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sallyport
