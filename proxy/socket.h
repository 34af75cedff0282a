// One TCP socket of a session: non-blocking, asked by system call first, known to the reactor only
// once it has to wait (SPEED.md rule 1). Owned by one session on one worker; not thread-safe.
#pragma once

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <coroutine>
#include <cstdint>
#include <utility>

#include "proxy/net.h"
#include "proxy/reactor.h"
#include "proxy/system_calls.h"

namespace sallyport {

class Socket {
 public:
  /// Takes over a non-blocking, close-on-exec descriptor. The reactor outlives it.
  Socket(Reactor& reactor, int fd) : reactor_(&reactor), fd_(fd) {}
  /// REQUIRES: nobody waits on `other`, which is closed afterwards; assigning closes this one.
  Socket(Socket&& other) noexcept : reactor_(other.reactor_), fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    close();
    reactor_ = other.reactor_;
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  ~Socket() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

  /// `const error_code error = co_await socket.readable();`
  auto readable() {
    struct Wait {
      Socket& socket;
      error_code error{};
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) {
        socket.when(Reactor::Until::readable, [this, waiter](error_code how) {
          error = how;
          waiter.resume();
        });
      }
      error_code await_resume() const noexcept { return error; }
    };
    return Wait{*this};
  }

  /// Calls `handler(error_code)` once the socket may be ready, or with operation_aborted.
  template <class Handler>
  void when(Reactor::Until what, Handler handler) {
    reactor_->wait(fd_, what, ReadyHandler(std::move(handler)));
  }
  void when(Reactor::Until what, ReadyHandler handler) {
    reactor_->wait(fd_, what, std::move(handler));
  }

  /// The reactor was told of an error or of the peer's end: SO_ERROR and reads say more.
  bool has_ended() const { return reactor_->has_ended(fd_); }

  /// Bytes sent that the peer's kernel has not acknowledged (tcp(7), SIOCOUTQ).
  std::uint32_t unacknowledged_bytes() const {
    int bytes = 0;
    return ::ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint32_t>(bytes) : 0;
  }

  /// Ends pending waits with operation_aborted; the socket stays open.
  void cancel() {
    if (is_open()) reactor_->cancel(fd_);
  }

  /// Ends pending waits and closes. Unread bytes make the kernel send a reset.
  void close() {
    if (!is_open()) return;
    reactor_->forget(fd_);
    sys::close(std::exchange(fd_, -1));
  }

  /// Closes with a reset, whatever is unsent.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  Reactor* reactor_;
  int fd_;
};

}  // namespace sallyport
