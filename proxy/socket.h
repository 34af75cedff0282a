// One TCP socket of a session: non-blocking, asked by system call first, known to the reactor only
// once it has to wait (SPEED.md rule 1). Owned by one session on one worker; not thread-safe.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "proxy/net.h"

namespace sallyport {

class Socket {
 public:
  /// Takes over a non-blocking, close-on-exec descriptor.
  Socket(executor ex, int fd) : socket_(ex), fd_(fd) {}
  /// REQUIRES: nobody waits on `other`, which is closed afterwards.
  Socket(Socket&& other) noexcept
      : socket_(std::move(other.socket_)), fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  /// `auto [error] = co_await socket.readable();` No coroutine of its own.
  auto readable() {
    adopt();
    return socket_.async_wait(tcp_socket::wait_read, await);
  }

  /// Calls `handler(error_code)` once the socket is ready, or with operation_aborted.
  template <class Handler>
  void when(tcp_socket::wait_type what, Handler handler) {
    adopt();
    socket_.async_wait(what, std::move(handler));
  }

  /// Ends pending waits with operation_aborted; the socket stays open.
  void cancel() {
    if (error_code ignored; socket_.is_open()) socket_.cancel(ignored);
  }

  /// Ends pending waits and closes. Unread bytes make the kernel send a reset.
  void close() {
    if (socket_.is_open()) {
      error_code ignored;
      socket_.close(ignored);
    } else if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = -1;
  }

  /// Closes with a reset, whatever is unsent.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  /// Tells the reactor; if that fails, the wait ends with bad_descriptor.
  void adopt() {
    if (error_code ignored; !socket_.is_open()) socket_.assign(tcp::v4(), fd_, ignored);
  }

  tcp_socket socket_;
  int fd_;
};

}  // namespace sallyport
