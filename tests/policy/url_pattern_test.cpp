#include "policy/url_pattern.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

Host host_of(std::string_view text) {
  const auto host = Host::parse(text);
  REQUIRE(host);
  return *host;
}

std::vector<UrlPattern> patterns(const std::vector<std::string>& texts) {
  std::vector<UrlPattern> urls;
  for (const std::string& text : texts) {
    std::string error;
    auto url = UrlPattern::parse(text, error);
    REQUIRE_MESSAGE(url, text << ": " << error);
    urls.push_back(std::move(*url));
  }
  return urls;
}

bool allows(const std::vector<std::string>& texts, std::string_view target) {
  return urls_allow(patterns(texts), Scheme::https, host_of("h.example.org"), target);
}

bool denies(const std::vector<std::string>& texts, std::string_view target) {
  return urls_deny(patterns(texts), Scheme::https, host_of("h.example.org"), target);
}

std::string url(std::string_view path_and_query) {
  return "https://h.example.org" + std::string(path_and_query);
}

TEST_CASE("one pattern, one target: what fits") {
  struct Row {
    std::string pattern;
    std::string target;
    bool fits;
  };
  const Row rows[] = {
      {"/simple/**", "/simple/", true},
      {"/simple/**", "/simple/a", true},
      {"/simple/**", "/simple/a/b/c.whl", true},
      {"/simple/**", "/simple", false},
      {"/simple/**", "/simpler/a", false},
      {"/simple/**", "/", false},
      {"/simple/**", "/SIMPLE/a", false},
      {"/simple/**", "/x/simple/a", false},
      {"/simple/**", "/simple/a?x=1", true},
      {"/", "/", true},
      {"/", "/a", false},
      {"/", "/?a=b", true},
      {"/a", "/a", true},
      {"/a", "/a/", false},
      {"/a/", "/a/", true},
      {"/a/", "/a", false},
      {"/a/*", "/a/b", true},
      {"/a/*", "/a/", false},
      {"/a/*", "/a/b/c", false},
      {"/a/*/c", "/a/b/c", true},
      {"/a/*/c", "/a//c", false},
      {"/a/*.whl", "/a/b.whl", true},
      {"/a/*.whl", "/a/.whl", true},
      {"/a/*.whl", "/a/b.whl.asc", false},
      {"/a/*.whl", "/a/b/c.whl", false},
      {"/a/v*-*.tgz", "/a/v1-2-3.tgz", true},
      {"/a/v*-*.tgz", "/a/v1.tgz", false},
      {"/a/x*y*z", "/a/xyzyzz", true},
      {"/a/x*y*z", "/a/xzy", false},
      {"/a/*/**", "/a/b/", true},
      {"/a/*/**", "/a/b", false},
      {"/a b", "/a%20b", true},
      {"/a b", "/a+b", false},
      {"/a+b", "/a+b", true},
      {"/a+b", "/a%2Bb", true},
      {"/caf\xc3\xa9", "/caf%C3%A9", true},
      {"/simple/**", "/s%69mple/a", true},
      {"/simple/**", "/%73%69%6D%70%6c%65/a", true},
      {"/a//b", "/a//b", true},
      {"/a//b", "/a/b", false},
      {"/a/b", "/a//b", false},
      {"/**", "/", true},
      {"/**", "/anything/at/all", true},
      {"/**", "*", true},
      {"/a", "*", false},
      {"/a?k=v", "/a?k=v", true},
      {"/a?k=v", "/a", false},
      {"/a?k=v", "/a?", false},
      {"/a?k=v", "/a?k", false},
      {"/a?k=v", "/a?k=w", false},
      {"/a?k=v", "/a?K=v", false},
      {"/a?k=v", "/a?k=v&other=1", true},
      {"/a?k=v", "/a?other=1&k=v", true},
      {"/a?k=v", "/a?k=v&k=v", false},
      {"/a?k=v", "/a?k=v&k=w", false},
      {"/a?k=v", "/a?k=v&%6B=w", false},
      {"/a?k=v", "/a?%6b=%76", true},
      {"/a?k=v", "/a?k=v=", false},
      {"/a?k=v", "/a?k=v;x=1", false},
      {"/a?k=v", "/a?k=v&x=%zz", false},
      {"/a?k=a+b", "/a?k=a+b", true},
      {"/a?k=a b", "/a?k=a+b", false},
      {"/a?k=a b", "/a?k=a%20b", true},
      {"/a?k=", "/a?k", true},
      {"/a?k=", "/a?k=", true},
      {"/a?k=v=w", "/a?k=v=w", true},
      {"/a?k=v&l=w", "/a?l=w&k=v", true},
      {"/a?k=v&l=w", "/a?k=v", false},
      {"/**?k=v", "/anywhere?k=v", true},
      {"/**?k=v", "/anywhere", false},
      {"/a", "/a?b?c", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.target);
    CHECK(allows({url(row.pattern)}, row.target) == row.fits);
  }
}

