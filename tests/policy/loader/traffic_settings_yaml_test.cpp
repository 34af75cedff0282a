#include "policy/loader/traffic_settings_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;
using namespace sallyport::test;

std::shared_ptr<const Snapshot> snapshot_of(std::string_view more) {
  const LoadResult result = load_text(with_a_rule(more));
  CHECK(errors_of(result).empty());
  REQUIRE(result.is_ok());
  return result.policy->snapshot;
}

TEST_CASE("the last three lines of DESIGN's example are the defaults") {
  const auto written = snapshot_of(
      "limits: {connections: auto, connections_per_client: 512, header_bytes: 64KiB,\n"
      "         judged_body_bytes: 16MiB}\n"
      "timeouts: {header: 30s, client_hello: 5s, connect: 10s, response: 16m, keep_alive: 120s,\n"
      "           origin_idle: 4s, idle: 1h, drain: 30s}\n");
  for (const auto& snapshot : {snapshot_of(""), written}) {
    CHECK(snapshot->mode == Mode::enforce);
    CHECK(snapshot->contact.empty());
    CHECK(snapshot->limits.connections == 0);
    CHECK(snapshot->limits.connections_per_client.value_or(512) == 512);
    CHECK(snapshot->limits.header_bytes == 65536);
    CHECK(snapshot->timeouts.header == 30s);
    CHECK(snapshot->timeouts.client_hello == 5s);
    CHECK(snapshot->timeouts.connect == 10s);
    CHECK(snapshot->timeouts.idle == 1h);
    CHECK(snapshot->timeouts.drain == 30s);
    CHECK(snapshot->resolver.servers.empty());
    CHECK(snapshot->resolver.hosts_file == "/etc/hosts");
  }
}

TEST_CASE("each limit and each timeout lands where it belongs") {
  const auto snapshot = snapshot_of(
      "limits: {connections: 1, connections_per_client: 2, header_bytes: 3KiB}\n"
      "timeouts: {header: 1s, client_hello: 2s, connect: 3s, idle: 4s, drain: 5s}\n");
  CHECK(snapshot->limits.connections == 1);
  CHECK(snapshot->limits.connections_per_client == 2);
  CHECK(snapshot->limits.header_bytes == 3072);
  CHECK(snapshot->timeouts.header == 1s);
  CHECK(snapshot->timeouts.client_hello == 2s);
  CHECK(snapshot->timeouts.connect == 3s);
  CHECK(snapshot->timeouts.idle == 4s);
  CHECK(snapshot->timeouts.drain == 5s);
}

TEST_CASE("a client that may take all connections is warned of where both numbers are written") {
  const auto warned = [](std::string_view limits) {
    const LoadResult result = load_text(with_a_rule("limits: {" + std::string(limits) + "}\n"));
    CHECK(errors_of(result).empty());
    return result.warnings.size();
  };
  CHECK(warned("connections: 300, connections_per_client: 300") == 1);
  CHECK(warned("connections: 300, connections_per_client: 512") == 1);
  CHECK(warned("connections: 300, connections_per_client: 299") == 0);
  CHECK(warned("connections: 300") == 0);
  CHECK(warned("connections_per_client: 1000000") == 0);
}

TEST_CASE("clients, destinations and the resolver are read") {
  const auto snapshot = snapshot_of(
      "mode: monitor\n"
      "contact: ask us\n"
      "clients:\n"
      "  - {name: lab, networks: [10.20.0.0/16, 10.21.0.7]}\n"
      "  - {name: pipeline, networks: [\"fd00::/8\"], mode: enforce}\n"
      "destinations: {allow_networks: [10.0.0.0/8], source_address: 10.9.0.4}\n"
      "resolver: {servers: [\"10.0.0.2\", \"[fd00::2]:5353\"], hosts_file: hosts}\n");
  CHECK(snapshot->mode == Mode::monitor);
  CHECK(snapshot->contact == "ask us");
  REQUIRE(snapshot->clients.size() == 2);
  CHECK(snapshot->client_of(IpAddress::parse("10.21.0.7").value()) == 0U);
  CHECK_FALSE(snapshot->client_of(IpAddress::parse("10.21.0.8").value()));
  CHECK(snapshot->client_of(IpAddress::parse("fd00::1").value()) == 1U);
  CHECK_FALSE(snapshot->clients[0].mode);
  CHECK(snapshot->clients[1].mode == Mode::enforce);
  REQUIRE(snapshot->destinations.allow_networks.size() == 1);
  CHECK(snapshot->destinations.allow_networks[0].text() == "10.0.0.0/8");
  CHECK(snapshot->destinations.source_address->text() == "10.9.0.4");
  REQUIRE(snapshot->resolver.servers.size() == 2);
  CHECK(snapshot->resolver.servers[0].port == 53);
  CHECK(snapshot->resolver.servers[1].address.text() == "fd00::2");
  CHECK(snapshot->resolver.servers[1].port == 5353);
  CHECK(snapshot->resolver.hosts_file == "hosts");
}

}  // namespace
}  // namespace sallyport
