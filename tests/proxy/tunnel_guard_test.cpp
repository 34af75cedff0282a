#include "tests/proxy/tunnel_fixture.h"

namespace sallyport {
namespace {

using test::Rest;
using test::TunnelFixture;

TEST_CASE("what the client sends behind its hello is held until the origin has answered") {
  TunnelFixture at;
  at.open(test::kHello + test::kFinished, test::kHello.size());
  CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.client.get(), test::kFinished);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.origin.get(), test::kServerHello);
  CHECK(test::read_bytes(at.client.get(), test::kServerHello.size()) == test::kServerHello);
  CHECK(test::read_bytes(at.origin.get(), 2 * test::kFinished.size()) ==
        test::kFinished + test::kFinished);
  test::send_all(at.client.get(), "after");
  CHECK(test::read_bytes(at.origin.get(), 5) == "after");
  at.client.close();
  CHECK(test::read_rest(at.origin.get()).end == "fin");
}

TEST_CASE("the client's end is told to the origin only behind what is held") {
  TunnelFixture at;
  at.open(test::kHello + test::kFinished, test::kHello.size());
  CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
  ::shutdown(at.client.get(), SHUT_WR);
  CHECK(test::is_silent(at.origin.get()));
  test::send_all(at.origin.get(), test::kServerHello + "more");
  const Rest rest = test::read_rest(at.origin.get());
  CHECK(rest.bytes == test::kFinished);
  CHECK(rest.end == "fin");
  CHECK(test::read_bytes(at.client.get(), test::kServerHello.size() + 4) ==
        test::kServerHello + "more");
  at.origin.close();
  CHECK(test::read_rest(at.client.get()).end == "fin");
  CHECK(at.ends.get().reason == Reason::allowed);
  at.check_gone();
}

TEST_CASE("what is held never passes where no answer comes, and the tunnel does not hang") {
  TunnelFixture at;
  at.open(test::kHello + test::kFinished, test::kHello.size());
  CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
  SUBCASE("the client ends, then the origin") {
    ::shutdown(at.client.get(), SHUT_WR);
    CHECK(test::is_silent(at.origin.get()));
    ::shutdown(at.origin.get(), SHUT_WR);
  }
  SUBCASE("the origin ends, then the client") {
    ::shutdown(at.origin.get(), SHUT_WR);
    CHECK(test::read_rest(at.client.get()).end == "fin");
    at.client.close();
  }
  SUBCASE("the client is gone") {
    test::reset(at.client);
    CHECK(test::read_rest(at.origin.get()).bytes.empty());
    at.origin.close();
  }
  SUBCASE("the client ends, then is gone while the origin sends") {
    ::shutdown(at.client.get(), SHUT_WR);
    CHECK(test::is_silent(at.origin.get(), 50));
    test::reset(at.client);
    test::send_all(at.origin.get(), "\x16");
    ::usleep(50'000);
    test::send_all(at.origin.get(), "\x03");
    CHECK(test::read_rest(at.origin.get()).bytes.empty());
    at.origin.close();
  }
  at.ends.get();
  CHECK(test::read_rest(at.origin.get()).bytes.empty());
  at.check_gone();
}

TEST_CASE("a second hello for the same host, asked for, passes") {
  TunnelFixture at;
  at.open(test::kHello, test::kHello.size());
  CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
  test::send_all(at.origin.get(), test::kRetry);
  CHECK(test::read_bytes(at.client.get(), test::kRetry.size()) == test::kRetry);
  test::send_all(at.client.get(), test::kHello);
  CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
  test::send_all(at.origin.get(), test::kServerHello);
  CHECK(test::read_bytes(at.client.get(), test::kServerHello.size()) == test::kServerHello);
}

TEST_CASE("a second hello for another host: the client gets an alert, the origin a reset") {
  const std::string other = test::text_of(test::hello_for("evil.example"));
  TunnelFixture at;
  SUBCASE("asked for") {
    at.open(test::kHello, test::kHello.size());
    CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
    test::send_all(at.origin.get(), test::kRetry);
    CHECK(test::read_bytes(at.client.get(), test::kRetry.size()) == test::kRetry);
    test::send_all(at.client.get(), other);
  }
  SUBCASE("in one flight with the first") { at.open(test::kHello + other, test::kHello.size()); }
  SUBCASE("byte by byte, and more behind it") {
    at.open(test::kHello, test::kHello.size());
    CHECK(test::read_bytes(at.origin.get(), test::kHello.size()) == test::kHello);
    for (const char byte : other) test::send_all(at.client.get(), {&byte, 1});
    (void)::send(at.client.get(), "more", 4, MSG_NOSIGNAL);
  }
  const Rest told = test::read_rest(at.client.get());
  CHECK(told.bytes == test::kAlert);
  CHECK(told.end == "fin");
  const Rest origins = test::read_rest(at.origin.get());
  CHECK(origins.bytes.empty());
  CHECK(origins.end == "reset");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::sni_mismatch);
  REQUIRE(at.ends.late);
  CHECK(at.ends.late->decision == Decision::block);
  CHECK(at.ends.late->sni == "evil.example");
  at.check_gone();
}

TEST_CASE("what is no TLS behind the hello is refused by an alert") {
  TunnelFixture at;
  at.open(test::kHello + "GET / HTTP/1.1\r\n\r\n", test::kHello.size());
  CHECK(test::read_rest(at.client.get()).bytes == test::kAlert);
  CHECK(test::read_rest(at.origin.get()).end == "reset");
  at.client.close();
  CHECK(at.ends.get().reason == Reason::malformed_client_hello);
  at.check_gone();
}

}  // namespace
}  // namespace sallyport
