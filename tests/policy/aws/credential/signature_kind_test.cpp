#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/aws/credential/credentials.h"

namespace sallyport {
namespace {

TEST_CASE("Kinds are the words of a rule's signatures") {
  const std::vector<std::string_view> words = {"sigv4",  "sigv4-query", "sigv4a",
                                               "sigv2",  "s3-post",     "s3express",
                                               "bearer", "basic",       "federation"};
  for (const std::string_view word : words) {
    CAPTURE(word);
    const auto kind = signature_kind_of(word);
    REQUIRE(kind);
    CHECK(text(*kind) == word);
  }
}

TEST_CASE("Nothing that a rule writes means an unknown credential") {
  CHECK(text(SignatureKind::unknown) == "unknown");
  for (const std::string_view word : {"unknown", "", "SigV4", "sigv4_query", "none"}) {
    CAPTURE(word);
    CHECK_FALSE(signature_kind_of(word));
  }
}

}  // namespace
}  // namespace sallyport
