// A Stream without a socket: what it gives and takes is written down beforehand, what it was sent
// can be looked at. Waits end by the next turns of the context, as with a real one, so that a test
// that runs the context dry sees the same each time. On one thread.
#pragma once

#include <cerrno>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include "proxy/stream.h"

namespace sallyport::test {

/// What reads give, one after the other: bytes, in which `|` is CR LF, or one of the words below.
/// Behind the last: kNever.
using Reads = std::vector<std::string>;
inline const std::string kWait = "<wait>";    ///< EAGAIN; a wait for more ends soon
inline const std::string kNever = "<never>";  ///< EAGAIN; a wait for more ends by cancel() alone
inline const std::string kEnd = "<end>";      ///< the peer ended what it sends
inline const std::string kReset = "<reset>";  ///< ECONNRESET
/// As kNever, until this was sent to it.
inline std::string after(std::string_view sent) { return "<after>" + std::string(sent); }

/// What writes take, one after the other: so many bytes at most, or one of the words below. Behind
/// the last: kAll.
using Room = std::vector<int>;
inline constexpr int kFull = 0;        ///< EAGAIN; a wait for room ends soon
inline constexpr int kNeverRoom = -1;  ///< EAGAIN; a wait for room ends by cancel() alone
inline constexpr int kGone = -2;       ///< EPIPE
inline constexpr int kBroken = -3;     ///< EAGAIN, and the wait fails with an error
inline constexpr int kAll = 1'000'000'000;

/// Heads and chunks as rows have them: `|` is CR LF.
inline std::string crlf(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\r\n");
  }
  return text;
}
/// And back.
inline std::string no_crlf(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos; ++at) {
    text.replace(at, 2, "|");
  }
  return text;
}

class ScriptedStream final : public Stream {
 public:
  ScriptedStream(executor turns, Reads reads, Room room = {})
      : turns_(turns), room_(room.begin(), room.end()) {
    for (std::string& each : reads) reads_.push_back(crlf(std::move(each)));
  }
  ScriptedStream(const ScriptedStream&) = delete;
  ScriptedStream& operator=(const ScriptedStream&) = delete;
  ~ScriptedStream() override { CHECK_FALSE((reader_ || writer_)); }

  ssize_t read(std::span<char> into) override {
    if (is_held_back() || next_read() == kWait) return fails_with(EAGAIN);
    if (next_read() == kReset) return fails_with(ECONNRESET);
    if (next_read() == kEnd) return 0;  // as often as it is asked
    const std::size_t size = reads_.front().copy(into.data(), into.size());
    reads_.front().erase(0, size);
    if (reads_.front().empty()) reads_.pop_front();
    return static_cast<ssize_t>(size);
  }

  ssize_t write(std::string_view first, std::string_view second) override {
    if (next_room() == kGone) return fails_with(EPIPE);
    if (next_room() <= kFull) return fails_with(EAGAIN);
    const std::string both = std::string(first) + std::string(second);
    CHECK_FALSE(both.empty());  // send(2) of nothing says nothing
    const auto taken = both.substr(0, static_cast<std::size_t>(next_room()));
    if (!room_.empty()) room_.pop_front();
    sent_ += taken;
    if (reader_ && !is_held_back()) end_soon(reader_, {});
    return static_cast<ssize_t>(taken.size());
  }

  void when(Reactor::Until what, ReadyHandler handler) override {
    ReadyHandler& waits = what == Reactor::Until::readable ? reader_ : writer_;
    CHECK_FALSE(waits);  // one for each
    waits = std::move(handler);
    if (is_cancelled_) return end_soon(waits, asio::error::operation_aborted);
    if (what == Reactor::Until::readable) {
      if (is_held_back()) return;
      if (next_read() == kWait) reads_.pop_front();
      return end_soon(reader_, {});
    }
    if (next_room() == kNeverRoom) return;
    const bool is_broken = next_room() == kBroken;
    if (next_room() == kFull) room_.pop_front();
    end_soon(writer_, is_broken ? asio::error::connection_reset : error_code());
  }

  void cancel() override {
    is_cancelled_ = true;
    if (reader_) end_soon(reader_, asio::error::operation_aborted);
    if (writer_) end_soon(writer_, asio::error::operation_aborted);
  }

  void finish_writing() override { has_finished_ = true; }
  Socket* transport() override { return nullptr; }
  Socket* plain_socket() override { return nullptr; }

  /// It was told that nothing follows.
  bool has_finished() const { return has_finished_; }
  /// All that it was sent so far.
  const std::string& sent() const { return sent_; }
  bool has_reader() const { return static_cast<bool>(reader_); }
  bool has_writer() const { return static_cast<bool>(writer_); }

 private:
  static ssize_t fails_with(int error) {
    errno = error;
    return -1;
  }
  const std::string& next_read() const { return reads_.empty() ? kNever : reads_.front(); }
  int next_room() const { return room_.empty() ? kAll : room_.front(); }

  /// Nothing is there to be read, and no wait for it ends by itself.
  bool is_held_back() {
    const std::string kAfter = after("");
    while (next_read().starts_with(kAfter)) {
      if (sent_.find(next_read().substr(kAfter.size())) == std::string::npos) return true;
      reads_.pop_front();
    }
    return next_read() == kNever;
  }

  void end_soon(ReadyHandler& waits, error_code error) {
    asio::post(turns_, [handler = std::move(waits), error]() mutable { handler(error); });
  }

  executor turns_;
  std::deque<std::string> reads_;
  std::deque<int> room_;
  std::string sent_;
  ReadyHandler reader_;
  ReadyHandler writer_;
  bool is_cancelled_ = false;
  bool has_finished_ = false;
};

}  // namespace sallyport::test
