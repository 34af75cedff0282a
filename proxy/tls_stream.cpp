#include "proxy/tls_stream.h"

#include <cerrno>

namespace sallyport {
namespace {

/// The plaintext of one record at most (RFC 8446 section 5.1).
constexpr std::size_t kRecordBytes = 16 * 1024;
/// Plaintext that is encrypted before it is sent: more would only be held while the peer is slow.
constexpr std::size_t kWriteBytesMax = 64 * 1024;

}  // namespace

void TlsStream::when(Reactor::Until what, ReadyHandler handler) {
  socket_.when(what, std::move(handler));
  if (is_cancelled_) socket_.cancel();
}

void TlsStream::cancel() {
  is_cancelled_ = true;
  socket_.cancel();
}

bool TlsStream::flush() {
  std::string& unsent = connection_.unsent;
  while (!unsent.empty()) {
    const ssize_t sent = sys::send(socket_.fd(), unsent.data(), unsent.size());
    if (sent < 0) return false;
    unsent.erase(0, static_cast<std::size_t>(sent));
  }
  unsent.shrink_to_fit();
  return true;
}

bool TlsStream::send_out() {
  const std::string& out = buffers_.out;
  if (out.empty()) return flush();
  std::string_view fresh = out;
  if (connection_.unsent.empty()) {
    const ssize_t sent = sys::send(socket_.fd(), fresh.data(), fresh.size());
    if (sent < 0 && !sys::would_block()) return false;
    if (sent > 0) fresh.remove_prefix(static_cast<std::size_t>(sent));
  }
  connection_.unsent += fresh;
  return flush();
}

task<TlsStream::Handshake> TlsStream::shake_hands() {
  std::string_view fresh;
  for (;;) {
    buffers_.out.clear();
    const TlsEngine::Progress progress = connection_.engine.handshake(TlsWire{fresh, buffers_.out});
    bool is_sent = send_out();
    while (!is_sent && sys::would_block()) {
      const error_code error = co_await ready(Reactor::Until::writable);
      if (error) co_return Handshake::cancelled;
      is_sent = flush();
    }
    if (progress == TlsEngine::Progress::failed) co_return Handshake::failed;
    if (!is_sent) co_return Handshake::ended;
    if (progress == TlsEngine::Progress::done) {
      connection_.is_truncated = false;
      connection_.established = steady_clock::now();
      co_return Handshake::done;
    }
    ssize_t count = 0;
    while ((count = sys::recv(socket_.fd(), buffers_.in.data(), buffers_.in.size())) < 0) {
      if (!sys::would_block()) co_return Handshake::ended;
      const error_code error = co_await ready(Reactor::Until::readable);
      if (error) co_return Handshake::cancelled;
    }
    if (count == 0) co_return Handshake::ended;
    fresh = {buffers_.in.data(), static_cast<std::size_t>(count)};
  }
}

ssize_t TlsStream::read(std::span<char> into) {
  std::string_view fresh;
  bool has_some = connection_.engine.has_unread();
  for (;;) {
    if (!has_some) {
      const ssize_t count = sys::recv(socket_.fd(), buffers_.in.data(), buffers_.in.size());
      if (count < 0) return -1;
      if (count == 0) {  // without close_notify it may be anybody's end (RFC 8446 section 6.1)
        errno = ECONNRESET;
        return -1;
      }
      fresh = {buffers_.in.data(), static_cast<std::size_t>(count)};
    }
    buffers_.out.clear();
    const TlsEngine::Read found = connection_.engine.read(into, TlsWire{fresh, buffers_.out});
    if (!buffers_.out.empty()) send_out();  // an alert, or the answer to a key update
    if (found.bytes > 0) return static_cast<ssize_t>(found.bytes);
    if (found.state == TlsEngine::Read::State::closed) return 0;
    if (found.state == TlsEngine::Read::State::failed) {
      errno = EPROTO;
      return -1;
    }
    has_some = false;
  }
}

ssize_t TlsStream::write(std::string_view first, std::string_view second) {
  if (!flush()) return -1;
  if (connection_.promised > 0) {
    return static_cast<ssize_t>(std::exchange(connection_.promised, 0));
  }
  buffers_.out.clear();
  if (!first.empty() && first.size() < kRecordBytes && !second.empty()) {
    // A head and what follows leave as one record: each costs the peer a read.
    const std::string_view beside = second.substr(0, kRecordBytes - first.size());
    buffers_.joined = first;
    buffers_.joined += beside;
    first = buffers_.joined;
    second.remove_prefix(beside.size());
  }
  first = first.substr(0, kWriteBytesMax);
  second = second.substr(0, kWriteBytesMax - first.size());
  const std::size_t taken = first.size() + second.size();
  if (!connection_.engine.write(first, buffers_.out) ||
      !connection_.engine.write(second, buffers_.out)) {
    errno = EPROTO;
    return -1;
  }
  if (send_out()) return static_cast<ssize_t>(taken);
  if (sys::would_block()) connection_.promised = taken;
  return -1;
}

void TlsStream::finish_writing() {
  if (connection_.is_truncated) return;
  buffers_.out.clear();
  connection_.engine.close(buffers_.out);
  send_out();
}

}  // namespace sallyport
