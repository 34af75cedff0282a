// Lists with commas whose elements hold no quoted text: Connection, Upgrade (RFC 9110 section
// 5.6.1). Pure; views of the value that is given.
#pragma once

#include <cstddef>
#include <string_view>

#include "proxy/http/octets.h"

namespace sallyport {

/// Takes the next element off a list, without the white space around it. It may be empty, as
/// recipients must bear. An empty list has no element left.
constexpr std::string_view take_element(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view element = trim(list.substr(0, comma));
  list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  return element;
}

}  // namespace sallyport
