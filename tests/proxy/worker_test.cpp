#include "proxy/worker.h"

#include "policy/facts_of.h"
#include "tests/proxy/running_worker.h"

namespace sallyport {
namespace {

using test::Connection;
using test::Fd;
using test::RunningWorker;

/// Takes a tunnel's end, which the worker's own recorder would write from the worker's thread.
OpenTunnelRecord tunnel_record(RunningWorker& running, const char* host) {
  Attempt attempt(running.worker().recorder(), Event::connect, 0, IpAddress::v4({10, 0, 0, 1}),
                  running.worker().now());
  attempt.set_host(*Host::parse(host), 443);
  attempt.set_decision(Decision::allow, Reason::allowed, "docs", Stage::first_bytes);
  auto record = attempt.finish_as_tunnel();
  return std::move(*record);
}

/// An open tunnel to that host, allowed by whatever policy holds.
void open_tunnel(RunningWorker& running, Connection& client, Connection& origin, const char* host) {
  running.on_worker([&] {
    Worker& worker = running.worker();
    auto* tunnel = new Tunnel(worker, Socket(worker.reactor(), client.gates.release()),
                              Socket(worker.reactor(), origin.gates.release()));
    auto facts =
        std::make_unique<Facts>(facts_of_connect(worker.snapshot(), IpAddress::v4({10, 0, 0, 1}),
                                                 {*Host::parse(host), 443}, worker.now(), false));
    const IpAddress address = IpAddress::v4({8, 8, 8, 8});
    facts->address.emplace().resolved.push_back({address, false});
    facts->address->dialled = address;
    add_hello(*facts, {.server_name = host, .alpn = {}, .has_ech = false});
    tunnel->open({.record = tunnel_record(running, host),
                  .facts = std::move(facts),
                  .place = Place(running.gate, running.counters, 0)},
                 {}, 0);
  });
}

TEST_CASE("a worker that never ran can go, and so can one that only started") {
  { RunningWorker never({}); }
  RunningWorker once({});
  once.start();
  once.worker().stop();
  once.join();
}

TEST_CASE("a new policy holds for the next attempt, and cuts the tunnels that it blocks") {
  RunningWorker running({.policy = "rules: [{name: docs, hosts: [a.example, b.example]}]"});
  running.start();
  Connection kept[2] = {test::connection(), test::connection()};
  Connection cut[2] = {test::connection(), test::connection()};
  open_tunnel(running, kept[0], kept[1], "a.example");
  open_tunnel(running, cut[0], cut[1], "b.example");
  running.worker().adopt(test::snapshot_of("rules: [{name: docs, hosts: [a.example]}]"));
  CHECK(test::read_rest(cut[0].ours.get()).end == "fin");
  CHECK(test::read_rest(cut[1].ours.get()).end == "fin");
  test::send_all(kept[0].ours.get(), "on");
  CHECK(test::read_bytes(kept[1].ours.get(), 2) == "on");
  REQUIRE(running.comes_true([&] { return running.worker().tunnels().size() == 1; }));
  CHECK(running.told() == "connect allowed, connect allowed, close tunnel_revoked");
  const Fd client = test::connect_to(running.port);
  test::send_all(client.get(), "CONNECT b.example:443 HTTP/1.1\r\n\r\n");
  CHECK(test::read_bytes(client.get(), 12) == "HTTP/1.1 403");
}

TEST_CASE("an address that became the gate's own is dialled by no tunnel, at the next judging") {
  RunningWorker running({.policy = "rules: [{name: docs, hosts: [a.example]}]"});
  running.start();
  Connection ends[2] = {test::connection(), test::connection()};
  open_tunnel(running, ends[0], ends[1], "a.example");
  running.worker().adopt(
      std::make_shared<const std::vector<IpAddress>>(1, IpAddress::v4({8, 8, 8, 8})));
  CHECK(running.on_worker([&] { return running.worker().is_own(IpAddress::v4({8, 8, 8, 8})); }));
  running.worker().adopt(test::snapshot_of("rules: [{name: docs, hosts: [a.example]}]"));
  CHECK(test::read_rest(ends[0].ours.get()).end == "fin");
  CHECK(running.becomes_empty());
  CHECK(running.told() == "connect allowed, close tunnel_revoked");
}

TEST_CASE("a rule that ends cuts its tunnels then") {
  RunningWorker running({.policy = "rules: [{name: docs, hosts: [a.example]}]"});
  running.start();
  Connection ends[2] = {test::connection(), test::connection()};
  open_tunnel(running, ends[0], ends[1], "a.example");
  const std::time_t soon = std::time(nullptr) + 2;
  char until[32];
  std::tm utc{};
  std::strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&soon, &utc));
  running.worker().adopt(test::snapshot_of(
      "rules: [{name: docs, hosts: [a.example], until: " + std::string(until) + "}]"));
  CHECK(test::is_silent(ends[0].ours.get(), 500));
  CHECK(test::read_rest(ends[0].ours.get()).end == "fin");
  CHECK(running.worker().now() >= std::chrono::system_clock::from_time_t(soon));
}

