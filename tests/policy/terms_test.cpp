#include "policy/terms.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "policy/decide.h"
#include "tests/policy/attempt_builder.h"

namespace sallyport {
namespace {

constexpr std::uint64_t kNone = Terms::kNoLimit;

/// A policy whose rules get what RuleBuilder has no words for.
struct Granted {
  std::optional<std::uint64_t> upload;
  std::optional<std::uint64_t> download;
  bool websocket = false;
  std::vector<std::string> content_types = {};
};

Snapshot grant(const PolicyBuilder& policy, std::initializer_list<Granted> grants) {
  Snapshot snapshot = policy.build();
  std::size_t place = 0;
  for (const Granted& each : grants) {
    Rule& rule = snapshot.rules.at(place++);
    rule.upload_max = each.upload;
    rule.download_max = each.download;
    rule.takes_websocket = each.websocket;
    rule.content_types = each.content_types;
  }
  return snapshot;
}

RuleBuilder http_rule(const char* name, const char* host = "a.example.org") {
  return rule(name).hosts({host}).schemes({Scheme::http});
}

AttemptBuilder get(std::string_view url = "http://a.example.org/") {
  return exchange("GET", url).to({kPublic}).dialled(kPublic);
}

/// `up down websocket`.
std::string said(const Terms& terms) {
  const auto number = [](std::uint64_t limit) {
    return limit == kNone ? std::string("-") : std::to_string(limit);
  };
  return number(terms.upload_max) + " " + number(terms.download_max) +
         (terms.takes_websocket ? " websocket" : "");
}

std::string terms_at(const Snapshot& snapshot, const AttemptBuilder& attempt) {
  const Facts facts = attempt.facts(snapshot);
  const Terms terms = terms_of(snapshot, facts);
  const TransferLimits limits = limits_of(snapshot, facts);
  CHECK(limits.upload_max == terms.upload_max);
  CHECK(limits.download_max == terms.download_max);
  return said(terms);
}

bool takes(const Snapshot& snapshot, const AttemptBuilder& attempt, std::string_view type) {
  return takes_content_type(snapshot, attempt.facts(snapshot), type);
}

}  // namespace

TEST_CASE(
    "of the allow rules that are true the smallest limits hold, and one websocket is enough") {
  struct Row {
    const char* because;
    PolicyBuilder policy;
    std::initializer_list<Granted> grants;
    AttemptBuilder attempt;
    const char* expected;
  };
  const Row rows[] = {
      {"a rule without limits", policy({http_rule("a")}), {{}}, get(), "- -"},
      {"a rule's own", policy({http_rule("a")}), {{10, 20}}, get(), "10 20"},
      {"each limit is the smallest of all",
       policy({http_rule("a"), http_rule("b"), http_rule("c", "*.example.org")}),
       {{10, 20}, {5, 30}, {std::nullopt, 15, true}},
       get(),
       "5 15 websocket"},
      {"a rule for other methods has no say",
       policy({http_rule("a"), http_rule("b").methods({"PUT"})}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"nor one for other URLs",
       policy({http_rule("a"), http_rule("b").urls({"http://a.example.org/up/**"})}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"which speaks where its URL is asked for",
       policy({http_rule("a"), http_rule("b").urls({"http://a.example.org/up/**"})}),
       {{10, 20}, {5, 5, true}},
       get("http://a.example.org/up/x"),
       "5 5 websocket"},
      {"nor one for other addresses",
       policy({http_rule("a"), http_rule("b").networks({"10.0.0.0/8"})}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"nor one whose host is excepted",
       policy({http_rule("a"), http_rule("b", "*.example.org").except_hosts({"a.example.org"})}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"nor one that has ended",
       policy({http_rule("a"), http_rule("b").until(at(0))}),
       {{10, 20}, {5, 5, true}},
       get().when(at(0)),
       "10 20"},
      {"nor a monitor rule",
       policy({http_rule("a"), http_rule("b").monitor()}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"nor a deny",
       policy({http_rule("a"), rule("d").deny().hosts({"a.example.org"}).methods({"PUT"})}),
       {{10, 20}, {5, 5, true}},
       get(),
       "10 20"},
      {"a tunnel that is not read has limits too",
       policy({rule("a").hosts({"a.example.org"}),
               rule("h").hosts({"a.example.org"}).schemes({Scheme::http})}),
       {{10, 20}, {5, 5, true}},
       connect("a.example.org:443").to({kPublic}).dialled(kPublic).tls(),
       "10 20"},
      {"what monitor mode lets pass has none, and may upgrade",
       policy({http_rule("a").methods({"PUT"})}).mode(Mode::monitor),
       {{10, 20}},
       get(),
       "- - websocket"},
      {"where a deny is what monitor mode lifts, the allow rules speak",
       policy({http_rule("a"), rule("d").deny().hosts({"a.example.org"})}).mode(Mode::monitor),
       {{10, 20}},
       get().lifted({Reason::denied_by_rule, 1, Stage::request}),
       "10 20"},
      {"discovery has none",
       policy({http_rule("a", "b.example.org"), http_rule("m", "*").monitor()}),
       {{10, 20}, {5, 5}},
       get(),
       "- - websocket"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const Snapshot snapshot = grant(row.policy, row.grants);
    CHECK(decide(snapshot, row.attempt.facts(snapshot)).is_allow());
    CHECK(terms_at(snapshot, row.attempt) == row.expected);
  }
}

TEST_CASE("a type is compared without case and parameters; a list of them is no type") {
  const Snapshot snapshot =
      grant(policy({http_rule("a")}),
            {{.upload = {}, .download = {}, .content_types = {"text/html", "image/png"}}});
  struct Row {
    std::string_view sent;
    bool is_taken;
  };
  const Row rows[] = {
      {"text/html", true},
      {"Text/HTML", true},
      {"text/html; charset=utf-8", true},
      {"text/html;charset=utf-8", true},
      {" text/html\t; a=\"b;c\"", true},
      {"image/png", true},
      {"", false},
      {";", false},
      {"text/html2", false},
      {"text/htm", false},
      {"text", false},
      {"text/*", false},
      {"text/html, application/zip", false},
      {"application/zip, text/html", false},
      {"application/zip; text/html", false},
      {"application/zip", false},
      {"text /html", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.sent);
    CHECK(takes(snapshot, get(), row.sent) == row.is_taken);
  }
}

TEST_CASE("an answer passes by any allow rule that is true: one without types takes all") {
  const Granted html{.upload = {}, .download = {}, .content_types = {"text/html"}};
  const Granted zip{.upload = {}, .download = {}, .content_types = {"application/zip"}};
  const auto two = [] {
    return policy({http_rule("a"), http_rule("b").urls({"http://a.example.org/z/**"})});
  };
  const Snapshot listed = grant(two(), {html, zip});
  CHECK_FALSE(takes(listed, get(), "application/zip"));
  CHECK(takes(listed, get("http://a.example.org/z/1"), "application/zip"));
  CHECK(takes(listed, get("http://a.example.org/z/1"), "text/html"));
  CHECK_FALSE(takes(listed, get("http://a.example.org/z/1"), "text/plain"));

  const Snapshot open = grant(two(), {html, {}});
  CHECK_FALSE(takes(open, get(), "application/zip"));
  CHECK(takes(open, get("http://a.example.org/z/1"), "application/zip"));
  CHECK(takes(open, get("http://a.example.org/z/1"), ""));

  const Snapshot monitored =
      grant(policy({http_rule("a").methods({"PUT"})}).mode(Mode::monitor), {html});
  CHECK(takes(monitored, get(), "application/zip"));
}

TEST_CASE("types are asked of an answer, so the request must be read") {
  const Granted html{.upload = {}, .download = {}, .content_types = {"text/html"}};
  const Snapshot snapshot =
      grant(policy({rule("a").hosts({"a.example.org"}).tls_optional()}), {html});
  const auto attempt = [] { return connect("a.example.org:443").to({kPublic}).dialled(kPublic); };
  const auto answer = [&](const AttemptBuilder& each) {
    return said(snapshot, decide(snapshot, each.facts(snapshot)));
  };
  CHECK(answer(attempt().tls()) == "need request");
  CHECK(answer(attempt().first(FirstBytes::Kind::other)) == "block not_tls by a after first_bytes");
  CHECK(answer(exchange("GET", "https://a.example.org/").to({kPublic})) ==
        "allow by a after request");
}

TEST_CASE("what breaks the terms is blocked by the rule that grants them, or lifted by monitor") {
  const AttemptBuilder attempt = get();
  const Asked socket{.websocket = true};
  const Offered zip{.content_type = "application/zip"};
  const Offered large{.body_bytes = 21};
  const Granted grants{10, 20, false, {"text/html"}};

  struct Row {
    const char* because;
    Mode mode;
    bool is_denied_by_monitor;
    Answer::Kind socket;
    Reason reason_of_socket;
    bool would_block_socket;
  };
  using Kind = Answer::Kind;
  const Row rows[] = {
      {"enforced", Mode::enforce, false, Kind::block, Reason::websocket_not_allowed, false},
      {"monitored", Mode::monitor, false, Kind::allow, Reason::websocket_not_allowed, true},
      {"noted by a monitor rule, and enforced", Mode::enforce, true, Kind::block,
       Reason::websocket_not_allowed, false},
      {"the first lifted verdict is told", Mode::monitor, true, Kind::allow, Reason::denied_by_rule,
       true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    Snapshot snapshot =
        grant(policy({http_rule("a"), http_rule("watch").deny().monitor()}), {grants, {}});
    snapshot.mode = row.mode;
    if (!row.is_denied_by_monitor) snapshot.rules[1].effect = Effect::allow;
    const Facts facts = attempt.facts(snapshot);
    const Answer allowed = decide(snapshot, facts);
    REQUIRE(allowed.is_allow());
    REQUIRE(allowed.would_block == row.is_denied_by_monitor);
    const Answer held = hold_to_terms(snapshot, facts, socket, allowed);
    CHECK(held.kind == row.socket);
    CHECK(held.verdict.reason == row.reason_of_socket);
    CHECK(held.would_block == row.would_block_socket);
    if (held.is_block()) CHECK(snapshot.rule_name(held.verdict.rule) == "a");

    CHECK(hold_to_terms(snapshot, facts, Asked{.body_bytes = 10}, allowed) == allowed);
    CHECK(hold_to_terms(snapshot, facts, Offered{.body_bytes = 20}, allowed) == allowed);
    CHECK(hold_to_terms(snapshot, facts, zip, allowed).is_allow() == (row.mode == Mode::monitor));
    // Limits hold for monitored clients too: they are no policy's verdict.
    CHECK(hold_to_terms(snapshot, facts, large, allowed).verdict.reason == Reason::download_limit);
    CHECK(hold_to_terms(snapshot, facts, large, allowed).is_block());
    CHECK(hold_to_terms(snapshot, facts, Asked{.body_bytes = 11}, allowed).is_block());
    const Answer blocked{.kind = Kind::block, .verdict = {Reason::host_not_allowed}};
    CHECK(hold_to_terms(snapshot, facts, socket, blocked) == blocked);
  }
}

}  // namespace sallyport
