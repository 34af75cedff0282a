#include "policy/decide.h"

#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <malloc.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;
constexpr ConditionKind kActions = ConditionKind::actions;

constexpr Scheme kHttp = Scheme::http;
constexpr Scheme kHttps = Scheme::https;

AttemptBuilder a() { return connect("a.example.org:443"); }
AttemptBuilder a_tls() { return a().to({kPublic}).tls(); }

RuleBuilder allow_a() { return rule("a").hosts({"a.example.org"}); }
RuleBuilder deny_a() { return rule("never").deny().hosts({"a.example.org"}); }

/// What `work` takes from malloc, also if it gives it back: in a new thread, where freed chunks
/// stay in the thread's cache, and count as taken.
template <class Work>
std::size_t bytes_taken(Work work) {
  std::size_t taken = 0;
  std::thread([&] {
    const auto kept = std::make_unique<int>();  // the thread has its cache from here on
    const auto before = mallinfo2().uordblks;
    work();
    taken = mallinfo2().uordblks - before;
  }).join();
  return taken;
}

AwsFacts actions(ShownValues values) { return {.actions = std::move(values)}; }

}  // namespace

TEST_CASE(
    "row 1: a deny that is true blocks, whatever the allow rules say and whatever is unknown") {
  check({
      {"before the address", policy({allow_a(), deny_a()}), a(),
       "block denied_by_rule by never after connect"},
      {"no allow at all: the deny is still what is said", policy({deny_a()}), a(),
       "block denied_by_rule by never after connect"},
      {"known by the address", policy({allow_a(), deny_a().networks({"203.0.114.0/24"})}),
       a().to({kPublic}), "block denied_by_rule by never after address"},
      {"known by the first bytes", policy({allow_a(), deny_a().schemes({kHttps})}), a_tls(),
       "block denied_by_rule by never after first_bytes"},
      {"known by the request", policy({allow_a(), deny_a().methods({"PUT"})}),
       exchange("PUT", "https://a.example.org/x").dialled(kPublic).tls(),
       "block denied_by_rule by never after request"},
      {"the first of two that are true",
       policy({allow_a(), rule("late").deny().hosts({"b.example.org"}), deny_a(),
               rule("later").deny().hosts({"*"})}),
       a(), "block denied_by_rule by never after connect"},
      {"a more precise allow does not win over a deny",
       policy({allow_a(), rule("all").deny().hosts({"*"})}), a(),
       "block denied_by_rule by all after connect"},
  });
}

TEST_CASE("row 2: without an allow that is true or could be, nothing more is asked") {
  check({
      {"no rule names the host: no DNS query", policy({allow_a()}), connect("b.example.org:443"),
       "block host_not_allowed by - after connect"},
      {"the port rules it out", policy({allow_a()}), connect("a.example.org:444"),
       "block port_not_allowed by a after connect"},
      {"a deny that is unknown does not matter",
       policy({deny_a().networks({"10.0.0.0/8"}), rule("b").hosts({"b.example.org"})}), a(),
       "block host_not_allowed by - after connect"},
      {"no rules at all", policy({}), a(), "block host_not_allowed by - after connect"},
  });
}

TEST_CASE("rows 3 and 4: the address, then the first bytes of a CONNECT, even where all is true") {
  check(policy({allow_a().tls_optional()}),
        {
            {"nothing is known", a(), "need address"},
            {"the address is known", a().to({kPublic}), "need first_bytes"},
            {"all is known", a().to({kPublic}).first(Kind::other), "allow by a after first_bytes"},
        });
  check(policy({allow_a().schemes({kHttp})}),
        {
            {"an exchange needs its address", exchange("GET", "http://a.example.org/"),
             "need address"},
            {"and has no first bytes", exchange("GET", "http://a.example.org/").to({kPublic}),
             "allow by a after request"},
        });
}

TEST_CASE("row 5: HTTP bytes are read, not relayed, where an allow that is not false takes http") {
  const auto http = [] { return connect("a.example.org:80").to({kPublic}).first(Kind::http); };
  check({
      {"an allow that is true", policy({allow_a().schemes({kHttp})}), http(), "need request"},
      {"with both schemes", policy({allow_a().schemes({kHttp, kHttps})}), http(), "need request"},
      {"with tls: optional", policy({allow_a().schemes({kHttp}).tls_optional()}), http(),
       "need request"},
      {"one that waits for its request", policy({allow_a().schemes({kHttp}).methods({"GET"})}),
       http(), "need request"},
      {"one that is false does not count",
       policy({allow_a().ports(80).tls_optional(),
               rule("b").hosts({"a.example.org"}).schemes({kHttp}).ports(8080)}),
       http(), "allow by a after first_bytes"},
      {"beside it an https rule with tls: optional that is true",
       policy({allow_a().ports(80).tls_optional(),
               rule("http").hosts({"a.example.org"}).schemes({kHttp})}),
       http(), "need request"},
      {"an unread deny does not change that",
       policy({allow_a().schemes({kHttp}), deny_a().methods({"PUT"})}), http(), "need request"},
      {"an https rule with tls: optional alone relays it unread",
       policy({allow_a().ports(80).tls_optional()}), http(), "allow by a after first_bytes"},
      {"an https rule without blocks it", policy({allow_a().ports(80)}), http(),
       "block scheme_not_allowed by a after first_bytes"},
  });
  check(policy({allow_a().ports(80).tls_optional(),
                rule("http").hosts({"a.example.org"}).schemes({kHttp})}),
        {{"the exchange within is judged by schemes: the https rule lets none pass",
          exchange("GET", "http://a.example.org/").dialled(kPublic).first(Kind::http),
          "allow by http after request"}});
}

