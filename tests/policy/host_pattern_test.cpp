#include "policy/host_pattern.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

HostPattern pattern_of(std::string_view text) {
  std::string error;
  auto pattern = HostPattern::parse(text, error);
  REQUIRE_MESSAGE(pattern, text << ": " << error);
  return *pattern;
}

Host host_of(std::string_view text) {
  const auto host = Host::parse(text);
  REQUIRE_MESSAGE(host, text);
  return *host;
}

/// Who asks: `strict` is an enforcing allow (and `except_hosts` of a deny), whose wildcards take no
/// A-label and no literal; `wide` a deny, a monitor allow and `except_hosts` of an allow.
struct Row {
  std::string pattern;
  std::string host;
  bool strict;
  bool wide;
};

TEST_CASE("a pattern matches exactly what SEMANTICS.md section 6 says") {
  const Row rows[] = {
      // a name is that name
      {"example.org", "example.org", true, true},
      {"example.org", "EXAMPLE.ORG.", true, true},
      {"Example.ORG.", "example.org", true, true},
      {"example.org", "a.example.org", false, false},
      {"example.org", "xexample.org", false, false},
      {"example.org", "example.org.evil.net", false, false},
      {"example.org", "org", false, false},
      {"jupyterhub", "jupyterhub", true, true},
      {"a_b.example.org", "a_b.example.org", true, true},
      // a leading `*.` is one or more labels, never none
      {"*.example.org", "a.example.org", true, true},
      {"*.example.org", "a.b.c.example.org", true, true},
      {"*.example.org", "example.org", false, false},
      {"*.example.org", "aexample.org", false, false},
      {"*.example.org", "a.example.org.evil.net", false, false},
      {"*.example.org.", "a.example.org", true, true},
      {"*.org", "example.org", true, true},
      // `*` elsewhere is one whole label
      {"a.*.example.org", "a.b.example.org", true, true},
      {"a.*.example.org", "a.example.org", false, false},
      {"a.*.example.org", "a.b.c.example.org", false, false},
      {"a.*.example.org", "x.b.example.org", false, false},
      {"*.a.*.example.org", "x.a.b.example.org", true, true},
      {"*.a.*.example.org", "x.y.a.b.example.org", true, true},
      {"*.a.*.example.org", "a.b.example.org", false, false},
      {"*.*.example.org", "a.b.example.org", true, true},
      {"*.*.example.org", "a.example.org", false, false},
      {"*.*.example.org", "a.b.c.example.org", true, true},
      // a lone `*` is any host
      {"*", "example.org", true, true},
      {"*", "jupyterhub", true, true},
      {"*", "192.0.2.1", false, true},
      {"*", "[2001:db8::1]", false, true},
      {"*", "xn--bcher-kva.example", false, true},
      // `re:` is the whole name
      {"re:a[0-9]+\\.example\\.org", "a12.example.org", true, true},
      {"re:a[0-9]+\\.example\\.org", "xa12.example.org", false, false},
      {"re:a[0-9]+\\.example\\.org", "a12.example.org.evil.net", false, false},
      {"re:example", "example.org", false, false},
      {"re:.*", "192.0.2.1", false, true},
      {"re:.*", "xn--bcher-kva.example", false, true},
      {"re:192\\.0\\.2\\..*", "192.0.2.1", false, true},
      // T08: no way of writing an expression makes it match a part of the name
      {"re:s3.amazonaws.com", "s3xamazonaws.com", true, true},
      {"re:s3.amazonaws.com", "s3xamazonaws.com.evil.net", false, false},
      {"re:s3.amazonaws.com", "evil.s3.amazonaws.com", false, false},
      {"re:a\\.example|b\\.example", "b.example", true, true},
      {"re:a\\.example|b\\.example", "a.example.evil.net", false, false},
      {"re:a\\.example|b\\.example", "evil.b.example", false, false},
      {"re:^a\\.example", "a.example.evil.net", false, false},
      {"re:a\\.example$", "evil-a.example", false, false},
      {"re:(?m)^a\\.example$", "a.example.evil.net", false, false},
      {"re:(?s)a\\.example.?", "a.example.evil.net", false, false},
      {"re:\\ba\\.example\\b", "b.a.example", false, false},
      {"re:(?i)A\\.EXAMPLE", "a.example", true, true},
      {"re:A\\.EXAMPLE", "a.example", false, false},
      {"re:\\C*", "xn--a.example", false, true},
      {"re:a\\.example()", "a.example", true, true},
      {"re:2001:db8::.*", "[2001:db8::1]", false, true},
      // a literal is that address, in any spelling of IPv6
      {"192.0.2.1", "192.0.2.1", true, true},
      {"192.0.2.1", "192.0.2.10", false, false},
      {"[2001:db8::1]", "[2001:DB8:0:0::1]", true, true},
      {"[2001:db8::1]", "[2001:db8::2]", false, false},
      {"[::ffff:192.0.2.1]", "192.0.2.1", false, false},
      {"192.0.2.1", "[::ffff:192.0.2.1]", false, false},
      // an A-label matches where the pattern's own text holds it
      {"xn--bcher-kva.example", "xn--bcher-kva.example", true, true},
      {"*.xn--bcher-kva.example", "a.xn--bcher-kva.example", true, true},
      {"*.example.org", "xn--bcher-kva.example.org", false, true},
      {"*.example.org", "a.xn--bcher-kva.example.org", false, true},
      {"*.example.org", "xn--bcher-kva.a.example.org", false, true},
      {"a.*.example.org", "a.xn--bcher-kva.example.org", false, true},
      {"*.xn--bcher-kva.example", "xn--a.xn--bcher-kva.example", false, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.host);
    const HostPattern pattern = pattern_of(row.pattern);
    const Host host = host_of(row.host);
    CHECK(pattern.matches(host, false) == row.strict);
    CHECK(pattern.matches(host, true) == row.wide);
  }
}

