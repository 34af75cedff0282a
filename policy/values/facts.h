// What is known of an attempt so far. Every part is absent until it was read; absent is not empty.
// Built by the functions of policy/facts_of.h, asked by decide(), kept by an Attempt.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "policy/values/authority.h"
#include "policy/values/decision.h"
#include "policy/values/host.h"
#include "policy/values/ip_address.h"

namespace sallyport {

/// Wall-clock time as a fact; who builds facts reads the clock.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;

enum class Scheme : std::uint8_t { https, http };

/// `https` or `http`.
std::string_view text(Scheme scheme);

/// A rule whose `hosts` the attempt's host matches.
struct RuleMatch {
  RuleIndex rule = kNoRule;
  /// How precisely the rule names the host; larger is more precise (SEMANTICS.md section 4).
  std::uint32_t precision = 0;
  /// The host is in the rule's `except_hosts` too.
  bool is_excepted = false;
};

/// Nearly always few, which then need no memory but their own.
using RuleMatches = boost::container::small_vector<RuleMatch, 4>;

/// One address of the host, classified once: every rule asks for its class.
struct ResolvedAddress {
  ResolvedAddress() = default;
  /// `own`: it is an address of the gate's own interfaces or listeners.
  ResolvedAddress(const IpAddress& which, bool own)
      : address(which), is_own(own), address_class(classify(which).address_class) {}

  IpAddress address;
  bool is_own = false;
  /// It was learnt for the route that the host takes now, for which a private range passes.
  bool is_routed = false;
  AddressClass address_class = AddressClass::forbidden;
};

struct AddressFacts {
  /// `explain` without an address: taken to pass the guard, to be inside the networks of an allow
  /// and outside those of a deny.
  bool is_assumed = false;
  /// All that the name resolved to, or the literal; in the order of preference.
  std::vector<ResolvedAddress> resolved;
  /// The address that is connected; absent until then.
  std::optional<IpAddress> dialled;
  /// The target of a route whose addresses these are; null: the host's own.
  std::shared_ptr<const Authority> learnt_for;
  /// The host takes another way by now, and nothing was dialled yet: to be learnt anew.
  bool is_outdated = false;
  /// A request went to `dialled`: its exchange ends there, whatever way the host takes by now.
  bool is_under_way = false;
};

/// The first bytes of a CONNECT.
struct FirstBytes {
  enum class Kind : std::uint8_t { tls, http, other, silence };
  Kind kind = Kind::other;
  std::optional<Host> sni;
  std::string alpn;  ///< the protocols offered, joined by commas
  bool has_ech = false;
};

/// `tls`, `http`, `other` or `silence`.
std::string_view text(FirstBytes::Kind kind);

/// Nearly always one text, which then needs no memory but its own.
using ShownTexts = boost::container::small_vector<std::string, 1>;

/// Values of one kind that a request shows: accounts, actions, buckets ...
struct ShownValues {
  enum class State : std::uint8_t {
    shown,    ///< `values` holds all of them; it may be empty
    in_body,  ///< the body must be read to tell
    untold,   ///< cannot be told
  };
  State state = State::shown;
  ShownTexts values;

