#include "policy/aws/operation/query_presence.h"

#include <optional>
#include <string_view>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

Presence presence(std::string_view query, std::string_view name,
                  std::optional<std::string_view> value = std::nullopt) {
  return presence_in(Parameters::read(query, Parameters::Kind::query).value(), name, value);
}

TEST_CASE("What stands once, as it should, is present") {
  CHECK(presence("a=b&operation=tag", "operation", "tag") == Presence::present);
  CHECK(presence("delete", "delete") == Presence::present);
  CHECK(presence("delete=", "delete") == Presence::present);
  CHECK(presence("delete=x", "delete") == Presence::present);
}

TEST_CASE("Another name or another value is absent") {
  CHECK(presence("", "operation", "tag") == Presence::absent);
  CHECK(presence("operation=untag", "operation", "tag") == Presence::absent);
  CHECK(presence("operations=tag", "operation", "tag") == Presence::absent);
  CHECK(presence("operation", "operation", "tag") == Presence::absent);
}

TEST_CASE("What some reader overlooks is neither") {
  CHECK(presence("Operation=tag", "operation", "tag") == Presence::unsure);
  CHECK(presence("operation=TAG", "operation", "tag") == Presence::unsure);
  CHECK(presence("operation=tag&operation=tag", "operation", "tag") == Presence::unsure);
  CHECK(presence("operation=tag&operation=untag", "operation", "tag") == Presence::unsure);
  CHECK(presence("operation=untag&OPERATION=tag", "operation", "tag") == Presence::unsure);
  CHECK(presence("List&list", "List") == Presence::unsure);
}

}  // namespace
}  // namespace sallyport