TEST_CASE("what is no host pattern names the form that is") {
  struct Wrong {
    std::string text;
    std::string error;
  };
  const char* const star =
      "'*' stands for whole labels only: '*.example.org' is every name below example.org, "
      "'a.*.example.org' any one label between";
  const char* const port = "a host pattern has no port; write it in `ports`";
  const char* const scheme =
      "a host pattern has no scheme; write the host alone (paths stand in `urls`)";
  const char* const path =
      "a host pattern has no path and no prefix length; ranges of addresses stand in `networks`";
  const Wrong rows[] = {
      {"", "a host pattern is empty; write a name, '*.name', '@set' or 're:expression'"},
      {".example.org",
       "write '*.example.org' for all names below example.org, and 'example.org' for that name "
       "itself"},
      {"*example.org", star},
      {"a*.example.org", star},
      {"**.example.org", star},
      {"s3.us-*.amazonaws.com", star},
      {"https://example.org/a", scheme},
      {"example.org/a", path},
      {"10.0.0.0/8", path},
      {"example.org:443", port},
      {"192.0.2.1:443", port},
      {"[2001:db8::1]:443", port},
      {"user@example.org", "a host pattern has no user part"},
      {"user:secret@example.org", "a host pattern has no user part"},
      {"2001:db8::1", "write an IPv6 address in brackets: '[2001:db8::1]'"},
      {"*.*", "'*.*' would match any top-level name; write the last label out"},
      {"*.*.", "'*.*.' would match any top-level name; write the last label out"},
      {"example.*", "'example.*' would match any top-level name; write the last label out"},
      {"example.*.", "'example.*.' would match any top-level name; write the last label out"},
      {"*.", "'*.' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {".", "'.' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"*..org", "'*..org' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"a..org", "'a..org' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"a.org..", "'a.org..' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"-a.org", "'-a.org' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"a-.org", "'a-.org' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"a b.org", "'a b.org' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"a%2eorg", "'a%2eorg' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"192.0.2", "'192.0.2' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"192.0.2.01", "'192.0.2.01' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"192.0.2.1.", "'192.0.2.1.' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"*.0x7f", "'*.0x7f' is no host name (labels of a-z, 0-9, '_' and '-')"},
      {"b\xc3\xbc"
       "cher.example",
       "'b\xc3\xbc"
       "cher.example' is not ASCII; write its A-label form 'xn--bcher-kva.example'"},
      {"\xff.example", "'\xff.example' is not ASCII"},
      {"re:", "`re:` needs an expression of 1 to 1000 characters"},
      {"re:a(", "not an RE2 expression: missing ): a("},
      {"re:(?=a)b", "not an RE2 expression: invalid perl operator: (?="},
      {"re:(a)\\1", "not an RE2 expression: invalid escape sequence: \\1"},
      {"re:((a{1,1000}){1,1000}){1,1000}",
       "not an RE2 expression: invalid repetition size: {1,1000}"},
  };
  for (const Wrong& row : rows) {
    CAPTURE(row.text);
    std::string error;
    CHECK_FALSE(HostPattern::parse(row.text, error));
    CHECK(error == row.error);
  }
  std::string error;
  CHECK_FALSE(HostPattern::parse("re:" + std::string(1001, 'a'), error));
  CHECK(error == "`re:` needs an expression of 1 to 1000 characters");
  CHECK_FALSE(HostPattern::parse(std::string(64, 'a') + ".org", error));
}

TEST_CASE("the more precisely a pattern names a host, the larger its precision") {
  const char* const from_least_to_most[] = {
      "*", "re:.*", "a.*.example.org", "*.org", "*.example.org", "*.a.example.org", "example.org",
  };
  std::uint32_t last = 0;
  for (const char* const text : from_least_to_most) {
    CAPTURE(text);
    const std::uint32_t precision = pattern_of(text).precision();
    CHECK((precision > last || std::string_view(text) == "*"));
    last = precision;
  }
  // Labels of `*` are all as precise as each other.
  CHECK(pattern_of("*.*.org").precision() == pattern_of("a.*.example.org").precision());
  CHECK(pattern_of("a.*.org").precision() == pattern_of("*.a.*.sub.example.org").precision());
  CHECK(pattern_of("192.0.2.1").precision() == pattern_of("example.org").precision());
  CHECK(pattern_of("jupyterhub").precision() == pattern_of("a.b.example.org").precision());
}

TEST_CASE("a name or a literal is exact, nothing else is") {
  CHECK(pattern_of("example.org").is_exact());
  CHECK(pattern_of("xn--bcher-kva.example").is_exact());
  CHECK(pattern_of("192.0.2.1").is_exact());
  CHECK(pattern_of("[2001:db8::1]").is_exact());
  CHECK_FALSE(pattern_of("*.example.org").is_exact());
  CHECK_FALSE(pattern_of("a.*.org").is_exact());
  CHECK_FALSE(pattern_of("re:a").is_exact());
  CHECK_FALSE(pattern_of("*").is_exact());
}

TEST_CASE("a pattern keeps its text as it was written") {
  CHECK(pattern_of("*.Example.ORG.").text == "*.Example.ORG.");
  CHECK(pattern_of("[2001:DB8::1]").text == "[2001:DB8::1]");
}

TEST_CASE("labels are split from left to right") {
  CHECK(split_labels("a.b.c") == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(split_labels("a") == std::vector<std::string_view>{"a"});
}

}  // namespace
}  // namespace sallyport
