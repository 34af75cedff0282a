#include "proxy/commands/told_attempt.h"

#include <algorithm>

#include "policy/rehearse.h"
#include "proxy/http/request_head.h"

namespace sallyport {
namespace {

constexpr std::string_view kHttps = "https://";

bool is_https_url(std::string_view url) {
  return url.size() > kHttps.size() &&
         std::equal(kHttps.begin(), kHttps.end(), url.begin(),
                    [](char a, char b) { return a == b || (b >= 'A' && b <= 'Z' && a == b + 32); });
}

/// The request line that a client would send for it: an https URL is reached by CONNECT.
std::string request_line(const ToldAttempt& attempt) {
  const bool has_fragment = attempt.url.find('#') != std::string::npos;
  if (attempt.method == "CONNECT" || has_fragment || !is_https_url(attempt.url)) {
    return attempt.method + " " + attempt.url;
  }
  std::string authority = attempt.url.substr(kHttps.size());
  authority.resize(std::min(authority.find_first_of("/?"), authority.size()));
  const std::size_t host_end = authority.rfind(']');
  const std::size_t colon = authority.find(':', host_end == std::string::npos ? 0 : host_end);
  return "CONNECT " + authority + (colon == std::string::npos ? ":443" : "");
}

/// It would be read as further parts of the head that is made of it.
bool has_gap(std::string_view text) { return text.find_first_of(" \r\n") != text.npos; }

ToldOutcome refused(Reason reason, Stage after, std::string_view words) {
  return {.verdict = {reason, kNoRule, after}, .head_error = words};
}

}  // namespace

std::string_view ToldOutcome::tls() const {
  if (needs_request) return "intercepted";
  const bool passes = decision != Decision::block && facts && facts->first_bytes &&
                      facts->first_bytes->kind == FirstBytes::Kind::tls;
  return passes ? "passthrough" : "none";
}

ToldOutcome judge(const Snapshot& snapshot, const ToldAttempt& attempt) {
  if (has_gap(attempt.method) || has_gap(attempt.url)) {
    return refused(Reason::malformed_request, Stage::connect,
                   "a method and a request target hold neither spaces nor line ends");
  }
  const std::string head = request_line(attempt) + " HTTP/1.0\r\n\r\n";
  RequestHeadReader reader;
  if (reader.read(head) != HeadProgress::done) {
    return refused(reader.error().reason, Stage::connect, reader.error().what);
  }
  if (!reader.head().is_connect()) {
    return refused(Reason::scheme_not_allowed, Stage::request,
                   "plain HTTP is not forwarded by this version");
  }
  Rehearsal rehearsal = rehearse(snapshot, {.client = attempt.client,
                                            .target = *reader.head().authority,
                                            .time = attempt.time,
                                            .addresses = attempt.addresses,
                                            .first_bytes = attempt.first_bytes,
                                            .sni = attempt.sni});
  ToldOutcome outcome{.verdict = rehearsal.answer.verdict, .facts = std::move(rehearsal.facts)};
  switch (rehearsal.answer.kind) {
    case Answer::Kind::allow:
      outcome.decision = rehearsal.answer.would_block ? Decision::would_block : Decision::allow;
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

}  // namespace sallyport
