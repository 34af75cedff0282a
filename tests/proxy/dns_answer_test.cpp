#include "proxy/dns_answer.h"

#include <random>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;
using Kind = DnsAnswer::Kind;

namespace {

std::string question(std::string_view name, std::uint16_t type = kA) {
  return DnsReply::wire(name) + DnsReply::number(type, 2) + DnsReply::number(1, 2);
}

DnsAnswer read(const std::string& message, std::string_view name, DnsType type = DnsType::a) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(message.data());
  return read_dns_answer({bytes, message.size()}, name, type);
}

DnsAnswer read(const DnsReply& reply, std::string_view name = "a.test") {
  return read(reply.message(7, question(name), false), name);
}

std::string addresses(const DnsAnswer& answer) {
  return text(Resolution{.addresses = answer.addresses, .outcome = Resolution::Outcome::ok});
}

}  // namespace

TEST_CASE("a name's twentieth address is seen, and its hundredth is not") {
  const auto kept = [](int count) {
    DnsReply reply;
    for (int i = 0; i < count; ++i) reply.address("a.test", "10.0.0." + std::to_string(i), 60);
    return read(reply).addresses.size();
  };
  CHECK(kept(20) == 20);
  CHECK(kept(100) == 64);
}

TEST_CASE("addresses count if they are the name's own, or at the end of its aliases") {
  struct Row {
    std::string_view what;
    DnsReply reply;
    std::string_view addresses;
    std::chrono::seconds ttl;
  };
  const std::vector<Row> rows = {
      {"one", DnsReply().address("a.test", "192.0.2.1", 60), "192.0.2.1", 60s},
      {"the least TTL",
       DnsReply().address("a.test", "192.0.2.1", 60).address("a.test", "192.0.2.2", 30),
       "192.0.2.1 192.0.2.2", 30s},
      {"case does not matter", DnsReply().address("A.tEsT", "192.0.2.1", 60), "192.0.2.1", 60s},
      {"an alias", DnsReply().cname("a.test", "b.test", 10).address("b.test", "192.0.2.1", 60),
       "192.0.2.1", 10s},
      {"an alias behind its target",
       DnsReply().address("b.test", "192.0.2.1", 60).cname("a.test", "b.test", 10), "192.0.2.1",
       10s},
      {"somebody else's address",
       DnsReply().address("evil.test", "203.0.113.1", 60).address("a.test", "192.0.2.1", 60),
       "192.0.2.1", 60s},
      {"somebody else's TTL does not count",
       DnsReply().address("evil.test", "203.0.113.1", 1).address("a.test", "192.0.2.1", 60),
       "192.0.2.1", 60s},
      {"a type that was not asked",
       DnsReply().address("a.test", "fd00::1", 60).address("a.test", "192.0.2.1", 60), "192.0.2.1",
       60s},
      {"a TTL with its top bit set is 0", DnsReply().address("a.test", "192.0.2.1", 0x80000001),
       "192.0.2.1", 0s},
      {"a day at most", DnsReply().address("a.test", "192.0.2.1", 0x7FFFFFFF), "192.0.2.1",
       86'400s},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const DnsAnswer answer = read(row.reply);
    CHECK(answer.kind == Kind::addresses);
    CHECK(addresses(answer) == row.addresses);
    CHECK(answer.ttl == row.ttl);
  }
}

TEST_CASE("absence is kept for the lesser of the SOA's TTL and its minimum") {
  struct Row {
    DnsReply reply;
    Kind kind;
    std::chrono::seconds ttl;
  };
  const std::vector<Row> rows = {
      {DnsReply::code(3), Kind::no_such_name, 0s},
      {DnsReply::code(3).soa("test", 20, 300), Kind::no_such_name, 20s},
      {DnsReply::code(3).soa("test", 300, 10), Kind::no_such_name, 10s},
      {DnsReply{}, Kind::no_data, 0s},
      {DnsReply{}.soa("test", 20, 300), Kind::no_data, 20s},
      {DnsReply{}.cname("a.test", "b.test", 5).soa("test", 20, 300), Kind::no_data, 5s},
      {DnsReply::code(3).cname("a.test", "b.test", 5).soa("test", 20, 300), Kind::no_such_name, 5s},
      {DnsReply{}.address("evil.test", "203.0.113.1", 60), Kind::no_data, 0s},
  };
  for (const Row& row : rows) {
    const DnsAnswer answer = read(row.reply);
    CHECK(answer.kind == row.kind);
    CHECK(answer.ttl == row.ttl);
    CHECK(answer.addresses.empty());
  }
}

TEST_CASE("aliases that loop or lead too far fail, 16 are followed") {
  CHECK(read(DnsReply().cname("a.test", "a.test", 60)).kind == Kind::failed);
  CHECK(read(DnsReply().cname("a.test", "b.test", 60).cname("b.test", "a.test", 60)).kind ==
        Kind::failed);
  for (const int length : {16, 17}) {
    DnsReply chain;
    std::string name = "a.test";
    for (int i = 0; i < length; ++i) {
      const std::string next = "c" + std::to_string(i) + ".test";
      chain.cname(name, next, 60);
      name = next;
    }
    chain.address(name, "192.0.2.1", 60);
    CHECK(read(chain).kind == (length == 16 ? Kind::addresses : Kind::failed));
  }
}

TEST_CASE("a message that is not the answer to the question fails") {
  const DnsReply good = DnsReply().address("a.test", "192.0.2.1", 60);
  const std::string message = good.message(7, question("a.test"), false);
  REQUIRE(read(message, "a.test").kind == Kind::addresses);
  CHECK(read(message, "b.test").kind == Kind::failed);
  CHECK(read(message, "a.test", DnsType::aaaa).kind == Kind::failed);
  const auto with = [&](std::size_t at, unsigned byte) {
    std::string changed = message;
    changed[at] = static_cast<char>(byte);
    return read(changed, "a.test").kind;
  };
  CHECK(with(2, 0x01) == Kind::failed);  // a query
  CHECK(with(2, 0xA9) == Kind::failed);  // another opcode
  CHECK(with(2, 0x83) == Kind::failed);  // truncated
  CHECK(with(5, 0) == Kind::failed);     // no question
  CHECK(with(5, 2) == Kind::failed);     // two
  CHECK(with(7, 2) == Kind::failed);     // one answer less than it says
  for (const unsigned rcode : {1U, 2U, 4U, 5U, 9U}) CHECK(with(3, 0x80 | rcode) == Kind::failed);
  CHECK(with(3, 0x83) == Kind::failed);  // NXDOMAIN with an address
  for (std::size_t size = 0; size < message.size(); ++size) {
    CHECK(read(message.substr(0, size), "a.test").kind == Kind::failed);
  }
}

TEST_CASE("compressed names are read, pointers that do not lead back are refused") {
  const std::string header("\0\7\x81\x80\0\1\0\1\0\0\0\0", 12);
  const std::string fixed("\0\1\0\1\0\0\0\x3C\0\4\xC0\0\2\1", 14);
  const auto with_owner = [&](const std::string& owner) {
    return read(header + question("a.test") + owner + fixed, "a.test");
  };
  CHECK(addresses(with_owner(std::string("\xC0\x0C", 2))) == "192.0.2.1");
  CHECK(addresses(with_owner(std::string("\1a\xC0\x0E", 4))) == "192.0.2.1");
  CHECK(with_owner(std::string("\xC0\x18", 2)).kind == Kind::failed);  // at itself
  CHECK(with_owner(std::string("\xC0\x20", 2)).kind == Kind::failed);  // forwards
  CHECK(with_owner(std::string("\xFF\xFF", 2)).kind == Kind::failed);  // beyond the end
  CHECK(with_owner(std::string("\x41x", 2)).kind == Kind::failed);     // a reserved kind of label
}

TEST_CASE("a dot within a label separates nothing") {
  DnsReply reply;
  reply.address("a.test", "192.0.2.1", 60);
  std::string message = reply.message(7, question("a.test"), false);
  // The owner's `\1a\4test` becomes the one label `a.test`.
  const std::size_t owner = 12 + question("a.test").size();
  message.replace(owner, 8, std::string("\6a.test\0", 8));
  CHECK(read(message, "a.test").kind == Kind::no_data);
}

TEST_CASE("no bytes crash the reader") {
  std::mt19937 random(1);
  DnsReply reply = DnsReply().cname("a.test", "b.test", 5).address("b.test", "192.0.2.1", 60);
  reply.soa("test", 5, 5);
  const std::string good = reply.message(7, question("a.test"), false);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 8);
    const DnsAnswer answer = read(bytes, "a.test");
    CHECK(answer.addresses.size() <= 1);
  }
}

