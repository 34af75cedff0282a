#include "policy/tools/tenancy.h"

#include <algorithm>
#include <optional>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/effort.h"
#include "policy/tools/openness.h"
#include "policy/tools/pinned_routes.h"

namespace sallyport {
namespace {

/// An item of a rule that opens it in one way; patterns of a set can open it in several.
struct OpenItem {
  const HostItem* item = nullptr;
  std::string pattern;  ///< the first that is open
  Risk risk;
};

/// Where that would take too long to tell, no: then the pattern is told to be open.
bool is_excepted(const RuleSource& source, const HostPattern& pattern, Effort& effort) {
  return some_pattern(
      source.except_hosts, [&](const HostItem& item) { return effort.take(item.patterns.size()); },
      [&](const HostPattern& except) { return covers(except, pattern); });
}

/// Every request that the rule lets pass was read, so that its Host is known to be the target:
/// plain HTTP always is, and what a rule asks about is over https too.
bool reads_all(const Rule& rule) {
  const bool is_http = rule.schemes && !rule.schemes->https && !rule.tls_is_optional;
  return is_http || rule.asks_for_request();
}

std::vector<OpenItem> open_items(const Rule& rule, const RuleSource& source, OpennessJudge& judge,
                                 const PinnedRoutes& pinned, Effort& effort) {
  std::vector<OpenItem> found;
  for (const HostItem& item : source.hosts) {
    const std::size_t first = found.size();
    for (const HostPattern& pattern : item.patterns) {
      auto risk = rule.values.empty() ? judge.risk_of(pattern, reads_all(rule))
                                      : judge.risk_of_endpoints(pattern, AwsPins::of(rule));
      if (!risk) continue;
      const bool is_told =
          std::any_of(found.begin() + static_cast<std::ptrdiff_t>(first), found.end(),
                      [&](const OpenItem& each) { return each.risk.kind == risk->kind; });
      if (is_told || is_excepted(source, pattern, effort) || pinned.close(pattern, effort))
        continue;
      found.push_back({&item, pattern.text, std::move(*risk)});
    }
  }
  return found;
}

Finding error_of(const Rule& rule, const OpenItem& open) {
  const std::string what = open.item->is_set ? open.item->text + " (" + quoted(open.pattern) + ")"
                                             : quoted(open.item->text);
  return {Finding::Severity::error, open.item->mark,
          "rule " + quoted(rule.name) + " is open to strangers by " + what + ": " +
              open.risk.sentence + "; " + remedy_of(open.risk.kind) +
              "; write `multi_tenant: accept` if that is meant"};
}

/// One line a rule: each risk once, with the items that carry it.
Finding note_of(const Rule& rule, const RuleSource& source, std::vector<OpenItem> open) {
  std::string message =
      "rule " + quoted(rule.name) +
      (rule.enforces() ? " accepts strangers" : " (monitor) is open to strangers");
  const char* separator = ": ";
  while (!open.empty()) {
    const Risk risk = open.front().risk;
    message += separator;
    const char* comma = "";
    for (const OpenItem& each : open) {
      if (each.risk.kind != risk.kind) continue;
      message += comma + (each.item->is_set ? each.item->text : quoted(each.item->text));
      comma = ", ";
    }
    message += " (" + risk.sentence + ")";
    std::erase_if(open, [&](const OpenItem& each) { return each.risk.kind == risk.kind; });
    separator = "; ";
  }
  return {Finding::Severity::note, source.mark, std::move(message)};
}

}  // namespace

std::vector<Finding> check_tenancy(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   std::span<const RouteSource> routes,
                                   const OrganizationLabels& organization) {
  std::vector<Finding> findings;
  OpennessJudge judge(organization);
  const PinnedRoutes pinned(snapshot, routes);
  Effort effort;
  for (const RuleSource& source : rules) {
    if (!source.is_whole || source.rule >= snapshot.rules.size()) continue;
    const Rule& rule = snapshot.rules[source.rule];
    if (!rule.is_allow()) continue;
    auto open = open_items(rule, source, judge, pinned, effort);
    if (open.empty()) {
      if (!rule.accepts_strangers) continue;
      findings.push_back({Finding::Severity::warning, source.mark_of("multi_tenant"),
                          "rule " + quoted(rule.name) +
                              " is not open; `multi_tenant: accept` accepts nothing here"});
    } else if (rule.accepts_strangers || !rule.enforces()) {
      findings.push_back(note_of(rule, source, std::move(open)));
    } else {
      for (const OpenItem& each : open) findings.push_back(error_of(rule, each));
    }
  }
  return findings;
}

}  // namespace sallyport