/// Ways to write something else below an allowed path, and encodings of what is allowed.
struct PathTrick {
  std::string target;
  bool allowed;  ///< by `/simple/**` alone
  bool denied;   ///< by `/admin/**` alone
};

const PathTrick kPathTricks[] = {
    // dot segments
    {"/simple/../admin/x", false, true},
    {"/simple/..", false, true},
    {"/simple/.", false, true},
    {"/simple/./a", false, true},
    {"/./simple/a", false, true},
    {"/../simple/a", false, true},
    {"/simple/a/..", false, true},
    {"/simple/a/../../admin/", false, true},
    {"/simple/...", true, false},
    {"/simple/..a", true, false},
    {"/simple/a..", true, false},
    {"/simple/.a", true, false},
    {"/simple/a.b/c..d", true, false},
    // encoded dots
    {"/simple/%2e%2e/admin", false, true},
    {"/simple/%2E%2E/admin", false, true},
    {"/simple/.%2e/admin", false, true},
    {"/simple/%2e./admin", false, true},
    {"/simple/%2e/admin", false, true},
    {"/simple/%2e", false, true},
    {"/simple/%2e%2e", false, true},
    {"/simple/%2e%2e%2e", true, false},
    {"/simple/a%2eb", true, false},
    // decoded once: twice encoded text is data
    {"/simple/%252e%252e/admin", true, false},
    {"/simple/%25", true, false},
    {"/%2561dmin/x", false, false},
    // encoded slashes: both readings count
    {"/simple%2Fa", false, false},
    {"/simple%2f..%2fadmin", false, true},
    {"/simple/..%2Fadmin", false, true},
    {"/simple/a%2F..%2F..%2Fadmin", false, true},
    {"/simple/%2e%2e%2fadmin/x", false, true},
    {"/simple/a%2Fb", true, false},
    {"/simple/%2F", true, false},
    {"%2Fsimple/a", false, false},
    {"/%2Fsimple/a", false, false},
    {"/admin%2Fx", false, true},
    {"/%2Fadmin/x", false, true},
    {"/admin%2F", false, true},
    {"/simple/%252F", true, false},
    // repeated slashes
    {"/simple//a", true, false},
    {"//simple/a", false, false},
    {"//admin/x", false, true},
    {"/admin//x", false, true},
    {"///admin///x", false, true},
    {"/simple//../admin", false, true},
    // backslash
    {"/simple/..\\admin", false, true},
    {"/simple\\..\\admin", false, true},
    {"/simple/a\\b", false, true},
    {"/simple/%5c", false, true},
    {"/simple/..%5Cadmin", false, true},
    {"/simple/a%5cb", false, true},
    // path parameters
    {"/simple/..;/admin", false, true},
    {"/simple/..;a=b/admin", false, true},
    {"/simple;a/b", false, true},
    {"/simple/a;v=1", false, true},
    {"/simple/a%3Bv=1", false, true},
    {"/admin;x/y", false, true},
    {"/;/admin/x", false, true},
    // NUL
    {"/simple/%00", false, true},
    {"/simple/a%00.whl", false, true},
    {"/simple/a?b=%00", false, true},
    {"/simple/..%00/admin", false, true},
    // broken escapes
    {"/simple/%", false, true},
    {"/simple/%2", false, true},
    {"/simple/%zz", false, true},
    {"/simple/%2g", false, true},
    {"/simple/%%32e", false, true},
    {"/simple/%u002e", false, true},
    {"/simple/% 2e", false, true},
    {"/simple/a%", false, true},
    // overlong UTF-8
    {"/simple/%c0%ae%c0%ae/admin", false, true},
    {"/simple/%c0%af", false, true},
    {"/simple/%C1%9C", false, true},
    {"/simple/%e0%80%ae", false, true},
    {"/simple/%e0%80%af", false, true},
    {"/simple/%f0%80%80%ae", false, true},
    {"/simple/%f8%80%80%80%ae", false, true},
    {"/simple/%fc%80%80%80%80%af", false, true},
    {"/simple/%c3%a9", true, false},
    {"/simple/%e0%a4%a8", true, false},
    {"/simple/%f0%9f%98%80", true, false},
    {"/simple/%ff%fe", true, false},
    {"/simple/%f8%88%80%80%80", true, false},
    // what only looks like it
    {"/simple/%23", true, false},
    {"/simple/%3F", true, false},
    {"/simple/a?x=../..", true, false},
    {"/simple/a?x=%2e%2e%2f", true, false},
    {"/simple/a?x=%zz;y", true, false},
    {"/simple?x=/simple/a", false, false},
    {"/simple%3Fx/a", false, false},
    {"/admin%3F/x", false, false},
    {"/%61dmin/x", false, true},
    {"/%61%64%6d%69%6e/", false, true},
    {"/admin/x?y", false, true},
    {"*", false, false},
};

