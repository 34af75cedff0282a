#include "policy/condition.h"

#include <vector>

#include <doctest/doctest.h>

#include "policy/dial_choice.h"
#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;
constexpr Scheme kHttp = Scheme::http;
constexpr Scheme kHttps = Scheme::https;

/// `yes`, `no CONDITION REASON`, or `waits FACT`.
std::string said(const Evaluation& found) {
  switch (found.truth) {
    case Truth::yes:
      return "yes";
    case Truth::no:
      return "no " + std::string(text(found.failed)) + " " + std::string(text(found.reason));
    case Truth::unknown:
      break;
  }
  return "waits " + std::string(text(found.waits_for));
}

struct Row {
  const char* because;
  RuleBuilder rule;
  AttemptBuilder attempt;
  const char* says;
};

/// Of one rule in a policy with two clients; its address is the one that would be dialled.
void check_rules(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const Snapshot snapshot =
        policy({row.rule}).client("ours", "10.20.0.0/16").client("theirs", "10.30.0.0/16").build();
    const Facts facts = row.attempt.facts(snapshot);
    REQUIRE(facts.matches.size() == 1);
    const DialChoice choice = choose_address(snapshot, facts, ChosenFor::enforcing_rules);
    CHECK(said(evaluate(snapshot, facts.matches[0], facts, choice)) == row.says);
  }
}

AttemptBuilder port(int number) {
  return connect("a.example.org:" + std::to_string(number)).to({kPublic});
}
AttemptBuilder a() { return connect("a.example.org:443"); }
RuleBuilder allow() { return rule("a").hosts({"a.example.org"}); }
RuleBuilder deny() { return rule("a").deny().hosts({"a.example.org"}); }
RuleBuilder both() { return allow().schemes({kHttp, kHttps}); }

}  // namespace

TEST_CASE("hosts: an excepted host counts as matched, and fails") {
  check_rules({
      {"allow", rule("a").hosts({"*.example.org"}).except_hosts({"a.example.org"}), a(),
       "no hosts host_not_allowed"},
      {"deny", rule("a").deny().hosts({"*.example.org"}).except_hosts({"a.example.org"}), a(),
       "no hosts host_not_allowed"},
      {"not excepted", rule("a").hosts({"*.example.org"}).except_hosts({"b.example.org"}), a(),
       "waits first_bytes"},
  });
}

TEST_CASE("clients: who asks is one of the rule's") {
  check_rules({
      {"named", allow().clients({"ours"}), a().from("10.20.0.1"), "waits first_bytes"},
      {"another", allow().clients({"ours"}), a().from("10.30.0.1"),
       "no clients client_not_allowed"},
      {"nobody that has a name", allow().clients({"ours"}), a().from("10.40.0.1"),
       "no clients client_not_allowed"},
      {"one of two", allow().clients({"ours", "theirs"}), a().from("10.30.0.1"),
       "waits first_bytes"},
      {"a deny for others does not hold", deny().clients({"ours"}), a().from("10.40.0.1"),
       "no clients client_not_allowed"},
      {"a deny without clients holds for all", deny(), a().from("10.40.0.1"), "yes"},
  });
}

TEST_CASE("until: false from that instant") {
  check_rules({
      {"before", allow().until(at(10)), a().when(at(9)), "waits first_bytes"},
      {"at it", allow().until(at(10)), a().when(at(10)), "no until rule_expired"},
      {"behind it", allow().until(at(10)), a().when(at(11)), "no until rule_expired"},
      {"a deny ends too", deny().until(at(10)), a().when(at(10)), "no until rule_expired"},
  });
}

