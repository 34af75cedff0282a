#include "proxy/commands/told_attempt.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

constexpr std::string_view kRules =
    "  - {name: docs, hosts: [docs.example.org]}\n"
    "  - {name: literals, hosts: [\"[2600:1f18::7]\", 52.94.77.1]}\n"
    "  - {name: alt, hosts: [alt.example.org], ports: [8443]}\n"
    "  - {name: raw, hosts: [raw.example.org], tls: optional}\n"
    "  - {name: pinned, hosts: [pinned.example.org], networks: [52.95.0.0/16]}\n"
    "  - {name: mirror, hosts: [deb.example.org], schemes: [http], methods: [GET, PUT], limits: "
    "{upload_bytes: 4}}\n"
    "  - {name: chat, hosts: [chat.example.org], schemes: [http], websocket: true}\n"
    "  - {name: watch, hosts: [\"*\"], mode: monitor}\n";

std::shared_ptr<const Snapshot> snapshot() {
  const LoadResult result = load_text(with_rules(kRules));
  REQUIRE(joined(errors_of(result)) == "");
  return result.policy->snapshot;
}

/// `decision reason 'rule' after tls`.
std::string told_of(const Snapshot& snapshot, const ToldOutcome& outcome) {
  return std::string(text(outcome.decision)) + " " + std::string(text(outcome.verdict.reason)) +
         " '" + std::string(snapshot.rule_name(outcome.verdict.rule)) + "' " +
         std::string(text(outcome.verdict.after)) + " " + std::string(text(outcome.tls()));
}

std::string judged(const ToldAttempt& attempt) {
  const auto policy = snapshot();
  return told_of(*policy, judge(*policy, attempt));
}

ToldAttempt get(std::string url) { return {.method = "GET", .url = std::move(url)}; }
ToldAttempt connect(std::string target) { return {.method = "CONNECT", .url = std::move(target)}; }

