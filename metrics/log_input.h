// Where a log's bytes come from: standard input or a file, once or for as long as the file grows.
// A file that is followed may be truncated, and may be moved away: its rest is read until it has
// given nothing for a while, since whoever writes it opens the new one later than that appears.
// Used by one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace sallyport {

class LogInput {
 public:
  using Clock = std::chrono::steady_clock;

  /// How long a file that was moved away is still read after its last byte, and after the new one
  /// appeared. The gate opens that within a second.
  static constexpr std::chrono::seconds kGrace{1};

  /// `path`: `-` for standard input, or the name of a file.
  LogInput(std::string path, bool follows);
  LogInput(const LogInput&) = delete;
  LogInput& operator=(const LogInput&) = delete;
  ~LogInput();

  /// 0, or errno.
  int open();

  /// What one read gave.
  struct Got {
    enum class Kind {
      bytes,
      nothing,  ///< for now; where followed alone
      anew,     ///< what comes next is another file, or the same from its beginning
      end,      ///< nothing more comes
      failed,
    };

    Kind kind = Kind::nothing;
    std::size_t bytes = 0;
    /// errno. With `nothing`: a new file is there and cannot be opened; it is tried again.
    int error = 0;
  };

  /// Waits only where the input is not followed. REQUIRES: it is open.
  Got read(char* to, std::size_t bytes_max, Clock::time_point now);

  /// What poll(2) can wait for until a read gives something; -1: ask again after a while.
  int descriptor() const { return can_wait_ ? fd_ : -1; }

 private:
  int open_file(int& fd) const;
  Got look_for_more(Clock::time_point now);

  std::string path_;
  bool follows_;
  bool is_standard_;
  bool can_wait_ = false;  // poll(2) says of a file that it can be read, even at its end
  int fd_ = -1;
  off_t offset_ = 0;
  /// Since when a file that was moved away gives nothing, with the new one there.
  std::optional<Clock::time_point> quiet_since_;
};

}  // namespace sallyport
