#include "proxy/http/reply.h"

#include <doctest/doctest.h>

#include "proxy/http/block_page.h"
#include "proxy/http/reason_words.h"

using namespace sallyport;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
constexpr TimePoint kTime{std::chrono::seconds{784111777}};

std::string_view head_of(std::string_view answer) {
  return answer.substr(0, answer.find("\r\n\r\n") + 4);
}
std::string_view body_of(std::string_view answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}
bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Lines of the head, each of which must be printable ASCII: what was injected would show here.
std::size_t clean_lines(std::string_view head) {
  std::size_t lines = 0;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    REQUIRE(end != std::string_view::npos);
    for (const char byte : head.substr(0, end)) REQUIRE((byte >= 0x20 && byte <= 0x7e));
    head.remove_prefix(end + 2);
    ++lines;
  }
  return lines;
}

}  // namespace

TEST_CASE("the answer to an allowed CONNECT is exactly 39 bytes") {
  CHECK(kConnectEstablished == "HTTP/1.1 200 Connection established\r\n\r\n");
  CHECK(kConnectEstablished.size() == 39);
}

TEST_CASE("a blocked CONNECT is told byte for byte") {
  const std::optional<Authority> target = parse_authority("Evil.Example:443");
  REQUIRE(target);
  Refusal blocked;
  blocked.reason = Reason::denied_by_rule;
  blocked.time = kTime;
  blocked.target = &*target;
  blocked.rule = "never";
  blocked.hint = "ask for another host";
  blocked.contact = "ask #ml-platform, or platform@example.org";
  CHECK(refusal(blocked) ==
        "HTTP/1.1 403 Blocked by sallyport: denied_by_rule\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 187\r\n"
        "Connection: close\r\n"
        "Proxy-Status: sallyport; error=http_request_denied; details=\"denied_by_rule\"\r\n"
        "\r\n"
        "Blocked by sallyport: evil.example:443\n"
        "Reason: denied_by_rule. A rule of the policy denies this.\n"
        "Rule: never\n"
        "Hint: ask for another host\n"
        "Contact: ask #ml-platform, or platform@example.org\n");
}

TEST_CASE("a request that could not be read is answered without a byte of it") {
  Refusal blocked;
  blocked.reason = Reason::malformed_request;
  blocked.time = kTime;
  CHECK(refusal(blocked) ==
        "HTTP/1.1 400 Blocked by sallyport: malformed_request\r\n"
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 104\r\n"
        "Connection: close\r\n"
        "Proxy-Status: sallyport; error=http_request_error; details=\"malformed_request\"\r\n"
        "\r\n"
        "Blocked by sallyport\n"
        "Reason: malformed_request. The request is not valid HTTP/1.1 as the gate reads it.\n");
}

TEST_CASE("a fault is told as a fault, and a limit says when to come back") {
  Refusal fault;
  fault.reason = Reason::dns_failure;
  CHECK(refusal(fault).starts_with("HTTP/1.1 502 sallyport: dns_failure\r\n"));
  CHECK(holds(refusal(fault), "error=dns_error; details=\"dns_failure\"\r\n"));
  CHECK_FALSE(holds(refusal(fault), "Blocked"));
  CHECK_FALSE(holds(refusal(fault), "Retry-After"));

  Refusal limit;
  limit.reason = Reason::connection_limit;
  limit.retry_after = std::chrono::seconds{5};
  CHECK(refusal(limit).starts_with("HTTP/1.1 503 Blocked by sallyport: connection_limit\r\n"));
  CHECK(holds(head_of(refusal(limit)), "\r\nRetry-After: 5\r\n"));
  limit.retry_after = std::chrono::seconds{-5};
  CHECK(holds(head_of(refusal(limit)), "\r\nRetry-After: 0\r\n"));
}

TEST_CASE("status and phrase can be given, if they are those of an error and of a phrase") {
  Refusal given;
  given.reason = Reason::scheme_not_allowed;
  given.status = 501;
  given.phrase = "Only CONNECT is served by sallyport";
  CHECK(refusal(given).starts_with("HTTP/1.1 501 Only CONNECT is served by sallyport\r\n"));
  given.phrase = "x\r\nInjected: yes";
  CHECK(refusal(given).starts_with("HTTP/1.1 501 Blocked by sallyport: scheme_not_allowed\r\n"));
  for (const int status : {0, 1, 99, 200, 304, 399, 600, 65535}) {
    given.status = static_cast<std::uint16_t>(status);
    CHECK(status_of(given) == 403);
  }
}

TEST_CASE("the answer to HEAD has the length of a body and no body") {
  Refusal blocked;
  blocked.reason = Reason::host_not_allowed;
  const std::string with_body = refusal(blocked);
  blocked.is_head_method = true;
  CHECK(refusal(blocked) == head_of(with_body));
  CHECK(!body_of(with_body).empty());
}

