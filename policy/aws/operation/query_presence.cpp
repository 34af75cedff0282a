#include "policy/aws/operation/query_presence.h"

#include "policy/values/ascii.h"

namespace sallyport {

Presence presence_in(const Parameters& query, std::string_view name,
                     std::optional<std::string_view> value) {
  std::size_t of_name = 0;
  bool fits = false;
  bool is_exact = false;
  for (const Parameter& parameter : query) {
    if (!equal_ignoring_case(parameter.name, name)) continue;
    ++of_name;
    const auto sent = parameter.value.value_or("");
    fits |= !value || equal_ignoring_case(sent, *value);
    is_exact = parameter.name == name && (!value || sent == *value);
  }
  if (!fits) return Presence::absent;
  return of_name == 1 && is_exact ? Presence::present : Presence::unsure;
}

}  // namespace sallyport
