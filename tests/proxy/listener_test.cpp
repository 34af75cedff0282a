#include "proxy/listener.h"

#include <netinet/tcp.h>
#include <sys/resource.h>

#include <time.h>

#include "tests/proxy/running_worker.h"

namespace sallyport {
namespace {

using test::Fd;
using test::RunningWorker;

constexpr auto kHead = "CONNECT evil.example:443 HTTP/1.1\r\n\r\n";

std::string status(const Fd& client) { return test::read_bytes(client.get(), 12); }

TEST_CASE("accepted sockets inherit what a client's leg needs") {
  const int fd = open_listener(IpAddress::v4({127, 0, 0, 1}), 0);
  REQUIRE(fd >= 0);
  const Fd listener(fd);
  const Fd client = test::connect_to(test::port_of(fd));
  ::usleep(10'000);
  const Fd accepted(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK));
  REQUIRE(accepted.get() >= 0);
  const std::pair<int, int> options[] = {{IPPROTO_TCP, TCP_NODELAY}, {SOL_SOCKET, SO_KEEPALIVE}};
  for (const auto& [level, name] : options) {
    int value = 0;
    socklen_t size = sizeof value;
    CHECK(::getsockopt(accepted.get(), level, name, &value, &size) == 0);
    CHECK(value == 1);
  }
}

TEST_CASE("a port is shared between workers and gates, and with nobody who shares none") {
  const Fd first(open_listener(IpAddress::v4({127, 0, 0, 1}), 0));
  REQUIRE(first.get() >= 0);
  const std::uint16_t port = test::port_of(first.get());
  const Fd second(open_listener(IpAddress::v4({127, 0, 0, 1}), port));
  CHECK(second.get() >= 0);
  CHECK(open_listener(IpAddress::v4({203, 0, 113, 9}), port) == -1);
  CHECK(errno == EADDRNOTAVAIL);

  const Fd alone = test::listen_on("127.0.0.1");
  CHECK(open_listener(IpAddress::v4({127, 0, 0, 1}), test::port_of(alone.get())) == -1);
  CHECK(errno == EADDRINUSE);
}

TEST_CASE("a listener for IPv6 is for IPv6 alone") {
  const int fd = open_listener(*IpAddress::parse("::1"), 0);
  if (fd < 0) return;  // a machine without IPv6
  const Fd listener(fd);
  int value = 0;
  socklen_t size = sizeof value;
  CHECK(::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &size) == 0);
  CHECK(value == 1);
}

TEST_CASE("many connections at once are all served") {
  RunningWorker running({});
  std::vector<Fd> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(test::connect_to(running.port));
    test::send_all(clients.back().get(), kHead);
  }
  running.start();
  for (const Fd& client : clients) CHECK(status(client) == "HTTP/1.1 403");
  CHECK(running.becomes_empty());
}

TEST_CASE("above the limit of all connections the next wait, unread, until one ends") {
  RunningWorker running({.connections = 2});
  running.start();
  Fd first = test::connect_to(running.port);
  const Fd second = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return running.worker().sessions().size() == 2; }));
  const Fd third = test::connect_to(running.port);
  test::send_all(third.get(), kHead);
  CHECK(test::is_silent(third.get(), 250));
  first.close();
  CHECK(status(third) == "HTTP/1.1 403");
}

TEST_CASE("without descriptors the next wait without a busy loop, and are served later") {
  RunningWorker running({});
  running.start();
  Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  test::limit_waits(client.get());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const sockaddr_in to = test::loopback(running.port);
  const bool is_connected =
      ::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  test::send_all(client.get(), kHead);
  clockid_t clock{};
  ::pthread_getcpuclockid(running.thread().native_handle(), &clock);
  timespec begin{};
  timespec end{};
  ::clock_gettime(clock, &begin);
  const bool is_silent = test::is_silent(client.get(), 500);
  ::clock_gettime(clock, &end);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(is_connected);
  CHECK(is_silent);
  CHECK((end.tv_sec - begin.tv_sec) * 1'000'000'000 + end.tv_nsec - begin.tv_nsec < 100'000'000);
  CHECK(status(client) == "HTTP/1.1 403");
}

TEST_CASE("a drain serves what the kernel had accepted already, then nobody") {
  RunningWorker running({});
  std::vector<Fd> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(test::connect_to(running.port));
    test::send_all(clients.back().get(), kHead);
  }
  running.worker().drain();
  running.start();
  for (const Fd& client : clients) CHECK(status(client) == "HTTP/1.1 403");
  running.join();
  const Fd late(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in to = test::loopback(running.port);
  CHECK(::connect(late.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0);
}

}  // namespace
}  // namespace sallyport
