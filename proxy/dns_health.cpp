#include "proxy/dns_health.h"

#include <string>

#include "proxy/refusal_words.h"

namespace sallyport {
namespace {

/// One name that is broken is no news; so many in a row, with no answer in between, are.
constexpr unsigned kFailuresToTell = 5;

}  // namespace

void DnsHealth::saw(Resolution::Outcome outcome) {
  using Outcome = Resolution::Outcome;
  if (outcome != Outcome::failed && outcome != Outcome::timed_out) {
    if (failures_ >= kFailuresToTell) {
      log_.log_limited("dns-answers", OperatorLog::Level::info, "DNS: names are resolved again");
    }
    failures_ = 0;
    return;
  }
  if (++failures_ < kFailuresToTell) return;
  log_.log_limited("dns-fails", OperatorLog::Level::error,
                   "DNS: the last " + std::to_string(kFailuresToTell) +
                       " lookups got no usable answer, their clients are told 502. The last one: " +
                       std::string(words_for(outcome)));
}

}  // namespace sallyport
