#include "policy/loader/destinations_yaml.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

using Paths = std::vector<std::string>;

TEST_CASE("origins are known by the system's bundle, or by the one that is written") {
  const LoadResult system = load_text(with_a_rule(""));
  REQUIRE(system.is_ok());
  CHECK(system.policy->snapshot->destinations.ca_bundle == "/etc/ssl/certs/ca-certificates.crt");
  CHECK(system.policy->files == Paths{"p.yaml"});

  const std::string keys = "destinations: {ca_bundle: /srv/roots.pem}\n";
  const LoadResult own = load_text(with_a_rule(keys), {{"/srv/roots.pem", "ROOTS"}});
  REQUIRE(own.is_ok());
  CHECK(own.policy->snapshot->destinations.ca_bundle == "/srv/roots.pem");
  CHECK(own.policy->files == Paths{"p.yaml", "/srv/roots.pem"});
  CHECK(own.policy->snapshot->hash.find("ROOTS") != std::string::npos);
  CHECK(own.policy->interception_marks.ca_bundle == Mark{3, 27});

  const LoadResult gone = load_text(with_a_rule(keys));
  REQUIRE(gone.is_ok());
  CHECK(gone.policy->files == own.policy->files);
}

}  // namespace
}  // namespace sallyport
