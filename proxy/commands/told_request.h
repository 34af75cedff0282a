// A line of `sallyport test --requests` (DESIGN.md, Command line): one attempt as a JSON object.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "proxy/commands/told_attempt.h"

namespace sallyport {

struct ToldRequest {
  boost::json::value id;  ///< as it was given
  ToldAttempt attempt;
};

/// Reads a line, strictly; nothing, and `error` says what would be right. `now` is the time of a
/// line that says none.
std::optional<ToldRequest> read_told_request(std::string_view line, TimePoint now,
                                             std::string& error);

/// The kind of that name.
std::optional<FirstBytes::Kind> first_bytes_of(std::string_view name);

}  // namespace sallyport
