#include "metrics/operator_log.h"

#include <poll.h>
#include <unistd.h>

#include "metrics/json_line.h"
#include "metrics/time_text.h"
#include "metrics/wall_clock.h"

namespace sallyport {
namespace {

constexpr auto kQuiet = std::chrono::minutes(1);
// Escaped, with the time before it, it stays below PIPE_BUF: whole lines among other writers'.
constexpr std::size_t kTextCharsMax = 650;
// Of a kind. Keys may hold a client's address; beyond this many, new ones are silent: the log is
// for a person.
constexpr std::size_t kKeysMax = 4096;
constexpr std::size_t kClientsMax = 4096;
constexpr std::size_t kKeysOfClientMax = 64;

std::string_view prefix(OperatorLog::Level level) {
  switch (level) {
    case OperatorLog::Level::info:
      return "";
    case OperatorLog::Level::warning:
      return "warning: ";
    case OperatorLog::Level::error:
      return "error: ";
  }
  return "";
}

}  // namespace

void OperatorLog::log(Level level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  write(level, text);
}

void OperatorLog::log_once(std::string_view kind, std::string_view key, Level level,
                           std::string_view text) {
  const std::lock_guard lock(mutex_);
  Keys& keys = once_[std::string(kind)];
  if (keys.size() >= kKeysMax || !keys.insert(std::string(key)).second) return;
  const bool is_last = keys.size() == kKeysMax;
  write(level, std::string(text) + (is_last ? " (the last to be named)" : ""));
}

void OperatorLog::log_once_of(std::string_view kind, std::string_view client, std::string_view key,
                              Level level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  ByClient& told = once_of_[std::string(kind)];
  const auto found = told.keys.find(std::string(client));
  if (found == told.keys.end()) {
    if (told.keys.size() >= kClientsMax) return;
    told.keys[std::string(client)].emplace(key);
    const bool is_last = told.keys.size() == kClientsMax;
    return write(level, std::string(text) + (is_last ? " (the last client to be named)" : ""));
  }
  Keys& keys = found->second;
  if (keys.size() >= kKeysOfClientMax || told.behind_first >= kKeysMax) return;
  if (!keys.emplace(key).second) return;
  ++told.behind_first;
  const bool is_last = keys.size() == kKeysOfClientMax || told.behind_first == kKeysMax;
  write(level, std::string(text) + (is_last ? " (the last that is told of this client)" : ""));
}

void OperatorLog::log_limited(std::string_view key, Level level, std::string_view text,
                              Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = limited_.try_emplace(std::string(key), Told{.at = now});
  if (is_new) return write(level, text);
  Told& told = found->second;
  if (now - told.at < kQuiet) {
    ++told.silent;
    return;
  }
  const std::string more =
      told.silent == 0 ? "" : " (and " + std::to_string(told.silent) + " times more before)";
  told = {.at = now, .silent = 0};
  write(level, std::string(text) + more);
}

void OperatorLog::write(Level level, std::string_view text) {
  TimeText time_text;
  std::string line = "sallyport: ";
  line += time_text.of(wall_clock()).substr(0, 19);
  line += "Z ";
  line += prefix(level);
  line += visible(text, kTextCharsMax);
  line += '\n';
  pollfd wait{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&wait, 1, 0) <= 0) return;
  // A log that cannot be written has nobody to tell.
  [[maybe_unused]] const ssize_t written = ::write(fd_, line.data(), line.size());
}

}  // namespace sallyport
