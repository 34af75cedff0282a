// What a client says that was silent when it was decided. Hellos behind the first one are in
// tunnel_guard_test.cpp.
#include "tests/proxy/tunnel_fixture.h"

namespace sallyport {
namespace {

using test::Rest;
using test::TunnelFixture;

const std::string kPolicy =
    "timeouts: {client_hello: 1s}\n"
    "rules:\n"
    "  - {name: any, hosts: [a.example], tls: optional}\n"
    "  - {name: no-http, effect: deny, hosts: [a.example], schemes: [http]}\n";

TEST_CASE("a late word that its client ends is other bytes, and reaches the origin with the end") {
  for (const char* word : {"PING", "A", "PRI * HT"}) {
    CAPTURE(word);
    TunnelFixture at(16, kPolicy);
    at.open_silent();
    test::send_all(at.client.get(), word);
    CHECK(test::is_silent(at.origin.get(), 50));
    ::shutdown(at.client.get(), SHUT_WR);
    const Rest rest = test::read_rest(at.origin.get());
    CHECK(rest.bytes + " " + rest.end == word + std::string(" fin"));
    at.origin.close();
    CHECK(test::read_rest(at.client.get()).end == "fin");
    CHECK(at.ends.get().reason == Reason::allowed);
    CHECK_FALSE(at.ends.late);
    at.check_gone();
  }
}

TEST_CASE("a late word is other bytes once its time is up, whatever the origin says meanwhile") {
  TunnelFixture at(16, kPolicy);
  at.open_silent();
  test::send_all(at.client.get(), "A");
  for (int i = 0; i < 5; ++i) {
    CHECK(test::is_silent(at.origin.get(), 100));
    test::send_all(at.origin.get(), ".");
  }
  CHECK(test::read_bytes(at.origin.get(), 1) == "A");
  test::send_all(at.client.get(), "fter");
  CHECK(test::read_bytes(at.origin.get(), 4) == "fter");
  CHECK(test::read_bytes(at.client.get(), 5) == ".....");
}

TEST_CASE("late HTTP that a rule denies is a block by that rule, and no alert is sent") {
  TunnelFixture at(16, kPolicy);
  at.open_silent();
  test::send_all(at.client.get(), "GET / HTTP/1.1\r\n\r\n");
  const Rest told = test::read_rest(at.client.get());
  CHECK(told.bytes + told.end == "fin");
  CHECK(test::read_rest(at.origin.get()).bytes.empty());
  at.client.close();
  CHECK(at.ends.get().reason == Reason::denied_by_rule);
  REQUIRE(at.ends.late);
  CHECK(at.ends.late->decision == Decision::block);
  CHECK(at.ends.late->rule == "no-http");
}

TEST_CASE("a late hello that is not finished in time is a block") {
  TunnelFixture at(16, kPolicy);
  at.open_silent();
  test::send_all(at.client.get(), test::kHello.substr(0, 20));
  CHECK(test::read_rest(at.client.get()).bytes == test::kAlert);
  CHECK(test::read_rest(at.origin.get()).bytes.empty());
  at.client.close();
  CHECK(at.ends.get().reason == Reason::client_hello_timeout);
  REQUIRE(at.ends.late);
  CHECK(at.ends.late->decision == Decision::block);
}

TEST_CASE("nothing of a late hello that is cut off reaches the origin") {
  TunnelFixture at(16, kPolicy);
  at.open_silent();
  test::send_all(at.client.get(), test::kHello.substr(0, 20));
  ::shutdown(at.client.get(), SHUT_WR);
  CHECK(test::read_rest(at.origin.get()).bytes.empty());
  at.origin.close();
  CHECK(at.ends.get().reason == Reason::client_gone);
  CHECK_FALSE(at.ends.late);
  at.check_gone();
}

}  // namespace
}  // namespace sallyport