TEST_CASE("no encoding or traversal passes a path rule, in an allow or around a deny") {
  static_assert(std::size(kPathTricks) >= 80);
  for (const PathTrick& row : kPathTricks) {
    CAPTURE(row.target);
    CHECK(allows({url("/simple/**")}, row.target) == row.allowed);
    CHECK(denies({url("/admin/**")}, row.target) == row.denied);
  }
}

TEST_CASE("a plain NUL never matches an allow, not even '/**', and meets a deny that looks") {
  const std::string_view target("/simple/a\0b", 11);
  CHECK_FALSE(allows({url("/**")}, target));
  CHECK_FALSE(allows({url("/**")}, "/a?b=%00"));
  CHECK(denies({url("/elsewhere")}, target));
  CHECK(denies({url("/**?k=v")}, target));
}

TEST_CASE("each reading of an encoded slash needs some pattern in an allow") {
  CHECK_FALSE(allows({url("/a/b")}, "/a%2Fb"));
  CHECK_FALSE(allows({url("/*")}, "/a%2Fb"));
  CHECK(allows({url("/*"), url("/*/*")}, "/a%2Fb"));
  CHECK(allows({url("/*/*"), url("/*")}, "/a%2Fb"));
  CHECK(allows({url("/**")}, "/a%2Fb"));
  CHECK(denies({url("/a/b")}, "/a%2Fb"));
  CHECK(denies({url("/*")}, "/a%2Fb"));
}

TEST_CASE("an ambiguous path is refused where any pattern for the host looks at the path") {
  CHECK(allows({url("/**")}, "/a/../b"));
  CHECK_FALSE(allows({url("/**"), url("/a")}, "/a/../b"));
  CHECK(allows({url("/**"), "https://other.example.org/a"}, "/a/../b"));
  CHECK(allows({url("/**"), "http://h.example.org/a"}, "/a/../b"));
  CHECK(denies({url("/**")}, "/a/../b"));
  CHECK(denies({url("/**"), url("/nowhere")}, "/a/../b"));
  CHECK_FALSE(denies({"https://other.example.org/a"}, "/a/../b"));
}

TEST_CASE("a deny takes any occurrence of a parameter, and what has two readings") {
  CHECK(denies({url("/**?k=v")}, "/a?k=v&k=w"));
  CHECK(denies({url("/**?k=v")}, "/a?k=w&%6b=v"));
  CHECK(denies({url("/**?k=v")}, "/a?x=1;k=v"));
  CHECK(denies({url("/**?k=v")}, "/a?k=%zz"));
  CHECK(denies({url("/**?k=a b")}, "/a?k=a+b"));
  CHECK(denies({url("/**?k=a+b")}, "/a?k=a+b"));
  CHECK_FALSE(denies({url("/**?k=a b")}, "/a?k=a%2Bb"));
  CHECK_FALSE(denies({url("/**?k=v")}, "/a?k=w"));
  CHECK_FALSE(denies({url("/**?k=v")}, "/a"));
}

TEST_CASE("scheme and host choose the patterns that count") {
  const Host host = host_of("h.example.org");
  const auto urls = patterns({"https://*.example.org/a", "http://h.example.org/b"});
  CHECK(urls_allow(urls, Scheme::https, host, "/a"));
  CHECK_FALSE(urls_allow(urls, Scheme::http, host, "/a"));
  CHECK(urls_allow(urls, Scheme::http, host, "/b"));
  CHECK_FALSE(urls_allow(urls, Scheme::https, host, "/b"));
  CHECK_FALSE(urls_allow(urls, Scheme::https, host_of("example.org"), "/a"));
  CHECK_FALSE(urls_allow({}, Scheme::https, host, "/a"));
  CHECK_FALSE(urls_deny({}, Scheme::https, host, "/a"));
}

TEST_CASE("a wildcard host takes an A-label in a deny alone") {
  const Host host = host_of("xn--bcher-kva.example.org");
  const auto urls = patterns({"https://*.example.org/a"});
  CHECK_FALSE(urls_allow(urls, Scheme::https, host, "/a"));
  CHECK(urls_deny(urls, Scheme::https, host, "/a"));
  CHECK(urls_allow(patterns({"https://xn--bcher-kva.example.org/a"}), Scheme::https, host, "/a"));
}