TEST_CASE("an https URL is a CONNECT to its host and port") {
  struct Row {
    std::string url;
    std::string expected;
  };
  const std::string docs = "allow allowed 'docs' first_bytes passthrough";
  const Row rows[] = {
      {"https://docs.example.org/", docs},
      {"https://docs.example.org", docs},
      {"https://docs.example.org?page=1", docs},
      {"https://docs.example.org:443/a:b/c", docs},
      {"HTTPS://DOCS.example.org./", docs},
      {"https://docs.example.org:8443/", "block port_not_allowed 'docs' connect none"},
      {"https://alt.example.org:8443/", "allow allowed 'alt' first_bytes passthrough"},
      {"https://[2600:1f18::7]/", "allow allowed 'literals' first_bytes passthrough"},
      {"https://[2600:1F18::0007]:443/", "allow allowed 'literals' first_bytes passthrough"},
      {"https://52.94.77.1/", "allow allowed 'literals' first_bytes passthrough"},
      {"https://docs.example.org:/", "block invalid_host '' connect none"},
      {"https://user@docs.example.org/", "block invalid_host '' connect none"},
      {"https:///docs", "block invalid_host '' connect none"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CHECK(judged(get(row.url)) == row.expected);
  }
}

TEST_CASE("a fragment is refused at once, wherever it stands") {
  const auto policy = snapshot();
  for (const std::string_view url :
       {"https://docs.example.org/#top", "https://docs.example.org#",
        "https://docs.example.org/?q#a", "https://www.example.net/#top"}) {
    CAPTURE(url);
    const ToldOutcome outcome = judge(*policy, get(std::string(url)));
    CHECK(outcome.decision == Decision::block);
    CHECK(text(outcome.verdict.reason) == "malformed_request");
    CHECK(outcome.verdict.rule == kNoRule);
    CHECK(!outcome.facts);
  }
}

TEST_CASE("a head that is refused has a reason and words, and no facts") {
  const auto policy = snapshot();
  for (const std::string_view target :
       {"docs.example.org", "docs.example.org:0", "docs..example.org:443", "a@b:443",
        "docs.example.org:443 HTTP/1.1\r\nHost: evil.example.net"}) {
    CAPTURE(target);
    const ToldOutcome outcome = judge(*policy, connect(std::string(target)));
    CHECK(outcome.decision == Decision::block);
    CHECK(info(outcome.verdict.reason).reason_class == ReasonClass::contradiction);
    CHECK(outcome.verdict.after == Stage::connect);
    CHECK(outcome.verdict.rule == kNoRule);
    CHECK(outcome.head_error != "");
    CHECK(!outcome.facts);
    CHECK(outcome.tls() == TlsUse::none);
  }
}

TEST_CASE("a URL is the target alone, and not more of the head") {
  for (const char* url :
       {"docs.example.org:443 HTTP/1.0\r\nX: y", "docs.example.org:443 HTTP/1.0\r\n\r\nmore",
        "docs.example.org:443\r\n", "docs.example.org:443\n", "docs.example.org:443 ",
        " docs.example.org:443", "docs.example.org:443 HTTP/1.1"}) {
    CAPTURE(url);
    CHECK(judged(connect(url)) == "block malformed_request '' connect none");
  }
  CHECK(judged(get("https://docs.example.org/ HTTP/1.0")) ==
        "block malformed_request '' connect none");
  CHECK(judged(get("https://docs.example.org/a\r\nb")) ==
        "block malformed_request '' connect none");
  CHECK(judged({.method = "CONNECT docs.example.org:443 HTTP/1.0\r\nX:", .url = "x"}) ==
        "block malformed_request '' connect none");
}

TEST_CASE("an http URL is a request in absolute-form, judged at once") {
  struct Row {
    std::string_view method;
    std::string url;
    std::vector<std::string> field_lines;
    std::string expected;
  };
  const std::string mirror = "allow allowed 'mirror' request none";
  const auto refused = [](std::string_view reason) {
    return "block " + std::string(reason) + " '' connect none";
  };
  const Row rows[] = {
      {"GET", "http://docs.example.org/", {}, "block scheme_not_allowed 'docs' request none"},
      {"GET", "http://deb.example.org/", {}, mirror},
      {"GET", "http://deb.example.org", {}, mirror},
      {"GET", "HTTP://DEB.example.org.:80?q", {}, mirror},
      {"POST", "http://deb.example.org/", {}, "block method_not_allowed 'mirror' request none"},
      {"GET", "http://deb.example.org:8080/", {}, "block port_not_allowed 'mirror' request none"},
      {"GET", "http://deb.example.org/", {"host: deb.example.org:80"}, mirror},
      {"GET", "http://deb.example.org/", {"Accept: */*", "HOST: Deb.Example.org"}, mirror},
      {"GET", "http://deb.example.org/", {"Host: docs.example.org"}, refused("host_mismatch")},
      {"GET", "http://deb.example.org/", {"Host: deb.example.org:8080"}, refused("host_mismatch")},
      {"GET", "http://deb.example.org/", {"Host:"}, refused("malformed_request")},
      {"GET",
       "http://deb.example.org/",
       {"Host: deb.example.org", "Host: deb.example.org"},
       refused("malformed_request")},
      {"GET", "http://deb.example.org/", {"Accept : a"}, refused("malformed_request")},
      {"GET", "http://deb.example.org/", {": a"}, refused("malformed_request")},
      {"GET", "http://deb.example.org/", {"A: b\r\nHost: x"}, refused("malformed_request")},
      {"GET", "http://deb.example.org/ HTTP/1.1\r\nA: b", {}, refused("malformed_request")},
      {"GET", "http://deb.example.org/#top", {}, refused("malformed_request")},
      {"GET", "http://u@deb.example.org/", {}, refused("invalid_host")},
      {"GET", "http://deb.example.org:/", {}, refused("invalid_host")},
      {"GET", "http:///", {}, refused("invalid_host")},
      {"GET", "ftp://deb.example.org/", {}, refused("malformed_request")},
      {"GET", "/", {}, refused("malformed_request")},
      {"get", "http://deb.example.org/", {}, refused("malformed_request")},
      {"PUT", "http://deb.example.org/", {"Content-Length: 4"}, mirror},
      {"PUT",
       "http://deb.example.org/",
       {"Content-Length: 5"},
       "block upload_limit 'mirror' request none"},
      {"PUT",
       "http://deb.example.org/",
       {"Content-Length: 4", "Transfer-Encoding: chunked"},
       refused("malformed_request")},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    CAPTURE(joined(row.field_lines));
    CHECK(judged({.method = std::string(row.method),
                  .url = row.url,
                  .field_lines = row.field_lines}) == row.expected);
  }
}

TEST_CASE("a body that is longer than what is held back is not judged") {
  const LoadResult result = load_text(
      "version: 1\n"
      "organization: {accounts: [\"111122223333\"]}\n"
      "limits: {judged_body_bytes: 1KiB}\n"
      "rules:\n"
      "  - name: keys\n"
      "    hosts: [kms.us-east-1.amazonaws.com]\n"
      "    schemes: [http]\n"
      "    aws: {principal_accounts: organization}\n");
  REQUIRE(joined(errors_of(result)) == "");
  const Snapshot& policy = *result.policy->snapshot;
  ToldAttempt encrypt = get("http://kms.us-east-1.amazonaws.com/");
  encrypt.method = "POST";
  encrypt.field_lines = {"X-Amz-Target: TrentService.Encrypt",
                         "Authorization: AWS4-HMAC-SHA256 Credential=AKIA"
                         "RTX3GSDSQAAAAAAA/20261123/us-east-1/kms/aws4_request, "
                         "SignedHeaders=host, Signature=0"};
  encrypt.body = R"({"KeyId":"k"})";
  CHECK(told_of(policy, judge(policy, encrypt)) == "allow allowed 'keys' body none");
  encrypt.body->append(1024, ' ');
  CHECK(told_of(policy, judge(policy, encrypt)) == "block body_not_judgeable 'keys' body none");
}

TEST_CASE("a body and an upgrade are judged by the terms of the rules that are true") {
  ToldAttempt put{.method = "PUT", .url = "http://deb.example.org/"};
  put.body = "1234";
  CHECK(judged(put) == "allow allowed 'mirror' request none");
  put.body = "12345";
  CHECK(judged(put) == "block upload_limit 'mirror' request none");

  ToldAttempt upgrade = get("http://deb.example.org/");
  upgrade.field_lines = {"Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="};
  CHECK(judged(upgrade) == "block websocket_not_allowed 'mirror' request none");
  upgrade.url = "http://chat.example.org/";
  CHECK(judged(upgrade) == "allow allowed 'chat' request none");

  Snapshot monitored = *snapshot();
  monitored.mode = Mode::monitor;
  upgrade.url = "http://deb.example.org/";
  CHECK(told_of(monitored, judge(monitored, upgrade)) ==
        "would_block websocket_not_allowed 'mirror' request none");
  upgrade.method = "POST";  // is no handshake
  CHECK(told_of(monitored, judge(monitored, upgrade)) ==
        "would_block method_not_allowed 'mirror' request none");
}

TEST_CASE("a CONNECT that begins with HTTP will be read where a rule takes it so") {
  ToldAttempt attempt = connect("deb.example.org:80");
  attempt.first_bytes = FirstBytes::Kind::http;
  const auto policy = snapshot();
  const ToldOutcome outcome = judge(*policy, attempt);
  CHECK(outcome.needs_request);
  CHECK(told_of(*policy, outcome) == "allow allowed '' first_bytes none");
  attempt.url = "docs.example.org:443";
  CHECK(judged(attempt) == "block scheme_not_allowed 'docs' first_bytes none");
}

TEST_CASE("what is said beside the request is what is judged") {
  ToldAttempt attempt = connect("docs.example.org:443");
  CHECK(judged(attempt) == "allow allowed 'docs' first_bytes passthrough");
  attempt.sni = "evil.example.net";
  CHECK(judged(attempt) == "block sni_mismatch '' first_bytes none");
  attempt.sni = "";
  CHECK(judged(attempt) == "block sni_missing 'docs' first_bytes none");
  attempt.sni.reset();
  attempt.first_bytes = FirstBytes::Kind::silence;
  CHECK(judged(attempt) == "block not_tls 'docs' first_bytes none");

  ToldAttempt pinned = connect("pinned.example.org:443");
  CHECK(judged(pinned) == "allow allowed 'pinned' first_bytes passthrough");
  pinned.addresses = {{*IpAddress::parse("52.94.77.1")}};
  CHECK(judged(pinned) == "block network_not_allowed 'pinned' address none");
  pinned.addresses = {{*IpAddress::parse("52.94.77.1"), *IpAddress::parse("52.95.1.1")}};
  CHECK(judged(pinned) == "allow allowed 'pinned' first_bytes passthrough");
}

TEST_CASE("only TLS that passes is told as passed through") {
  ToldAttempt raw = connect("raw.example.org:443");
  CHECK(judged(raw) == "allow allowed 'raw' first_bytes passthrough");
  raw.first_bytes = FirstBytes::Kind::other;
  CHECK(judged(raw) == "allow allowed 'raw' first_bytes none");
  CHECK(judged(connect("www.example.net:443")) ==
        "would_block host_not_allowed 'watch' connect passthrough");
}

TEST_CASE("a CONNECT that will be read is allowed by no rule yet") {
  Snapshot reads = *snapshot();
  reads.rules[0].methods = {"GET"};
  const ToldOutcome outcome = judge(reads, connect("docs.example.org:443"));
  CHECK(outcome.needs_request);
  CHECK(told_of(reads, outcome) == "allow allowed '' first_bytes intercepted");
  CHECK(!judge(reads, connect("alt.example.org:8443")).needs_request);
}

TEST_CASE("an https URL is the request in the CONNECT where that is intercepted") {
  Snapshot reads = *snapshot();
  reads.rules[0].methods = {"GET", "PUT"};
  reads.rules[0].upload_max = 4;
  struct Row {
    std::string_view method;
    std::string url;
    std::vector<std::string> field_lines;
    std::string expected;
  };
  const std::string docs = "allow allowed 'docs' request intercepted";
  const auto refused = [](std::string_view reason) {
    return "block " + std::string(reason) + " '' request intercepted";
  };
  const std::string docs_method = "block method_not_allowed 'docs' request intercepted";
  const Row rows[] = {
      {"GET", "https://docs.example.org/", {}, docs},
      {"GET", "https://docs.example.org", {}, docs},
      {"GET", "https://docs.example.org?q", {}, docs},
      {"GET", "HTTPS://DOCS.example.org.:443/a:b/c", {}, docs},
      {"POST", "https://docs.example.org/", {}, docs_method},
      {"GET", "https://docs.example.org/", {"Host: docs.example.org:443"}, docs},
      {"GET", "https://docs.example.org/", {"Host: evil.example.net"}, refused("host_mismatch")},
      {"GET", "https://docs.example.org/", {"Host: docs.example.org:80"}, refused("host_mismatch")},
      {"GET", "https://docs.example.org/", {"Host: a", "Host: b"}, refused("malformed_request")},
      {"GET", "https://docs.example.org/a\\b", {}, refused("malformed_request")},
      {"PUT", "https://docs.example.org/", {"Content-Length: 4"}, docs},
      {"PUT",
       "https://docs.example.org/",
       {"Content-Length: 5"},
       "block upload_limit 'docs' request intercepted"},
      {"GET", "https://docs.example.org:8443/", {}, "block port_not_allowed 'docs' connect none"},
      {"GET", "https://docs..example.org/", {}, "block invalid_host '' connect none"},
      {"GET", "https://docs.example.org/#top", {}, "block malformed_request '' connect none"},
      {"GET",
       "https://alt.example.org:8443/",
       {"Host: evil.example.net"},
       "allow allowed 'alt' first_bytes passthrough"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.url);
    CAPTURE(joined(row.field_lines));
    const ToldOutcome outcome = judge(
        reads, {.method = std::string(row.method), .url = row.url, .field_lines = row.field_lines});
    CHECK(told_of(reads, outcome) == row.expected);
    CHECK(!outcome.needs_request);
  }
  ToldAttempt plain = get("https://deb.example.org:80/");
  plain.first_bytes = FirstBytes::Kind::http;  // what is read there is no https
  CHECK(judge(reads, plain).needs_request);
}

TEST_CASE("a row of a tests file is the attempt that it describes") {
  Diagnostics diagnostics("t.yaml");
  const TestsFile file = read_tests(
      "tests:\n"
      "  - name: whole\n"
      "    client: 10.20.0.7\n"
      "    time: 2026-12-24T18:00:00Z\n"
      "    address: [52.94.77.1, 52.94.77.2]\n"
      "    sni: other.example.org\n"
      "    request: CONNECT docs.example.org:443\n"
      "    expect: {decision: allow}\n"
      "  - {name: bytes, first_bytes: http, request: \"GET https://docs.example.org/x\", expect: "
      "{decision: allow}}\n"
      "  - {name: refused, request: \"CONNECT docs..example.org:443\", expect: {decision: "
      "block}}\n",
      kNow, diagnostics);
  REQUIRE(!diagnostics.has_errors());

  const ToldAttempt whole = file.tests[0].attempt;
  CHECK(whole.method == "CONNECT");
  CHECK(whole.url == "docs.example.org:443");
  CHECK(whole.client.text() == "10.20.0.7");
  CHECK(whole.time == TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 12 / 24) +
                                std::chrono::hours(18)));
  REQUIRE(whole.addresses);
  CHECK(whole.addresses->size() == 2);
  CHECK(whole.first_bytes == FirstBytes::Kind::tls);
  CHECK(whole.sni == "other.example.org");

  const ToldAttempt bytes = file.tests[1].attempt;
  CHECK(bytes.method == "GET");
  CHECK(bytes.url == "https://docs.example.org/x");
  CHECK(bytes.time == kNow);
  CHECK(!bytes.addresses);
  CHECK(!bytes.sni);
  CHECK(bytes.first_bytes == FirstBytes::Kind::http);

  CHECK(judged(file.tests[2].attempt) == "block invalid_host '' connect none");
}

}  // namespace
}  // namespace sallyport