TEST_CASE("row 6: one allow that is true and no deny that is unknown") {
  check({
      {"one rule", policy({allow_a()}), a_tls(), "allow by a after first_bytes"},
      {"the first of two in file order", policy({rule("all").hosts({"*"}), allow_a()}), a_tls(),
       "allow by all after first_bytes"},
      {"an allow that is unknown does not hinder",
       policy({rule("get").hosts({"*"}).methods({"GET"}), allow_a()}), a_tls(),
       "allow by a after first_bytes"},
      {"a deny that is false does not hinder", policy({allow_a(), deny_a().ports(80)}), a_tls(),
       "allow by a after first_bytes"},
      {"of a request", policy({allow_a().methods({"GET"})}),
       exchange("GET", "https://a.example.org/").dialled(kPublic).tls(),
       "allow by a after request"},
      {"of a body", policy({allow_a().aws(kActions, {"s3:GetObject"})}),
       exchange("POST", "https://a.example.org/")
           .dialled(kPublic)
           .tls()
           .shows(actions(shown({"s3:GetObject"})))
           .body_is_known(),
       "allow by a after body"},
  });
}

TEST_CASE("row 7: the earliest fact that an unknown condition waits for") {
  const auto https = [] {
    return exchange("POST", "https://a.example.org/x").dialled(kPublic).tls();
  };
  check({
      {"an allow with methods: TLS is intercepted", policy({allow_a().methods({"GET"})}), a_tls(),
       "need request"},
      {"an allow with urls", policy({allow_a().urls({"https://a.example.org/x"})}), a_tls(),
       "need request"},
      {"an allow that is true, and a deny that is unknown",
       policy({allow_a(), deny_a().methods({"PUT"})}), a_tls(), "need request"},
      {"a deny with urls", policy({allow_a(), deny_a().urls({"https://a.example.org/x"})}), a_tls(),
       "need request"},
      {"a value that stands in the body", policy({allow_a().aws(kActions, {"s3:GetObject"})}),
       https().shows(actions(in_body())), "need body"},
      {"a deny's value that stands in the body",
       policy({allow_a(), deny_a().aws(kActions, {"s3:GetObject"})}),
       https().shows(actions(in_body())), "need body"},
      {"the request is read before the body",
       policy({allow_a().methods({"POST"}), rule("b").hosts({"*"}).aws(kActions, {"x"})}),
       a_tls().host_shows({}), "need request"},
  });
}

TEST_CASE("what cannot be read any more counts against") {
  const auto other = [] { return a().to({kPublic}).first(Kind::other); };
  const auto silence = [] { return a().to({kPublic}).first(Kind::silence); };
  const auto open = [] { return allow_a().tls_optional(); };
  check({
      {"an unknown deny blocks", policy({open(), deny_a().methods({"PUT"})}), other(),
       "block denied_by_rule by never after first_bytes"},
      {"by its urls too", policy({open(), deny_a().urls({"https://a.example.org/x"})}), silence(),
       "block denied_by_rule by never after first_bytes"},
      {"by values too", policy({open(), deny_a().aws(kActions, {"s3:PutObject"})}),
       other().host_shows({}), "block denied_by_rule by never after first_bytes"},
      {"an unknown allow does not allow", policy({open().methods({"GET"})}), other(),
       "block not_tls by a after first_bytes"},
      {"nor by urls", policy({open().urls({"https://a.example.org/x"})}), silence(),
       "block not_tls by a after first_bytes"},
      {"nor by values", policy({open().aws(kActions, {"s3:GetObject"})}), silence().host_shows({}),
       "block not_tls by a after first_bytes"},
      {"a body that could not be judged fails an allow",
       policy({allow_a().aws(kActions, {"s3:GetObject"})}),
       exchange("POST", "https://a.example.org/x")
           .dialled(kPublic)
           .tls()
           .shows(actions(in_body()))
           .body_is_known(),
       "block body_not_judgeable by a after body"},
      {"and is true in a deny", policy({allow_a(), deny_a().aws(kActions, {"s3:GetObject"})}),
       exchange("POST", "https://a.example.org/x")
           .dialled(kPublic)
           .tls()
           .shows(actions(in_body()))
           .body_is_known(),
       "block denied_by_rule by never after body"},
  });
}

