#include "proxy/session.h"

#include <poll.h>

#include <fstream>

#include "proxy/http/reply.h"
#include "tests/proxy/own_network.h"
#include "tests/proxy/running_worker.h"
#include "tests/tls/hello_builder.h"

namespace sallyport {
namespace {

using test::Fd;
using test::Rest;
using test::RunningWorker;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\r')); }

TEST_CASE("what is refused at its head: the answer, then FIN, and one record") {
  struct Row {
    const char* sent;
    const char* status;
    const char* record;
  };
  const Row rows[] = {
      {"CONNECT evil.example:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403", "connect host_not_allowed"},
      {"CONNECT 8.8.8.8:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403", "connect address_literal"},
      {"CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 403", "connect destination_forbidden"},
      {"CONNECT a.example:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 403", "connect port_not_allowed"},
      {"CONNECT a.example HTTP/1.1\r\n\r\n", "HTTP/1.1 400", "connect invalid_host"},
      {"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "HTTP/1.1 400", "request malformed_request"},
      {"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
       "HTTP/1.1 403", "request scheme_not_allowed"},
      {"\x16\x03\x01\x02\x00\x01", "HTTP/1.1 400", "request malformed_request"},
      {"\x05\x01\x00", "HTTP/1.1 400", "request malformed_request"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sent);
    RunningWorker running({.policy = "rules: [{name: a, hosts: [a.example]}]"});
    running.start();
    Fd client = test::connect_to(running.port);
    const std::string sent = row.sent[0] == '\x05'   ? std::string("\x05\x01\x00", 3)
                             : row.sent[0] == '\x16' ? std::string("\x16\x03\x01\x02\x00\x01", 6)
                                                     : std::string(row.sent);
    test::send_all(client.get(), sent);
    const Rest answer = test::read_rest(client.get());
    CHECK(answer.end == "fin");
    CHECK(first_line(answer.bytes).substr(0, 12) == row.status);
    CHECK(running.becomes_empty());
    CHECK(running.told() == row.record);
    CHECK(running.gate.connections == 0);
  }
}

TEST_CASE("a head in pieces is read as if it came whole") {
  RunningWorker running({});
  running.start();
  Fd client = test::connect_to(running.port);
  for (const char byte : std::string_view("CONNECT evil.example:443 HTTP/1.1\r\n\r\n")) {
    test::send_all(client.get(), {&byte, 1});
    ::usleep(500);
  }
  CHECK(first_line(test::read_rest(client.get()).bytes) ==
        "HTTP/1.1 403 Blocked by sallyport: host_not_allowed");
}

TEST_CASE("a refused client that goes on sending gets its answer and no reset") {
  RunningWorker running({});
  running.start();
  Fd client = test::connect_to(running.port);
  test::send_all(client.get(),
                 "CONNECT evil.example:443 HTTP/1.1\r\n\r\n" + std::string(200'000, 'x'));
  ::usleep(100'000);
  const Rest answer = test::read_rest(client.get());
  CHECK(answer.bytes.substr(0, 12) == "HTTP/1.1 403");
  CHECK(answer.end == "fin");
  client.close();
  CHECK(running.becomes_empty());
}

TEST_CASE("a connection without a byte gets no answer and leaves no record") {
  RunningWorker running({.policy = "timeouts: {header: 1s}\n" + test::kDocsPolicy});
  running.start();
  Fd client = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return running.worker().sessions().size() == 1; }));
  SUBCASE("it closes") { client.close(); }
  SUBCASE("it is reset") { test::reset(client); }
  SUBCASE("its time is up") {
    const Rest rest = test::read_rest(client.get());
    CHECK(rest.bytes.empty());
    CHECK(rest.end == "fin");
  }
  CHECK(running.becomes_empty());
  CHECK(running.told().empty());
  CHECK(running.gate.connections == 0);
}

TEST_CASE("a head that is begun and not finished in time is told so") {
  RunningWorker running({.policy = "timeouts: {header: 1s}\n" + test::kDocsPolicy});
  running.start();
  Fd client = test::connect_to(running.port);
  test::send_all(client.get(), "CONNECT a.exa");
  std::thread drips([&client] {
    for (int i = 0; i < 15; ++i) {
      ::usleep(100'000);
      (void)::send(client.get(), "m", 1, MSG_NOSIGNAL);
    }
  });
  const Rest answer = test::read_rest(client.get());
  drips.join();
  CHECK(answer.bytes.substr(0, 12) == "HTTP/1.1 408");
  client.close();
  CHECK(running.becomes_empty());
  CHECK(running.told() == "connect header_timeout");
}

TEST_CASE("a session that is cut says so if it had begun, and is silent if not") {
  RunningWorker running({});
  running.start();
  Fd begun = test::connect_to(running.port);
  Fd silent = test::connect_to(running.port);
  test::send_all(begun.get(), "CONNECT a.example:443 HT");
  REQUIRE(running.comes_true([&] { return running.worker().sessions().size() == 2; }));
  ::usleep(50'000);
  running.on_worker([&] {
    for (Session& session : running.worker().sessions()) session.cut(Reason::draining);
  });
  CHECK(test::read_rest(begun.get()).bytes.substr(0, 12) == "HTTP/1.1 503");
  CHECK(test::read_rest(silent.get()).bytes.empty());
  CHECK(running.becomes_empty());
  CHECK(running.told() == "connect draining");
}

/// A gate in a network of its own: `origin.example` is 198.18.0.1 by a hosts file.
struct Lab {
  Fd origins = test::listen_on(test::kOriginAddress);
  std::uint16_t port = test::port_of(origins.get());
  std::string hosts_file = "/tmp/sallyport-hosts-" + std::to_string(::getpid());
  std::unique_ptr<RunningWorker> running;
  std::string hello = text(test::hello_for("origin.example"));

  static std::string text(const test::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

  explicit Lab(const std::string& rule_end = "") {
    std::ofstream(hosts_file) << test::kOriginAddress << " origin.example\n";
    running = std::make_unique<RunningWorker>(RunningWorker::Options{.policy = policy(rule_end)});
    running->start();
  }
  ~Lab() { ::unlink(hosts_file.c_str()); }

  std::string policy(const std::string& rule_end) const {
    return "resolver: {hosts_file: " + hosts_file +
           "}\n"
           "timeouts: {client_hello: 1s}\n"
           "destinations: {allow_networks: [198.18.0.0/15]}\n"
           "rules: [{name: lab, hosts: [origin.example], ports: [1-65535]" +
           rule_end + "}]";
  }

  Fd connect(const std::string& behind = "") {
    Fd client = test::connect_to(running->port);
    test::send_all(client.get(),
                   "CONNECT origin.example:" + std::to_string(port) + " HTTP/1.1\r\n\r\n" + behind);
    return client;
  }
  Fd established(const std::string& behind = "") {
    Fd client = connect(behind);
    CHECK(test::read_bytes(client.get(), kConnectEstablished.size()) == kConnectEstablished);
    return client;
  }
  Fd accept() const {
    Fd origin(::accept(origins.get(), nullptr, nullptr));
    test::limit_waits(origin.get());
    return origin;
  }
  void check_gone(const std::string& records) {
    CHECK(running->becomes_empty());
    CHECK(running->told() == records);
    CHECK(running->gate.connections == 0);
  }
};

TEST_CASE("an allowed hello is sent on as it came, however it was cut") {
  test::in_own_network([] {
    for (const int cut : {0, 1, 2}) {
      CAPTURE(cut);
      Lab lab;
      Fd client;
      if (cut == 0) client = lab.established(lab.hello);
      if (cut == 1) {
        client = lab.established(lab.hello.substr(0, 10));
        test::send_all(client.get(), lab.hello.substr(10));
      }
      if (cut == 2) {
        client = lab.established();
        for (const char byte : lab.hello) test::send_all(client.get(), {&byte, 1});
      }
      Fd origin = lab.accept();
      CHECK(test::read_bytes(origin.get(), lab.hello.size()) == lab.hello);
      origin.close();
      CHECK(test::read_rest(client.get()).end == "fin");
      client.close();
      lab.check_gone("connect allowed, close allowed");
    }
  });
}

TEST_CASE("another name in the hello: an alert, and the origin gets no byte and a reset") {
  test::in_own_network([] {
    for (const char* rule : {"", ", tls: optional"}) {
      Lab lab(rule);
      Fd client = lab.established(Lab::text(test::hello_for("evil.example")));
      const Rest told = test::read_rest(client.get());
      CHECK(told.bytes == std::string{'\x15', '\x03', '\x03', '\x00', '\x02', '\x02', '\x31'});
      CHECK(told.end == "fin");
      // Where the client speaks first the handshake's end waits for its bytes: the origin never
      // hears of the connection. Where the origin may speak first it does, by a reset.
      pollfd heard{.fd = lab.origins.get(), .events = POLLIN, .revents = 0};
      const bool is_accepted = ::poll(&heard, 1, 300) == 1;
      CHECK(is_accepted == (std::string_view(rule) != ""));
      if (is_accepted) {
        const Rest origins = test::read_rest(lab.accept().get());
        CHECK(origins.bytes.empty());
        CHECK(origins.end == "reset");
      }
      client.close();
      lab.check_gone("connect sni_mismatch");
    }
  });
}

TEST_CASE("after an origin that speaks first, a refused client lingers without harm") {
  test::in_own_network([] {
    Lab lab(", tls: optional");
    Fd client = lab.established();
    Fd origin = lab.accept();
    test::send_all(origin.get(), "hi");
    CHECK(test::read_bytes(client.get(), 2) == "hi");
    // More than one read: the session lingers, while the tunnel that it holds has lost its origin.
    test::send_all(client.get(),
                   Lab::text(test::hello_for("evil.example")) + std::string(100'000, 'x'));
    CHECK(test::read_rest(origin.get()).end == "reset");
    ::usleep(2'500'000);
    CHECK(lab.running->on_worker([&] { return lab.running->worker().sessions().empty(); }));
    client.close();
    lab.check_gone("connect sni_mismatch");
  });
}

TEST_CASE("what a client does instead of a hello, and what becomes of it") {
  test::in_own_network([] {
    SUBCASE("no byte in time") {
      Lab lab;
      Fd client = lab.established();
      CHECK(test::read_rest(client.get()).bytes.empty());
      lab.check_gone("connect not_tls");
    }
    SUBCASE("half a hello in time") {
      Lab lab;
      Fd client = lab.established(lab.hello.substr(0, 20));
      CHECK(test::read_rest(client.get()).bytes.size() == 7);
      lab.check_gone("connect client_hello_timeout");
    }
    SUBCASE("it goes") {
      Lab lab;
      lab.established();
      lab.check_gone("connect client_gone");
    }
    SUBCASE("no byte in time, where that is allowed") {
      Lab lab(", tls: optional");
      Fd client = lab.established();
      Fd origin = lab.accept();
      REQUIRE(lab.running->comes_true([&] { return lab.running->worker().sessions().empty(); }));
      test::send_all(client.get(), "late");
      CHECK(test::read_bytes(origin.get(), 4) == "late");
      client.close();
      origin.close();
      lab.check_gone("connect allowed, close allowed");
    }
    SUBCASE("it only listens, where that is allowed") {
      Lab lab(", tls: optional");
      Fd client = lab.established();
      ::shutdown(client.get(), SHUT_WR);
      Fd origin = lab.accept();
      CHECK(test::read_rest(origin.get()).end == "fin");
      test::send_all(origin.get(), "news");
      origin.close();
      CHECK(test::read_rest(client.get()).bytes == "news");
      lab.check_gone("connect allowed, close allowed");
    }
  });
}

TEST_CASE("an origin that refuses is a 502, a name without address too") {
  test::in_own_network([] {
    Lab lab;
    lab.origins.close();
    Fd client = lab.connect();
    CHECK(test::read_rest(client.get()).bytes.substr(0, 12) == "HTTP/1.1 502");
    lab.check_gone("connect connect_failed");
  });
}

TEST_CASE(
    "a reload between the dial and the hello: the new policy decides, with facts of its own") {
  test::in_own_network([] {
    Lab lab;
    Fd client = lab.established();
    // Fewer rules and no client: numbers of the former policy would point nowhere.
    lab.running->worker().adopt(
        test::snapshot_of("timeouts: {client_hello: 1s}\n" + test::kDocsPolicy));
    lab.running->on_worker([] {});
    SUBCASE("a hello") { test::send_all(client.get(), lab.hello); }
    SUBCASE("no hello") {}
    const Rest told = test::read_rest(client.get());
    client.close();
    lab.check_gone("connect host_not_allowed");
  });
}

TEST_CASE("a session that is stopped while it dials is recorded as draining") {
  test::in_own_network([] {
    Lab lab;
    const Fd full = test::listen_on(test::kOriginAddress, 0, 0);
    const std::uint16_t port = test::port_of(full.get());
    Fd fillers[4];
    for (Fd& each : fillers) {
      each = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      const sockaddr_in at = test::loopback(port, test::kOriginAddress);
      ::connect(each.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
    }
    ::usleep(20'000);
    lab.port = port;
    Fd client = lab.connect();
    REQUIRE(lab.running->comes_true([&] { return lab.running->worker().sessions().size() == 1; }));
    ::usleep(50'000);
    lab.running->stop();
    CHECK(lab.running->told() == "connect draining");
    CHECK(lab.running->gate.connections == 0);
  });
}

}  // namespace
}  // namespace sallyport
