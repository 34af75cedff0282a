#include "tls/authority_path.h"

#include <doctest/doctest.h>

#include "tests/tls/authority_maker.h"

namespace sallyport::test {
namespace {

X509Ptr share(const Made& made) {
  X509_up_ref(made.certificate.get());
  return X509Ptr(made.certificate.get());
}

std::vector<FiledCertificate> pool_of(std::initializer_list<const Made*> all) {
  std::vector<FiledCertificate> pool;
  for (const Made* each : all) pool.push_back({share(*each), 0});
  return pool;
}

using Path = std::vector<std::size_t>;

TEST_CASE("the way to the root is found by signatures, in any order of the file") {
  const Made root = make({.subject = "root"});
  const Made other = make({.subject = "middle"});  // the name of another one's issuer
  const Made middle = make({.subject = "middle"}, &root);
  const Made signer = make({.subject = "signer"}, &middle);
  std::string error;
  CHECK(path_to_root(pool_of({&root}), error) == Path{0});
  CHECK(path_to_root(pool_of({&signer, &root, &other, &middle}), error) == Path{0, 3, 1});
  CHECK(error.empty());
  CHECK(path_to_root(pool_of({&signer, &other, &root}), error) == Path{0});
  CHECK(error ==
        "who signed `CN = signer` is missing: put the intermediates and the root behind it in the "
        "same file");
}

TEST_CASE("a certificate of its own name that another key signed is no root") {
  const Made root = make({.subject = "same"});
  CHECK(is_root(*root.certificate));
  CHECK_FALSE(is_root(*make({.subject = "same"}, &root).certificate));
}

TEST_CASE("CAs that signed each other lead to no root") {
  const Made first = make({.subject = "first"});
  const Made second = make({.subject = "second"}, &first);
  Made ring{X509Ptr(X509_dup(first.certificate.get())), nullptr};
  X509_set_issuer_name(ring.certificate.get(), X509_get_subject_name(second.certificate.get()));
  X509_sign(ring.certificate.get(), second.key.get(), EVP_sha256());
  std::string error;
  path_to_root(pool_of({&ring, &second}), error);
  CHECK(error == "leads to no root within 8 certificates");
}

}  // namespace
}  // namespace sallyport::test
