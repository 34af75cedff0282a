#include "proxy/http/block_page.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <openssl/sha.h>

#include "proxy/http/reason_words.h"

using namespace sallyport;

namespace {

// What a policy, or whoever writes one, may try to put on a page.
constexpr std::string_view kHostile =
    "</dd><script>alert(1)</script><img src=x "
    "onerror=\"a()\">'&amp;\"}\\\r\n\t\x01\x7f\xe2\x82\xac";

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++found;
  return found;
}

std::string page_of(ReplyFormat format, Refusal refusal = {}) {
  refusal.format = format;
  return block_page(refusal);
}

std::string base64(const std::array<unsigned char, 32>& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned second = i + 1 < bytes.size() ? bytes[i + 1] : 0;
    const unsigned third = i + 2 < bytes.size() ? bytes[i + 2] : 0;
    const unsigned group = bytes[i] << 16U | second << 8U | third;
    for (int shift = 18; shift >= 0; shift -= 6) out += kDigits[(group >> shift) & 63U];
  }
  out.back() = '=';  // 32 bytes: 43 digits and one of padding
  return out;
}

Refusal blocked(const Authority& target) {
  Refusal refusal;
  refusal.reason = Reason::url_not_allowed;
  refusal.target = &target;
  refusal.rule = "packages";
  refusal.hint = "ask for this URL";
  refusal.contact = "ask #ml-platform, or platform@example.org";
  return refusal;
}

}  // namespace

TEST_CASE("the page says what was blocked, why, by which rule, what to do and whom to ask") {
  const std::optional<Authority> target = parse_authority("Files.Example:8080");
  REQUIRE(target);
  const std::string page = page_of(ReplyFormat::html, blocked(*target));
  CHECK(page.starts_with("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"));
  CHECK(holds(page, "<title>Blocked by sallyport: files.example</title>"));
  CHECK(holds(page,
              "<h1>Blocked by sallyport</h1><h2>files.example</h2>"
              "<p>The rule for this host does not allow this URL.</p><dl>"
              "<dt>Reason</dt><dd><code>url_not_allowed</code></dd>"
              "<dt>Rule</dt><dd><code>packages</code></dd>"
              "<dt>What to do</dt><dd>ask for this URL</dd>"
              "<dt>Whom to ask</dt><dd>ask #ml-platform, or platform@example.org</dd></dl>"));
  CHECK(page.ends_with("</main></body></html>\n"));
  CHECK(holds(page, "prefers-color-scheme:dark"));
  CHECK(holds(page, "width=device-width"));
  CHECK_FALSE(holds(page, "8080"));
  for (const std::string_view outside : {"http:", "https:", "//", "src=", "href=", "url(",
                                         "@import", "<script", "<link", "<form", " on"}) {
    CAPTURE(outside);
    CHECK_FALSE(holds(page, outside));
  }
}

TEST_CASE("JSON says the same to a program") {
  const std::optional<Authority> target = parse_authority("Files.Example:8080");
  REQUIRE(target);
  CHECK(page_of(ReplyFormat::json, blocked(*target)) ==
        R"({"error":"Blocked by sallyport","reason":"url_not_allowed","rule":"packages",)"
        R"("host":"files.example",)"
        R"("sentence":"The rule for this host does not allow this URL.",)"
        R"("hint":"ask for this URL","contact":"ask #ml-platform, or platform@example.org"})"
        "\n");
  Refusal fault;
  fault.reason = Reason::dns_failure;
  CHECK(page_of(ReplyFormat::json, fault) ==
        R"({"error":"Not reached through sallyport","reason":"dns_failure",)"
        R"("sentence":"The host's name could not be resolved."})"
        "\n");
}

TEST_CASE("text is what it was for a CONNECT") {
  const std::optional<Authority> target = parse_authority("Files.Example:8080");
  REQUIRE(target);
  CHECK(page_of(ReplyFormat::text, blocked(*target)) ==
        "Blocked by sallyport: files.example:8080\n"
        "Reason: url_not_allowed. The rule for this host does not allow this URL.\n"
        "Rule: packages\nHint: ask for this URL\n"
        "Contact: ask #ml-platform, or platform@example.org\n");
}

TEST_CASE("an IPv6 literal is told as it is") {
  const std::optional<Authority> target = parse_authority("[2001:DB8::1]:80");
  REQUIRE(target);
  CHECK(holds(page_of(ReplyFormat::html, blocked(*target)), "<h2>2001:db8::1</h2>"));
  CHECK(holds(page_of(ReplyFormat::json, blocked(*target)), R"("host":"2001:db8::1")"));
}

