#include "proxy/http/trailer_names.h"

#include "proxy/http/comma_list.h"
#include "proxy/http/octets.h"

namespace sallyport {
namespace {

constexpr std::string_view kChecksum = "x-amz-checksum-";
constexpr std::string_view kSignature = "x-amz-trailer-signature";
constexpr std::uint32_t kNamesMax = 32;

bool counts(std::string_view name) {
  if (equal_ignoring_case(name, kSignature)) return true;
  return name.size() > kChecksum.size() && begins_ignoring_case(name, kChecksum) && is_token(name);
}

}  // namespace

bool TrailerNames::read(char byte) {
  if (byte == ':') return end_name();
  const bool goes_on = read_ < name_.size() && to_lower(name_[read_]) == to_lower(byte);
  if (!goes_on && !find(byte)) return false;
  ++read_;
  return true;
}

// Finds a name that begins like what was read, and goes on with that byte.
bool TrailerNames::find(char next) {
  const std::string_view begin = name_.substr(0, read_);
  std::string_view rest = list_;
  for (std::uint32_t index = 0; index < kNamesMax && !rest.empty(); ++index) {
    const std::string_view name = take_element(rest);
    if ((passed_ >> index & 1U) != 0 || !counts(name)) continue;
    if (name.size() <= read_ || !begins_ignoring_case(name, begin)) continue;
    if (to_lower(name[read_]) != to_lower(next)) continue;
    name_ = name;
    return true;
  }
  return false;
}

// A list may name the same twice; it may come once all the same.
bool TrailerNames::end_name() {
  const std::string_view read = name_.substr(0, read_);
  std::string_view rest = list_;
  bool is_named = false;
  for (std::uint32_t index = 0; index < kNamesMax && !rest.empty(); ++index) {
    if (!equal_ignoring_case(take_element(rest), read) || (passed_ >> index & 1U) != 0) continue;
    passed_ |= 1U << index;
    is_named = true;
  }
  name_ = {};
  read_ = 0;
  return is_named && counts(read);
}

}  // namespace sallyport
