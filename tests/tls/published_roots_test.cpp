#include "tls/published_roots.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

using Texts = std::vector<std::string>;

TEST_CASE("the roots of all files are published, each once, and no key is needed") {
  const CaFolder folder;
  const Made root = make({.subject = "root", .basic_constraints = "critical,CA:TRUE"});
  const Made signer = make({.subject = "signer"}, &root);
  const Made next = make({.subject = "next"});
  const Texts files = {folder.write("ca.pem", certificate_pem(signer) + certificate_pem(root)),
                       folder.write("next.pem", certificate_pem(next) + certificate_pem(root))};
  Texts errors;
  CHECK(published_roots(files, errors) == certificate_pem(root) + certificate_pem(next));
  CHECK(errors.empty());
}

TEST_CASE("each file that is of no use is told") {
  const CaFolder folder;
  const Made root = make({.subject = "root"});
  const std::string alone = folder.write("alone.pem", certificate_pem(make({}, &root)));
  Texts errors;
  CHECK_FALSE(published_roots(Texts{alone}, errors).has_value());
  CHECK(errors == Texts{alone + ": holds no root CA, and a root is what workstations can trust"});
  errors.clear();
  CHECK_FALSE(published_roots(Texts{folder.path("no"), folder.path("none")}, errors).has_value());
  CHECK(errors == Texts{folder.path("no") + ": cannot be opened: No such file or directory",
                        folder.path("none") + ": cannot be opened: No such file or directory"});
}

}  // namespace
}  // namespace sallyport::test