TEST_CASE("two answers make one resolution") {
  struct Row {
    Kind v6;
    Kind v4;
    std::string_view outcome;
    std::chrono::seconds lifetime;
  };
  // Both answers may be kept for 300 s.
  for (const Row& row : {
           Row{Kind::addresses, Kind::addresses, "ok", 300s},
           Row{Kind::no_data, Kind::addresses, "ok", 300s},
           Row{Kind::no_such_name, Kind::addresses, "ok", 300s},
           Row{Kind::addresses, Kind::no_data, "ok", 300s},
           Row{Kind::failed, Kind::addresses, "ok", 1s},
           Row{Kind::timed_out, Kind::addresses, "ok", 1s},
           Row{Kind::no_data, Kind::no_data, "no_address", 30s},
           Row{Kind::no_such_name, Kind::no_such_name, "no_such_name", 30s},
           Row{Kind::no_data, Kind::no_such_name, "no_such_name", 30s},
           Row{Kind::timed_out, Kind::no_such_name, "no_such_name", 1s},
           Row{Kind::no_data, Kind::failed, "failed", 1s},
           Row{Kind::timed_out, Kind::no_data, "timed_out", 1s},
           Row{Kind::failed, Kind::failed, "failed", 1s},
           Row{Kind::timed_out, Kind::failed, "timed_out", 1s},
       }) {
    const auto answer = [](Kind kind, std::string_view address) {
      DnsAnswer made{.kind = kind, .addresses = {}, .ttl = 300s};
      if (kind == Kind::addresses) made.addresses = {IpAddress::parse(address).value()};
      return made;
    };
    const TimedResolution joined = join(answer(row.v6, "fd00::1"), answer(row.v4, "192.0.2.1"));
    CHECK(name_of(joined.resolution.outcome) == row.outcome);
    CHECK(joined.lifetime == row.lifetime);
    CHECK(joined.resolution.addresses.empty() == (row.outcome != "ok"));
  }
}
