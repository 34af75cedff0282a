#include "policy/aws/request_view.h"

#include <algorithm>

#include "policy/aws/name_case.h"

namespace sallyport {

std::optional<std::string_view> AwsRequestView::field(std::string_view name) const {
  for (const HeaderField& field : fields) {
    if (is_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t AwsRequestView::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(),
                    [name](const HeaderField& field) { return is_name(field.name, name); }));
}

}  // namespace sallyport
