#include "policy/snapshot.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/policy_builder.h"

namespace sallyport {

TEST_CASE("no two snapshots have the same number") {
  const Snapshot a;
  const Snapshot b;
  CHECK(a.number != b.number);
  CHECK(a.number != 0);  // what facts carry that nobody built
}

TEST_CASE("a client is the first whose networks hold the address") {
  const Snapshot snapshot = policy({})
                                .client("one", "10.20.1.0/24")
                                .client("all", "10.20.0.0/16")
                                .client("six", "fd12::/16")
                                .build();
  CHECK(snapshot.client_of(address_of("10.20.1.7")) == 0);
  CHECK(snapshot.client_of(address_of("10.20.2.7")) == 1);
  CHECK(snapshot.client_of(address_of("fd12::7")) == 2);
  CHECK_FALSE(snapshot.client_of(address_of("10.21.0.7")));
  CHECK_FALSE(snapshot.client_of(address_of("::ffff:10.20.1.7")));
  CHECK_FALSE(Snapshot().client_of(address_of("10.20.1.7")));
}

TEST_CASE("a rule's name by its place; none for no rule") {
  const Snapshot snapshot = policy({rule("a"), rule("b")}).build();
  CHECK(snapshot.rule_name(0) == "a");
  CHECK(snapshot.rule_name(1) == "b");
  CHECK(snapshot.rule_name(2).empty());
  CHECK(snapshot.rule_name(kNoRule).empty());
}

TEST_CASE("the defaults are those of the example policy") {
  const Snapshot snapshot;
  CHECK(snapshot.mode == Mode::enforce);
  CHECK(snapshot.limits.connections == 0);
  CHECK_FALSE(snapshot.limits.connections_per_client);
  CHECK(snapshot.limits.header_bytes == 65'536);
  using namespace std::chrono_literals;
  CHECK(snapshot.timeouts.header == 30s);
  CHECK(snapshot.timeouts.client_hello == 5s);
  CHECK(snapshot.timeouts.connect == 10s);
  CHECK(snapshot.timeouts.idle == 1h);
  CHECK(snapshot.timeouts.drain == 30s);
  CHECK(snapshot.resolver.servers.empty());
  CHECK(snapshot.resolver.hosts_file == "/etc/hosts");
}

}  // namespace sallyport
