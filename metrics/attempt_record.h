// What is told of one attempt: the fields of DESIGN.md, section Audit record, as plain values. The
// record owns or shares all that it names, so it outlives the snapshot that decided it. Secrets may
// stand in it (a whole access key id, a target with its query): audit_line.h alone writes it out,
// redacted.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/attempt_id.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"
#include "policy/values/ip_address.h"
#include "policy/values/reason.h"

namespace sallyport {

/// What kind of attempt a record tells of.
enum class Event : std::uint8_t { connect, request, dns };

/// `connect`, `request` or `dns`.
std::string_view text(Event event);

/// What became of the client's TLS.
enum class TlsUse : std::uint8_t { none, passthrough, intercepted };

/// `none`, `passthrough` or `intercepted`.
std::string_view text(TlsUse use);

/// The hash of the snapshot that decided. Make one per worker and snapshot, so that its reference
/// count belongs to one core.
using PolicyHash = std::shared_ptr<const std::string>;

/// One attempt. An empty text, an empty optional, port 0 and status 0 mean unknown: absent.
struct AttemptRecord {
  Event event = Event::connect;
  Decision decision = Decision::block;
  Reason reason = Reason::internal_error;
  std::optional<Stage> after;
  std::optional<Scheme> scheme;
  std::optional<TlsUse> tls;
  /// `host` is the text of a Host. Only such a text may become a metric's label.
  bool host_is_canonical = false;
  std::uint16_t listener = 0;  ///< its place among the listeners' names
  std::uint16_t port = 0;
  std::uint16_t status = 0;

  AttemptId id;
  TimePoint time;  ///< when the attempt began
  std::chrono::microseconds duration{};
  IpAddress client;
  std::optional<IpAddress> origin;

  std::string client_name;
  std::string user;
  std::string rule;
  std::string method;
  std::string host;
  /// Path and query as sent. The line's `url` is made of scheme, host, port and the path.
  std::string target;
  std::string sni;
  std::string alpn;
  /// What a request to AWS showed, or of a blocked CONNECT its host; null: nothing of that kind.
  std::shared_ptr<const AwsFacts> aws;
  std::string content_type;
  std::string location_host;
  std::vector<std::string> query_names;
  std::string query_type;  ///< of a DNS query
  std::string answer;      ///< of a DNS query
  std::optional<std::uint64_t> bytes_up;
  std::optional<std::uint64_t> bytes_down;
  PolicyHash policy;
};

/// What the `close` record of a tunnel needs, kept while the tunnel lives: about 200 bytes.
struct TunnelRecord {
  AttemptId id;
  std::chrono::steady_clock::time_point began;  ///< the attempt
  IpAddress client;
  Decision decision = Decision::allow;
  std::optional<TlsUse> tls;
  std::uint16_t listener = 0;
  std::uint16_t port = 0;
  std::string client_name;
  std::string user;
  std::string rule;
  std::string host;
  PolicyHash policy;
};

/// What was decided within an open tunnel, which the record of its opening could not tell: late
/// first bytes, or a further hello, that are refused or that monitor mode lets pass.
struct LateVerdict {
  Decision decision = Decision::block;
  Reason reason = Reason::internal_error;
  std::string rule;
  std::string sni;  ///< of the hello in question, as it was sent
  PolicyHash policy;
};

/// How a tunnel ended.
struct TunnelEnd {
  Reason reason = Reason::internal_error;
  TimePoint time;
  std::uint64_t bytes_up = 0;
  std::uint64_t bytes_down = 0;
  std::chrono::microseconds duration{};  ///< filled by OpenTunnelRecord
  const LateVerdict* late = nullptr;     ///< the same; null: nothing was decided within
};

/// A policy was taken (`errors` is empty) or refused.
struct ReloadRecord {
  TimePoint time;
  std::string previous_policy;
  std::string policy;
  std::vector<std::string> errors;
};

}  // namespace sallyport
