// The resolver and the two system files.
#include <thread>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

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
}

TEST_CASE("without a DNS server names fail at once, until there is one") {
  const Folder folder;
  ResolverConfig config = quick(0);
  config.resolv_conf = folder.write("resolv.conf", "nameserver fe80::1%eth0\n");
  Bench bench(config);
  CHECK(name_of(bench.resolve("a.test").outcome) == "failed");
  folder.write("resolv.conf", "search corp.test\nnameserver dns.corp.test\n");
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

TEST_CASE("where resolv.conf names no server, or is not there, 127.0.0.1 is asked") {
  FakeDnsServer dns(all_names_at("192.0.2.1"));
  const Folder folder;
  ResolverConfig config = quick(0);
  config.servers.clear();
  config.resolv_conf = folder.path("resolv.conf");
  config.resolv_conf_port = dns.port();
  SUBCASE("not there") {}
  SUBCASE("no server") { folder.write("resolv.conf", "search corp.test\n"); }
  Bench bench(config);
  CHECK(text(bench.resolve("a.test")) == "192.0.2.1");
}

TEST_CASE("resolv.conf is read again when it changes, and its new servers answer those who wait") {
  FakeDnsServer dns(all_names_at("192.0.2.1"));
  // Bound and never read: silence.
  const int silent = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(dns.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
  REQUIRE(::bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

  const Folder folder;
  ResolverConfig config = quick(0);
  config.patience.attempt = 2s;
  config.resolv_conf = folder.write("resolv.conf", "nameserver 127.0.0.2\n");
  config.resolv_conf_port = dns.port();
  Bench bench(config);
  const std::size_t waiting = bench.begin("waiting.test");
  bench.run_for(20ms);
  CHECK_FALSE(bench.result(waiting));

  folder.write("resolv.conf", "nameserver 127.0.0.1\nsearch corp.test\n");
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(text(bench.resolve("later.test")) == "192.0.2.1");
  CHECK(text(*bench.result(waiting)) == "192.0.2.1");
  CHECK(dns.count("later.test", kA) == 1);

  folder.write("resolv.conf", "nameserver fe80::1%eth0\n");
  std::this_thread::sleep_for(kLookedAtAgain);
  CHECK(bench.resolver().cached("later.test") == nullptr);  // another view, another cache
  CHECK(name_of(bench.resolve("later.test").outcome) == "failed");
  ::close(silent);
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

TEST_CASE("a late answer of a former server counts for nothing") {
  FakeDnsServer former([](const DnsQuestion& question) {
    std::this_thread::sleep_for(60ms);
    return all_names_at("192.0.2.1")(question);
  });
  FakeDnsServer present([](const DnsQuestion& question) {
    std::this_thread::sleep_for(200ms);
    return all_names_at("192.0.2.2")(question);
  });
  ResolverConfig config = quick(former.port());
  config.patience.attempt = 2s;
  Bench bench(config);
  bench.begin("late.test");
  bench.run_for(10ms);
  config.servers = {local(present.port())};
  bench.resolver().configure(config);
  REQUIRE(bench.finish());
  CHECK(text(*bench.result(0)) == "192.0.2.2");
}

TEST_CASE("a configuration that goes back to the system's servers forgets its own") {
  FakeDnsServer dns(all_names_at("192.0.2.1"));
  const Folder folder;
  ResolverConfig config = quick(0);
  config.resolv_conf = folder.write("resolv.conf", "nameserver fe80::1%eth0\n");
  Bench bench(config);
  config.servers = {local(dns.port())};
  bench.resolver().configure(config);
  CHECK(name_of(bench.resolve("a.test").outcome) == "ok");
  config.servers.clear();
  bench.resolver().configure(config);
  CHECK(name_of(bench.resolve("a.test").outcome) == "failed");
}
