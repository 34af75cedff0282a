#include "policy/dial_choice.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/decide_rows.h"

namespace sallyport {
namespace {

using Kind = FirstBytes::Kind;

AttemptBuilder a() { return connect("a.example.org:443"); }
RuleBuilder allow(const char* name) { return rule(name).hosts({"a.example.org"}); }

std::string said(const DialChoice& choice) {
  switch (choice.state) {
    case DialChoice::State::unknown:
      return "unknown";
    case DialChoice::State::assumed:
      return "assumed";
    case DialChoice::State::chosen:
      return choice.address.address.text();
    case DialChoice::State::forbidden:
      return "forbidden";
    case DialChoice::State::refused:
      break;
  }
  return "refused";
}

struct Row {
  const char* because;
  PolicyBuilder policy;
  AttemptBuilder attempt;
  const char* dialled;
};

void check_choices(const std::vector<Row>& rows, ChosenFor who = ChosenFor::enforcing_rules) {
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const Snapshot snapshot = row.policy.build();
    CHECK(said(choose_address(snapshot, row.attempt.facts(snapshot), who)) == row.dialled);
  }
}

std::string order(const PolicyBuilder& policy, const AttemptBuilder& attempt) {
  const Snapshot snapshot = policy.build();
  std::string line;
  for (const IpAddress& each : dial_order(snapshot, attempt.facts(snapshot))) {
    line += line.empty() ? "" : " ";
    line += each.text();
  }
  return line;
}

}  // namespace

TEST_CASE("dialled is an address that the guard passes and some rule not yet false accepts") {
  check_choices({
      {"not resolved", policy({allow("a")}), a(), "unknown"},
      {"assumed, in explain", policy({allow("a")}), a().address_assumed(), "assumed"},
      {"the first that passes", policy({allow("a")}), a().to({"127.0.0.1", kPublic, kOtherPublic}),
       kPublic},
      {"the first inside the rule's networks", policy({allow("a").networks({"203.0.115.0/24"})}),
       a().to({kPublic, kOtherPublic}), kOtherPublic},
      {"a rule's networks lift the ban on private ranges",
       policy({allow("a").networks({"10.0.0.0/8"})}), a().to({kPrivate}), kPrivate},
      {"never on loopback", policy({allow("a").networks({"127.0.0.0/8"})}), a().to({"127.0.0.1"}),
       "forbidden"},
      {"never on our own address", policy({allow("a").networks({"10.0.0.0/8"})}),
       a().to_own(kPrivate), "forbidden"},
      {"the lift of a rule that is false does not count",
       policy({allow("a").networks({"10.0.0.0/8"}).ports(80), allow("b")}), a().to({kPrivate}),
       "forbidden"},
      {"the guard passes it, no rule does", policy({allow("a").networks({"203.0.115.0/24"})}),
       a().to({kPublic}), "refused"},
      {"one is guarded, one is outside", policy({allow("a").networks({"203.0.115.0/24"})}),
       a().to({"127.0.0.1", kPublic}), "refused"},
      {"NAT64 is judged by the IPv4 within, and dialled as it is",
       policy({allow("a").networks({"10.0.0.0/8"})}), a().to({"64:ff9b::a01:203"}),
       "64:ff9b::a01:203"},
      {"nothing resolved", policy({allow("a")}), a().to({}), "forbidden"},
  });
}

TEST_CASE("those that the most rules accept come first, else the order of the resolver") {
  const auto rules = [] {
    return policy({allow("a").networks({"203.0.114.0/24"}), allow("b").networks({"203.0.115.0/24"}),
                   allow("c").networks({"203.0.115.0/24"})});
  };
  CHECK(order(rules(), a().to({kPublic, kOtherPublic})) == "203.0.115.1 203.0.114.1");
  CHECK(order(policy({allow("a")}), a().to({kPublic, kOtherPublic})) == "203.0.114.1 203.0.115.1");
  CHECK(order(policy({allow("a")}), a().to({kOtherPublic, kPublic})) == "203.0.115.1 203.0.114.1");
  CHECK(order(policy({allow("a")}), a().to({"127.0.0.1", kPublic, kPrivate})) == "203.0.114.1");
  CHECK(order(policy({allow("a")}), a().to({"127.0.0.1"})).empty());
  CHECK(order(policy({allow("a")}), a()).empty());
  // A deny and a monitor rule have no say.
  CHECK(order(policy({allow("a"), allow("m").networks({"203.0.115.0/24"}).monitor()}),
              a().to({kPublic, kOtherPublic})) == "203.0.114.1 203.0.115.1");
}

