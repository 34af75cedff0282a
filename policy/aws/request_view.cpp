#include "policy/aws/request_view.h"

#include <algorithm>

#include "policy/values/ascii.h"

namespace sallyport {

std::optional<std::string_view> AwsRequestView::field(std::string_view name) const {
  for (const HeaderField& field : fields) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t AwsRequestView::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(),
      [name](const HeaderField& field) { return equal_ignoring_case(field.name, name); }));
}

}  // namespace sallyport
