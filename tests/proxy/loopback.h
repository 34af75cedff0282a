// TCP on 127.0.0.1 for tests: pairs of connected sockets, and calls that fail by themselves where
// nothing comes. The test's ends block, for ten seconds at most.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

namespace sallyport::test {

/// A descriptor; closed when it dies.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0) ::close(release());
  }

 private:
  int fd_;
};

inline sockaddr_in loopback(std::uint16_t port, const char* address = "127.0.0.1") {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &at.sin_addr);
  return at;
}

inline std::uint16_t port_of(int fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  return ntohs(at.sin_port);
}

inline Fd listen_on(const char* address, std::uint16_t port = 0, int backlog = 64) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in at = loopback(port, address);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(fd.get(), backlog) == 0);
  return fd;
}

inline void limit_waits(int fd) {
  const timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

inline Fd connect_to(std::uint16_t port, const char* address = "127.0.0.1") {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  limit_waits(fd.get());
  const sockaddr_in at = loopback(port, address);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  return fd;
}

/// Two ends of one connection: the test's, and the gate's, which does not block.
struct Connection {
  Fd ours;
  Fd gates;
};

inline Connection connection() {
  const Fd listener = listen_on("127.0.0.1");
  Connection made{connect_to(port_of(listener.get())), Fd()};
  made.gates = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  REQUIRE(made.gates.get() >= 0);
  return made;
}

inline void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    REQUIRE_MESSAGE(sent > 0, "send: errno " << errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Exactly so many bytes, or what came before the end.
inline std::string read_bytes(int fd, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t known = 0;
  while (known < count) {
    const ssize_t got = ::recv(fd, bytes.data() + known, count - known, 0);
    if (got <= 0) break;
    known += static_cast<std::size_t>(got);
  }
  bytes.resize(known);
  return bytes;
}

/// All that comes, and how it ends: `fin`, `reset`, or `nothing` within ten seconds.
struct Rest {
  std::string bytes;
  std::string end;
};

inline Rest read_rest(int fd) {
  Rest rest;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got == 0) rest.end = "fin";
    if (got < 0) rest.end = errno == ECONNRESET ? "reset" : "nothing";
    if (got <= 0) return rest;
    rest.bytes.append(buffer, static_cast<std::size_t>(got));
  }
}

/// Nothing is here to be read, not even an end.
inline bool is_silent(int fd, int milliseconds = 100) {
  ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/// Closes with a reset.
inline void reset(Fd& fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd.close();
}

inline std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

}  // namespace sallyport::test
