#include "proxy/resolver.h"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;

namespace {

/// Both families, a minute.
DnsReply dual(const DnsQuestion& question) {
  DnsReply reply;
  reply.address(question.name, question.type == kA ? "192.0.2.1" : "2001:db8::1", 60);
  return reply;
}

}  // namespace

TEST_CASE("a name has the addresses of both families, IPv6 first, and is asked for once") {
  FakeDnsServer dns(dual);
  Bench bench(quick(dns.port()));
  CHECK(bench.resolver().cached("both.test") == nullptr);
  const Resolution first = bench.resolve("both.test");
  CHECK(name_of(first.outcome) == "ok");
  CHECK(text(first) == "2001:db8::1 192.0.2.1");
  REQUIRE(bench.resolver().cached("both.test") != nullptr);
  CHECK(text(*bench.resolver().cached("both.test")) == "2001:db8::1 192.0.2.1");
  CHECK(text(bench.resolve("both.test")) == "2001:db8::1 192.0.2.1");
  CHECK(dns.count("both.test", kA) == 1);
  CHECK(dns.count("both.test", kAaaa) == 1);
}

TEST_CASE("what is asked is the name itself, never with a search domain") {
  const Folder folder;
  ::setenv("LOCALDOMAIN", "corp.test", 1);
  ::setenv("RES_OPTIONS", "ndots:5", 1);
  FakeDnsServer dns([](const DnsQuestion&) { return DnsReply::code(3); });
  {
    ResolverConfig config = quick(dns.port());
    config.resolv_conf = folder.write("resolv.conf", "search corp.test\noptions ndots:5\n");
    Bench bench(config);
    CHECK(name_of(bench.resolve("jupyterhub").outcome) == "no_such_name");
    CHECK(name_of(bench.resolve("absent.example").outcome) == "no_such_name");
  }
  ::unsetenv("LOCALDOMAIN");
  ::unsetenv("RES_OPTIONS");
  for (const DnsQuestion& question : dns.asked()) {
    CHECK((question.name == "jupyterhub" || question.name == "absent.example"));
  }
  CHECK(dns.asked().size() == 4);
}

TEST_CASE("an address literal reaches no DNS server") {
  FakeDnsServer dns(dual);
  Bench bench(quick(dns.port()));
  CHECK(name_of(bench.resolve("192.0.2.1").outcome) == "failed");
  CHECK(name_of(bench.resolve("2001:db8::1").outcome) == "failed");
  CHECK(dns.asked().empty());
}

TEST_CASE("one lookup serves all who ask meanwhile, and TTL 0 serves nobody later") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    std::this_thread::sleep_for(10ms);
    DnsReply reply;
    if (question.type == kA) reply.address(question.name, "192.0.2.7", 0);
    return reply;
  });
  Bench bench(quick(dns.port()));
  for (int i = 0; i < 50; ++i) bench.begin("burst.test");
  REQUIRE(bench.finish());
  for (std::size_t i = 0; i < 50; ++i) CHECK(text(*bench.result(i)) == "192.0.2.7");
  CHECK(dns.count("burst.test", kA) == 1);
  CHECK(bench.resolver().cached("burst.test") == nullptr);
  CHECK(text(bench.resolve("burst.test")) == "192.0.2.7");
  CHECK(dns.count("burst.test", kA) == 2);
}

TEST_CASE("nothing is served past the least TTL of its addresses and aliases") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    reply.cname(question.name, "middle.test", 300).cname("middle.test", "end.test", 1);
    if (question.type == kA) reply.address("end.test", "192.0.2.9", 300);
    return reply;
  });
  Bench bench(quick(dns.port()));
  CHECK(text(bench.resolve("alias.test")) == "192.0.2.9");
  CHECK(bench.resolver().cached("alias.test") != nullptr);
  std::this_thread::sleep_for(1010ms);
  CHECK(bench.resolver().cached("alias.test") == nullptr);
}

TEST_CASE("a TTL runs from the answer's arrival, not from the end of the lookup") {
  std::atomic<int> v6_asked = 0;
  FakeDnsServer dns([&](const DnsQuestion& question) {
    DnsReply reply;
    if (question.type == kA) reply.address(question.name, "192.0.2.1", 1);
    reply.is_dropped = question.type == kAaaa && v6_asked++ == 0;
    return reply;
  });
  ResolverConfig config = quick(dns.port());
  config.patience.attempt = 600ms;
  config.v6_grace = 2s;
  Bench bench(config);
  const auto begun = steady_clock::now();
  CHECK(text(bench.resolve("aging.test")) == "192.0.2.1");
  CHECK(steady_clock::now() - begun >= 600ms);
  std::this_thread::sleep_until(begun + 1100ms);
  CHECK(bench.resolver().cached("aging.test") == nullptr);
}