TEST_CASE("ports: as written, else the scheme's in an allow, any in a deny") {
  check_rules({
      {"https by default", allow(), port(443).tls(), "yes"},
      {"and no other port", allow(), port(8443), "no ports port_not_allowed"},
      {"not http's", allow(), port(80), "no ports port_not_allowed"},
      {"written: first of a range", allow().ports(8000, 8010), port(8000).tls(), "yes"},
      {"written: last of a range", allow().ports(8000, 8010), port(8010).tls(), "yes"},
      {"written: below", allow().ports(8000, 8010), port(7999), "no ports port_not_allowed"},
      {"written: above", allow().ports(8000, 8010), port(8011), "no ports port_not_allowed"},
      {"written ports leave the scheme's out", allow().ports(8000), port(443),
       "no ports port_not_allowed"},
      {"scheme unknown: https's may do", both(), port(443), "waits first_bytes"},
      {"scheme unknown: http's may do", both(), port(80), "waits first_bytes"},
      {"scheme unknown: no other does", both(), port(81), "no ports port_not_allowed"},
      {"TLS on http's port", both(), port(80).tls(), "no ports port_not_allowed"},
      {"HTTP on https's port", both(), port(443).first(Kind::http), "no ports port_not_allowed"},
      {"HTTP on http's port", both(), port(80).first(Kind::http), "yes"},
      {"TLS on a written port", both().ports(80), port(80).tls(), "yes"},
      {"a deny takes any", deny(), port(8443), "yes"},
      {"a deny with schemes too", deny().schemes({kHttps}), port(80).tls(), "yes"},
      {"a deny's written ports", deny().ports(80), port(443), "no ports port_not_allowed"},
      {"a scheme that is none of the rule's: absent ports count as true", allow(),
       port(443).first(Kind::http), "no schemes scheme_not_allowed"},
      {"also on the wrong scheme's own port", allow().schemes({kHttp}), port(80).tls(),
       "no schemes scheme_not_allowed"},
      {"an exchange on its scheme's port", allow().schemes({kHttp}),
       exchange("GET", "http://a.example.org/").to({kPublic}), "yes"},
      {"an exchange on another", allow().schemes({kHttp}),
       exchange("GET", "http://a.example.org:8080/").to({kPublic}), "no ports port_not_allowed"},
  });
}

TEST_CASE("schemes: https alone in an allow that names none, any in a deny") {
  check_rules({
      {"before the first bytes", allow(), port(443), "waits first_bytes"},
      {"TLS is https", allow(), port(443).tls(), "yes"},
      {"HTTP is http", allow().schemes({kHttp}), port(80).first(Kind::http), "yes"},
      {"HTTP on an https rule", allow().ports(443), port(443).first(Kind::http),
       "no schemes scheme_not_allowed"},
      {"TLS on an http rule", allow().schemes({kHttp}).ports(443), port(443).tls(),
       "no schemes scheme_not_allowed"},
      {"an exchange has its scheme at once", allow(),
       exchange("GET", "http://a.example.org/").to({kPublic}), "no schemes scheme_not_allowed"},
      {"an https exchange", allow(), exchange("GET", "https://a.example.org/").to({kPublic}),
       "yes"},
      {"a deny without schemes waits for nothing", deny(), port(443), "yes"},
      {"a deny with schemes waits", deny().schemes({kHttp}), port(443), "waits first_bytes"},
      {"a deny of http on TLS", deny().schemes({kHttp}), port(443).tls(),
       "no schemes scheme_not_allowed"},
      {"bytes that make no scheme are not of a deny's", deny().schemes({kHttp, kHttps}),
       port(443).first(Kind::other), "no schemes scheme_not_allowed"},
  });
}

TEST_CASE("tls: a tunnel carries TLS that names its host, unless it is optional") {
  check_rules({
      {"other bytes", allow(), port(443).first(Kind::other), "no tls not_tls"},
      {"silence", allow(), port(443).first(Kind::silence), "no tls not_tls"},
      {"other bytes on a rule with http", both(), port(80).first(Kind::other), "no tls not_tls"},
      {"no SNI", allow(), port(443).tls_without_sni(), "no tls sni_missing"},
      {"no SNI to a literal is right", rule("a").hosts({kPublic}),
       connect("203.0.114.1:443").to({kPublic}).tls_without_sni(), "yes"},
      {"a deny does not ask for TLS", deny(), port(443).first(Kind::other), "yes"},
      {"an exchange is no tunnel", both(), exchange("GET", "http://a.example.org/").to({kPublic}),
       "yes"},
  });
}

TEST_CASE("tls: optional makes schemes and tls true for any first bytes of a CONNECT") {
  const auto open = [] { return allow().tls_optional(); };
  check_rules({
      {"before the first bytes", open(), port(443), "yes"},
      {"TLS", open(), port(443).tls(), "yes"},
      {"TLS without SNI", open(), port(443).tls_without_sni(), "yes"},
      {"HTTP", open(), port(443).first(Kind::http), "yes"},
      {"other", open(), port(443).first(Kind::other), "yes"},
      {"silence", open(), port(443).first(Kind::silence), "yes"},
      {"TLS on an http rule", open().schemes({kHttp}), port(80).tls(), "yes"},
      {"absent ports: any of its schemes", open().schemes({kHttp, kHttps}), port(80).tls(), "yes"},
      {"absent ports: none but those", open(), port(80).first(Kind::http),
       "no ports port_not_allowed"},
      {"other ports, written", open().ports(22), port(22).first(Kind::silence), "yes"},
      {"an exchange is judged by schemes", open().ports(80),
       exchange("GET", "http://a.example.org/").to({kPublic}), "no schemes scheme_not_allowed"},
      {"an exchange's port by its scheme", open().schemes({kHttp, kHttps}),
       exchange("GET", "http://a.example.org:443/").to({kPublic}), "no ports port_not_allowed"},
  });
}

