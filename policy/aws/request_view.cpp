#include "policy/aws/request_view.h"

#include <algorithm>

namespace sallyport {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_name(const HeaderField& field, std::string_view name) {
  if (field.name.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (lower(field.name[i]) != name[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string_view> AwsRequestView::field(std::string_view name) const {
  for (const HeaderField& field : fields) {
    if (has_name(field, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t AwsRequestView::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields.begin(), fields.end(),
                    [name](const HeaderField& field) { return has_name(field, name); }));
}

}  // namespace sallyport
