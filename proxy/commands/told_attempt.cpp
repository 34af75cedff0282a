#include "proxy/commands/told_attempt.h"

#include <algorithm>

#include "policy/rehearse.h"
#include "policy/terms.h"
#include "proxy/aws_reading.h"
#include "proxy/http/octets.h"
#include "proxy/http/request_head.h"
#include "proxy/judged_body.h"
#include "proxy/request_record.h"

namespace sallyport {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::string_view kHttp = "http://";

bool has_scheme(std::string_view url, std::string_view scheme) {
  return begins_ignoring_case(url, scheme);
}

/// What stands between the scheme and the path.
std::string_view authority_of(std::string_view url, std::string_view scheme) {
  const std::string_view rest = url.substr(scheme.size());
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// The target of the CONNECT that reaches an https URL.
std::string connect_target(std::string_view url) {
  const std::string_view authority = authority_of(url, kHttps);
  const std::size_t host_end = authority.rfind(']');
  const std::size_t colon = authority.find(':', host_end == std::string_view::npos ? 0 : host_end);
  return std::string(authority) + (colon == std::string_view::npos ? ":443" : "");
}

/// The fields say where the body ends.
bool frames_body(const ToldAttempt& attempt) {
  const auto frames = [](const std::string& line) {
    const std::string_view name = std::string_view(line).substr(0, line.find(':'));
    return equal_ignoring_case(name, "content-length") ||
           equal_ignoring_case(name, "transfer-encoding");
  };
  return std::any_of(attempt.field_lines.begin(), attempt.field_lines.end(), frames);
}

/// The fields as they were told; a request that names no Host gets its URL's.
std::string field_lines(const ToldAttempt& attempt) {
  std::string lines;
  bool has_host = false;
  if (attempt.body && !frames_body(attempt)) {
    lines = "Content-Length: " + std::to_string(attempt.body->size()) + "\r\n";
  }
  for (const std::string& line : attempt.field_lines) {
    has_host = has_host || equal_ignoring_case(line.substr(0, line.find(':')), "host");
    lines += line + "\r\n";
  }
  for (const std::string_view scheme : {kHttps, kHttp}) {
    if (has_host || !has_scheme(attempt.url, scheme)) continue;
    return "Host: " + std::string(authority_of(attempt.url, scheme)) + "\r\n" + lines;
  }
  return lines;
}

/// A request that is reached by CONNECT.
bool is_in_tunnel(const ToldAttempt& attempt) {
  const bool has_fragment = attempt.url.find('#') != std::string::npos;
  return attempt.method != "CONNECT" && !has_fragment && has_scheme(attempt.url, kHttps);
}

/// The head that a client would send first: an https URL is reached by CONNECT, and what is said
/// of the request behind it is not seen there.
std::string head_of(const ToldAttempt& attempt) {
  if (is_in_tunnel(attempt)) {
    return "CONNECT " + connect_target(attempt.url) + " HTTP/1.1\r\n\r\n";
  }
  return attempt.method + " " + attempt.url + " HTTP/1.1\r\n" + field_lines(attempt) + "\r\n";
}

/// The head that a client would send in the tunnel that reaches an https URL.
std::string head_in_tunnel(const ToldAttempt& attempt) {
  const std::size_t path = kHttps.size() + authority_of(attempt.url, kHttps).size();
  std::string target = attempt.url.substr(path);
  if (!target.starts_with('/')) target.insert(0, "/");  // no path is the path `/` (RFC 9110 4.2.3)
  return attempt.method + " " + target + " HTTP/1.1\r\n" + field_lines(attempt) + "\r\n";
}

/// Who tells the end of a part would tell another head than the one that is read.
bool has_gap(const ToldAttempt& attempt) {
  const auto has_line_end = [](std::string_view text) {
    return text.find_first_of("\r\n") != std::string_view::npos;
  };
  const auto has_space = [&](std::string_view text) {
    return has_line_end(text) || text.find(' ') != std::string_view::npos;
  };
  return has_space(attempt.method) || has_space(attempt.url) ||
         std::any_of(attempt.field_lines.begin(), attempt.field_lines.end(), has_line_end);
}

ToldOutcome refused(Verdict verdict, std::string_view words) {
  return {.verdict = verdict, .head_error = words};
}

/// What a request asks for, whose body may be told beside its head.
Asked asked_by(const RequestHead& head, const ToldAttempt& attempt) {
  Asked asked = asked_by(head);
  if (attempt.body)
    asked.body_bytes = std::max<std::uint64_t>(asked.body_bytes, attempt.body->size());
  return asked;
}

/// What is known of the attempt beside the head.
GivenAttempt given_of(const ToldAttempt& attempt, const Authority& target) {
  return {.client = attempt.client,
          .target = target,
          .time = attempt.time,
          .addresses = attempt.addresses,
          .first_bytes = attempt.first_bytes,
          .sni = attempt.sni};
}

ToldOutcome outcome_of(Answer answer, Facts facts) {
  ToldOutcome outcome{.verdict = answer.verdict, .facts = std::move(facts)};
  switch (answer.kind) {
    case Answer::Kind::allow:
      outcome.decision = answer.would_block ? Decision::would_block : Decision::allow;
      break;
    case Answer::Kind::block:
      break;
    case Answer::Kind::need:
      outcome.decision = Decision::allow;
      outcome.verdict = {Reason::allowed, kNoRule, Stage::first_bytes};
      outcome.needs_request = true;
      break;
  }
  return outcome;
}

/// A request's facts, run to the verdict of rules and terms.
ToldOutcome judge_request(const Snapshot& snapshot, const ToldAttempt& attempt,
                          const RequestHead& head, const Authority& target) {
  GivenAttempt given = given_of(attempt, target);
  given.request = request_facts(head);
  std::optional<std::string> decoded;
  const JudgedBody body = judged_body(head, attempt.body ? std::string_view(*attempt.body) : "",
                                      snapshot.limits.judged_body_bytes, decoded);
  if (const auto aws = aws_host(target.host)) {
    given.request->aws = read_aws(*aws, head, {}).facts;
    given.with_body = read_aws(*aws, head, body).facts;
  }
  Rehearsal rehearsal = rehearse(snapshot, given);
  const Answer answer =
      hold_to_terms(snapshot, rehearsal.facts, asked_by(head, attempt), rehearsal.answer);
  return outcome_of(answer, std::move(rehearsal.facts));
}

/// The request in a tunnel to `target` whose TLS is intercepted, as the session that reads it
/// judges it.
ToldOutcome judge_in_tunnel(const Snapshot& snapshot, const ToldAttempt& attempt,
                            const Authority& target) {
  const std::string bytes = head_in_tunnel(attempt);
  RequestHeadReader reader(HeadPlace::https_origin, {.bytes = snapshot.limits.header_bytes});
  if (reader.read(bytes) != HeadProgress::done) {
    return refused({reader.error().reason, kNoRule, Stage::request}, reader.error().what);
  }
  const RequestHead& head = reader.head();
  if (head.host && !(*head.host == target)) {
    return refused({Reason::host_mismatch, kNoRule, Stage::request},
                   "Host names another host than the tunnel's");
  }
  return judge_request(snapshot, attempt, head, target);
}

}  // namespace

TlsUse ToldOutcome::tls() const {
  if (is_in_tunnel) return TlsUse::intercepted;
  const bool is_tls =
      facts && facts->first_bytes && facts->first_bytes->kind == FirstBytes::Kind::tls;
  if (decision == Decision::block || !is_tls) return TlsUse::none;
  return needs_request ? TlsUse::intercepted : TlsUse::passthrough;
}

ToldOutcome judge(const Snapshot& snapshot, const ToldAttempt& attempt) {
  if (has_gap(attempt)) {
    return refused({Reason::malformed_request, kNoRule, Stage::connect},
                   "a space or line end stands in method or URL, or a line end in a field");
  }
  const std::string bytes = head_of(attempt);
  RequestHeadReader reader(HeadPlace::proxy, {.bytes = snapshot.limits.header_bytes});
  if (reader.read(bytes) != HeadProgress::done) {
    return refused({reader.error().reason, kNoRule, Stage::connect}, reader.error().what);
  }
  const RequestHead& head = reader.head();
  if (!head.is_connect()) return judge_request(snapshot, attempt, head, *head.authority);
  Rehearsal rehearsal = rehearse(snapshot, given_of(attempt, *head.authority));
  ToldOutcome outcome = outcome_of(rehearsal.answer, std::move(rehearsal.facts));
  const bool is_intercepted = outcome.needs_request && attempt.first_bytes == FirstBytes::Kind::tls;
  if (!is_intercepted || !is_in_tunnel(attempt)) return outcome;
  ToldOutcome of_request = judge_in_tunnel(snapshot, attempt, *head.authority);
  of_request.is_in_tunnel = true;
  return of_request;
}

}  // namespace sallyport
