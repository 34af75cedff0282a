#include "proxy/metrics_endpoint.h"

#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include "tests/proxy/loopback.h"

namespace sallyport {
namespace {

/// Serves in a thread of its own, on a port that nobody else has.
struct Fixture {
  io_context context{1};
  std::atomic<bool> is_ready{true};
  std::atomic<int> scrapes{0};
  MetricsEndpoint endpoint{context.get_executor(),
                           {.metrics =
                                [this] {
                                  ++scrapes;
                                  return std::string("a_metric 1\n");
                                },
                            .is_ready = [this] { return is_ready.load(); }}};
  std::uint16_t port = 0;
  std::thread thread;

  Fixture() {
    port = test::port_of(test::listen_on("127.0.0.1").get());
    REQUIRE(endpoint.listen(IpAddress::v4({127, 0, 0, 1}), port));
    thread = std::thread([this] { context.run(); });
  }
  ~Fixture() {
    context.stop();
    thread.join();
  }

  test::Rest ask(const std::string& request) const {
    const test::Fd client = test::connect_to(port);
    test::send_all(client.get(), request);
    return test::read_rest(client.get());
  }
  std::string status(const std::string& request_line) const {
    const test::Rest answer = ask(request_line + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.end == "fin");
    return answer.bytes.substr(9, 3);
  }
};

TEST_CASE("three paths are served, by GET and HEAD, and nothing else") {
  struct Row {
    const char* request_line;
    const char* status;
  };
  const Row rows[] = {
      {"GET /metrics", "200"},   {"HEAD /metrics", "200"},   {"GET /healthz", "200"},
      {"GET /readyz", "200"},    {"GET /", "404"},           {"GET /metrics/", "404"},
      {"GET /metrics?a", "404"}, {"GET /../metrics", "404"}, {"POST /metrics", "405"},
      {"DELETE /readyz", "405"}, {"OPTIONS *", "405"},
  };
  Fixture at;
  for (const Row& row : rows) {
    CAPTURE(row.request_line);
    CHECK(at.status(row.request_line) == row.status);
  }
  CHECK(at.scrapes == 2);
}

TEST_CASE("the answer of HEAD has the fields of GET's and no body") {
  Fixture at;
  const std::string request = " /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string get = at.ask("GET" + request).bytes;
  const std::string head = at.ask("HEAD" + request).bytes;
  CHECK(get == head + "a_metric 1\n");
  CHECK(get.find("Content-Length: 11\r\n") != std::string::npos);
}

TEST_CASE("readiness is asked each time, and does not touch liveness") {
  Fixture at;
  CHECK(at.status("GET /readyz") == "200");
  at.is_ready = false;
  CHECK(at.status("GET /readyz") == "503");
  CHECK(at.status("GET /healthz") == "200");
}

TEST_CASE("what is no HTTP, and a head without end, end that connection alone") {
  Fixture at;
  CHECK(at.ask("\x16\x03\x01 no http\r\n\r\n").bytes.empty());
  CHECK(at.ask("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x')).bytes.empty());
  CHECK(at.status("GET /healthz") == "200");
}

TEST_CASE("idle connections above the bound are closed, and the next one is served") {
  Fixture at;
  std::vector<test::Fd> idle;
  for (int i = 0; i < 32; ++i) idle.push_back(test::connect_to(at.port));
  const test::Fd surplus = test::connect_to(at.port);
  CHECK(test::read_rest(surplus.get()).end == "fin");
  idle.clear();
  ::usleep(250'000);
  CHECK(at.status("GET /healthz") == "200");
}

TEST_CASE("an address that is taken is told") {
  const test::Fd taken = test::listen_on("127.0.0.1");
  io_context context{1};
  MetricsEndpoint endpoint(context.get_executor(), {});
  CHECK_FALSE(endpoint.listen(IpAddress::v4({127, 0, 0, 1}), test::port_of(taken.get())));
  CHECK(errno == EADDRINUSE);
}

}  // namespace
}  // namespace sallyport