TEST_CASE("from the dial on the address that was dialled is the one") {
  check_choices({
      {"though another would come first", policy({allow("a")}),
       a().to({kPublic, kOtherPublic}).dialled(kOtherPublic), kOtherPublic},
      {"no rule accepts it any more", policy({allow("a").networks({"203.0.114.0/24"})}),
       a().to({kPublic, kOtherPublic}).dialled(kOtherPublic), "refused"},
      {"it is our own by now", policy({allow("a")}), a().to_own(kPublic).dialled(kPublic),
       "forbidden"},
  });
}

TEST_CASE("the first bytes, which come after the dial, do not change what is dialled") {
  const auto rules = [] {
    return policy({allow("a").networks({"203.0.114.0/24"}), allow("b").networks({"203.0.114.0/24"}),
                   allow("c").networks({"203.0.115.0/24"}).tls_optional()});
  };
  check_choices({
      {"before them", rules(), a().to({kOtherPublic, kPublic}), kPublic},
      {"two of three rules fail by them", rules(),
       a().to({kOtherPublic, kPublic}).first(Kind::other), kPublic},
  });
}

TEST_CASE("what monitor lets pass is dialled by the guard alone, or by the monitor rules") {
  const auto rules = [] {
    return policy({allow("a").networks({"10.0.0.0/8"}),
                   rule("m").hosts({"*"}).networks({"203.0.115.0/24"}).monitor()});
  };
  const auto all = [] { return a().to({kPrivate, kPublic, kOtherPublic}); };
  check_choices({{"enforcing", rules(), all(), kPrivate}}, ChosenFor::enforcing_rules);
  check_choices({{"monitor rules", rules(), all(), kOtherPublic}}, ChosenFor::monitor_rules);
  check_choices({{"monitor mode", rules(), all(), kPublic}}, ChosenFor::monitor_mode);

  const Verdict lifted{Reason::host_not_allowed, kNoRule, Stage::connect};
  CHECK(order(rules(), all()) == "10.1.2.3");
  CHECK(order(rules(), all().lifted(lifted)) == "203.0.115.1");
  CHECK(order(rules().mode(Mode::monitor), all().lifted(lifted)) == "203.0.114.1 203.0.115.1");
}

TEST_CASE("monitor mode is on by the client's own mode, else by the policy's") {
  struct Row {
    Mode top;
    std::optional<Mode> of_client;
    bool is_monitored;
  };
  const std::vector<Row> rows = {
      {Mode::enforce, std::nullopt, false},  {Mode::monitor, std::nullopt, true},
      {Mode::enforce, Mode::monitor, true},  {Mode::monitor, Mode::enforce, false},
      {Mode::enforce, Mode::enforce, false}, {Mode::monitor, Mode::monitor, true},
  };
  for (const Row& row : rows) {
    CAPTURE(text(row.top));
    const Snapshot snapshot =
        policy({allow("a")}).mode(row.top).client("ours", "10.20.0.0/16", row.of_client).build();
    CHECK(is_monitored(snapshot, a().from("10.20.0.1").facts(snapshot)) == row.is_monitored);
    // A client without a name has the policy's.
    CHECK(is_monitored(snapshot, a().from("10.30.0.1").facts(snapshot)) ==
          (row.top == Mode::monitor));
  }
}

TEST_CASE("by whose rules the address is chosen") {
  const Verdict lifted{Reason::host_not_allowed, kNoRule, Stage::connect};
  const Snapshot enforcing = policy({allow("a")}).build();
  const Snapshot monitoring = policy({allow("a")}).mode(Mode::monitor).build();
  CHECK(chosen_for(enforcing, a().facts(enforcing)) == ChosenFor::enforcing_rules);
  CHECK(chosen_for(enforcing, a().lifted(lifted).facts(enforcing)) == ChosenFor::monitor_rules);
  CHECK(chosen_for(monitoring, a().facts(monitoring)) == ChosenFor::enforcing_rules);
  CHECK(chosen_for(monitoring, a().lifted(lifted).facts(monitoring)) == ChosenFor::monitor_mode);
}

}  // namespace sallyport
