#include "proxy/commands/explanation_json.h"

#include "policy/explain.h"

namespace sallyport {
namespace {

boost::json::array considered_json(const Snapshot& snapshot, const Facts& facts) {
  boost::json::array considered;
  for (const Considered& each : explain(snapshot, facts)) {
    boost::json::object rule;
    rule["rule"] = snapshot.rule_name(each.rule);
    rule["outcome"] = each.outcome == Considered::Outcome::matched  ? "matched"
                      : each.outcome == Considered::Outcome::failed ? "failed"
                                                                    : "waits";
    if (each.outcome == Considered::Outcome::failed) {
      rule["condition"] = text(each.condition);
      rule["reason"] = text(each.reason);
    } else if (each.outcome == Considered::Outcome::waits_for) {
      rule["fact"] = text(each.fact);
    }
    considered.push_back(std::move(rule));
  }
  return considered;
}

}  // namespace

boost::json::object explanation_json(const Snapshot& snapshot, const ToldOutcome& outcome) {
  boost::json::object object;
  object["decision"] = text(outcome.decision);
  object["reason"] = text(outcome.verdict.reason);
  object["rule"] = nullptr;
  if (outcome.verdict.rule != kNoRule) object["rule"] = snapshot.rule_name(outcome.verdict.rule);
  object["after"] = text(outcome.verdict.after);
  object["tls"] = text(outcome.tls());
  if (outcome.needs_request) object["needs"] = "request";
  if (!outcome.facts) {
    object["words"] = outcome.head_error;
    return object;
  }
  object["host"] = outcome.facts->host.text();
  object["port"] = outcome.facts->port;
  if (const auto& target = outcome.facts->route_target) object["connect_to"] = target->text();
  if (outcome.facts->address && outcome.facts->address->is_assumed) object["assumed"] = kAssumed;
  object["considered"] = considered_json(snapshot, *outcome.facts);
  return object;
}

}  // namespace sallyport
