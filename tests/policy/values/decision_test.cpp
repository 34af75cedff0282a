#include "policy/values/decision.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("stages and decisions have the words of the audit record") {
  CHECK(text(Stage::connect) == "connect");
  CHECK(text(Stage::address) == "address");
  CHECK(text(Stage::first_bytes) == "first_bytes");
  CHECK(text(Stage::request) == "request");
  CHECK(text(Stage::body) == "body");
  CHECK(text(Decision::allow) == "allow");
  CHECK(text(Decision::block) == "block");
  CHECK(text(Decision::would_block) == "would_block");
}

TEST_CASE("stages compare in the order in which facts become known") {
  CHECK(Stage::connect < Stage::address);
  CHECK(Stage::address < Stage::first_bytes);
  CHECK(Stage::first_bytes < Stage::request);
  CHECK(Stage::request < Stage::body);
}

TEST_CASE("an answer that nobody filled in blocks as internal_error without a rule") {
  const Answer answer;
  CHECK(answer.is_block());
  CHECK_FALSE(answer.is_allow());
  CHECK(answer.verdict.reason == Reason::internal_error);
  CHECK(answer.verdict.rule == kNoRule);
  CHECK_FALSE(answer.would_block);
}

}  // namespace
}  // namespace sallyport
