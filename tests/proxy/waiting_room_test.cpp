#include "proxy/waiting_room.h"

#include "tests/proxy/running_worker.h"

namespace sallyport {
namespace {

using test::Fd;
using test::Rest;
using test::RunningWorker;

constexpr auto kHead = "CONNECT evil.example:443 HTTP/1.1\r\n\r\n";

/// A connection that says what it wants at once.
Fd asking(const RunningWorker& running) {
  Fd client = test::connect_to(running.port);
  test::send_all(client.get(), kHead);
  return client;
}

std::string status(const Fd& client) { return test::read_bytes(client.get(), 12); }

TEST_CASE("above its limit a client's connections are served in order, as others end") {
  RunningWorker running({.per_client = 1});
  running.start();
  Fd first = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return running.worker().sessions().size() == 1; }));
  const Fd second = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return !running.worker().waiting_room().is_empty(); }));
  const Fd third = asking(running);
  CHECK(test::is_silent(third.get()));
  first.close();
  CHECK(test::is_silent(third.get()));  // the second has its turn
  test::send_all(second.get(), kHead);
  CHECK(status(second) == "HTTP/1.1 403");
  CHECK(status(third) == "HTTP/1.1 403");
  CHECK(running.becomes_empty());
  CHECK(running.on_worker([&] { return running.worker().waiting_room().is_empty(); }));
  CHECK(running.gate.connections == 0);
}

TEST_CASE("with four times the limit waiting the next is told 503 at once") {
  RunningWorker running({.per_client = 1});
  running.start();
  std::vector<Fd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(test::connect_to(running.port));
  REQUIRE(running.comes_true([&] { return running.gate.connections == 5; }));
  SUBCASE("its request is here") {
    const Fd refused = asking(running);
    const Rest answer = test::read_rest(refused.get());
    CHECK(answer.bytes.substr(0, 12) == "HTTP/1.1 503");
    CHECK(answer.bytes.find("\r\nRetry-After: 5\r\n") != std::string::npos);
    CHECK(answer.end == "fin");
  }
  SUBCASE("its request comes later, and is no reason for a reset") {
    const Fd refused = test::connect_to(running.port);
    ::usleep(50'000);
    test::send_all(refused.get(), kHead);
    ::usleep(50'000);
    const Rest answer = test::read_rest(refused.get());
    CHECK(answer.bytes.substr(0, 12) == "HTTP/1.1 503");
    CHECK(answer.end == "fin");
  }
  CHECK(running.told() == "connect connection_limit");
  // The others come in still, one after the other.
  for (Fd& client : clients) {
    test::send_all(client.get(), kHead);
    CHECK(status(client) == "HTTP/1.1 403");
    client.close();
  }
  CHECK(running.becomes_empty());
  CHECK(running.comes_true([&] { return running.gate.connections == 0; }));
}

TEST_CASE("who is one too many and says nothing hears nothing and leaves no record") {
  RunningWorker running({.per_client = 1});
  running.start();
  std::vector<Fd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(test::connect_to(running.port));
  REQUIRE(running.comes_true([&] { return running.gate.connections == 5; }));
  Fd silent = test::connect_to(running.port);
  SUBCASE("it waits to be told") {
    const Rest told = test::read_rest(silent.get());
    CHECK(told.bytes.empty());
    CHECK(told.end == "fin");
  }
  SUBCASE("it goes") {
    REQUIRE(running.comes_true([&] { return running.gate.connections == 6; }));
    silent.close();
  }
  CHECK(running.comes_true([&] { return running.gate.connections == 5; }));
  CHECK(running.told().empty());
}

TEST_CASE("places pass between workers") {
  RunningWorker one({.per_client = 1});
  RunningWorker two({.per_client = 1}, &one.gate);
  one.start();
  two.start();
  Fd first = test::connect_to(one.port);
  REQUIRE(one.comes_true([&] { return one.worker().sessions().size() == 1; }));
  const Fd second = asking(two);
  CHECK(test::is_silent(second.get()));
  first.close();
  CHECK(status(second) == "HTTP/1.1 403");
  CHECK(one.comes_true([&] { return one.gate.connections == 0; }));
}

TEST_CASE("a worker that ended is given no place by the others") {
  auto one = std::make_unique<RunningWorker>(RunningWorker::Options{.per_client = 1});
  auto two = std::make_unique<RunningWorker>(RunningWorker::Options{.per_client = 1}, &one->gate);
  one->start();
  two->start();
  Fd first = test::connect_to(one->port);
  REQUIRE(one->comes_true([&] { return one->worker().sessions().size() == 1; }));
  const Fd second = asking(*two);
  const Fd third = asking(*two);
  REQUIRE(one->comes_true([&] { return one->gate.connections == 3; }));
  two.reset();
  CHECK(test::read_rest(second.get()).bytes.empty());
  first.close();
  const Fd fourth = asking(*one);
  CHECK(status(fourth) == "HTTP/1.1 403");
  CHECK(one->comes_true([&] { return one->gate.connections == 0; }));
}

TEST_CASE("places and rooms of many workers under load end where they began") {
  RunningWorker one({.per_client = 3});
  RunningWorker two({.per_client = 3}, &one.gate);
  one.start();
  two.start();
  std::vector<std::thread> crowd;
  std::atomic<int> served{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&, i] {
      for (int n = 0; n < 100; ++n) {
        const Fd client = asking(i % 2 == 0 ? one : two);
        const std::string answer = status(client);
        served += answer == "HTTP/1.1 403" ? 1 : 0;
        refused += answer == "HTTP/1.1 503" ? 1 : 0;
      }
    });
  }
  for (std::thread& each : crowd) each.join();
  CHECK(served == 400);
  CHECK(refused == 0);
  CHECK(one.comes_true([&] { return one.gate.connections == 0; }));
}

}  // namespace
}  // namespace sallyport
