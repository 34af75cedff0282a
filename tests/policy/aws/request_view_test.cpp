#include "policy/aws/request_view.h"

#include <vector>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("A field is found whatever the case of its name; the first of several is taken") {
  const std::vector<HeaderField> fields = {
      {"Host", "a"}, {"X-AMZ-Target", "one"}, {"x-amz-target", "two"}, {"Empty", ""}};
  AwsRequestView view;
  view.fields = fields;
  CHECK(view.field("host") == "a");
  CHECK(view.field("x-amz-target") == "one");
  CHECK(view.count("x-amz-target") == 2);
  CHECK(view.field("empty") == "");
  CHECK(view.field("x-amz-targets") == std::nullopt);
  CHECK(view.field("x-amz") == std::nullopt);
  CHECK(view.count("absent") == 0);
  CHECK(AwsRequestView{}.count("host") == 0);
}

}  // namespace
}  // namespace sallyport