TEST_CASE("what is not known has no line of its own") {
  const std::string page = page_of(ReplyFormat::html);
  CHECK(holds(page, "<title>Not reached through sallyport</title>"));
  CHECK(holds(page, "<dt>Reason</dt>"));
  CHECK(count(page, "<dt>") == 1);
  CHECK_FALSE(holds(page, "<h2>"));
}

TEST_CASE("nothing that a policy holds becomes markup") {
  Refusal refusal;
  const std::size_t bytes = page_of(ReplyFormat::html, refusal).size();
  CHECK(bytes > 1000);
  for (std::string_view Refusal::*const field :
       {&Refusal::rule, &Refusal::hint, &Refusal::contact}) {
    Refusal hostile;
    hostile.*field = kHostile;
    const std::string page = page_of(ReplyFormat::html, hostile);
    CHECK(count(page, "<") ==
          count(page_of(ReplyFormat::html), "<") + (field == &Refusal::rule ? 6 : 4));
    CHECK(count(page, "&") == count(page, "&lt;") + count(page, "&gt;") + count(page, "&amp;") +
                                  count(page, "&#34;") + count(page, "&#39;"));
    for (const std::string_view part :
         {"<script", "<img", "onerror=\"", "\r", "\t", "\x01", "\x7f"}) {
      CAPTURE(part);
      CHECK_FALSE(holds(page, part));
    }
    CHECK(holds(page, "&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    if (field != &Refusal::rule) CHECK(holds(page, "&gt;&#39;&amp;amp;&#34;}\\"));
  }
}

TEST_CASE("nor does it end a string of JSON") {
  Refusal hostile;
  hostile.contact = kHostile;
  const std::string json = page_of(ReplyFormat::json, hostile);
  CHECK(
      holds(json,
            "\"contact\":\"\\u003c/dd\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e"
            "\\u003cimg src=x onerror=\\\"a()\\\"\\u003e'\\u0026amp;\\\"}\\\\\\u000d\\u000a\\u0009"
            "\\u0001\\u007f\xe2\x82\xac\"}\n"));
  CHECK_FALSE(holds(json, "<"));
}

TEST_CASE("no page outgrows its bound, whatever the reason and the policy say") {
  const std::string label(63, 'a');
  const std::optional<Authority> target =
      parse_authority(label + '.' + label + '.' + label + '.' + std::string(61, 'b') + ":65535");
  REQUIRE(target);
  const std::string quotes(5000, '"');
  const std::string controls(5000, '\x01');
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    Refusal refusal;
    refusal.reason = static_cast<Reason>(i);
    CAPTURE(text(refusal.reason));
    refusal.target = &*target;
    for (const std::string& filling : {quotes, controls}) {
      refusal.rule = filling;
      refusal.hint = filling;
      for (const ReplyFormat format : {ReplyFormat::html, ReplyFormat::json}) {
        CHECK(page_of(format, refusal).size() <= kBlockPageBytesMax);
      }
    }
  }
}

TEST_CASE("a long hint is cut between characters") {
  std::string hint = "x";
  for (int i = 0; i < 400; ++i) hint += "\xe2\x82\xac";
  Refusal refusal;
  refusal.hint = hint;
  CHECK(holds(page_of(ReplyFormat::html, refusal), "\xe2\x82\xac</dd>"));
  CHECK(holds(page_of(ReplyFormat::json, refusal), "\xe2\x82\xac\"}"));
}

TEST_CASE("the policy lets the page's own style sheet pass and nothing else") {
  const std::string page = page_of(ReplyFormat::html);
  REQUIRE(count(page, "<style>") == 1);
  const std::size_t begin = page.find("<style>") + 7;
  const std::string style = page.substr(begin, page.find("</style>") - begin);
  std::array<unsigned char, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(style.data()), style.size(), digest.data());
  CHECK(kBlockPageSecurityPolicy == "default-src 'none'; style-src 'sha256-" + base64(digest) +
                                        "'; base-uri 'none'; form-action 'none'");
}

TEST_CASE("media types") {
  CHECK(content_type(ReplyFormat::text) == "text/plain; charset=utf-8");
  CHECK(content_type(ReplyFormat::html) == "text/html; charset=utf-8");
  CHECK(content_type(ReplyFormat::json) == "application/json");
}
