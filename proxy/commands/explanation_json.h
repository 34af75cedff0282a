// What `explain --json` and `test --requests` print of an attempt (DESIGN.md, Command line).
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "policy/snapshot.h"
#include "proxy/commands/told_attempt.h"

namespace sallyport {

/// Said where no address was given.
inline constexpr std::string_view kAssumed =
    "no address was given: it is taken to pass the guard, to be inside the `networks` of an allow "
    "and outside those of a deny";

/// What a request shows of AWS, by the keys of the audit record, and `credentials`, the kinds of
/// all that it has.
boost::json::object aws_json(const AwsFacts& facts);

boost::json::object explanation_json(const Snapshot& snapshot, const ToldOutcome& outcome);

}  // namespace sallyport
