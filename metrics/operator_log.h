// The operator's log: what needs a person, on standard error, and nothing else. What a client can
// cause again and again goes through log_once, log_once_of or log_limited, so that it cannot flood
// the log.
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

  /// Likewise where `client` can cause one key after another: the first line of each of 4096
  /// clients, whatever the others did, and 63 more of each, 4096 of all. The last lines say so.
  void log_once_of(std::string_view kind, std::string_view client, std::string_view key,
                   Level level, std::string_view text);

  /// At most once a minute for `key`, which is ours; the next line says how many there were in
  /// between.
  void log_limited(std::string_view key, Level level, std::string_view text,
                   Clock::time_point now = Clock::now());

 private:
  struct Told {
    Clock::time_point at;
    std::uint64_t silent = 0;
  };

  using Keys = std::unordered_set<std::string>;
  struct ByClient {
    std::unordered_map<std::string, Keys> keys;
    std::size_t behind_first = 0;  ///< lines, of all clients
  };

  void write(Level level, std::string_view text);

  int fd_;
  std::mutex mutex_;                                   // keeps lines whole, too
  std::unordered_map<std::string, Keys> once_;         // by kind
  std::unordered_map<std::string, ByClient> once_of_;  // likewise
  std::unordered_map<std::string, Told> limited_;
};

}  // namespace sallyport
