#include "proxy/dns_client.h"

#include <set>

#include <doctest/doctest.h>

#include "tests/proxy/resolver_fixture.h"

using namespace sallyport;
using namespace sallyport::testing;
using namespace std::chrono_literals;

namespace {

DnsReply slow(const DnsQuestion&) {
  DnsReply reply;
  reply.is_dropped = true;
  return reply;
}

}  // namespace

TEST_CASE("names in flight have a source port each, and a later name has a new one") {
  FakeDnsServer dns(slow);
  io_context context;
  DnsClient client(context.get_executor());
  client.use({local(dns.port())}, {.attempt = 300ms, .attempts = 1});
  int answers = 0;
  const auto count = [&](const DnsAnswer&) { ++answers; };
  for (int i = 0; i < 40; ++i) client.ask("n" + std::to_string(i) + ".test", count, count);
  context.run();
  CHECK(answers == 80);
  client.ask("later.test", count, count);
  context.restart();
  context.run();

  std::set<std::pair<std::uint16_t, std::string>> port_and_name;
  std::set<std::uint16_t> ports;
  for (const DnsQuestion& question : dns.asked()) {
    port_and_name.emplace(question.source_port, question.name);
    ports.insert(question.source_port);
  }
  CHECK(dns.asked().size() == 82);
  CHECK(port_and_name.size() == 41);
  CHECK(ports.size() >= 40);  // the kernel may draw the later one's port again
}

TEST_CASE("names that nobody answers cannot keep the source ports of names to come") {
  FakeDnsServer dns(slow);
  io_context context;
  DnsClient client(context.get_executor());
  client.use({local(dns.port())}, {.attempt = 200ms, .attempts = 1});
  const auto ignore = [](const DnsAnswer&) {};
  int number = 0;
  for (int round = 0; round < 20; ++round) {  // no channel is ever idle
    for (int i = 0; i < 70; ++i) {
      client.ask("n" + std::to_string(number++) + ".test", ignore, ignore);
    }
    context.restart();
    context.run_for(50ms);
  }
  context.restart();
  context.run();
  std::set<std::uint16_t> ports;
  for (const DnsQuestion& question : dns.asked()) ports.insert(question.source_port);
  CHECK(ports.size() >= 3 * 64);
}

TEST_CASE("without servers both answers fail before ask returns") {
  io_context context;
  DnsClient client(context.get_executor());
  std::vector<DnsAnswer::Kind> kinds;
  const auto note = [&](const DnsAnswer& answer) { kinds.push_back(answer.kind); };
  client.ask("a.test", note, note);
  CHECK(kinds == std::vector{DnsAnswer::Kind::failed, DnsAnswer::Kind::failed});
}

TEST_CASE("questions to former servers are still answered") {
  FakeDnsServer dns([](const DnsQuestion& question) {
    DnsReply reply;
    if (question.type == kA) reply.address(question.name, "192.0.2.1", 5);
    return reply;
  });
  io_context context;
  DnsClient client(context.get_executor());
  client.use({local(dns.port())}, {});
  std::vector<DnsAnswer::Kind> kinds(2, DnsAnswer::Kind::failed);
  client.ask(
      "a.test", [&](const DnsAnswer& answer) { kinds[0] = answer.kind; },
      [&](const DnsAnswer& answer) { kinds[1] = answer.kind; });
  client.use({}, {});
  context.run();
  CHECK(kinds == std::vector{DnsAnswer::Kind::no_data, DnsAnswer::Kind::addresses});
}