  /// Empty where there is none.
  std::string_view first() const {
    return values.empty() ? std::string_view() : std::string_view(values.front());
  }
};

/// What a request to an AWS host shows, or the host alone. Filled by policy/aws/request.
struct AwsFacts {
  /// The kinds of credential; none where it is unsigned.
  ShownValues signatures;
  /// Ids, whole: records show them shortened.
  ShownValues access_keys;
  ShownValues principal_accounts;
  ShownValues regions;
  ShownValues services;
  ShownValues actions;
  ShownValues resource_accounts;
  ShownValues referenced_accounts;
  /// Of x-amz-expected-bucket-owner.
  ShownValues bucket_owners;
  ShownValues buckets;
  ShownValues resources;
  /// Permissions that AWS asks for beside `actions` (mostly iam:PassRole): a deny's concern alone.
  ShownTexts further_actions;
  /// The services of IAM that `actions` can be of, where they cannot be told: those of the host.
  /// Views of static tables.
  std::vector<std::string_view> action_services;
  /// botocore's name of the operation; empty where it cannot be told.
  std::string operation;
  bool is_unsigned = false;
  /// Which operation it is stands in the body: it may be one of those that AWS takes unsigned, of
  /// which a signature proves nothing.
  bool may_be_unsigned = false;
  /// It only asks whether it may, or where to sign for: a browser by OPTIONS, without an
  /// Authorization field or body; a client of an image registry by what is answered with the
  /// question for a credential; one of S3 by an unsigned HEAD of a bucket.
  bool is_preflight = false;
  /// It changes nothing of what it acts on, so that AWS's own resources may be among them.
  bool reads_resources = false;
  /// Of `buckets`, sorted: those in which it may change something. The others are only read, or
  /// named in a body.
  ShownTexts changed_buckets;
  /// It reads, and from buckets of AWS itself alone: AWS's services presign such requests.
  bool reads_aws_buckets = false;
  /// It names a bucket, and can say whose it must be.
  bool can_name_bucket_owner = false;
  /// `multiple_credentials`, `session_token_mismatch` or `credential_scope_mismatch`.
  std::optional<Reason> contradiction;
};

/// A request whose head was read.
struct RequestFacts {
  Scheme scheme = Scheme::https;
  std::string method;
  /// Path and query as they were sent, beginning with `/` (or `*`).
  std::string target;
  /// Null: the host is no AWS endpoint.
  std::shared_ptr<const AwsFacts> aws;
};

/// All that is known of one attempt.
struct Facts {
  enum class Kind : std::uint8_t { connect, exchange };

  Kind kind = Kind::connect;
  IpAddress client;
  Host host;
  std::uint16_t port = 0;
  TimePoint time;

  /// Which of the snapshot's clients asks, and the rules whose hosts match; both belong to the
  /// snapshot of that number, and decide() blocks by any other (`internal_error`).
  std::optional<std::uint32_t> client_index;
  RuleMatches matches;
  std::uint64_t snapshot_number = 0;
  /// One of those rules ends at a time, so that an answer holds for its moment alone.
  bool some_rule_ends = false;
  /// What the host alone shows of AWS (account and bucket labels, service, region). Null: the host
  /// is no AWS endpoint, so that rules with `aws:` do not match.
  std::shared_ptr<const AwsFacts> host_shows;
  /// The host is a literal that is an address of the gate itself.
  bool host_is_own_address = false;

  /// Where the snapshot's route for the host leads; null: the host is reached itself.
  std::shared_ptr<const Authority> route_target;

  std::optional<AddressFacts> address;
  std::optional<FirstBytes> first_bytes;
  /// Null for a tunnel. Apart, since it is larger than all else that an open tunnel keeps.
  std::shared_ptr<const RequestFacts> request;
  /// The body was read as far as it is judged; its values stand in `request->aws`.
  bool body_is_known = false;

  /// The facts contradict each other (a reason of that class): blocks before any rule.
  std::optional<Reason> contradiction;
  /// The first verdict that monitor mode lifted.
  std::optional<Verdict> lifted;

  bool knows_address() const { return address && !address->is_outdated; }

  /// The addresses are those of the way that the host takes now. REQUIRES: `address`.
  bool follows_route() const {
    const Authority* learnt = address->learnt_for.get();
    const Authority* now = route_target.get();
    return learnt == now || (learnt != nullptr && now != nullptr && *learnt == *now);
  }

  /// The addresses may be judged: of the way that the host takes, or a request is under way there.
  /// REQUIRES: `address`.
  bool keeps_way() const { return address->is_under_way || follows_route(); }

  /// What was dialled is where the host is reached no more, and nothing is under way there.
  bool has_lost_way() const { return address && address->dialled && !keeps_way(); }
};

}  // namespace sallyport
