#include "metrics/audit_line.h"

#include <string>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "metrics/json_line.h"

namespace sallyport {
namespace {

using std::chrono::microseconds;

const TimePoint kTime{std::chrono::seconds(1798135200) + microseconds(42)};  // 2026-12-24T18:00

AuditLine audit_line() { return AuditLine("gate-1", {"http 0.0.0.0:3128", "dns 0.0.0.0:53"}); }

template <class... Record>
std::string line_of(const Record&... record) {
  std::string buffer(AuditLine::kBytesMax, '?');
  AuditLine line = audit_line();
  buffer.resize(line.write(record..., buffer.data(), buffer.size()));
  return buffer;
}

std::string key_id() { return std::string("AKIA") + "IOSFODNN7EXAUIES"; }

AttemptRecord full_record() {
  AttemptRecord record;
  record.event = Event::request;
  record.decision = Decision::block;
  record.reason = Reason::resource_not_allowed;
  record.after = Stage::request;
  record.scheme = Scheme::https;
  record.tls = TlsUse::intercepted;
  record.host_is_canonical = true;
  record.port = 443;
  record.status = 403;
  record.id = {.origin = 0, .number = 7};
  record.time = kTime;
  record.duration = microseconds(12999);
  record.client = IpAddress::v4({10, 20, 0, 7});
  record.origin = IpAddress::v4({52, 1, 2, 3});
  record.client_name = "data-science";
  record.user = "ada";
  record.rule = "own-buckets";
  record.method = "PUT";
  record.host = "s3.us-east-1.amazonaws.com";
  record.target = "/evil/key?X-Amz-Signature=5eCre7&X-Amz-Security-Token=70ken";
  record.sni = "s3.us-east-1.amazonaws.com";
  record.alpn = "http/1.1";
  AwsFacts aws;
  aws.signatures.values = {"AWS4-HMAC-SHA256"};
  aws.principal_accounts.values = {"111122223333"};
  aws.access_keys.values = {key_id()};
  aws.services.values = {"s3"};
  aws.regions.values = {"us-east-1"};
  aws.operation = "PutObject";
  aws.actions.values = {"s3:PutObject"};
  aws.buckets.values = {"evil"};
  aws.resources.values = {"arn:aws:s3:::evil/key"};
  aws.resource_accounts.values = {"999900001111"};
  aws.referenced_accounts.values = {"999900002222"};
  record.aws = std::make_shared<const AwsFacts>(std::move(aws));
  record.content_type = "application/xml";
  record.location_host = "example.org/?token=70ken";
  record.query_names = {"X-Amz-Signature=5eCre7", "X-Amz-Security-Token"};
  record.query_type = "AAAA";
  record.answer = "NXDOMAIN";
  record.bytes_up = 5;
  record.bytes_down = 600;
  record.policy = std::make_shared<const std::string>(std::string(64, 'a'));
  return record;
}

TEST_CASE("a record with everything is this line, keys in this order") {
  CHECK(line_of(full_record()) ==
        R"({"schema":1,"event":"request","time":"2026-12-24T18:00:00.000042Z",)"
        R"("instance":"gate-1","id":"000000000000000007","listener":"http 0.0.0.0:3128",)"
        R"("client":"10.20.0.7","client_name":"data-science","user":"ada",)"
        R"("decision":"block","reason":"resource_not_allowed","rule":"own-buckets",)"
        R"("after":"request","method":"PUT","scheme":"https",)"
        R"("host":"s3.us-east-1.amazonaws.com","port":443,)"
        R"("url":"https://s3.us-east-1.amazonaws.com/evil/key",)"
        R"("sni":"s3.us-east-1.amazonaws.com","alpn":"http/1.1","tls":"intercepted",)"
        R"("status":403,"origin":"52.1.2.3",)"
        R"("aws":{"signature":"AWS4-HMAC-SHA256","principal_account":"111122223333",)"
        R"("access_key_id":"AKIA...UIES","service":"s3","region":"us-east-1",)"
        R"("operation":"PutObject","actions":["s3:PutObject"],"buckets":["evil"],)"
        R"("resources":["arn:aws:s3:::evil/key"],"resource_accounts":["999900001111"],)"
        R"("referenced_accounts":["999900002222"]},"content_type":"application/xml",)"
        R"("location_host":"example.org",)"
        R"("query_names":["X-Amz-Signature","X-Amz-Security-Token"],)"
        R"("query_type":"AAAA","answer":"NXDOMAIN","bytes_up":5,"bytes_down":600,)"
        R"("duration_ms":12,"policy":")" +
            std::string(64, 'a') + "\"}\n");
}

TEST_CASE("what is unknown is absent") {
  AttemptRecord record;
  record.time = kTime;
  record.listener = 9;
  CHECK(line_of(record) == R"({"schema":1,"event":"connect","time":"2026-12-24T18:00:00.000042Z",)"
                           R"("instance":"gate-1","id":"000000000000000000","client":"0.0.0.0",)"
                           R"("decision":"block","reason":"internal_error","duration_ms":0})"
                           "\n");
}

TEST_CASE("no secret is written (T77)") {
  const std::string line = line_of(full_record());
  for (const char* secret : {"5eCre7", "70ken", "IOSFODNN7"}) {
    CAPTURE(secret);
    CHECK(line.find(secret) == std::string::npos);
  }
  AttemptRecord record;
  AwsFacts aws;
  aws.access_keys.values = {"AKIAshort"};
  record.aws = std::make_shared<const AwsFacts>(std::move(aws));
  CHECK(line_of(record).find("\"access_key_id\":\"...\"") != std::string::npos);
}

TEST_CASE("the url is made of what was parsed, and never holds a query or a fragment") {
  struct Row {
    const char* host;
    std::uint16_t port;
    Scheme scheme;
    const char* target;
    const char* url;
  };
  const Row rows[] = {
      {"a.example", 443, Scheme::https, "/x?y", "https://a.example/x"},
      {"a.example", 80, Scheme::http, "/x#y", "http://a.example/x"},
      {"a.example", 8443, Scheme::https, "/", "https://a.example:8443/"},
      {"a.example", 80, Scheme::https, "/", "https://a.example:80/"},
      {"2001:db8::1", 443, Scheme::https, "/", "https://[2001:db8::1]/"},
      {"a.example", 80, Scheme::http, "*", "http://a.example"},
      {"a.example", 80, Scheme::http, "?secret", "http://a.example"},
  };
  for (const Row& row : rows) {
    AttemptRecord record;
    record.host = row.host;
    record.port = row.port;
    record.scheme = row.scheme;
    record.target = row.target;
    const auto parsed = boost::json::parse(line_of(record)).as_object();
    CHECK(parsed.at("url").as_string() == row.url);
  }
}

TEST_CASE("a host is cut at 255 characters and a url at 512") {
  AttemptRecord record;
  record.host = std::string(60 * 1024, 'h');
  record.scheme = Scheme::https;
  record.target = "/" + std::string(60 * 1024, 'p');
  auto parsed = boost::json::parse(line_of(record)).as_object();
  CHECK(parsed.at("host").as_string().size() == 255);
  CHECK(parsed.at("url").as_string().size() == 512);
}

TEST_CASE("whatever a client sends, a line is valid, ends, and tells decision and totals") {
  AttemptRecord record = full_record();
  const std::string hostile = "\x1b\xff\"\\\n\xc2\x9b\xe2\x80\xa8" + std::string(4000, '\x01');
  for (std::string* text : {&record.user, &record.method, &record.host, &record.sni, &record.alpn,
                            &record.content_type, &record.location_host, &record.answer}) {
    *text = hostile;
  }
  record.target = "/" + hostile;
  AwsFacts aws = *record.aws;
  aws.resources.values.assign(500, hostile);
  record.aws = std::make_shared<const AwsFacts>(std::move(aws));
  record.query_names.assign(500, hostile);
  for (const std::size_t limit : {AuditLine::kBytesMin, AuditLine::kBytesMax}) {
    std::string buffer(limit, '?');
    AuditLine line = audit_line();
    buffer.resize(line.write(record, buffer.data(), limit));
    CHECK(buffer.find('\n') == buffer.size() - 1);
    const auto parsed = boost::json::parse(buffer).as_object();
    CHECK(parsed.at("decision").as_string() == "block");
    CHECK(parsed.at("rule").as_string() == "own-buckets");
    CHECK(parsed.at("status").as_int64() == 403);
    CHECK(parsed.at("bytes_down").as_int64() == 600);
    CHECK(parsed.at("policy").as_string().size() == 64);
  }
}

TunnelRecord tunnel() {
  TunnelRecord tunnel;
  tunnel.id = {.origin = 0, .number = 7};
  tunnel.client = IpAddress::v4({10, 20, 0, 7});
  tunnel.tls = TlsUse::passthrough;
  tunnel.port = 443;
  tunnel.rule = "console";
  tunnel.host = "aws.amazon.com";
  return tunnel;
}

TEST_CASE("a close tells the tunnel's id and rule, totals and why") {
  const TunnelEnd end{.reason = Reason::idle_timeout,
                      .time = kTime + std::chrono::seconds(2),
                      .bytes_up = 1,
                      .bytes_down = 2,
                      .duration = std::chrono::seconds(2)};
  CHECK(line_of(tunnel(), end) ==
        R"({"schema":1,"event":"close","time":"2026-12-24T18:00:02.000042Z",)"
        R"("instance":"gate-1","id":"000000000000000007","listener":"http 0.0.0.0:3128",)"
        R"("client":"10.20.0.7","decision":"allow","reason":"idle_timeout","rule":"console",)"
        R"("host":"aws.amazon.com","port":443,"tls":"passthrough","bytes_up":1,"bytes_down":2,)"
        R"("duration_ms":2000})"
        "\n");
}

TEST_CASE("a close tells what was decided within its tunnel, with the name that was refused") {
  const LateVerdict late{.decision = Decision::block,
                         .reason = Reason::sni_mismatch,
                         .sni = "evil.example",
                         .policy = std::make_shared<const std::string>("sha256:later")};
  const TunnelEnd end{.reason = Reason::sni_mismatch, .time = kTime, .late = &late};
  TunnelRecord opened = tunnel();
  opened.policy = std::make_shared<const std::string>("sha256:first");
  CHECK(line_of(opened, end) ==
        R"({"schema":1,"event":"close","time":"2026-12-24T18:00:00.000042Z",)"
        R"("instance":"gate-1","id":"000000000000000007","listener":"http 0.0.0.0:3128",)"
        R"("client":"10.20.0.7","decision":"block","reason":"sni_mismatch",)"
        R"("host":"aws.amazon.com","sni":"evil.example","port":443,"tls":"passthrough",)"
        R"("bytes_up":0,"bytes_down":0,"duration_ms":0,"policy":"sha256:later"})"
        "\n");
}

TEST_CASE("in the place promised to a close, a late block loses at most the end of its SNI") {
  TunnelRecord opened = tunnel();
  opened.rule = "r";
  const LateVerdict late{.decision = Decision::would_block,
                         .reason = Reason::principal_account_not_allowed,
                         .rule = std::string(64, 'd'),
                         .sni = std::string(255, 's'),
                         .policy = nullptr};
  const TunnelEnd end{.reason = Reason::denied_by_rule, .time = kTime, .late = &late};
  AuditLine line = audit_line();
  std::string buffer(line.close_bytes_max(opened), '?');
  buffer.resize(line.write(opened, end, buffer.data(), buffer.size()));
  const auto parsed = boost::json::parse(buffer).as_object();
  CHECK(parsed.at("decision").as_string() == "would_block");
  CHECK(parsed.at("rule").as_string() == late.rule);
  CHECK(parsed.at("host").as_string() == opened.host);
  CHECK(parsed.at("bytes_up").as_int64() == 0);
}

TEST_CASE("the place promised to a close holds its line whole, at its largest") {
  TunnelRecord largest = tunnel();
  largest.client = *IpAddress::parse("2001:db8:1111:2222:3333:4444:5555:6666");
  largest.decision = Decision::would_block;
  largest.tls = TlsUse::intercepted;
  largest.port = 65535;
  largest.client_name = std::string(64, '"');
  largest.user = std::string(200, '\x01');
  largest.rule = std::string(64, 'r');
  largest.host = std::string(255, 'h');
  largest.policy = std::make_shared<const std::string>("sha256:" + std::string(64, 'a'));
  const TunnelEnd end{.reason = Reason::principal_account_not_allowed,
                      .time = kTime + std::chrono::hours(1000000),
                      .bytes_up = ~std::uint64_t{0},
                      .bytes_down = ~std::uint64_t{0}};
  AuditLine line = audit_line();
  const std::size_t limit = line.close_bytes_max(largest);
  CHECK(limit < 2200);
  std::string buffer(limit, '?');
  buffer.resize(line.write(largest, end, buffer.data(), limit));
  CHECK(buffer == line_of(largest, end));
  CHECK(line.close_bytes_max(tunnel()) < 1024);
  CHECK(sizeof(TunnelRecord) < 280);
}

TEST_CASE("a reload tells both policies and every error") {
  CHECK(line_of(ReloadRecord{.time = kTime,
                             .previous_policy = "old",
                             .policy = "new",
                             .errors = {"p.yaml:3:1: \"x\"", "p.yaml:4:1: y"}}) ==
        R"({"schema":1,"event":"reload","time":"2026-12-24T18:00:00.000042Z",)"
        R"("instance":"gate-1","previous_policy":"old","policy":"new",)"
        R"("errors":["p.yaml:3:1: \"x\"","p.yaml:4:1: y"]})"
        "\n");
}

}  // namespace
}  // namespace sallyport
