// The operator's log: what needs a person, on standard error, and nothing else. What a client can
// cause again and again goes through log_once or log_limited, so that it cannot flood the log.
// Any thread; never blocks for a reader that stopped (the line is dropped).
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sallyport {

class OperatorLog {
 public:
  enum class Level { info, warning, error };
  using Clock = std::chrono::steady_clock;

  /// `fd` is borrowed and outlives the log.
  explicit OperatorLog(int fd = 2) : fd_(fd) {}

  /// One line: `sallyport: 2026-12-24T18:00:00Z warning: text`, without the level for `info`.
  /// Control bytes of the text are escaped; it is cut at 650 characters.
  void log(Level level, std::string_view text);

  /// The first time for `key` (such as a client's address) alone, among those of its `kind`: 4096
  /// lines at most, of which the last says that no more follow. Kinds are ours, and few.
  void log_once(std::string_view kind, std::string_view key, Level level, std::string_view text);

  /// At most once a minute for `key`, which is ours; the next line says how many there were in
  /// between.
  void log_limited(std::string_view key, Level level, std::string_view text,
                   Clock::time_point now = Clock::now());

 private:
  struct Told {
    Clock::time_point at;
    std::uint64_t silent = 0;
  };

  void write(Level level, std::string_view text);

  int fd_;
  std::mutex mutex_;                                                       // keeps lines whole, too
  std::unordered_map<std::string, std::unordered_set<std::string>> once_;  // by kind: the keys
  std::unordered_map<std::string, Told> limited_;
};

}  // namespace sallyport
