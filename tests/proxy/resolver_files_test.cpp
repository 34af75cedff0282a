// The resolver and the two system files.
#include <doctest/doctest.h>

#include <thread>

#include "resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;

namespace {

FakeDnsServer::Script all_names_at(std::string address) {
  return [address](const DnsQuestion& question) {
    DnsReply reply;
    if (question.type == kA) reply.address(question.name, address, 300);
    return reply;
  };
}

constexpr auto kLookedAtAgain = 1050ms;

}  // namespace

TEST_CASE("the hosts file outweighs the DNS and is read again when it changes") {
  FakeDnsServer dns(all_names_at("192.0.2.1"));
  const Folder folder;
  ResolverConfig config = quick(dns.port());
  config.hosts_file = folder.write("hosts", "198.51.100.1 named.test\n");
  Bench bench(config);
  CHECK(text(bench.resolve("named.test")) == "198.51.100.1");
  REQUIRE(bench.resolver().cached("named.test") != nullptr);
  CHECK(dns.asked().empty());

  folder.write("hosts", "198.51.100.2 named.test\n");
  CHECK(text(*bench.resolver().cached("named.test")) == "198.51.100.1");  // not looked at yet
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(text(*bench.resolver().cached("named.test")) == "198.51.100.2");

  folder.write("hosts", "198.51.100.3 named.test\n");
  bench.resolver().reload();
  CHECK(text(*bench.resolver().cached("named.test")) == "198.51.100.3");

  std::filesystem::remove(folder.path("hosts"));
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(text(bench.resolve("named.test")) == "192.0.2.1");
  CHECK(bench.resolver().counters().hosts_file_hits >= 5);
}

TEST_CASE("without a DNS server names fail at once, until there is one") {
  const Folder folder;
  ResolverConfig config = quick(0);
  config.resolv_conf = folder.path("resolv.conf");  // no such file
  Bench bench(config);
  CHECK(name_of(bench.resolve("a.test").outcome) == "failed");
  folder.write("resolv.conf", "search corp.test\n");
  bench.resolver().reload();
  CHECK(name_of(bench.resolve("b.test").outcome) == "failed");

  FakeDnsServer dns(all_names_at("192.0.2.1"));
  config.servers = {local(dns.port())};
  bench.resolver().configure(config);
  CHECK(text(bench.resolve("a.test")) == "192.0.2.1");

  config.servers.clear();
  bench.resolver().configure(config);
  CHECK(name_of(bench.resolve("a.test").outcome) == "failed");
}

// resolv.conf has no ports: this needs port 53 of two loopback addresses, else it says so.
TEST_CASE("resolv.conf is read again when it changes, and its new servers answer those who wait") {
  std::unique_ptr<FakeDnsServer> dns;
  try {
    dns = std::make_unique<FakeDnsServer>(all_names_at("192.0.2.1"), std::uint16_t{53});
  } catch (const std::exception&) {
    MESSAGE("skipped: port 53 of 127.0.0.1 is not to be had");
    return;
  }
  const Folder folder;
  ResolverConfig config = quick(0);
  config.patience.attempt = 2s;
  // 127.0.0.2 is silence as long as nobody listens there, 192.0.2.1 is for documentation.
  config.resolv_conf = folder.write("resolv.conf", "nameserver 192.0.2.1\n");
  Bench bench(config);
  const std::size_t waiting = bench.begin("waiting.test");
  bench.run_for(20ms);

  folder.write("resolv.conf", "nameserver 127.0.0.1\nsearch corp.test\n");
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(text(bench.resolve("later.test")) == "192.0.2.1");
  REQUIRE(bench.finish());
  CHECK((text(*bench.result(waiting)) == "192.0.2.1" ||
         name_of(bench.result(waiting)->outcome) == "failed"));
  CHECK(dns->count("later.test", kA) == 1);

  folder.write("resolv.conf", "# none\n");
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(bench.resolver().cached("later.test") == nullptr);  // another view, another cache
  CHECK(name_of(bench.resolve("later.test").outcome) == "failed");
}

TEST_CASE("other servers empty the cache and answer who waits at the old ones") {
  FakeDnsServer silent([](const DnsQuestion& question) {
    DnsReply reply = all_names_at("192.0.2.1")(question);
    reply.is_dropped = question.name == "waiting.test";
    return reply;
  });
  FakeDnsServer other(all_names_at("192.0.2.2"));
  ResolverConfig config = quick(silent.port());
  config.patience.attempt = 2s;
  Bench bench(config);
  CHECK(text(bench.resolve("known.test")) == "192.0.2.1");
  bench.begin("waiting.test");
  bench.run_for(50ms);
  config.servers = {local(other.port())};
  bench.resolver().configure(config);
  CHECK(bench.resolver().cached("known.test") == nullptr);
  const auto begun = steady_clock::now();
  REQUIRE(bench.finish());
  CHECK(text(*bench.result(1)) == "192.0.2.2");
  CHECK(steady_clock::now() - begun < 1s);
}