TEST_CASE("absence is kept as its SOA says, and told apart from an absent address") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    if (question.name.starts_with("gone")) reply.rcode = 3;
    if (question.name.ends_with("soa.test")) reply.soa("test", 300, 300);
    return reply;
  });
  Bench bench(quick(dns.port()));
  struct Row {
    std::string_view name;
    std::string_view outcome;
    bool is_kept;
  };
  for (const Row& row :
       {Row{"gone.soa.test", "no_such_name", true}, Row{"gone.test", "no_such_name", false},
        Row{"empty.soa.test", "no_address", true}, Row{"empty.test", "no_address", false}}) {
    CAPTURE(row.name);
    CHECK(name_of(bench.resolve(row.name).outcome) == row.outcome);
    CHECK((bench.resolver().cached(row.name) != nullptr) == row.is_kept);
  }
}

TEST_CASE("names in flight and waiting sessions are bounded") {
  FakeDnsServer dns([](const DnsQuestion&) {
    DnsReply reply;
    reply.is_dropped = true;
    return reply;
  });
  ResolverConfig config = quick(dns.port());
  config.names_in_flight_max = 3;
  config.waiting_max = 5;
  Bench bench(config);
  std::uint8_t client = 0;  // each has its own, so that no client's share is asked for
  for (const auto name : {"a.test", "b.test", "c.test", "d.test", "a.test", "b.test",
                          "c.test"}) {  // the last is the sixth who would wait
    bench.begin(name, IpAddress::v4({10, 0, 0, ++client}));
  }
  REQUIRE(bench.finish());
  const std::vector<std::string_view> expected = {
      "timed_out", "timed_out", "timed_out", "overloaded", "timed_out", "timed_out", "overloaded"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(name_of(bench.result(i)->outcome) == expected[i]);
  }
  CHECK(dns.count("d.test", kA) == 0);
  std::this_thread::sleep_for(1010ms);
  CHECK(name_of(bench.resolve("d.test").outcome) == "timed_out");  // there is room again
}

TEST_CASE("a client with names that nobody answers gets its share and keeps nobody out") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply = dual(question);
    reply.is_dropped = question.name.starts_with("hole");
    return reply;
  });
  ResolverConfig config = quick(dns.port());
  config.names_in_flight_max = 200;
  Bench bench(config);
  const IpAddress greedy = IpAddress::v4({10, 0, 0, 1});
  const IpAddress good = IpAddress::v4({10, 0, 0, 2});
  for (int i = 0; i < 300; ++i) bench.begin("hole" + std::to_string(i) + ".test", greedy);
  const std::size_t theirs = bench.begin("good.test", good);
  const std::size_t joined = bench.begin("hole0.test", good);
  REQUIRE(bench.finish());
  CHECK(name_of(bench.result(theirs)->outcome) == "ok");
  CHECK(name_of(bench.result(joined)->outcome) == "timed_out");
  for (std::size_t i = 0; i < 300; ++i) {
    CHECK(name_of(bench.result(i)->outcome) == (i < 50 ? "timed_out" : "overloaded"));
  }
  const std::size_t later = bench.begin("later.test", greedy);  // its share is free again
  REQUIRE(bench.finish());
  CHECK(name_of(bench.result(later)->outcome) == "ok");
}

TEST_CASE("a client that waits in many sessions for one name leaves room for others to wait") {
  FakeDnsServer dns([](const DnsQuestion&) {
    std::this_thread::sleep_for(20ms);
    return DnsReply::code(3);
  });
  ResolverConfig config = quick(dns.port());
  config.waiting_max = 200;
  Bench bench(config);
  for (int i = 0; i < 300; ++i) bench.begin("crowd.test", IpAddress::v4({10, 0, 0, 1}));
  const std::size_t good = bench.begin("crowd.test", IpAddress::v4({10, 0, 0, 2}));
  REQUIRE(bench.finish());
  CHECK(name_of(bench.result(49)->outcome) == "no_such_name");
  CHECK(name_of(bench.result(50)->outcome) == "overloaded");
  CHECK(name_of(bench.result(good)->outcome) == "no_such_name");
}

TEST_CASE("hundreds of names at once are all answered") {
  FakeDnsServer dns(dual);
  ResolverConfig config = quick(dns.port());
  config.patience.attempt = 2s;
  Bench bench(config);
  for (int i = 0; i < 400; ++i) bench.begin("n" + std::to_string(i) + ".test");
  REQUIRE(bench.finish());
  for (std::size_t i = 0; i < 400; ++i) CHECK(name_of(bench.result(i)->outcome) == "ok");
}

TEST_CASE("the observer is told each lookup's outcome and time") {
  FakeDnsServer dns(dual);
  std::vector<std::string_view> outcomes;
  std::chrono::nanoseconds longest{0};
  Bench bench(quick(dns.port()), [&](Resolution::Outcome outcome, std::chrono::nanoseconds time) {
    outcomes.push_back(name_of(outcome));
    longest = std::max(longest, time);
  });
  bench.resolve("one.test");
  bench.resolve("one.test");
  bench.resolve("two.test");
  CHECK(outcomes == std::vector<std::string_view>{"ok", "ok"});
  CHECK(longest > 0ns);
  CHECK(longest < 2s);
}
