#include "policy/first_words.h"

#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/attempt_builder.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {
namespace {

RuleBuilder open() { return rule("open").hosts({"a.example.org"}).ports(22).tls_optional(); }
RuleBuilder deny() { return rule("never").deny().hosts({"*"}); }
AttemptBuilder ssh() { return connect("a.example.org:22").to({kPublic}).dialled(kPublic); }
const Verdict kLifted{Reason::host_not_allowed, kNoRule, Stage::connect};

}  // namespace

TEST_CASE("an origin is heard at once where its client may stay silent, and nowhere else") {
  struct Row {
    const char* because;
    PolicyBuilder policy;
    AttemptBuilder attempt;
    bool may_pass;
  };
  const std::vector<Row> rows = {
      {"tls: optional", policy({open()}), ssh(), true},
      {"TLS required", policy({rule("tls").hosts({"*"}).ports(22)}), ssh(), false},
      {"tls: optional on another port", policy({open(), rule("tls").hosts({"*"}).ports(2222)}),
       connect("a.example.org:2222").to({kPublic}), false},
      {"tls: optional, its address is not this",
       policy({open().networks({"203.0.115.0/24"}), rule("tls").hosts({"*"}).ports(22)}), ssh(),
       false},
      {"tls: optional that must read a request", policy({open().methods({"GET"})}), ssh(), false},
      {"a deny that must read a request", policy({open(), deny().methods({"PUT"})}), ssh(), false},
      {"a deny of TLS alone", policy({open(), deny().schemes({Scheme::https})}), ssh(), true},
      {"a deny that has tls: optional by mistake",
       policy({rule("tls").hosts({"*"}).ports(22), deny().ports(80).tls_optional()}), ssh(), false},
      {"a monitor rule of a host that is enforced",
       policy({rule("tls").hosts({"*"}).ports(22), open().monitor()}), ssh(), false},
      {"discovery", policy({open().monitor()}), ssh().lifted(kLifted), true},
      {"discovery that requires TLS", policy({rule("m").hosts({"*"}).ports(22).monitor()}),
       ssh().lifted(kLifted), false},
      {"monitor mode lets it pass unread", policy({}).mode(Mode::monitor), ssh().lifted(kLifted),
       true},
      {"not what the guard refuses", policy({open()}).mode(Mode::monitor),
       connect("a.example.org:22").to({"127.0.0.1"}), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.because);
    const Snapshot snapshot = row.policy.build();
    CHECK(may_pass_without_tls(snapshot, row.attempt.facts(snapshot)) == row.may_pass);
  }
}

}  // namespace sallyport