TEST_CASE("a drain of nothing is over at once") {
  RunningWorker running({});
  running.start();
  const auto began = steady_clock::now();
  running.worker().drain();
  running.join();
  CHECK(steady_clock::now() - began < std::chrono::seconds(1));
}

TEST_CASE("a drain ends silent connections and idle tunnels soon, others over its last third") {
  RunningWorker running({.policy = "timeouts: {drain: 6s}\n" + test::kDocsPolicy});
  running.start();
  const Fd silent = test::connect_to(running.port);
  Connection idle[2] = {test::connection(), test::connection()};
  Connection busy[2] = {test::connection(), test::connection()};
  open_tunnel(running, idle[0], idle[1], "docs.example.org");
  open_tunnel(running, busy[0], busy[1], "docs.example.org");
  const auto began = steady_clock::now();
  running.worker().drain();
  std::atomic<bool> is_over{false};
  std::thread chatter([&] {
    while (!is_over) {
      (void)::send(busy[0].ours.get(), "x", 1, MSG_NOSIGNAL);
      ::usleep(200'000);
    }
  });
  CHECK(test::read_rest(silent.get()).bytes.empty());
  CHECK(test::read_rest(idle[0].ours.get()).end == "fin");
  const auto idle_took = steady_clock::now() - began;
  running.join();
  const auto took = steady_clock::now() - began;
  is_over = true;
  chatter.join();
  CHECK(idle_took > std::chrono::milliseconds(1500));
  CHECK(idle_took < std::chrono::milliseconds(3500));
  CHECK(took > std::chrono::seconds(4));
  CHECK(took < std::chrono::seconds(7));
  CHECK(running.told() == "connect allowed, connect allowed, close draining, close draining");
  CHECK(running.gate.connections == 0);
}

TEST_CASE("stop ends everything at once: sessions, tunnels, and who waits") {
  RunningWorker running({.per_client = 2});
  running.start();
  const Fd begun = test::connect_to(running.port);
  test::send_all(begun.get(), "CONNECT a.exam");
  const Fd silent = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return running.worker().sessions().size() == 2; }));
  const Fd waits = test::connect_to(running.port);
  REQUIRE(running.comes_true([&] { return !running.worker().waiting_room().is_empty(); }));
  Connection ends[2] = {test::connection(), test::connection()};
  open_tunnel(running, ends[0], ends[1], "docs.example.org");
  const auto began = steady_clock::now();
  running.worker().stop();
  running.join();
  CHECK(steady_clock::now() - began < std::chrono::seconds(1));
  CHECK(test::read_rest(begun.get()).bytes.substr(0, 12) == "HTTP/1.1 503");
  CHECK(test::read_rest(silent.get()).bytes.empty());
  CHECK(test::read_rest(waits.get()).bytes.empty());
  CHECK(test::read_rest(ends[1].ours.get()).end == "fin");
  CHECK(running.gate.connections == 0);
}

TEST_CASE("no descriptor is left behind by a worker, whatever lived when it went") {
  const auto before = test::open_descriptors();
  {
    RunningWorker running({.per_client = 1});
    running.start();
    const Fd begun = test::connect_to(running.port);
    test::send_all(begun.get(), "CONNECT a.exam");
    const Fd waits = test::connect_to(running.port);
    REQUIRE(running.comes_true([&] { return !running.worker().waiting_room().is_empty(); }));
    Connection ends[2] = {test::connection(), test::connection()};
    open_tunnel(running, ends[0], ends[1], "docs.example.org");
    // Ended from outside, as after a fault: frames and handlers are destroyed where they wait.
    asio::post(running.worker().executor(), [&running] {
      static_cast<io_context&>(running.worker().executor().context()).stop();
    });
    running.join();
    running.stop();
    CHECK(running.gate.connections == 0);
  }
  CHECK(test::open_descriptors() == before);
}

}  // namespace
}  // namespace sallyport