TEST_CASE("contradictions among facts block before any rule is asked, with no rule") {
  const auto monitored = [] { return policy({allow_a(), deny_a()}).mode(Mode::monitor); };
  check({
      {"at the connect", monitored(), a().contradicts(Reason::proxy_loop),
       "block proxy_loop by - after connect"},
      {"in the first bytes", monitored(), a_tls().contradicts(Reason::malformed_client_hello),
       "block malformed_client_hello by - after first_bytes"},
      {"the name in the hello is another", monitored(), a().to({kPublic}).sni("b.example.org"),
       "block sni_mismatch by - after first_bytes"},
      {"tls: optional does not excuse that", policy({allow_a().tls_optional()}),
       a().to({kPublic}).sni("b.example.org"), "block sni_mismatch by - after first_bytes"},
      {"in a request", monitored(),
       exchange("GET", "https://a.example.org/").contradicts(Reason::host_mismatch),
       "block host_mismatch by - after request"},
  });
}

TEST_CASE("facts of another snapshot, or an exchange without its request, are a fault of ours") {
  const Snapshot snapshot = policy({allow_a()}).mode(Mode::monitor).build();
  Facts facts = a_tls().facts(policy({allow_a()}).mode(Mode::monitor).build());
  CHECK(said(snapshot, decide(snapshot, facts)) == "block internal_error by - after first_bytes");
  facts = a_tls().facts(snapshot);
  CHECK(said(snapshot, decide(snapshot, facts)) == "allow by a after first_bytes");
  facts.kind = Facts::Kind::exchange;
  CHECK(said(snapshot, decide(snapshot, facts)) == "block internal_error by - after request");
}

TEST_CASE("after: the latest fact at hand, of a block the fact that ended it") {
  const auto http = [] { return exchange("GET", "http://a.example.org/x"); };
  const auto rule_http = [] { return allow_a().schemes({kHttp}); };
  check({
      {"an exchange starts at request", policy({}), http(),
       "block host_not_allowed by - after request"},
      {"its address ends it", policy({rule_http().networks({"203.0.115.0/24"})}),
       http().to({kPublic}), "block network_not_allowed by a after address"},
      {"the guard ends it", policy({rule_http()}), http().to({kPrivate}),
       "block destination_forbidden by - after address"},
      {"a deny by its address ends it",
       policy({rule_http(), deny_a().networks({"203.0.114.0/24"})}), http().to({kPublic}),
       "block denied_by_rule by never after address"},
      {"a nearer miss by the method is said, yet the address ended it",
       policy({rule_http().methods({"PUT"}),
               rule("b").hosts({"*"}).schemes({kHttp}).networks({"203.0.115.0/24"})}),
       http().to({kPublic}), "block method_not_allowed by a after address"},
      {"in a tunnel the address was known before the request",
       policy({rule_http().methods({"PUT"}),
               rule("b").hosts({"*"}).schemes({kHttp}).networks({"203.0.115.0/24"})}),
       http().to({kPublic}).dialled(kPublic).first(Kind::http),
       "block method_not_allowed by a after request"},
      {"network_not_allowed is always of the address",
       policy({allow_a().networks({"203.0.115.0/24"}), rule("b").hosts({"*"})}),
       a().to({kPublic}).tls_without_sni(), "block network_not_allowed by a after address"},
  });
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they bring their own malloc
TEST_CASE("decide allocates nothing") {
  const Snapshot snapshot = policy({deny_a().networks({"10.0.0.0/8"}), deny_a().methods({"PUT"}),
                                    allow_a()
                                        .networks({"203.0.114.0/24"})
                                        .methods({"GET"})
                                        .urls({"https://*.example.org/a/**?k=v"}),
                                    rule("discover").hosts({"*"}).tls_optional().monitor(),
                                    allow_a().aws(kActions, {"a", "b"})})
                                .mode(Mode::monitor)
                                .build();
  const std::vector<Facts> all = {
      a().facts(snapshot),
      a_tls().facts(snapshot),
      a().to({kPrivate, kPublic}).first(Kind::other).facts(snapshot),
      connect("b.example.org:443").to({kPublic}).tls().facts(snapshot),
      exchange("GET", "https://a.example.org/a/b?k=v").to({kPublic}).facts(snapshot),
      exchange("GET", "https://a.example.org/c")
          .to({kPublic})
          .shows(actions(shown({"a", "c"})))
          .facts(snapshot),
  };
  std::size_t answers = 0;
  const std::size_t taken = bytes_taken([&] {
    for (const Facts& facts : all) answers += decide(snapshot, facts).is_allow() ? 1 : 0;
  });
  CHECK(taken == 0);
  CHECK(answers > 0);
  // The measure sees what is given back at once, too.
  CHECK(bytes_taken([&] { answers += Facts(all.front()).matches.size(); }) > 0);
}
#endif

}  // namespace sallyport
