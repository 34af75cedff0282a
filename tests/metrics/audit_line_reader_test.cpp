#include "metrics/audit_line_reader.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "metrics/audit_line.h"

namespace sallyport {
namespace {

using namespace std::chrono_literals;

const TimePoint kTime{1798135200s + 42us};  // 2026-12-24T18:00

/// What AuditLine writes, without the line feed.
template <class... Record>
std::string line_of(const Record&... record) {
  std::string line(AuditLine::kBytesMax, '?');
  line.resize(
      AuditLine("gate-1", {"http 0.0.0.0:3128"}).write(record..., line.data(), line.size()));
  line.pop_back();
  return line;
}

AttemptRecord blocked(std::string host) {
  AttemptRecord record;
  record.time = kTime;
  record.duration = 1500us;
  record.reason = Reason::resource_not_allowed;
  record.client = IpAddress::v4({10, 20, 0, 7});
  record.client_name = "data-science";
  record.rule = "own-buckets";
  record.host = std::move(host);
  record.port = 443;
  AwsFacts aws;
  aws.actions.values = {"s3:PutObject"};
  record.aws = std::make_shared<const AwsFacts>(std::move(aws));
  record.query_names = {"host", "reason"};
  return record;
}

TEST_CASE("what the gate writes of an attempt is read back") {
  AuditLineReader reader;
  AttemptRecord record = blocked("bucket.s3.amazonaws.com");
  for (const auto& [event, read] : {std::pair(Event::connect, AuditEntry::Event::connect),
                                    std::pair(Event::request, AuditEntry::Event::request),
                                    std::pair(Event::dns, AuditEntry::Event::dns)}) {
    for (const Decision decision : {Decision::allow, Decision::block, Decision::would_block}) {
      record.event = event;
      record.decision = decision;
      const std::string line = line_of(record);
      const auto entry = reader.read(line);
      CAPTURE(line);
      REQUIRE(entry);
      CHECK(entry->event == read);
      CHECK(entry->decision == decision);
      CHECK(entry->time == kTime);
      CHECK(entry->duration == 1ms);
      CHECK(entry->client == "10.20.0.7");
      CHECK(entry->client_name == "data-science");
      CHECK(entry->reason == "resource_not_allowed");
      CHECK(entry->rule == "own-buckets");
      CHECK(entry->host == "bucket.s3.amazonaws.com");
    }
  }
}

TEST_CASE("of the end of a tunnel, and of a reload, too; what is absent is empty") {
  AuditLineReader reader;
  TunnelRecord tunnel;
  tunnel.client = IpAddress::v4({10, 20, 0, 7});
  tunnel.host = "docs.example.org";
  const TunnelEnd end{.reason = Reason::idle_timeout, .time = kTime};
  const std::string closed = line_of(tunnel, end);
  const auto entry = reader.read(closed);
  REQUIRE(entry);
  CHECK(entry->event == AuditEntry::Event::close);
  CHECK(entry->decision == Decision::allow);
  CHECK(entry->reason == "idle_timeout");
  CHECK(entry->host == "docs.example.org");
  CHECK(entry->rule.empty());
  CHECK(entry->client_name.empty());

  const std::string reloaded =
      line_of(ReloadRecord{.time = kTime, .previous_policy = "a", .policy = "b", .errors = {"x"}});
  const auto reload = reader.read(reloaded);
  REQUIRE(reload);
  CHECK(reload->event == AuditEntry::Event::other);
}

TEST_CASE("the longest host that the gate writes is read, escapes and all") {
  AuditLineReader reader;
  std::string host;
  for (std::size_t i = 0; i < AuditLine::kHostCharsMax; ++i) host += "\xf0\x9f\x98\x80";
  const std::string longest = line_of(blocked(host));
  const auto entry = reader.read(longest);
  REQUIRE(entry);
  CHECK(entry->host == host);
  const std::string hostile = line_of(blocked("\x1b[2J\"\\\n\xc2\x9b"));
  const auto steering = reader.read(hostile);
  REQUIRE(steering);
  CHECK(steering->host == "\x1b[2J\"\\\n\xc2\x9b");
}

constexpr std::string_view kGood =
    R"({"schema":1,"event":"connect","time":"2026-12-24T18:00:00.000042Z","client":"10.20.0.7",)"
    R"("decision":"block","reason":"host_not_allowed","host":"a.example","duration_ms":3})";

std::string with(std::string_view part, std::string_view instead) {
  std::string line(kGood);
  const std::size_t at = line.find(part);
  REQUIRE(at != std::string::npos);
  return line.replace(at, part.size(), instead);
}

TEST_CASE("members that are not read may be anything, and the order is free") {
  AuditLineReader reader;
  CHECK(reader.read(kGood));
  for (const std::string& line :
       {with(R"("duration_ms":3)", R"("later":null,"more":[1.5,{"host":"b.example"}],"x":true)"),
        with(R"("duration_ms":3)", R"("aws":{"reason":1,"actions":["a"]},"port":-1)"),
        with(R"("host":"a.example",)", "") + " ",
        R"({"decision":"allow",)" + with(R"("decision":"block",)", "").substr(1),
        with(R"("event":"connect")", R"("event":"of_a_later_version")")}) {
    CAPTURE(line);
    CHECK(reader.read(line));
  }
}

TEST_CASE("what the gate does not write is no audit record") {
  AuditLineReader reader;
  const std::string too_long(AuditLineReader::kTextBytesMax + 1, 'a');
  const std::vector<std::string> lines{
      "",
      " ",
      "sallyport: listening on 127.0.0.1:3128",
      "1",
      "null",
      R"("schema")",
      "[]",
      "[" + std::string(kGood) + "]",
      "{}",
      std::string(kGood).substr(0, kGood.size() - 1),
      std::string(kGood) + std::string(kGood),
      std::string(kGood) + "}",
      std::string(64, '\0'),
      with(R"("schema":1)", R"("schema":2)"),
      with(R"("schema":1)", R"("schema":"1")"),
      with(R"("schema":1)", R"("schema":1.0)"),
      with(R"("schema":1,)", ""),
      with(R"("schema":1)", R"("schema":1,"schema":1)"),
      with(R"("event":"connect")", R"("event":7)"),
      with(R"("event":"connect")", R"("event":"")"),
      with(R"("event":"connect",)", ""),
      with("2026-12-24T18", "2026-12-24 18"),
      with(R"("decision":"block")", R"("decision":"deny")"),
      with(R"("decision":"block",)", ""),
      with(R"("reason":"host_not_allowed",)", ""),
      with(R"("client":"10.20.0.7",)", ""),
      with(R"("host":"a.example")", R"("host":"a.example","host":"b.example")"),
      with(R"("host":"a.example")", R"("host":["a.example"])"),
      with(R"("host":"a.example")", R"("host":{"host":"a.example"})"),
      with(R"("host":"a.example")", R"("host":null)"),
      with(R"("host":"a.example")", R"("host":true)"),
      with(R"("host":"a.example")", R"("host":1.5)"),
      with(R"("host":"a.example")", R"("host":")" + too_long + '"'),
      with("a.example", "a\xff"),
      with("a.example", "a\n"),
      with(R"("duration_ms":3)", R"("duration_ms":-3)"),
      with(R"("duration_ms":3)", R"("duration_ms":"3")"),
      with(R"("duration_ms":3)", R"("duration_ms":[3])"),
      with(R"("duration_ms":3)", R"("a":[[[[[[[[[[[[1]]]]]]]]]]]])"),
  };
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK_FALSE(reader.read(line));
    CHECK(reader.read(kGood));  // and none spoils the next
  }
}

TEST_CASE("a duration that no attempt can have does not overflow a time") {
  AuditLineReader reader;
  const std::string line = with(R"("duration_ms":3)", R"("duration_ms":18446744073709551615)");
  const auto entry = reader.read(line);
  REQUIRE(entry);
  CHECK(entry->time + entry->duration > entry->time);
}

}  // namespace
}  // namespace sallyport
