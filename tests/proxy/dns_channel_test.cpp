#include "proxy/dns_channel.h"

#include <optional>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;

TEST_CASE("a DNS server that does not know EDNS is asked again without it, for every question") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    if (question.has_edns) return DnsReply::code(1);
    DnsReply reply;
    reply.address(question.name, question.type == kA ? "192.0.2.1" : "2001:db8::1", 5);
    return reply;
  });
  io_context context;
  const auto channel = DnsChannel::open(context.get_executor(), {local(dns.port())},
                                        {.attempt = 500ms, .attempts = 2});
  REQUIRE(channel);
  std::vector<DnsAnswer> answers;
  const auto keep = [&](const DnsAnswer& answer) { answers.push_back(answer); };
  channel->ask("old.test", DnsType::a, keep);
  channel->ask("old.test", DnsType::aaaa, keep);
  channel->ask("older.test", DnsType::a, keep);
  CHECK(channel->open_questions() == 3);
  context.run();
  REQUIRE(answers.size() == 3);
  for (const DnsAnswer& answer : answers) CHECK(answer.kind == DnsAnswer::Kind::addresses);
  CHECK(channel->open_questions() == 0);
}

TEST_CASE("a question carries EDNS, and its answer keeps its TTL") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    reply.address(question.name, "192.0.2.1", 5);
    return reply;
  });
  io_context context;
  const auto channel = DnsChannel::open(context.get_executor(), {local(dns.port())},
                                        {.attempt = 500ms, .attempts = 2});
  std::optional<DnsAnswer> got;
  channel->ask("new.test", DnsType::a, [&](const DnsAnswer& answer) { got = answer; });
  context.run();
  REQUIRE(got);
  CHECK(got->ttl == 5s);
  REQUIRE(dns.asked().size() == 1);
  CHECK(dns.asked().front().has_edns);
}

TEST_CASE("a handler may ask the next question") {
  FakeDnsServer dns([](const DnsQuestion&) { return DnsReply::code(3); });
  io_context context;
  const auto channel = DnsChannel::open(context.get_executor(), {local(dns.port())},
                                        {.attempt = 500ms, .attempts = 2});
  int absences = 0;
  channel->ask("first.test", DnsType::a, [&](const DnsAnswer&) {
    channel->ask("second.test", DnsType::a, [&](const DnsAnswer& answer) {
      absences += answer.kind == DnsAnswer::Kind::no_such_name ? 1 : 0;
    });
  });
  context.run();
  CHECK(absences == 1);
  CHECK(dns.count("second.test", kA) == 1);
}

TEST_CASE("a channel that is destroyed says nothing more") {
  FakeDnsServer dns([](const DnsQuestion&) { return DnsReply{}; });
  io_context context;
  auto channel = DnsChannel::open(context.get_executor(), {local(dns.port())},
                                  {.attempt = 500ms, .attempts = 2});
  bool was_told = false;
  channel->ask("dropped.test", DnsType::a, [&](const DnsAnswer&) { was_told = true; });
  channel.reset();
  context.run();
  CHECK_FALSE(was_told);
}

TEST_CASE("names of .onion leave for nobody") {
  FakeDnsServer dns([](const DnsQuestion&) { return DnsReply{}; });
  io_context context;
  const auto channel = DnsChannel::open(context.get_executor(), {local(dns.port())},
                                        {.attempt = 500ms, .attempts = 2});
  std::optional<DnsAnswer> got;
  channel->ask("hidden.onion", DnsType::a, [&](const DnsAnswer& answer) { got = answer; });
  REQUIRE(got);
  CHECK(got->kind == DnsAnswer::Kind::no_such_name);
  CHECK(dns.asked().empty());
}
