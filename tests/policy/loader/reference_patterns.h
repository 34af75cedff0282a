// The examples of POLICY.md: patterns with what they match and do not, values with what they mean
// or why they are refused. Each answer is the parser's own. Pure; used by one test.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "policy/loader/value_text.h"
#include "policy/url_pattern.h"

namespace sallyport::test {

/// A pattern of an allow, something that it matches, and something near that it does not.
struct PatternExample {
  std::string_view pattern;
  std::string_view match;
  std::string_view miss;
  std::string_view why;
};

inline constexpr PatternExample kHostExamples[] = {
    {"docs.example.org", "DOCS.example.org.", "www.docs.example.org", "that name alone"},
    {"*.example.org", "a.b.example.org", "example.org", "one or more labels, never none"},
    {"a.*.example.org", "a.b.example.org", "a.b.c.example.org", "one whole label in that place"},
    {"re:build-[0-9]+\\.example\\.org", "build-7.example.org", "build-7.example.org.example.net",
     "RE2 over the whole name"},
    {"[2600:1f00::7]", "[2600:1f00:0:0:0:0:0:7]", "[2600:1f00::8]", "an address, in any spelling"},
    {"*.example.org", "b.example.org", "xn--bcher-kva.example.org",
     "a wildcard of an allow takes no A-label (of a deny it does); write the name out"},
    {"*", "files.example.net", "192.0.2.7",
     "any name; an address in a deny and a monitor rule alone"},
};

inline constexpr PatternExample kUrlExamples[] = {
    {"http://docs.example.org/simple/**", "http://docs.example.org/simple/a/b.html",
     "http://docs.example.org/simple", "any rest behind the slash, also none"},
    {"http://docs.example.org/a/*", "http://docs.example.org/a/b", "http://docs.example.org/a/",
     "a whole segment has at least one character"},
    {"http://docs.example.org/a/*.tgz", "http://docs.example.org/a/b-1.0.tgz",
     "http://docs.example.org/a/b-1.0.tgz.asc", "part of a segment"},
    {"http://docs.example.org/a/*/c", "http://docs.example.org/a/b/c",
     "http://docs.example.org/a/b/b/c", "one segment, never two"},
    {"http://*.example.org/**", "http://docs.example.org/any/thing?x=1",
     "http://example.org/any/thing", "hosts as in `hosts`; `/**` alone does not look at the path"},
    {"http://docs.example.org/get?kind=pdf", "http://docs.example.org/get?page=2&kind=pdf",
     "http://docs.example.org/get?kind=pdf&kind=exe", "present exactly once, with that value"},
    {"http://docs.example.org/simple/**", "http://docs.example.org/s%69mple/a",
     "http://docs.example.org/simple/../admin",
     "decoded once; what has two readings never matches"},
    {"http://docs.example.org/a/*", "http://docs.example.org/a/b%20c",
     "http://docs.example.org/a/b%2Fc", "`%2F` is read both ways, and each must match"},
    {"http://docs.example.org/a", "http://docs.example.org/a?x=1", "https://docs.example.org/a",
     "without `?` any query; the scheme is meant"},
};

inline bool host_matches(std::string_view pattern, std::string_view host) {
  std::string error;
  const auto read = HostPattern::parse(pattern, error);
  const auto name = Host::parse(host);
  REQUIRE_MESSAGE(read, error);
  REQUIRE(name);
  return read->matches(*name, false);
}

inline bool url_matches(std::string_view pattern, std::string_view url) {
  std::string error;
  std::vector<UrlPattern> urls;
  auto read = UrlPattern::parse(pattern, error);
  REQUIRE_MESSAGE(read, error);
  urls.push_back(std::move(*read));
  const Scheme scheme = url.starts_with("https:") ? Scheme::https : Scheme::http;
  url.remove_prefix(url.find("//") + 2);
  const std::size_t slash = url.find('/');
  const auto host = Host::parse(url.substr(0, slash));
  REQUIRE(host);
  return urls_allow(urls, scheme, *host, url.substr(slash));
}

inline std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

/// A parser's words as Markdown: what they quote, by either mark, is code.
inline std::string message_markdown(std::string message) {
  REQUIRE(std::count(message.begin(), message.end(), '\'') % 2 == 0);
  std::replace(message.begin(), message.end(), '\'', '`');
  return message;
}

template <class Matches, std::size_t kCount>
std::string examples_table(const PatternExample (&examples)[kCount], Matches matches) {
  std::string table =
      "| pattern | matches | does not match | |\n"
      "| --- | --- | --- | --- |\n";
  for (const PatternExample& each : examples) {
    CAPTURE(each.pattern);
    CHECK(matches(each.pattern, each.match));
    CHECK_FALSE(matches(each.pattern, each.miss));
    table += "| " + code(each.pattern) + " | " + code(each.match) + " | " + code(each.miss) +
             " | " + std::string(each.why) + " |\n";
  }
  return table;
}

inline std::string host_refusals_table() {
  std::string table = "| written | what `check` says |\n| --- | --- |\n";
  for (const std::string_view pattern :
       {".example.org", "*example.org", "*.*", "http://example.org/", "example.org:443",
        "10.0.0.0/8", "2600:1f00::7"}) {
    std::string error;
    CHECK_FALSE(HostPattern::parse(pattern, error));
    table += "| " + code(pattern) + " | " + message_markdown(error) + " |\n";
  }
  return table;
}

inline std::string url_refusals_table() {
  std::string table = "| written | what `check` says |\n| --- | --- |\n";
  for (const std::string_view pattern :
       {"docs.example.org/a", "http://docs.example.org", "http://docs.example.org:8080/a",
        "http://@mirrors/a", "http://docs.example.org/a%20b", "http://docs.example.org/**/a",
        "http://docs.example.org/a?kind=*"}) {
    std::string error;
    CHECK_FALSE(UrlPattern::parse(pattern, error));
    table += "| " + code(pattern) + " | " + message_markdown(error) + " |\n";
  }
  return table;
}

inline std::string durations_table() {
  std::string table = "| written | read as |\n| --- | --- |\n";
  for (const std::string_view value :
       {"500ms", "30s", "16m", "168h", "30", "1.5h", "1h30m", "030s", "0s", "169h"}) {
    std::string error;
    const auto duration = parse_duration(value, error);
    table += "| " + code(value) + " | " +
             (duration ? std::to_string(duration->count()) + " ms" : message_markdown(error)) +
             " |\n";
  }
  return table;
}

/// With the bounds of `limits.header_bytes`.
inline std::string sizes_table() {
  std::string table = "| written | read as |\n| --- | --- |\n";
  for (const std::string_view value :
       {"65536", "64KiB", "1MiB", "64KB", "64k", "64 KiB", "0.5MiB", "2MiB", "512"}) {
    std::string error;
    const auto size = parse_size(value, 1024, 1024 * 1024, error);
    table += "| " + code(value) + " | " +
             (size ? std::to_string(*size) + " bytes" : message_markdown(error)) + " |\n";
  }
  return table;
}

}  // namespace sallyport::test
