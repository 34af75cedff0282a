#include "policy/values/facts.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("schemes and first bytes have the words of policy files and audit records") {
  CHECK(text(Scheme::https) == "https");
  CHECK(text(Scheme::http) == "http");
  CHECK(text(FirstBytes::Kind::tls) == "tls");
  CHECK(text(FirstBytes::Kind::http) == "http");
  CHECK(text(FirstBytes::Kind::other) == "other");
  CHECK(text(FirstBytes::Kind::silence) == "silence");
}

}  // namespace
}  // namespace sallyport
