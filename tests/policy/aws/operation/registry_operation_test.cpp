#include "policy/aws/operation/registry_operation.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/operation/asked.h"

namespace sallyport {
namespace {

Told asked(const std::string& method, const std::string& target) {
  return tell({method, "111122223333.dkr.ecr.us-east-1.amazonaws.com", target, {}, {}, ""});
}

TEST_CASE("A pull reads manifests and layers") {
  for (const auto* method : {"GET", "HEAD"}) {
    const Told manifest = asked(method, "/v2/team/model/manifests/latest");
    CHECK(manifest.names() == "ecr.BatchGetImage");
    CHECK(manifest.actions() == "ecr:BatchGetImage");
    CHECK(manifest.reading.candidates.front().is_read);
    CHECK(manifest.reading.candidates.front().labels.front().second == "team/model");
  }
  CHECK(asked("GET", "/v2/model/blobs/sha256:00").names() == "ecr.GetDownloadUrlForLayer");
  CHECK(asked("HEAD", "/v2/model/blobs/sha256:00").names() == "ecr.BatchCheckLayerAvailability");
  CHECK(asked("GET", "/v2/model/tags/list?n=10").actions() == "ecr:ListImages");
}

TEST_CASE("A push uploads layers and puts the manifest") {
  CHECK(asked("POST", "/v2/model/blobs/uploads/").names() == "ecr.InitiateLayerUpload");
  CHECK(asked("POST", "/v2/model/blobs/uploads").names() == "ecr.InitiateLayerUpload");
  CHECK(asked("PATCH", "/v2/model/blobs/uploads/u").names() == "ecr.UploadLayerPart");
  CHECK(asked("PUT", "/v2/model/blobs/uploads/u?digest=sha256%3A00").actions() ==
        "ecr:UploadLayerPart ecr:CompleteLayerUpload");
  CHECK(asked("PUT", "/v2/model/manifests/latest").actions() == "ecr:PutImage");
  CHECK(asked("POST", "/v2/model/blobs/uploads/?mount=sha256:00&from=other").actions() ==
        "ecr:InitiateLayerUpload ecr:GetDownloadUrlForLayer");
  CHECK_FALSE(asked("PUT", "/v2/model/manifests/latest").reading.candidates.front().is_read);
}

TEST_CASE("All else at a registry is unknown") {
  for (const auto* target : {"/", "/v2", "/v2/", "/v2/_catalog", "/v2/model",
                             "/v2/manifests/latest", "/v2/model/manifests/", "/v2/model/tags/x",
                             "/v2/model/x/uploads/u", "/v1/model/manifests/latest"}) {
    CAPTURE(target);
    CHECK(asked("GET", target).names() == "unknown");
  }
  CHECK(asked("GET", "/v2/a/../b/manifests/x").names() == "ambiguous");
  CHECK(asked("GET", "/v2/a%2Fb/manifests/x").names() == "ambiguous");
  CHECK(asked("GET", "/v2//manifests/x").names() == "unknown");
  CHECK(asked("DELETE", "/v2/model/blobs/sha256:00").names() == "unknown");
}

TEST_CASE("Its JSON operations are asked elsewhere") {
  const Told told = tell({"POST",
                          "api.ecr.us-east-1.amazonaws.com",
                          "/",
                          {{"X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.PutImage"}},
                          {},
                          ""});
  CHECK(told.names() == "ecr.PutImage");
}

}  // namespace
}  // namespace sallyport
