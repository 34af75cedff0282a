// Policies for the tests of the policy core, built in code and read aloud: a rule is written as in
// a policy file, word by word. Plain values; what cannot be parsed fails the test that wrote it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/rule.h"
#include "policy/snapshot.h"
#include "policy/url_pattern.h"

namespace sallyport {

/// The value, or a failed test that names the text.
template <class Value>
Value parsed(std::optional<Value> value, std::string_view text, std::string_view why = {}) {
  if (!value) throw std::invalid_argument(std::string(text) + " is no value: " + std::string(why));
  return *std::move(value);
}

inline HostPattern pattern_of(std::string_view text) {
  std::string error;
  auto pattern = HostPattern::parse(text, error);
  return parsed(std::move(pattern), text, error);
}

inline Network network_of(std::string_view text) { return parsed(Network::parse(text), text); }
inline IpAddress address_of(std::string_view text) { return parsed(IpAddress::parse(text), text); }

/// Seconds after an instant that the tests agree on.
inline TimePoint at(int seconds) { return TimePoint{} + std::chrono::seconds(seconds); }

using Words = std::initializer_list<const char*>;

/// One rule; `rule("name")` begins one that allows.
class RuleBuilder {
 public:
  explicit RuleBuilder(std::string name) { rule_.name = std::move(name); }

  RuleBuilder& deny() {
    rule_.effect = Effect::deny;
    return *this;
  }
  RuleBuilder& monitor() {
    rule_.mode = Mode::monitor;
    return *this;
  }
  RuleBuilder& hosts(Words patterns) { return add(hosts_, patterns); }
  RuleBuilder& except_hosts(Words patterns) { return add(except_hosts_, patterns); }
  RuleBuilder& clients(Words names) {
    clients_.emplace(names.begin(), names.end());
    return *this;
  }
  RuleBuilder& until(TimePoint end) {
    rule_.until = end;
    return *this;
  }
  RuleBuilder& ports(std::uint16_t first, std::uint16_t last = 0) {
    rule_.ports.push_back({first, std::max(first, last)});
    return *this;
  }
  RuleBuilder& schemes(std::initializer_list<Scheme> schemes) {
    rule_.schemes.emplace();
    for (const Scheme scheme : schemes) {
      (scheme == Scheme::https ? rule_.schemes->https : rule_.schemes->http) = true;
    }
    return *this;
  }
  RuleBuilder& networks(Words networks) {
    for (const char* text : networks) rule_.networks.push_back(network_of(text));
    return *this;
  }
  RuleBuilder& tls_optional() {
    rule_.tls_is_optional = true;
    return *this;
  }
  RuleBuilder& methods(Words methods) {
    rule_.methods.assign(methods.begin(), methods.end());
    return *this;
  }
  RuleBuilder& urls(Words urls) {
    for (const char* text : urls) {
      std::string error;
      auto url = UrlPattern::parse(text, error);
      rule_.urls.push_back(parsed(std::move(url), text, error));
    }
    return *this;
  }
  RuleBuilder& aws(ConditionKind kind, Words values) { return add_values(kind, values, false); }
  RuleBuilder& aws_not(ConditionKind kind, Words values) { return add_values(kind, values, true); }

 private:
  friend class PolicyBuilder;

  RuleBuilder& add(std::vector<std::string>& to, Words patterns) {
    to.insert(to.end(), patterns.begin(), patterns.end());
    return *this;
  }
  RuleBuilder& add_values(ConditionKind kind, Words values, bool is_negated) {
    ValueCondition condition{kind, {values.begin(), values.end()}, is_negated};
    std::sort(condition.values.begin(), condition.values.end());
    rule_.values.push_back(std::move(condition));
    std::stable_sort(
        rule_.values.begin(), rule_.values.end(),
        [](const ValueCondition& a, const ValueCondition& b) { return a.kind < b.kind; });
    return *this;
  }

  Rule rule_;
  std::vector<std::string> hosts_;
  std::vector<std::string> except_hosts_;
  std::optional<std::vector<std::string>> clients_;
};

inline RuleBuilder rule(std::string name) { return RuleBuilder(std::move(name)); }

/// A policy: its rules in file order, and what stands around them.
class PolicyBuilder {
 public:
  PolicyBuilder& client(std::string name, std::string_view network,
                        std::optional<Mode> mode = std::nullopt) {
    snapshot_.clients.push_back({std::move(name), {network_of(network)}, mode});
    return *this;
  }
  PolicyBuilder& mode(Mode mode) {
    snapshot_.mode = mode;
    return *this;
  }
  PolicyBuilder& allow_networks(Words networks) {
    for (const char* text : networks) {
      snapshot_.destinations.allow_networks.push_back(network_of(text));
    }
    return *this;
  }
  PolicyBuilder& with(RuleBuilder builder) {
    rules_.push_back(std::move(builder));
    return *this;
  }

  /// The same policy with its rules in the opposite order.
  PolicyBuilder reversed() const {
    PolicyBuilder other = *this;
    std::reverse(other.rules_.begin(), other.rules_.end());
    return other;
  }

  Snapshot build() const {
    Snapshot snapshot = snapshot_;
    for (const RuleBuilder& each : rules_) add_rule(snapshot, each);
    return snapshot;
  }

 private:
  static void add_rule(Snapshot& snapshot, const RuleBuilder& from) {
    const auto index = static_cast<RuleIndex>(snapshot.rules.size());
    Rule rule = from.rule_;
    if (from.clients_) rule.clients = indexes_of(snapshot, *from.clients_);
    // Who takes A-labels and literals by a wildcard: SEMANTICS.md section 6, Names.
    const bool is_enforcing_allow = rule.is_allow() && rule.enforces();
    for (const std::string& text : from.hosts_) {
      snapshot.matcher.add(pattern_of(text), index, HostMatcher::Part::hosts, !is_enforcing_allow);
    }
    for (const std::string& text : from.except_hosts_) {
      snapshot.matcher.add(pattern_of(text), index, HostMatcher::Part::except_hosts,
                           rule.is_allow());
    }
    snapshot.rules.push_back(std::move(rule));
  }

  static std::vector<std::uint32_t> indexes_of(const Snapshot& snapshot,
                                               const std::vector<std::string>& names) {
    std::vector<std::uint32_t> indexes;
    for (std::uint32_t i = 0; i < snapshot.clients.size(); ++i) {
      const bool is_named =
          std::find(names.begin(), names.end(), snapshot.clients[i].name) != names.end();
      if (is_named) indexes.push_back(i);
    }
    return indexes;
  }

  Snapshot snapshot_;
  std::vector<RuleBuilder> rules_;
};

/// The policy of these rules, in this order.
inline PolicyBuilder policy(std::initializer_list<RuleBuilder> rules) {
  PolicyBuilder builder;
  for (const RuleBuilder& each : rules) builder.with(each);
  return builder;
}

}  // namespace sallyport