TEST_CASE("methods: known with the request") {
  const auto request = [](const char* method) {
    return exchange(method, "https://a.example.org/").to({kPublic});
  };
  check_rules({
      {"of a CONNECT", allow().methods({"GET"}), port(443).tls(), "waits request"},
      {"listed", allow().methods({"GET", "HEAD"}), request("HEAD"), "yes"},
      {"not listed", allow().methods({"GET", "HEAD"}), request("PUT"),
       "no methods method_not_allowed"},
      {"methods have cases", allow().methods({"GET"}), request("get"),
       "no methods method_not_allowed"},
      {"a deny's", deny().methods({"PUT"}), request("PUT"), "yes"},
      {"not a deny's", deny().methods({"PUT"}), request("GET"), "no methods method_not_allowed"},
      {"HTTP bytes can be read", both().methods({"GET"}), port(80).first(Kind::http),
       "waits request"},
  });
}

TEST_CASE("urls: what host and scheme already rule out is false at once") {
  const auto get = [](const char* url) { return exchange("GET", url).to({kPublic}); };
  check_rules({
      {"of a CONNECT", allow().urls({"https://a.example.org/x"}), a(), "waits first_bytes"},
      {"of TLS", allow().urls({"https://a.example.org/x"}), port(443).tls(), "waits request"},
      {"the request's", allow().urls({"https://a.example.org/x"}), get("https://a.example.org/x"),
       "yes"},
      {"another's", allow().urls({"https://a.example.org/x"}), get("https://a.example.org/y"),
       "no urls url_not_allowed"},
      {"patterns of another host", allow().urls({"https://b.example.org/**"}), a(),
       "no urls url_not_allowed"},
      {"patterns of http alone need no interception", both().urls({"http://a.example.org/**"}),
       port(443).tls(), "no urls url_not_allowed"},
      {"and are read over HTTP", both().urls({"http://a.example.org/**"}),
       port(80).first(Kind::http), "waits request"},
      {"a deny's patterns of another host", deny().urls({"https://b.example.org/**"}), a(),
       "no urls url_not_allowed"},
      {"a deny's patterns of another scheme", deny().urls({"http://a.example.org/**"}),
       port(443).tls(), "no urls url_not_allowed"},
      {"a deny's", deny().urls({"https://a.example.org/x"}), get("https://a.example.org/x"), "yes"},
  });
}

TEST_CASE(
    "aws: on a host that is no AWS endpoint the rule does not match, as if its hosts did not") {
  constexpr auto kServices = ConditionKind::services;
  check_rules({
      {"allow", allow().aws(kServices, {"s3"}), a(), "no hosts host_not_allowed"},
      {"deny", deny().aws(kServices, {"s3"}), a(), "no hosts host_not_allowed"},
      {"deny, negated", deny().aws_not(kServices, {"s3"}),
       exchange("GET", "https://a.example.org/"), "no hosts host_not_allowed"},
  });
  check({
      {"no nearest miss either", policy({allow().aws(kServices, {"s3"})}), a(),
       "block host_not_allowed by - after connect"},
      {"nor in the way of discovery",
       policy({allow().aws(kServices, {"s3"}), rule("discover").hosts({"*"}).monitor()}), a(),
       "need address would_block host_not_allowed by discover after connect"},
  });
}

TEST_CASE("aws: a request on an AWS endpoint that nobody read counts against") {
  constexpr auto kServices = ConditionKind::services;
  const auto unread = [] {
    return exchange("GET", "https://a.example.org/").to({kPublic}).host_shows({});
  };
  check_rules({
      {"allow", allow().aws(kServices, {"s3"}), unread(), "no services action_unknown"},
      {"deny", deny().aws(kServices, {"s3"}), unread(), "yes"},
  });
}

TEST_CASE("evaluate names the first condition that is false, else the earliest fact waited for") {
  check_rules({
      {"client before port", allow().clients({"ours"}), port(80), "no clients client_not_allowed"},
      {"a later no beats an earlier unknown", allow().urls({"https://b.example.org/"}), a(),
       "no urls url_not_allowed"},
      {"networks wait for the address", allow().networks({"203.0.114.0/24"}), a(), "waits address"},
      {"then for the first bytes", allow().networks({"203.0.114.0/24"}).methods({"GET"}),
       a().to({kPublic}), "waits first_bytes"},
  });
}

}  // namespace sallyport
