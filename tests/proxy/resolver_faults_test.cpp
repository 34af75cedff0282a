// The resolver and everything that can be wrong with a DNS server.
#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;

namespace {

DnsReply v4_only(const DnsQuestion& question) {
  DnsReply reply;
  if (question.type == kA) reply.address(question.name, "192.0.2.1", 300);
  return reply;
}

DnsReply dropped() {
  DnsReply reply;
  reply.is_dropped = true;
  return reply;
}

template <class Duration>
bool takes(Duration least, Duration most, steady_clock::time_point begun) {
  const auto span = steady_clock::now() - begun;
  return span >= least && span <= most;
}

}  // namespace

TEST_CASE("SERVFAIL fails the name for a second at most, then the DNS server is asked again") {
  std::atomic<bool> is_ill = true;
  FakeDnsServer dns(
      [&](const DnsQuestion& question) { return is_ill ? DnsReply::code(2) : v4_only(question); });
  Bench bench(quick(dns.port()));
  CHECK(name_of(bench.resolve("ill.test").outcome) == "failed");
  REQUIRE(bench.resolver().cached("ill.test") != nullptr);
  is_ill = false;
  CHECK(name_of(bench.resolve("ill.test").outcome) == "failed");
  std::this_thread::sleep_for(1010ms);
  CHECK(text(bench.resolve("ill.test")) == "192.0.2.1");
}

TEST_CASE("every refusal of a DNS server is a failure, not an absence") {
  for (const int rcode : {1, 2, 4, 5, 9}) {
    CAPTURE(rcode);
    FakeDnsServer dns([rcode](const DnsQuestion&) { return DnsReply::code(rcode); });
    Bench bench(quick(dns.port()));
    CHECK(name_of(bench.resolve("refused.test").outcome) == "failed");
  }
}

TEST_CASE("a silent DNS server is asked twice, then the name has timed out") {
  FakeDnsServer dns([](const DnsQuestion&) { return dropped(); });
  Bench bench(quick(dns.port()));
  const auto begun = steady_clock::now();
  CHECK(name_of(bench.resolve("silent.test").outcome) == "timed_out");
  CHECK(takes(390ms, 900ms, begun));
  CHECK(dns.count("silent.test", kA) == 2);
}

TEST_CASE("of two DNS servers the second answers when the first is silent or refuses") {
  FakeDnsServer silent([](const DnsQuestion&) { return dropped(); });
  FakeDnsServer refusing([](const DnsQuestion&) { return DnsReply::code(5); });
  FakeDnsServer good(v4_only);
  for (const std::uint16_t first : {silent.port(), refusing.port()}) {
    ResolverConfig config = quick(first);
    config.servers.push_back(local(good.port()));
    Bench bench(config);
    CHECK(text(bench.resolve("second.test")) == "192.0.2.1");
  }
}

TEST_CASE("a DNS server that is gone fails at once, and is used again when it is back") {
  auto dns = std::make_unique<FakeDnsServer>(v4_only);
  const std::uint16_t port = dns->port();
  dns.reset();
  Bench bench(quick(port));
  const auto begun = steady_clock::now();
  CHECK(name_of(bench.resolve("back.test").outcome) == "failed");
  CHECK(takes(0ms, 300ms, begun));
  dns = std::make_unique<FakeDnsServer>(v4_only, port);
  CHECK(text(bench.resolve("other.test")) == "192.0.2.1");
  std::this_thread::sleep_for(1010ms);
  CHECK(text(bench.resolve("back.test")) == "192.0.2.1");
}

TEST_CASE("a truncated answer is fetched by TCP") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply = v4_only(question);
    reply.is_truncated = true;
    return reply;
  });
  Bench bench(quick(dns.port()));
  CHECK(text(bench.resolve("long.test")) == "192.0.2.1");
  const auto asked = dns.asked();
  CHECK(std::ranges::count_if(asked, [](const auto& one) { return one.is_tcp; }) == 2);
}

