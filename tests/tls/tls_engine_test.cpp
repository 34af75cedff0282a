#include "tls/tls_engine.h"

#include <doctest/doctest.h>

#include "tests/tls/tls_pair.h"

namespace sallyport::test {
namespace {

using State = TlsEngine::Read::State;

struct Fixture {
  Made ca = make_ca_of_now();
  ClientTls gate{load(ca)};
  PlainClient trusting{&ca};

  std::unique_ptr<TlsPair> pair(std::size_t piece = SIZE_MAX) {
    auto made = std::make_unique<TlsPair>(
        trusting.ask_for("a.x.org"),
        gate.accept(*Host::parse("a.x.org"), ClientTls::Naming::named, now()), piece);
    made->shake_hands();
    return made;
  }
};

TEST_CASE("however the ciphertext is cut, the handshake is one and the bytes are the same") {
  Fixture fixture;
  const std::string sent(100'000, 'x');
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, SIZE_MAX}) {
    CAPTURE(piece);
    const auto pair = fixture.pair(piece);
    REQUIRE(pair->is_done());
    std::string wire;
    REQUIRE(pair->client.write(sent, wire));
    CHECK(wire.size() > sent.size());
    CHECK(pair->server_reads(wire) == sent);
    CHECK(pair->last_read.state == State::need_more);
    CHECK_FALSE(pair->server.has_unread());
  }
}

TEST_CASE("what does not fit is kept for the next read") {
  Fixture fixture;
  const auto pair = fixture.pair();
  std::string wire;
  REQUIRE(pair->client.write("0123456789", wire));
  REQUIRE(pair->client.write("abc", wire));
  std::string out;
  char into[4];
  const auto first = pair->server.read(into, TlsWire{wire, out});
  CHECK(std::string(into, first.bytes) == "0123");
  CHECK(first.state == State::full);
  CHECK(pair->server.has_unread());
  CHECK(pair->server_reads({}, 4) == "456789abc");
  CHECK_FALSE(pair->server.has_unread());
}

TEST_CASE("ciphertext behind the handshake's last flight is read as what it is") {
  Fixture fixture;
  TlsPair pair(fixture.trusting.ask_for("a.x.org"),
               fixture.gate.accept(*Host::parse("a.x.org"), ClientTls::Naming::named, now()));
  std::string hello;
  pair.client.handshake(TlsWire{{}, hello});
  std::string flight;
  pair.server.handshake(TlsWire{hello, flight});
  std::string last;
  REQUIRE(pair.client.handshake(TlsWire{flight, last}) == TlsEngine::Progress::done);
  REQUIRE(pair.client.write("with it", last));
  std::string out;
  CHECK(pair.server.handshake(TlsWire{last, out}) == TlsEngine::Progress::done);
  CHECK(pair.server.has_unread());
  CHECK(pair.server_reads({}) == "with it");
}

TEST_CASE("an end that is said is told from a connection that has failed") {
  Fixture fixture;
  const auto pair = fixture.pair();
  std::string wire;
  REQUIRE(pair->client.write("last", wire));
  pair->client.close(wire);
  CHECK(pair->server_reads(wire) == "last");
  CHECK(pair->last_read.state == State::closed);

  const auto other = fixture.pair();
  wire.clear();
  REQUIRE(other->client.write("altered", wire));
  wire.back() = static_cast<char>(wire.back() ^ 1);
  CHECK(other->server_reads(wire).empty());
  CHECK(other->last_read.state == State::failed);
  CHECK_FALSE(other->server.failure().empty());
}

TEST_CASE("a client that does not trust the CA says so by an alert") {
  Fixture fixture;
  const Made stranger = make_ca_of_now();
  const PlainClient doubting(&stranger);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    SslPtr client = doubting.ask_for("a.x.org");
    SSL_set_max_proto_version(client.get(), version);
    TlsPair pair(std::move(client),
                 fixture.gate.accept(*Host::parse("a.x.org"), ClientTls::Naming::named, now()));
    pair.shake_hands();
    CHECK(pair.client_progress == TlsEngine::Progress::failed);
    CHECK(pair.server_progress == TlsEngine::Progress::failed);
    REQUIRE(pair.server.has_peer_alert());
    CHECK(pair.server.peer_alert_words() == "unknown CA");
    CHECK(pair.server.is_certificate_refused());
  }
}

TEST_CASE("some key updates are anybody's right, a flood of them fails the connection") {
  struct Row {
    unsigned updates;
    bool is_borne;
  };
  for (const Row& row : {Row{3, true}, Row{900, true}, Row{1100, false}, Row{5000, false}}) {
    CAPTURE(row.updates);
    Fixture fixture;
    const auto pair = fixture.pair();
    REQUIRE(pair->is_done());
    std::string wire;
    for (unsigned i = 0; i < row.updates; ++i) {
      REQUIRE(SSL_key_update(pair->client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
      std::string one;
      REQUIRE(pair->client.write(i + 1 == row.updates ? "behind" : "x", one));
      wire += one;
    }
    const std::string plain = pair->server_reads(wire);
    CHECK(plain.ends_with("behind") == row.is_borne);
    CHECK((pair->last_read.state == State::failed) == !row.is_borne);
  }
}

TEST_CASE("a peer that only makes us look at records without data is given up") {
  Fixture fixture;
  TlsPair pair(fixture.trusting.ask_for("a.x.org"),
               fixture.gate.accept(*Host::parse("a.x.org"), ClientTls::Naming::named, now()));
  std::string hello;
  pair.client.handshake(TlsWire{{}, hello});
  // HelloRequests in clear, which a client passes over amid its handshake (RFC 5246 7.4.1.1).
  const std::string request("\x16\x03\x03\x00\x04\x00\x00\x00\x00", 9);
  std::string flood;
  while (flood.size() < 60'000) flood += request;
  std::string out;
  TlsEngine::Progress progress = TlsEngine::Progress::need_more;
  int rounds = 0;
  while (progress == TlsEngine::Progress::need_more && ++rounds < 100) {
    progress = pair.client.handshake(TlsWire{flood, out});
  }
  CHECK(progress == TlsEngine::Progress::failed);
  CHECK(rounds <= 6);
}

}  // namespace
}  // namespace sallyport::test
