// Attempts for the tests of the policy core, as sentences:
// connect("h.example.org:443").at("...").tls(). `facts` makes the facts that the gate would have of
// them; `said` writes an answer in one line.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/facts_of.h"
#include "policy/snapshot.h"
#include "policy/values/authority.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"
#include "tests/policy/policy_builder.h"

namespace sallyport {

/// Addresses that the guard passes by itself, and one of a private range.
inline constexpr const char* kPublic = "203.0.114.1";
inline constexpr const char* kOtherPublic = "203.0.115.1";
inline constexpr const char* kPrivate = "10.1.2.3";

class AttemptBuilder {
 public:
  explicit AttemptBuilder(std::string_view authority)
      : target_(parsed(parse_authority(authority), authority)) {}

  AttemptBuilder& from(std::string_view client) {
    client_ = address_of(client);
    return *this;
  }
  AttemptBuilder& when(TimePoint time) {
    time_ = time;
    return *this;
  }
  /// The host is a literal of the gate itself.
  AttemptBuilder& own() {
    is_own_ = true;
    return *this;
  }
  AttemptBuilder& host_shows(AwsFacts shown) {
    host_shows_ = std::make_shared<const AwsFacts>(std::move(shown));
    return *this;
  }

  /// What the name resolved to.
  AttemptBuilder& to(Words addresses) {
    if (!address_) address_.emplace();
    for (const char* each : addresses) address_->resolved.push_back({address_of(each), false});
    return *this;
  }
  /// One that is the gate's own address.
  AttemptBuilder& to_own(std::string_view address) {
    if (!address_) address_.emplace();
    address_->resolved.push_back({address_of(address), true});
    return *this;
  }
  AttemptBuilder& dialled(std::string_view address) {
    if (!address_) to({});
    address_->dialled = address_of(address);
    return *this;
  }
  AttemptBuilder& address_assumed() {
    address_.emplace().is_assumed = true;
    return *this;
  }

  /// A ClientHello with the host's name.
  AttemptBuilder& tls() { return sni(target_.host.text()); }
  AttemptBuilder& sni(std::string_view name) {
    first_bytes_ = FirstBytes::Kind::tls;
    sni_ = name;
    return *this;
  }
  AttemptBuilder& tls_without_sni() { return first(FirstBytes::Kind::tls); }
  AttemptBuilder& first(FirstBytes::Kind kind) {
    first_bytes_ = kind;
    return *this;
  }

  AttemptBuilder& shows(AwsFacts shown) {
    request_->aws = std::make_shared<const AwsFacts>(std::move(shown));
    return *this;
  }
  AttemptBuilder& body_is_known() {
    body_is_known_ = true;
    return *this;
  }
  AttemptBuilder& contradicts(Reason reason) {
    contradiction_ = reason;
    return *this;
  }
  AttemptBuilder& lifted(Verdict verdict) {
    lifted_ = verdict;
    return *this;
  }

  Facts facts(const Snapshot& snapshot) const {
    Facts facts = facts_of_connect(snapshot, client_, target_, time_, is_own_);
    if (request_) facts.kind = Facts::Kind::exchange;
    facts.host_shows = host_shows_;
    facts.address = address_;
    if (first_bytes_ == FirstBytes::Kind::tls) {
      HelloWords hello;
      if (sni_) hello.server_name = *sni_;
      add_hello(facts, hello);
    } else if (first_bytes_) {
      add_first_bytes(facts, *first_bytes_);
    }
    if (request_) facts.request = std::make_shared<RequestFacts>(*request_);
    facts.body_is_known = body_is_known_;
    if (contradiction_) facts.contradiction = contradiction_;
    facts.lifted = lifted_;
    return facts;
  }

 private:
  friend AttemptBuilder exchange(std::string_view method, std::string_view url);

  Authority target_;
  IpAddress client_ = IpAddress::v4({127, 0, 0, 1});
  TimePoint time_;
  bool is_own_ = false;
  std::shared_ptr<const AwsFacts> host_shows_;
  std::optional<AddressFacts> address_;
  std::optional<FirstBytes::Kind> first_bytes_;
  std::optional<std::string> sni_;
  std::optional<RequestFacts> request_;
  bool body_is_known_ = false;
  std::optional<Reason> contradiction_;
  std::optional<Verdict> lifted_;
};

/// A CONNECT to `host:port`.
inline AttemptBuilder connect(std::string_view authority) { return AttemptBuilder(authority); }

/// An exchange, whose head is read: `exchange("GET", "http://h.example.org/path")`. An https one
/// was read in an intercepted tunnel.
inline AttemptBuilder exchange(std::string_view method, std::string_view url) {
  const bool is_https = url.starts_with("https://");
  const std::string_view rest = url.substr(url.find("://") + 3);
  const std::size_t slash = rest.find('/');
  std::string authority(rest.substr(0, slash));
  if (authority.find(':') == std::string::npos) authority += is_https ? ":443" : ":80";
  AttemptBuilder built(authority);
  built.request_ = RequestFacts{.scheme = is_https ? Scheme::https : Scheme::http,
                                .method = std::string(method),
                                .target = std::string(rest.substr(slash)),
                                .aws = nullptr};
  return built;
}

inline ShownValues shown(Words values) {
  return {ShownValues::State::shown, {values.begin(), values.end()}};
}
inline ShownValues in_body() { return {ShownValues::State::in_body, {}}; }
inline ShownValues untold() { return {ShownValues::State::untold, {}}; }

/// `not_tls by studio after first_bytes`; `by -`: no rule.
inline std::string said(const Snapshot& snapshot, const Verdict& verdict) {
  const std::string_view name = snapshot.rule_name(verdict.rule);
  std::string line(text(verdict.reason));
  line += " by ";
  line += name.empty() ? std::string_view("-") : name;
  line += " after ";
  line += text(verdict.after);
  return line;
}

/// `allow by R after F`, `block REASON by R after F`, `need F`; with ` would_block REASON by R
/// after F` where monitor lets it pass.
inline std::string said(const Snapshot& snapshot, const Answer& answer) {
  if (answer.kind == Answer::Kind::block) return "block " + said(snapshot, answer.verdict);
  std::string line = "allow";
  if (answer.kind == Answer::Kind::need) line = "need " + std::string(text(answer.need));
  if (answer.would_block) return line + " would_block " + said(snapshot, answer.verdict);
  if (answer.kind == Answer::Kind::need) return line;
  return line + said(snapshot, answer.verdict).substr(text(Reason::allowed).size());
}

}  // namespace sallyport
