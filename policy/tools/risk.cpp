#include "policy/tools/risk.h"

#include <span>
#include <string_view>

#include "policy/loader/keys.h"

namespace sallyport {
namespace {

/// A key by which a pin is written, and what is written there.
struct Pin {
  Block block;
  std::string_view key;
  std::string_view text;
};

constexpr Pin kAccountPin{Block::rule, "aws",
                          "`aws: {principal_accounts: organization}` on requests that are read"};
constexpr Pin kBucketsPin{Block::rule, "aws", "`aws: {buckets: [...]}` with literal buckets"};
constexpr Pin kOwnerPin{Block::rule, "aws", "`aws: {require_expected_bucket_owner: true}`"};
constexpr Pin kRoutePin{Block::destinations, "routes",
                        "a route with `endpoint_policy: pinned` to a VPC endpoint"};
constexpr Pin kReadPin{Block::top, "interception",
                       "`urls` or `methods` on the rule, so that its requests are read"};

bool is_loadable(const Pin& pin) {
  const Key* key = find_key(pin.block, pin.key);
  return key != nullptr && key->state == KeyState::works;
}

void append(std::string& text, std::string_view pin) {
  if (!text.empty()) text += ", or ";
  text += pin;
}

/// `now`: what closes it in every version; may be empty.
std::string remedy(std::string_view now, std::span<const Pin> pins) {
  std::string at_hand(now);
  std::string later;
  for (const Pin& pin : pins) append(is_loadable(pin) ? at_hand : later, pin.text);
  std::string text =
      at_hand.empty() ? "nothing in this version closes it" : "close it by " + at_hand;
  if (!later.empty()) text += " (later versions: " + later + ")";
  return text;
}

}  // namespace

std::string remedy_of(RiskKind kind) {
  constexpr std::string_view kNames = "naming the hosts themselves instead of a wildcard";
  constexpr Pin kS3[] = {kBucketsPin, kOwnerPin, kRoutePin};
  constexpr Pin kApi[] = {kAccountPin, kRoutePin};
  constexpr Pin kFrontEnd[] = {kReadPin, kRoutePin};
  constexpr Pin kSignIn[] = {kRoutePin};
  switch (kind) {
    case RiskKind::any_name:
    case RiskKind::rentable:
      return remedy(kNames, {});
    case RiskKind::expression:
      return remedy("writing names and `*.` patterns instead", {});
    case RiskKind::s3:
      return remedy("", kS3);
    case RiskKind::api:
      return remedy(
          "naming a host that shows one of `organization.accounts`, where the service has one",
          kApi);
    case RiskKind::front_end:
      return remedy("", kFrontEnd);
    case RiskKind::sign_in:
      return remedy(
          "naming the hosts that show an account or alias of `organization`, where they suffice",
          kSignIn);
  }
  return {};
}

}  // namespace sallyport
