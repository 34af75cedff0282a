#include "proxy/commands/explanation_json.h"

#include <span>

#include "metrics/audit_line.h"
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

void add_list(boost::json::object& object, std::string_view key,
              std::span<const std::string> values) {
  if (values.empty()) return;
  boost::json::array list;
  for (const std::string& each : values) list.emplace_back(each);
  object[key] = std::move(list);
}

}  // namespace

boost::json::object aws_json(const AwsFacts& facts) {
  boost::json::object aws;
  const auto add = [&aws](std::string_view key, std::string_view value) {
    if (!value.empty()) aws[key] = value;
  };
  add("signature", facts.signatures.first());
  add("principal_account", facts.principal_accounts.first());
  if (!facts.access_keys.values.empty()) {
    add("access_key_id", redacted_key_id(facts.access_keys.first()));
  }
  add("service", facts.services.first());
  add("region", facts.regions.first());
  add("operation", facts.operation);
  add_list(aws, "actions", facts.actions.values);
  add_list(aws, "buckets", facts.buckets.values);
  add_list(aws, "resources", facts.resources.values);
  add_list(aws, "resource_accounts", facts.resource_accounts.values);
  add_list(aws, "referenced_accounts", facts.referenced_accounts.values);
  add_list(aws, "credentials", facts.signatures.values);
  return aws;
}

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
  if (const auto& request = outcome.facts->request; request && request->aws) {
    object["aws"] = aws_json(*request->aws);
  }
  object["considered"] = considered_json(snapshot, *outcome.facts);
  return object;
}

}  // namespace sallyport
