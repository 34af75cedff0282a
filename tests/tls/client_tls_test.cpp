#include "tls/client_tls.h"

#include <doctest/doctest.h>

#include "tests/tls/tls_pair.h"

namespace sallyport::test {
namespace {

struct Fixture {
  Made ca = make_ca_of_now();
  ClientTls gate{load(ca)};
  PlainClient trusting{&ca};

  using Naming = ClientTls::Naming;

  SslPtr accept(const char* host = "a.x.org", Naming naming = Naming::named) {
    return gate.accept(*Host::parse(host), naming, now());
  }
};

TEST_CASE("a hello must name the host that was asked for") {
  struct Row {
    std::string sni;  // "": none
    std::string_view fault;
  };
  const Row rows[] = {
      {"a.x.org", ""},
      {"A.X.org", ""},
      {"a.x.org.", ""},
      {"", "sni_mismatch"},
      {"b.x.org", "sni_mismatch"},
      {"x.org", "sni_mismatch"},
      {"a.x.org.evil.net", "sni_mismatch"},
      {"xa.x.org", "sni_mismatch"},
      {"192.0.2.1", "malformed_client_hello"},
      {"-a.x.org", "malformed_client_hello"},
  };
  Fixture fixture;
  for (const Row& row : rows) {
    CAPTURE(row.sni);
    const PlainClient careless(nullptr);  // it is the gate that looks
    TlsPair pair(careless.ask_for(row.sni), fixture.accept());
    pair.shake_hands();
    CAPTURE(pair.client.failure());
    CAPTURE(pair.server.failure());
    CHECK(pair.is_done() == row.fault.empty());
    const auto fault = ClientTls::naming_fault(pair.server);
    CHECK((fault ? text(*fault) : std::string_view()) == row.fault);
  }
}

TEST_CASE("a hello without a name is right where the first one had none") {
  Fixture fixture;
  for (const auto naming : {ClientTls::Naming::named, ClientTls::Naming::unnamed}) {
    const PlainClient careless(nullptr);
    TlsPair pair(careless.ask_for(""), fixture.accept("a.x.org", naming));
    pair.shake_hands();
    CHECK(pair.is_done() == (naming == ClientTls::Naming::unnamed));
  }
}

TEST_CASE("of the protocols of a client HTTP/1.1 is taken, else HTTP/1.0, and no other") {
  struct Row {
    std::string offered;  // as RFC 7301 has it
    const char* joined;   // as facts have it
    bool is_right;
    std::string taken;
  };
  const Row rows[] = {
      {"", "", true, ""},
      {"\x08http/1.1", "http/1.1", true, "http/1.1"},
      {"\x02h2\x08http/1.1", "h2,http/1.1", true, "http/1.1"},
      {"\x02h2", "h2", false, ""},
      {"\x08http/1.0", "http/1.0", true, "http/1.0"},
      {"\x02h2\x08http/1.0", "h2,http/1.0", true, "http/1.0"},
      {"\x08http/1.0\x08http/1.1", "http/1.0,http/1.1", true, "http/1.1"},
      {"\x08http/0.9", "http/0.9", false, ""},
      {"\x09http/1.1x", "http/1.1x", false, ""},
  };
  Fixture fixture;
  for (const Row& row : rows) {
    CAPTURE(row.joined);
    SslPtr client = fixture.trusting.ask_for("a.x.org");
    SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(row.offered.data()),
                        static_cast<unsigned>(row.offered.size()));
    TlsPair pair(std::move(client), fixture.accept());
    pair.shake_hands();
    CHECK(pair.is_done() == row.is_right);
    CHECK(offers_http_1(row.joined) == row.is_right);
    if (!row.is_right) CHECK(pair.client.peer_alert_words() == "no application protocol");
    const unsigned char* taken = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(pair.client.ssl(), &taken, &size);
    CHECK(std::string(taken, taken + size) == row.taken);
  }
}

TEST_CASE("no session is resumed, under the same name or another") {
  Fixture fixture;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    SSL_CTX_set_max_proto_version(fixture.trusting.context.get(), version);
    TlsPair first(fixture.trusting.ask_for("a.x.org"), fixture.accept());
    first.shake_hands();
    REQUIRE(first.is_done());
    SSL_SESSION* session = SSL_get0_session(first.client.ssl());
    CHECK(SSL_SESSION_has_ticket(session) == 0);
    CHECK(SSL_SESSION_is_resumable(session) == 0);
    for (const char* name : {"a.x.org", "b.x.org"}) {
      SslPtr client = fixture.trusting.ask_for(name);
      SSL_set_session(client.get(), session);
      TlsPair again(std::move(client), fixture.accept(name));
      again.shake_hands();
      CHECK(again.is_done());
      CHECK(SSL_session_reused(again.client.ssl()) == 0);
    }
  }
}

TEST_CASE("old versions are refused") {
  Fixture fixture;
  SSL_CTX_set_security_level(fixture.trusting.context.get(), 0);
  SSL_CTX_set_min_proto_version(fixture.trusting.context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(fixture.trusting.context.get(), TLS1_1_VERSION);
  TlsPair pair(fixture.trusting.ask_for("a.x.org"), fixture.accept());
  pair.shake_hands();
  CHECK_FALSE(pair.is_done());
}

TEST_CASE("a leaf is made once for a host, and anew long before it ends") {
  Fixture fixture;
  const TimePoint begin = now();
  const Host host = *Host::parse("a.x.org");
  for (int i = 0; i < 3; ++i) fixture.gate.accept(host, ClientTls::Naming::named, begin + 11h);
  CHECK(fixture.gate.leaves_minted() == 1);
  fixture.gate.accept(host, ClientTls::Naming::named, begin + 22h);
  CHECK(fixture.gate.leaves_minted() == 1);
  fixture.gate.accept(host, ClientTls::Naming::named, begin + 24h);
  CHECK(fixture.gate.leaves_minted() == 2);
  fixture.gate.accept(host, ClientTls::Naming::named, begin);  // the clock was set back
  CHECK(fixture.gate.leaves_minted() == 3);
  CHECK(fixture.gate.leaves_kept() == 1);
}

TEST_CASE("of many hosts those are kept that were asked for last") {
  Fixture fixture;
  const auto ask = [&](std::size_t i) {
    fixture.accept(("h" + std::to_string(i) + ".x.org").c_str());
  };
  for (std::size_t i = 0; i < ClientTls::kLeavesMax; ++i) ask(i);
  ask(0);
  CHECK(fixture.gate.leaves_minted() == ClientTls::kLeavesMax);
  ask(ClientTls::kLeavesMax);  // in the place of h1
  CHECK(fixture.gate.leaves_kept() == ClientTls::kLeavesMax);
  const auto minted = fixture.gate.leaves_minted();
  ask(0);
  CHECK(fixture.gate.leaves_minted() == minted);
  ask(1);
  CHECK(fixture.gate.leaves_minted() == minted + 1);
}

TEST_CASE("outside of the CA's constraints no leaf is made") {
  Fixture fixture;
  CHECK(fixture.accept("a.other.org") == nullptr);
  CHECK(fixture.accept("192.0.2.1") == nullptr);
  CHECK(fixture.gate.leaves_minted() == 0);
}

}  // namespace
}  // namespace sallyport::test
