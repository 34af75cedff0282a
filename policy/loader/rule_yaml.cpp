#include "policy/loader/rule_yaml.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "policy/loader/nearest_name.h"
#include "policy/loader/networks_yaml.h"
#include "policy/loader/rule_aws_yaml.h"
#include "policy/loader/rule_hosts_yaml.h"
#include "policy/loader/rule_request_yaml.h"
#include "policy/loader/value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

/// Where the client of a name stands among the snapshot's; of two with one name, the first.
using ClientIndexes = std::map<std::string_view, std::uint32_t>;

/// Reads one rule's keys, all but its hosts and what it asks of a request.
class RuleReader {
 public:
  RuleReader(const Fields& fields, const RuleContext& context, Diagnostics& diagnostics,
             const ClientIndexes& clients, std::set<std::string>& names)
      : fields_(fields),
        context_(context),
        diagnostics_(diagnostics),
        clients_(clients),
        names_(names) {}

  Rule read() {
    Rule rule;
    read_name(rule);
    if (const auto effect = fields_.one_of("effect", {"allow", "deny"})) {
      rule.effect = *effect == "deny" ? Effect::deny : Effect::allow;
    }
    if (fields_.one_of("mode", {"monitor"})) rule.mode = Mode::monitor;
    read_until(rule);
    read_clients(rule);
    rule.ports = fields_.list("ports", parse_ports);
    read_schemes(rule);
    const NetworksFor purpose = rule.is_allow() ? NetworksFor::opening : NetworksFor::denying;
    rule.networks = read_networks(fields_, "networks", purpose, diagnostics_);
    rule.tls_is_optional = fields_.one_of("tls", {"optional"}).has_value();
    rule.is_never_intercepted = fields_.one_of("intercept", {"never"}).has_value();
    rule.accepts_strangers = fields_.one_of("multi_tenant", {"accept"}).has_value();
    if (!rule.is_allow()) refuse_allow_keys();
    return rule;
  }

 private:
  void read_name(Rule& rule) {
    const YamlNode* node = fields_.find("name");
    if (node == nullptr) return;
    rule.name = node->text;
    const bool is_taken = !names_.insert(rule.name).second;
    if (!is_policy_name(rule.name)) {
      diagnostics_.error(node->mark, quoted(rule.name) +
                                         " is no rule name; use a-z, 0-9, '_' and '-', "
                                         "beginning with a letter or digit, up to 64");
    } else if (is_taken) {
      diagnostics_.error(
          node->mark, "another rule is named " + quoted(rule.name) + " already; names must differ");
    }
  }

  void read_until(Rule& rule) {
    rule.until = fields_.parsed("until", parse_time);
    if (!rule.until || *rule.until > context_.now) return;
    diagnostics_.warning(fields_.find("until")->mark, std::string("the rule has ended; it ") +
                                                          (rule.is_allow() ? "allows" : "denies") +
                                                          " nothing any more");
  }

  void read_clients(Rule& rule) {
    const YamlNode* node = fields_.find("clients");
    if (node == nullptr) return;
    auto& indexes = rule.clients.emplace();
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar()) continue;  // told already
      if (const auto found = clients_.find(item.text); found != clients_.end()) {
        indexes.push_back(found->second);
      } else {
        diagnostics_.error(item.mark, unknown_client_message(item.text));
      }
    }
    std::sort(indexes.begin(), indexes.end());
  }

  std::string unknown_client_message(const std::string& written) const {
    if (diagnostics_.is_full()) return {};
    std::vector<std::string_view> names;
    for (const auto& [name, index] : clients_) names.push_back(name);
    const std::string_view nearest = nearest_name(written, names);
    return "there is no client " + quoted(written) +
           (nearest.empty() ? "; define it in `clients`"
                            : "; did you mean " + quoted(nearest) + "?");
  }

  void read_schemes(Rule& rule) {
    const YamlNode* node = fields_.find("schemes");
    if (node == nullptr) {
      if (rule.is_allow()) rule.schemes = SchemeSet{.https = true, .http = false};
      return;
    }
    SchemeSet& schemes = rule.schemes.emplace();
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar()) continue;  // told already
      if (item.text == "https") {
        schemes.https = true;
      } else if (item.text == "http") {
        schemes.http = true;
      } else {
        diagnostics_.error(item.mark, quoted(item.text) + " is no scheme; write `https` or `http`");
      }
    }
  }

  /// Keys that say how an allow lets pass say nothing on a deny.
  void refuse_allow_keys() {
    constexpr std::array<std::string_view, 6> kAllowKeys{
        "tls", "intercept", "websocket", "content_types", "limits", "multi_tenant"};
    for (const YamlEntry& entry : fields_.node().entries) {
      const bool is_allow_key =
          std::find(kAllowKeys.begin(), kAllowKeys.end(), entry.key) != kAllowKeys.end();
      if (!is_allow_key || fields_.find(entry.key) == nullptr) continue;
      diagnostics_.error(
          entry.mark,
          "`" + entry.key + "` has no meaning on a rule with `effect: deny`; take it out");
    }
  }

  const Fields& fields_;
  const RuleContext& context_;
  Diagnostics& diagnostics_;
  const ClientIndexes& clients_;
  std::set<std::string>& names_;  ///< of the rules before this one
};

}  // namespace

std::vector<RuleSource> read_rules(const Fields& top, const RuleContext& context,
                                   Diagnostics& diagnostics, Snapshot& snapshot,
                                   std::vector<std::string>& notes) {
  std::vector<RuleSource> sources;
  const YamlNode* node = top.find("rules");
  if (node == nullptr) return sources;
  std::set<std::string> names;
  ClientIndexes clients;
  for (std::uint32_t i = 0; i < snapshot.clients.size(); ++i) {
    clients.try_emplace(snapshot.clients[i].name, i);
  }
  RuleHosts hosts(context.organization, context.sets, context.budget, diagnostics, snapshot, notes);
  for (const YamlNode& item : node->items) {
    const std::size_t errors_before = diagnostics.error_count();
    const Fields fields(item, Block::rule, diagnostics);
    Rule rule = RuleReader(fields, context, diagnostics, clients, names).read();
    RuleSource source;
    source.rule = static_cast<RuleIndex>(snapshot.rules.size());
    source.mark = item.mark;
    for (const YamlEntry& entry : item.entries) {
      source.keys.emplace_back(entry.key, entry.mark);
      if (entry.key == "name") source.mark = entry.value.mark;
    }
    hosts.add(fields, rule, source);
    read_request_keys(fields, source, context.budget, diagnostics, rule);
    read_aws_keys(fields, context.organization, diagnostics, rule);
    source.is_whole = diagnostics.error_count() == errors_before && !diagnostics.is_full() &&
                      !context.budget.is_exceeded();
    snapshot.rules.push_back(std::move(rule));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace sallyport