TEST_CASE("hosts of a URL are host patterns: literals, expressions, any") {
  CHECK(urls_allow(patterns({"https://[2001:DB8::1]/a"}), Scheme::https, host_of("[2001:db8::1]"),
                   "/a"));
  CHECK(urls_allow(patterns({"http://192.0.2.1/a"}), Scheme::http, host_of("192.0.2.1"), "/a"));
  CHECK(urls_allow(patterns({"https://re:h[0-9]?\\.example\\.org/a"}), Scheme::https,
                   host_of("h7.example.org"), "/a"));
  CHECK(urls_allow(patterns({"https://*/a"}), Scheme::https, host_of("any.example.net"), "/a"));
}

TEST_CASE("what a pattern looks at") {
  const auto urls = patterns({url("/**"), url("/**?k=v"), url("/a"), url("/a/**")});
  CHECK_FALSE(urls[0].looks_at_path());
  CHECK_FALSE(urls[0].looks_at_query());
  CHECK_FALSE(urls[1].looks_at_path());
  CHECK(urls[1].looks_at_query());
  CHECK(urls[2].looks_at_path());
  CHECK(urls[3].looks_at_path());
  CHECK(urls[3].text() == "https://h.example.org/a/**");
}

TEST_CASE("what is no URL pattern says what would be right") {
  struct Row {
    std::string text;
    std::string error;
  };
  const char* const decoded =
      "a URL pattern is matched on the decoded URL; write the character itself, or '*' for part of "
      "a segment";
  const char* const path = "a URL pattern has a path; write '/**' behind the host for every path";
  const char* const dots = "a URL with a dot segment has two readings and never matches a path";
  const char* const rest = "'**' stands at the end of the path alone; write '*' for one segment";
  const char* const part =
      "'**' is a whole segment; write '*' for part of one, '/**' at the end for any rest";
  const char* const query =
      "a query is written '?key=value&key=value' ('key=' for an empty value); write no '?' for any "
      "query";
  const Row rows[] = {
      {"", "a URL pattern begins with 'https://' or 'http://'"},
      {"h.example.org/a", "a URL pattern begins with 'https://' or 'http://'"},
      {"HTTPS://h.example.org/a", "a URL pattern begins with 'https://' or 'http://'"},
      {"ftp://h.example.org/a", "a URL pattern begins with 'https://' or 'http://'"},
      {"https://h.example.org", path},
      {"https://h.example.org?k=v", path},
      {"https://h.example.org?k=/v", path},
      {"https:///a", "a host pattern is empty; write a name, '*.name', '@set' or 're:expression'"},
      {"https://h.example.org:8443/a", "a host pattern has no port; write it in `ports`"},
      {"https://user@h.example.org/a", "a host pattern has no user part"},
      {"https://@s3/a",
       "a set cannot stand in a URL pattern; write 'https://*/path' for all hosts of the rule"},
      {"https://h.example.org/a%20b", decoded},
      {"https://h.example.org/a?k=%20", decoded},
      {"https://h.example.org/a#b", "a URL pattern has no fragment; clients do not send it"},
      {"https://h.example.org/a;b", "a URL with ';' has two readings and never matches a path"},
      {"https://h.example.org/a\\b", "a URL with '\\' has two readings and never matches a path"},
      {"https://h.example.org/a\tb", "a URL pattern has no control characters"},
      {"https://h.example.org/../a", dots},
      {"https://h.example.org/a/.", dots},
      {"https://h.example.org/**/a", rest},
      {"https://h.example.org/**/", rest},
      {"https://h.example.org/a**", part},
      {"https://h.example.org/***", part},
      {"https://h.example.org/a?", query},
      {"https://h.example.org/a?acl", query},
      {"https://h.example.org/a?=v", query},
      {"https://h.example.org/a?k=v&", query},
      {"https://h.example.org/a?k=v*",
       "'*' has no meaning in a query; write the value out, or no '?' for any query"},
      {"https://h.example.org/a?k=v&k=w",
       "a query parameter is present exactly once; 'k' stands here twice"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::string error;
    CHECK_FALSE(UrlPattern::parse(row.text, error));
    CHECK(error == row.error);
  }
}

TEST_CASE("matching ends in time on a pattern of many wildcards") {
  std::string pattern = "/";
  for (int i = 0; i < 40; ++i) pattern += "*a";
  CHECK_FALSE(allows({url(pattern)}, "/" + std::string(20'000, 'a') + "b"));
  CHECK(allows({url(pattern)}, "/" + std::string(20'000, 'a')));
}

}  // namespace
}  // namespace sallyport
