// One end of an exchange: bytes in and out, tried at once, and the waits for more. Plain TCP is one
// kind; TLS over it is another. Borrowed by who uses it, on one worker's thread.
#pragma once

#include <sys/uio.h>

#include <coroutine>
#include <span>
#include <string_view>

#include "proxy/deadlines.h"
#include "proxy/ready_handler.h"
#include "proxy/socket.h"
#include "proxy/task.h"

namespace sallyport {

class Stream {
 public:
  virtual ~Stream() = default;

  /// Bytes read; 0 where the peer has ended; -1 with errno, EAGAIN where nothing is there yet.
  virtual ssize_t read(std::span<char> into) = 0;
  /// Bytes sent of the two, one behind the other; -1 with errno, EAGAIN where none goes out now.
  /// Then it is offered the same bytes again, perhaps with more behind them.
  virtual ssize_t write(std::string_view first, std::string_view second) = 0;
  /// Calls `handler(error_code)` once the last read, or write, may go on; or with an error.
  /// REQUIRES: nobody waits for the same.
  virtual void when(Reactor::Until what, ReadyHandler handler) = 0;
  /// Says that nothing follows, as far as that goes out at once; reading goes on.
  virtual void finish_writing() = 0;
  /// Ends the waits with operation_aborted, soon, and all later ones: a wait that has just ended
  /// well must not be followed by another.
  virtual void cancel() = 0;
  /// The socket beneath, to be looked at; null where there is none.
  virtual Socket* transport() = 0;
  /// The same where the bytes of the stream are the socket's own; else null.
  virtual Socket* plain_socket() = 0;

  /// `const error_code error = co_await stream.ready(Reactor::Until::readable);`
  auto ready(Reactor::Until what) {
    struct Wait {
      Stream& stream;
      Reactor::Until what;
      error_code error{};
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) {
        stream.when(what, ReadyHandler([this, waiter](error_code how) {
                      error = how;
                      waiter.resume();
                    }));
      }
      error_code await_resume() const noexcept { return error; }
    };
    return Wait{*this, what};
  }
};

/// Sends all of it, waiting as often as need be; what is taken begins the deadline of `watched`,
/// which is armed, anew. Returns how many bytes were not taken: 0, or the stream takes no more, or
/// a wait was cancelled. `bytes` outlive it.
task<std::size_t> write_all(Stream& stream, std::string_view bytes, Deadlines& deadlines,
                            Watched& watched);

/// TCP as it is. The socket outlives it.
class SocketStream final : public Stream {
 public:
  explicit SocketStream(Socket& socket) : socket_(socket) {}

  ssize_t read(std::span<char> into) override {
    return sys::recv(socket_.fd(), into.data(), into.size());
  }
  ssize_t write(std::string_view first, std::string_view second) override {
    if (second.empty()) return sys::send(socket_.fd(), first.data(), first.size());
    return sys::send(socket_.fd(), first, second);
  }
  void when(Reactor::Until what, ReadyHandler handler) override {
    socket_.when(what, std::move(handler));
    if (is_cancelled_) socket_.cancel();
  }
  void finish_writing() override { ::shutdown(socket_.fd(), SHUT_WR); }
  void cancel() override {
    is_cancelled_ = true;
    socket_.cancel();
  }
  Socket* transport() override { return &socket_; }
  Socket* plain_socket() override { return &socket_; }

 private:
  Socket& socket_;
  bool is_cancelled_ = false;
};

}  // namespace sallyport
