#include "policy/loader/interception_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

using Paths = std::vector<std::string>;

/// The policy at `etc/p.yaml`, and the files beside it.
LoadResult load_in_folder(std::string_view more, Files files = {}) {
  files["etc/p.yaml"] = with_a_rule(more);
  return load_policy("etc/p.yaml", source_of(std::move(files)), kNow);
}

TEST_CASE("the CA's files are resolved from the policy's folder, and belong to its files") {
  const LoadResult result = load_in_folder(
      "interception:\n"
      "  ca_certificates: [ca/ca.pem, /srv/next.pem]\n"
      "  ca_private_key: ca/ca.key\n"
      "  explain_refused: true\n",
      {{"etc/ca/ca.pem", "PEM"}, {"/srv/next.pem", "NEXT"}, {"etc/ca/ca.key", "SECRET"}});
  CHECK(joined(errors_of(result)) == "");
  REQUIRE(result.is_ok());
  const Snapshot& snapshot = *result.policy->snapshot;
  REQUIRE(snapshot.interception);
  CHECK(snapshot.interception->ca_certificates == Paths{"etc/ca/ca.pem", "/srv/next.pem"});
  CHECK(snapshot.interception->ca_private_key == "etc/ca/ca.key");
  CHECK(snapshot.interception->explains_refused);
  CHECK(result.policy->files ==
        Paths{"etc/p.yaml", "etc/ca/ca.pem", "/srv/next.pem", "etc/ca/ca.key"});
  CHECK(snapshot.hash.find("PEM") != std::string::npos);
  CHECK(snapshot.hash.find("NEXT") != std::string::npos);
  CHECK(snapshot.hash.find("SECRET") == std::string::npos);
  const InterceptionMarks& marks = result.policy->interception_marks;
  CHECK(marks.file == "etc/p.yaml");
  CHECK(marks.ca_certificates == Mark{4, 20});
  CHECK(marks.ca_private_key == Mark{5, 19});
  CHECK(marks.explain_refused == Mark{6, 20});
}

TEST_CASE("a policy loads before its CA is made, and notices when it is") {
  const std::string keys = "interception: {ca_certificates: [ca.pem], ca_private_key: ca.key}\n";
  const LoadResult before = load_in_folder(keys);
  const LoadResult after = load_in_folder(keys, {{"etc/ca.pem", ""}});
  CHECK(joined(errors_of(before)) == "");
  REQUIRE(before.is_ok());
  REQUIRE(after.is_ok());
  CHECK_FALSE(before.policy->snapshot->interception->explains_refused);
  CHECK(before.policy->interception_marks.explain_refused == Mark{3, 15});
  CHECK(before.policy->files == Paths{"etc/p.yaml", "etc/ca.pem", "etc/ca.key"});
  CHECK(after.policy->files == before.policy->files);
  CHECK(after.policy->snapshot->hash != before.policy->snapshot->hash);
}

TEST_CASE("without the key there is no interception") {
  const LoadResult result = load_in_folder("");
  REQUIRE(result.is_ok());
  CHECK_FALSE(result.policy->snapshot->interception);
  CHECK(result.policy->interception_marks.ca_certificates == Mark{1, 1});
}

}  // namespace
}  // namespace sallyport
