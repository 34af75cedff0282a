#include "proxy/listener.h"

#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "proxy/dialer.h"
#include "proxy/socket_address.h"
#include "proxy/system_calls.h"
#include "proxy/worker.h"

namespace sallyport {
namespace {

/// So many connections in a row, then the sessions have their turn.
constexpr int kAcceptsInARow = 64;
constexpr int kBacklog = 4096;
/// Descriptors come back when sessions end; looking more often would spin.
constexpr std::chrono::milliseconds kPause{100};

std::string exhausted_line(int error) {
  if (error == EMFILE || error == ENFILE) {
    return "no file descriptor is left; new connections wait (raise LimitNOFILE)";
  }
  return std::string("cannot accept connections, they wait: ") + std::strerror(error);
}

}  // namespace

Listener::Listener(Worker& worker, std::uint16_t number, int fd)
    : worker_(worker), number_(number), socket_(worker.reactor(), fd), pause_(worker.executor()) {}

void Listener::start() { accept_some(); }

void Listener::close() {
  if (is_closed_) return;
  is_closed_ = true;
  for (int i = 0; i < kBacklog && accept_one() == Accept::taken; ++i) {
  }
  socket_.close();
  pause_.cancel();
}

Listener::Accept Listener::accept_one() {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const int fd = sys::accept(socket_.fd(), reinterpret_cast<sockaddr*>(&from), &size);
  if (fd >= 0) {
    Place place(worker_.gate(), worker_.counters(), number_);
    // A listener's connections are of its own family, so there always is one.
    const auto client = address_of(reinterpret_cast<const sockaddr*>(&from));
    worker_.waiting_room().enter({number_, client.value_or(IpAddress())},
                                 Socket(worker_.reactor(), fd), std::move(place));
    return Accept::taken;
  }
  switch (errno) {
    case EAGAIN:
      return Accept::none;
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
      // The connection is gone already, accept(2) says: look at the next.
      return Accept::taken;
    default:
      // No descriptor or memory is left, or what nobody foresaw: trying on at once would spin.
      return Accept::exhausted;
  }
}

void Listener::accept_some() {
  if (is_closed_) return;
  Gate& gate = worker_.gate();
  for (int i = 0; i < kAcceptsInARow; ++i) {
    if (gate.connections.load(std::memory_order_relaxed) >=
        gate.connections_max.load(std::memory_order_relaxed)) {
      gate.log.log_limited("connections", OperatorLog::Level::warning,
                           "limits.connections is reached; new connections wait");
      return pause();
    }
    const Accept outcome = accept_one();
    if (outcome == Accept::none) return wait();
    if (outcome == Accept::exhausted) {
      const int error = errno;
      gate.log.log_limited("descriptors", OperatorLog::Level::error, exhausted_line(error));
      return pause();
    }
  }
  asio::post(worker_.executor(), [this] { accept_some(); });
}

void Listener::wait() {
  socket_.when(Reactor::Until::readable, [this](error_code error) {
    if (!error) accept_some();
  });
}

void Listener::pause() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](error_code error) {
    if (!error) accept_some();
  });
}

int open_listener(const IpAddress& address, std::uint16_t port) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // Inherited by accepted sockets (SPEED.md rule 12).
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set_keepalive(fd);
  sockaddr_storage at{};
  const socklen_t size = to_sockaddr(address, port, at);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      ::listen(fd, kBacklog) != 0) {
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
  }
  return fd;
}

}  // namespace sallyport
