#include "policy/tools/interception_check.h"

#include <algorithm>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/quoted.h"
#include "policy/tools/https_readers.h"

namespace sallyport {
namespace {

constexpr std::string_view kHowToRead =
    "; write `interception: {ca_certificates: [ca/ca.pem], ca_private_key: ca/ca.key}`, and make "
    "the CA with `sallyport ca init ca --config FILE`";

std::string name_of(const HostItem& item) { return item.is_set ? item.text : quoted(item.text); }

std::string in_backticks(std::string_view key) { return "`" + std::string(key) + "`"; }

bool is_subset(const Rule& inner, const Rule& outer) {
  if (!outer.clients) return true;
  return inner.clients && std::includes(outer.clients->begin(), outer.clients->end(),
                                        inner.clients->begin(), inner.clients->end());
}

/// Checks the rules of one policy.
class Check {
 public:
  Check(const Snapshot& snapshot, std::span<const RuleSource> rules, TimePoint now)
      : snapshot_(snapshot), readers_(snapshot, rules, now) {}

  std::vector<Finding> run() {
    for (const LiveRule& each : readers_.rules()) {
      const Rule& rule = *each.rule;
      if (rule.enforces() && asks_over_https(rule)) check_reader(each);
      if (!rule.enforces() && asks_over_https(rule)) check_monitor(each);
      if (rule.is_never_intercepted) check_never(each);
      if (rule.is_allow() && may_be_true(rule, Scheme::https)) check_websocket(each);
    }
    return std::move(findings_);
  }

 private:
  void error(Mark mark, std::string message) {
    findings_.push_back({Finding::Severity::error, mark, std::move(message)});
  }
  void warning(Mark mark, std::string message) {
    findings_.push_back({Finding::Severity::warning, mark, std::move(message)});
  }

  /// What a rule that is to be read needs.
  void check_reader(const LiveRule& reader) {
    if (snapshot_.interception) return;
    const std::string_view key = request_key(*reader.source);
    const std::string asks = in_backticks(key) + " asks about requests over https";
    const std::string unread = "this policy has no `interception` to read them with";
    const Mark mark = reader.source->mark_of(key);
    if (reader.rule->is_allow()) {
      error(mark, asks + ", and " + unread + std::string(kHowToRead));
      return;
    }
    for (const LiveRule& allow : readers_.rules()) {
      if (!allow.rule->is_allow() || !allow.rule->enforces()) continue;
      const HostItem* item = readers_.first_read(reader, allow);
      if (item == nullptr) continue;
      error(mark, asks + " that rule " + quoted(allow.rule->name) + " lets through by " +
                      name_of(*item) + ", and " + unread + std::string(kHowToRead));
      return;
    }
  }

  /// The first rule that needs to read what `intercept: never` stands on.
  void check_never(const LiveRule& never) {
    if (!may_be_true(*never.rule, Scheme::https)) return;
    const Mark mark = never.source->mark_of("intercept");
    if (asks_over_https(*never.rule)) {
      error(mark, "`intercept: never` contradicts " + in_backticks(request_key(*never.source)) +
                      " of the same rule, which asks about requests; take one of them out");
      return;
    }
    for (const LiveRule& reader : readers_.readers()) {
      const HostItem* item = readers_.first_read(reader, never);
      if (item == nullptr) continue;
      error(mark, "`intercept: never` cannot be kept for " + name_of(*item) + ": rule " +
                      quoted(reader.rule->name) + " needs to read its requests, by " +
                      in_backticks(request_key(*reader.source)) + "; write `except_hosts: [" +
                      quoted(item->text) + "]` in rule " + quoted(reader.rule->name));
      return;
    }
  }

  /// What monitor rules ask of requests counts where enforcing rules have them read.
  void check_monitor(const LiveRule& monitor) {
    const std::string_view key = request_key(*monitor.source);
    const Mark mark = monitor.source->mark_of(key);
    if (monitor.rule->is_allow()) {
      warning(mark,
              "over https the rule lets nothing pass: what a monitor rule lets pass is "
              "relayed unread, and " +
                  in_backticks(key) + " waits for the request; take it out");
    } else if (!is_read_somewhere(monitor)) {
      warning(mark, in_backticks(key) +
                        " has no effect over https: a monitor rule has nothing read, and no "
                        "enforcing rule reads requests of its hosts");
    } else {
      warning(mark, in_backticks(key) +
                        " counts over https only where enforcing rules have the request read; a "
                        "monitor rule has nothing read by itself");
    }
  }

  bool is_read_somewhere(const LiveRule& monitor) {
    const auto& readers = readers_.readers();
    return std::any_of(readers.begin(), readers.end(), [&](const LiveRule& reader) {
      return readers_.first_read(reader, monitor) != nullptr;
    });
  }

  /// A tunnel carries WebSockets unread; who writes that none may pass must not be let down.
  void check_websocket(const LiveRule& allow) {
    const Rule& rule = *allow.rule;
    const bool is_refused = !rule.takes_websocket && allow.source->has("websocket");
    if (!is_refused || asks_over_https(rule) || is_always_read(allow)) return;
    error(allow.source->mark_of("websocket"),
          "`websocket: false` cannot be kept over https: nothing has the rule's requests read, and "
          "a tunnel carries WebSockets unread; write a condition on the request, such as `methods: "
          "[GET, HEAD, POST, PUT, DELETE, OPTIONS]`, or take the key out");
  }

  /// Some deny rule has all requests of the allow rule read, which can be shown.
  bool is_always_read(const LiveRule& allow) {
    const auto& readers = readers_.readers();
    return std::any_of(readers.begin(), readers.end(), [&](const LiveRule& reader) {
      const Rule& deny = *reader.rule;
      if (deny.is_allow() || deny.until || !deny.networks.empty() || !deny.ports.empty() ||
          !deny.urls.empty() || !is_subset(*allow.rule, deny) ||
          !reader.source->except_hosts.empty()) {
        return false;
      }
      return covers_all(reader, allow);
    });
  }

  bool covers_all(const LiveRule& deny, const LiveRule& allow) {
    if (!effort_.take(deny.pattern_count * allow.pattern_count)) return false;
    return !some_pattern(allow.source->hosts, [&](const HostPattern& pattern) {
      return !some_pattern(deny.source->hosts,
                           [&](const HostPattern& outer) { return covers(outer, pattern); });
    });
  }

  const Snapshot& snapshot_;
  HttpsReaders readers_;
  Effort effort_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_interception(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                        TimePoint now) {
  return Check(snapshot, rules, now).run();
}

}  // namespace sallyport