TEST_CASE("a refused exchange is told byte for byte, in the form that was asked for") {
  const std::optional<Authority> target = parse_authority("evil.example:80");
  REQUIRE(target);
  Refusal blocked;
  blocked.reason = Reason::host_not_allowed;
  blocked.time = kTime;
  blocked.target = &*target;
  blocked.is_exchange = true;
  blocked.keeps_open = true;
  const std::string begin =
      "HTTP/1.1 403 Blocked by sallyport: host_not_allowed\r\n"
      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  const std::string proxy_status =
      "Proxy-Status: sallyport; error=http_request_denied; details=\"host_not_allowed\"\r\n";
  const std::string cares = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  CHECK(refusal(blocked) ==
        begin + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 104\r\n" +
            proxy_status + cares +
            "\r\nBlocked by sallyport: evil.example:80\n"
            "Reason: host_not_allowed. No rule of the policy allows this host.\n");
  blocked.format = ReplyFormat::json;
  CHECK(head_of(refusal(blocked)) == begin + "Content-Type: application/json\r\nContent-Length: " +
                                         std::to_string(block_page(blocked).size()) + "\r\n" +
                                         proxy_status + cares + "\r\n");
  CHECK(body_of(refusal(blocked)) == block_page(blocked));
  blocked.format = ReplyFormat::html;
  CHECK(head_of(refusal(blocked)) ==
        begin + "Content-Type: text/html; charset=utf-8\r\nContent-Length: " +
            std::to_string(block_page(blocked).size()) + "\r\n" + proxy_status + cares +
            "Content-Security-Policy: " + std::string(kBlockPageSecurityPolicy) + "\r\n\r\n");
  CHECK(body_of(refusal(blocked)) == block_page(blocked));
}

TEST_CASE("the connection is said to close where it closes, and to stay to HTTP/1.0") {
  Refusal blocked;
  CHECK(holds(head_of(refusal(blocked)), "\r\nConnection: close\r\n"));
  blocked.version = HttpVersion::http_1_0;
  CHECK(holds(head_of(refusal(blocked)), "\r\nConnection: close\r\n"));
  blocked.keeps_open = true;
  CHECK(holds(head_of(refusal(blocked)), "\r\nConnection: keep-alive\r\n"));
  blocked.version = HttpVersion::http_1_1;
  CHECK_FALSE(holds(head_of(refusal(blocked)), "Connection"));
}

TEST_CASE("nothing that a policy holds can become a header") {
  Refusal blocked;
  blocked.reason = Reason::host_not_allowed;
  blocked.contact = "a\r\nSet-Cookie: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n \xc3\xa4\xe2\x82\xac";
  blocked.hint = "b\r\nX-Hint: y\r\n";
  blocked.rule = "r\r\nX-Rule: z";
  blocked.phrase = "p\r\nX: y";
  const std::string answer = refusal(blocked);
  CHECK(clean_lines(head_of(answer)) == 7);
  CHECK_FALSE(holds(head_of(answer), "Set-Cookie"));
  CHECK_FALSE(holds(head_of(answer), "X-"));
  CHECK(holds(body_of(answer), blocked.contact));
}

TEST_CASE("the body stays under 512 bytes beside the contact, and is cut between characters") {
  const std::string label(63, 'a');
  const std::optional<Authority> target =
      parse_authority(label + '.' + label + '.' + label + '.' + std::string(61, 'b') + ":65535");
  REQUIRE(target);
  const std::string rule(100, 'r');
  std::string hint;
  for (int i = 0; i < 400; ++i) hint += "\xe2\x82\xac";
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    Refusal blocked;
    blocked.reason = static_cast<Reason>(i);
    CAPTURE(text(blocked.reason));
    blocked.target = &*target;
    blocked.rule = rule;
    CHECK(body_of(refusal(blocked)).size() < 512);
    blocked.rule = {};
    blocked.hint = hint;
    const std::string answer = refusal(blocked);
    const std::string_view body = body_of(answer);
    CHECK(body.size() < 512);
    CHECK(body.size() > 505);
    CHECK(body.ends_with("\xe2\x82\xac\n"));
  }
}

TEST_CASE("every reason has a sound answer") {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    CAPTURE(text(reason));
    Refusal refused;
    refused.reason = reason;
    const std::string answer = refusal(refused);
    CHECK(clean_lines(head_of(answer)) == 7);
    const std::string status = "HTTP/1.1 " + std::to_string(status_of(refused)) + " ";
    CHECK(answer.starts_with(status));
    CHECK(status_of(refused) >= 400);
    CHECK(holds(answer, "\r\nContent-Length: " + std::to_string(body_of(answer).size()) + "\r\n"));
    CHECK(holds(body_of(answer), words(reason).sentence));
  }
}

TEST_CASE("dates are those of HTTP") {
  struct Row {
    std::int64_t seconds;
    std::string_view text;
  };
  for (const Row& row : {
           Row{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
           Row{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
           Row{951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
           Row{951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
           Row{4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
           Row{253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
           Row{253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"},
           Row{-1, "Thu, 01 Jan 1970 00:00:00 GMT"},
       }) {
    CHECK(http_date(TimePoint{std::chrono::seconds{row.seconds}}) == row.text);
  }
  CHECK(http_date(TimePoint{std::chrono::microseconds{999999}}) == "Thu, 01 Jan 1970 00:00:00 GMT");
}