TEST_CASE("an answer that EDNS lets through needs no TCP") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    for (int i = 0; i < 40 && question.type == kA; ++i) {
      reply.address(question.name, "192.0.2." + std::to_string(i), 60);
    }
    return reply;
  });
  Bench bench(quick(dns.port()));
  CHECK(name_of(bench.resolve("wide.test").outcome) == "ok");
  const auto asked = dns.asked();
  CHECK(std::ranges::none_of(asked, &DnsQuestion::is_tcp));
}

TEST_CASE("of 1,000 addresses 64 are kept") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    for (int i = 0; i < 1000 && question.type == kA; ++i) {
      reply.address(question.name,
                    "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250), 60);
    }
    return reply;
  });
  Bench bench(quick(dns.port()));
  const Resolution many = bench.resolve("many.test");
  CHECK(name_of(many.outcome) == "ok");
  CHECK(many.addresses.size() == 64);
}

TEST_CASE("an answer with a wrong id or another question is ignored, the true one counts") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply = v4_only(question);
    reply.is_forged_first = true;
    return reply;
  });
  Bench bench(quick(dns.port()));
  CHECK(text(bench.resolve("forged.test")) == "192.0.2.1");
}

TEST_CASE("IPv4 addresses are not held up by an IPv6 answer that never comes") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    return question.type == kA ? v4_only(question) : dropped();
  });
  ResolverConfig config = quick(dns.port());
  config.patience.attempt = 2s;
  Bench bench(config);
  const auto begun = steady_clock::now();
  CHECK(text(bench.resolve("half.test")) == "192.0.2.1");
  CHECK(takes(40ms, 500ms, begun));
  CHECK(bench.resolver().cached("half.test") != nullptr);
  std::this_thread::sleep_for(1010ms);
  CHECK(bench.resolver().cached("half.test") == nullptr);
}

TEST_CASE("a failed family makes neither an absence nor a failure of the other's addresses") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    if (question.name == "good.test" && question.type == kA) return v4_only(question);
    return DnsReply::code(question.type == kA ? 0 : 2);
  });
  Bench bench(quick(dns.port()));
  CHECK(text(bench.resolve("good.test")) == "192.0.2.1");
  CHECK(name_of(bench.resolve("bad.test").outcome) == "failed");
}

TEST_CASE("names that nobody answers do not hold up the others") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    return question.name.starts_with("hole") ? dropped() : v4_only(question);
  });
  ResolverConfig config = quick(dns.port());
  config.patience.attempt = 1s;
  Bench bench(config);
  for (int i = 0; i < 300; ++i) bench.begin("hole" + std::to_string(i) + ".test");
  const std::size_t healthy = bench.begin("healthy.test");
  const auto begun = steady_clock::now();
  while (!bench.result(healthy) && steady_clock::now() - begun < 10s)
    bench.context().run_one_for(10ms);
  REQUIRE(bench.result(healthy));
  CHECK(text(*bench.result(healthy)) == "192.0.2.1");
  // It waited for none of them: not one has timed out yet.
  for (std::size_t i = 0; i < 300; ++i) CHECK_FALSE(bench.result(i));
  REQUIRE(bench.finish());
  for (std::size_t i = 0; i < 300; ++i) CHECK(name_of(bench.result(i)->outcome) == "timed_out");
}

TEST_CASE("a session that is destroyed disturbs nobody who waits for the same name") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    std::this_thread::sleep_for(50ms);
    return v4_only(question);
  });
  Bench bench(quick(dns.port()));
  bench.begin("shared.test");
  bench.run_for(5ms);
  bench.destroy_tasks();
  bench.begin("shared.test");
  REQUIRE(bench.finish());
  CHECK(text(*bench.result(0)) == "192.0.2.1");
}

TEST_CASE("sessions may outlive the resolver, be destroyed while they wait, or never begin") {
  FakeDnsServer dns([](const DnsQuestion&) { return dropped(); });
  Bench bench(quick(dns.port()));
  { [[maybe_unused]] const auto unused = bench.resolver().resolve("unused.test", IpAddress()); }
  bench.begin("left.test");
  bench.run_for(20ms);
  bench.destroy_resolver();
  REQUIRE(bench.finish());
  CHECK(name_of(bench.result(0)->outcome) == "failed");

  Bench other(quick(dns.port()));
  other.begin("destroyed.test");
  other.run_for(20ms);
  // The context goes with the session in it; ASan watches.
}
