#include "policy/aws/operation/package_operation.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/operation/asked.h"

namespace sallyport {
namespace {

Told asked(const std::string& method, const std::string& target) {
  return tell(
      {method, "ml-111122223333.d.codeartifact.us-east-1.amazonaws.com", target, {}, {}, ""});
}

TEST_CASE("Packages are read, and published by whatever writes") {
  const Told index = asked("GET", "/pypi/r/simple/numpy/");
  CHECK(index.actions() == "codeartifact:ReadFromRepository");
  CHECK(index.reading.candidates.front().is_read);
  CHECK(asked("HEAD", "/maven/r/a/b/1/b-1.jar").actions() == "codeartifact:ReadFromRepository");
  const Told upload = asked("POST", "/pypi/r/");
  CHECK(upload.actions() == "codeartifact:PublishPackageVersion");
  CHECK_FALSE(upload.reading.candidates.front().is_read);
  CHECK(asked("PUT", "/npm/r/left-pad").actions() == "codeartifact:PublishPackageVersion");
  CHECK(asked("DELETE", "/npm/r/left-pad/-rev/1").reading.candidates.empty());
}

TEST_CASE("CodeArtifact's own operations go to its own host") {
  CHECK(tell({"POST",
              "codeartifact.us-east-1.amazonaws.com",
              "/v1/authorization-token?domain=ml&domain-owner=111122223333",
              {},
              {},
              ""})
            .names() == "codeartifact.GetAuthorizationToken");
}

}  // namespace
}  // namespace sallyport
