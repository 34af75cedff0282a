// A compiled rule: who may reach what, and under which conditions. Plain data, immutable once its
// snapshot is built. The hosts of a rule live in the snapshot's HostMatcher; everything else that a
// rule asks stands here, in the order in which a nearest miss is reported (SEMANTICS.md section 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/url_pattern.h"
#include "policy/values/facts.h"
#include "policy/values/ip_address.h"

namespace sallyport {

enum class Effect : std::uint8_t { allow, deny };
enum class Mode : std::uint8_t { enforce, monitor };

/// `enforce` or `monitor`.
std::string_view text(Mode mode);

/// The conditions of a rule, in the order of SEMANTICS.md section 4 (where `content_types` is none:
/// the answer fails it).
enum class ConditionKind : std::uint8_t {
  hosts,
  clients,
  until,
  ports,
  schemes,
  networks,
  tls,
  methods,
  urls,
  content_types,
  signatures,
  unsigned_actions,
  access_keys,
  principal_accounts,
  regions,
  services,
  actions,
  resource_accounts,
  referenced_accounts,
  expected_bucket_owner,
  buckets,
  resources,
};

/// The key of that name in a policy file.
std::string_view text(ConditionKind kind);

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/// A set of schemes.
struct SchemeSet {
  bool https = false;
  bool http = false;

  bool holds(Scheme scheme) const { return scheme == Scheme::https ? https : http; }
};

/// A condition on values that a request shows: an allow needs all of them inside, a deny any.
struct ValueCondition {
  ConditionKind kind = ConditionKind::principal_accounts;
  /// Sorted. Of actions and resources IAM's patterns (policy/iam_pattern.h).
  std::vector<std::string> values = {};
  /// `{not: ...}`: holds for what is outside.
  bool is_negated = false;
  /// What AWS itself runs is inside, too, as far as it is only read or referred to.
  bool takes_aws_managed = false;
  // Of principal_accounts in an allow alone:
  /// Unsigned requests have no signer to ask for; `unsigned_actions` of the same rule judges them.
  bool takes_unsigned = false;
  /// Sorted ids that are inside although no account can be read from them.
  std::vector<std::string> access_keys = {};
};

struct Rule {
  std::string name;
  Effect effect = Effect::allow;
  Mode mode = Mode::enforce;
  /// Indexes into the snapshot's clients, sorted; absent: any client.
  std::optional<std::vector<std::uint32_t>> clients;
  /// The rule ends at this instant.
  std::optional<TimePoint> until;
  std::vector<PortRange> ports;      ///< empty: the scheme's port in an allow, any in a deny
  std::optional<SchemeSet> schemes;  ///< absent: https in an allow, any in a deny
  std::vector<Network> networks;     ///< empty: any address that the guard passes by itself
  bool tls_is_optional = false;
  /// `intercept: never`; no condition. No rule needs to read what such a rule names, or the policy
  /// does not load.
  bool is_never_intercepted = false;
  /// `multi_tenant: accept`; no condition.
  bool accepts_strangers = false;
  std::vector<std::string> methods;  ///< empty: any
  std::vector<UrlPattern> urls;      ///< empty: any
  /// `type/subtype` in lower case; empty: any. Judged by the answer (policy/terms.h); until there's
  /// one, the request must be read.
  std::vector<std::string> content_types;
  // What an attempt that the rule lets pass may do, no conditions.
  bool takes_websocket = false;
  std::optional<std::uint64_t> upload_max;    ///< in bytes
  std::optional<std::uint64_t> download_max;  ///< in bytes
  /// `aws:`, in the order of ConditionKind, with what the block implies (SEMANTICS.md section 8). A
  /// rule with some speaks of AWS endpoints alone.
  std::vector<ValueCondition> values;

  bool is_allow() const { return effect == Effect::allow; }
  bool enforces() const { return mode == Mode::enforce; }

  /// The schemes that the rule speaks of, written or not.
  SchemeSet schemes_meant() const {
    return schemes.value_or(SchemeSet{.https = true, .http = !is_allow()});
  }

  /// It asks for more than a CONNECT shows, so that a request of it is read.
  bool asks_for_request() const {
    return !methods.empty() || !urls.empty() || !content_types.empty() || !values.empty();
  }
};

}  // namespace sallyport
