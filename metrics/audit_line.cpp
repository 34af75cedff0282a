#include "metrics/audit_line.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "metrics/json_line.h"

namespace sallyport {
namespace {

// Characters of a text. Generous for what is honest; a few attackers' texts still fit in a line.
constexpr std::size_t kNameCharsMax = 64;
constexpr std::size_t kUserCharsMax = 128;
constexpr std::size_t kPolicyCharsMax = 71;  // `sha256:` and 64 digits
constexpr std::size_t kItemCharsMax = 256;
constexpr std::size_t kItemsMax = 64;
constexpr std::size_t kErrorCharsMax = 512;

/// The names of query parameters, should a value ever come along with them.
std::vector<std::string> names_alone(const std::vector<std::string>& names) {
  std::vector<std::string> result;
  result.reserve(names.size());
  for (const std::string& name : names) result.push_back(name.substr(0, name.find('=')));
  return result;
}

/// `"key":"value"`; empty where the value is.
std::string member(std::string_view key, std::string_view value, std::size_t chars_max) {
  const std::string escaped = visible(value, chars_max);
  if (escaped.empty()) return {};
  return '"' + std::string(key) + "\":\"" + escaped + '"';
}

std::string_view beginning_of(Event event) {
  switch (event) {
    case Event::connect:
      return R"("schema":1,"event":"connect")";
    case Event::request:
      return R"("schema":1,"event":"request")";
    case Event::dns:
      break;
  }
  return R"("schema":1,"event":"dns")";
}

void write_id(JsonLine& line, const AttemptId& id) {
  char text[AttemptId::kTextBytes];
  id.write(text);
  line.plain("id", {text, sizeof text});
}

/// `scheme://host:port/path`: made here, so that neither userinfo nor a query can be in it.
void write_url(JsonLine& line, const AttemptRecord& record) {
  if (record.target.empty() || record.host.empty() || !record.scheme) return;
  if (!line.begin_text("url")) return;
  std::size_t left = AuditLine::kUrlCharsMax;
  const auto append = [&](std::string_view part) { left -= line.append(part, left); };
  append(text(*record.scheme));
  append("://");
  const bool is_ipv6 = record.host.find(':') != std::string::npos;
  if (is_ipv6) append("[");
  append(std::string_view(record.host).substr(0, 4 * AuditLine::kHostCharsMax));
  if (is_ipv6) append("]");
  const std::uint16_t usual_port = *record.scheme == Scheme::https ? 443 : 80;
  if (record.port != 0 && record.port != usual_port) {
    char digits[6] = {':'};
    append({digits, std::to_chars(digits + 1, std::end(digits), record.port).ptr});
  }
  const std::string_view target = record.target;
  if (target.front() == '/') append(target.substr(0, target.find_first_of("?#")));
  line.end_text();
}

void write_aws(JsonLine& line, const AwsFacts& aws) {
  line.begin_object("aws");
  line.text("signature", aws.signatures.first(), kNameCharsMax);
  line.text("principal_account", aws.principal_accounts.first(), kNameCharsMax);
  if (!aws.access_keys.values.empty()) {
    line.text("access_key_id", redacted_key_id(aws.access_keys.first()), kNameCharsMax);
  }
  line.text("service", aws.services.first(), kNameCharsMax);
  line.text("region", aws.regions.first(), kNameCharsMax);
  line.text("operation", aws.operation, kUserCharsMax);
  line.list("actions", aws.actions.values, kItemCharsMax, kItemsMax);
  line.list("buckets", aws.buckets.values, kItemCharsMax, kItemsMax);
  line.list("resources", aws.resources.values, AuditLine::kUrlCharsMax, kItemsMax);
  line.list("resource_accounts", aws.resource_accounts.values, kNameCharsMax, kItemsMax);
  line.list("referenced_accounts", aws.referenced_accounts.values, kNameCharsMax, kItemsMax);
  line.end_object();
}

void write_policy(JsonLine& line, const PolicyHash& policy) {
  if (policy && !policy->empty())
    line.plain("policy", std::string_view(*policy).substr(0, kPolicyCharsMax));
}

std::uint64_t milliseconds(std::chrono::microseconds duration) {
  return static_cast<std::uint64_t>(duration.count()) / 1000;
}

/// All keys between `method` and `query_names`, and the two of a DNS answer.
void write_exchange(JsonLine& line, const AttemptRecord& record) {
  line.text("method", record.method, kNameCharsMax);
  if (record.scheme) line.plain("scheme", text(*record.scheme));
  line.text("host", record.host, AuditLine::kHostCharsMax);
  if (record.port != 0) line.number("port", record.port);
  write_url(line, record);
  line.text("sni", record.sni, AuditLine::kHostCharsMax);
  line.text("alpn", record.alpn, kUserCharsMax);
  if (record.tls) line.plain("tls", text(*record.tls));
  if (record.status != 0) line.number("status", record.status);
  if (record.origin) line.plain("origin", record.origin->text());
  if (record.aws) write_aws(line, *record.aws);
  line.text("content_type", record.content_type, kUserCharsMax);
  const std::string_view location = record.location_host;
  line.text("location_host", location.substr(0, location.find_first_of("/?#")),
            AuditLine::kHostCharsMax);
  if (!record.query_names.empty()) {
    line.list("query_names", names_alone(record.query_names), kNameCharsMax, kItemsMax);
  }
  line.text("query_type", record.query_type, kNameCharsMax);
  line.text("answer", record.answer, AuditLine::kHostCharsMax);
}

}  // namespace

std::string redacted_key_id(std::string_view id) {
  constexpr std::size_t kShown = 4;
  if (id.size() < 4 * kShown) return "...";
  return std::string(id.substr(0, kShown)) + "..." + std::string(id.substr(id.size() - kShown));
}

AuditLine::AuditLine(std::string_view instance, const std::vector<std::string>& listeners)
    : instance_(member("instance", instance, kHostCharsMax)) {
  for (const std::string& each : listeners) {
    listeners_.push_back(member("listener", each, kUserCharsMax));
  }
}

std::string_view AuditLine::listener(std::uint16_t number) const {
  return number < listeners_.size() ? std::string_view(listeners_[number]) : std::string_view();
}

std::size_t AuditLine::write(const AttemptRecord& record, char* to, std::size_t limit) {
  JsonLine line(to, std::min(limit, kBytesMax));
  line.members(beginning_of(record.event));
  line.plain("time", time_text_.of(record.time));
  line.members(instance_);
  write_id(line, record.id);
  line.members(listener(record.listener));
  line.plain("client", record.client.text());
  line.text("client_name", record.client_name, kNameCharsMax);
  line.text("user", record.user, kUserCharsMax);
  line.plain("decision", text(record.decision));
  line.plain("reason", text(record.reason));
  line.text("rule", record.rule, kNameCharsMax);
  if (record.after) line.plain("after", text(*record.after));
  write_exchange(line, record);
  line.begin_tail();
  if (record.bytes_up) line.number("bytes_up", *record.bytes_up);
  if (record.bytes_down) line.number("bytes_down", *record.bytes_down);
  line.number("duration_ms", milliseconds(record.duration));
  write_policy(line, record.policy);
  return line.finish();
}

std::size_t AuditLine::write(const TunnelRecord& tunnel, const TunnelEnd& end, char* to,
                             std::size_t limit) {
  JsonLine line(to, std::min(limit, kBytesMax));
  line.members(R"("schema":1,"event":"close")");
  line.plain("time", time_text_.of(end.time));
  line.members(instance_);
  write_id(line, tunnel.id);
  line.members(listener(tunnel.listener));
  line.plain("client", tunnel.client.text());
  line.text("client_name", tunnel.client_name, kNameCharsMax);
  line.text("user", tunnel.user, kUserCharsMax);
  const LateVerdict* late = end.late;
  line.plain("decision", text(late != nullptr ? late->decision : tunnel.decision));
  line.plain("reason", text(late != nullptr ? late->reason : end.reason));
  line.text("rule", late != nullptr ? late->rule : tunnel.rule, kNameCharsMax);
  line.text("host", tunnel.host, kHostCharsMax);
  if (late != nullptr) line.text("sni", late->sni, kHostCharsMax);
  line.begin_tail();
  if (tunnel.port != 0) line.number("port", tunnel.port);
  if (tunnel.tls) line.plain("tls", text(*tunnel.tls));
  line.number("bytes_up", end.bytes_up);
  line.number("bytes_down", end.bytes_down);
  line.number("duration_ms", milliseconds(end.duration));
  write_policy(line, late != nullptr ? late->policy : tunnel.policy);
  return line.finish();
}

std::size_t AuditLine::write(const ReloadRecord& reload, char* to, std::size_t limit) {
  JsonLine line(to, std::min(limit, kBytesMax));
  line.members(R"("schema":1,"event":"reload")");
  line.plain("time", time_text_.of(reload.time));
  line.members(instance_);
  line.text("previous_policy", reload.previous_policy, kPolicyCharsMax);
  line.text("policy", reload.policy, kPolicyCharsMax);
  line.list("errors", reload.errors, kErrorCharsMax, kItemsMax);
  return line.finish();
}

std::size_t AuditLine::close_bytes_max(const TunnelRecord& tunnel) const {
  // Keys, time, id, an IPv6 client, decision and the longest reason, before the tail.
  constexpr std::size_t kFixedBytes = 384;
  return JsonLine::kTailBytes + kFixedBytes + instance_.size() + listener(tunnel.listener).size() +
         escaped_bytes(tunnel.client_name, kNameCharsMax) +
         escaped_bytes(tunnel.user, kUserCharsMax) +
         // A rule that denies late bytes may have a longer name. Their SNI is not provided for: it
         // is cut where the ring is full.
         std::max(escaped_bytes(tunnel.rule, kNameCharsMax), kNameCharsMax) +
         escaped_bytes(tunnel.host, kHostCharsMax);
}

}  // namespace sallyport
