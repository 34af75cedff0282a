#include "policy/rule.h"

#include <set>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {

TEST_CASE("conditions and modes are called as in a policy file") {
  std::set<std::string_view> words;
  for (int kind = 0; kind <= static_cast<int>(ConditionKind::resources); ++kind) {
    words.insert(text(static_cast<ConditionKind>(kind)));
  }
  CHECK(words.size() == 22);
  CHECK(text(ConditionKind::hosts) == "hosts");
  CHECK(text(ConditionKind::tls) == "tls");
  CHECK(text(ConditionKind::content_types) == "content_types");
  CHECK(text(ConditionKind::principal_accounts) == "principal_accounts");
  CHECK(text(ConditionKind::resource_accounts) == "resource_accounts");
  CHECK(text(ConditionKind::resources) == "resources");
  CHECK(text(Mode::enforce) == "enforce");
  CHECK(text(Mode::monitor) == "monitor");
}

TEST_CASE("a rule without schemes speaks of https in an allow, of both in a deny") {
  Rule rule;
  CHECK(rule.schemes_meant().https);
  CHECK_FALSE(rule.schemes_meant().http);
  rule.effect = Effect::deny;
  CHECK(rule.schemes_meant().https);
  CHECK(rule.schemes_meant().http);
  rule.schemes = SchemeSet{.https = false, .http = true};
  CHECK_FALSE(rule.schemes_meant().https);
}

}  // namespace sallyport
