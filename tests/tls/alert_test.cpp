#include "tls/alert.h"

#include <doctest/doctest.h>

#include "tests/tls/hello_builder.h"

namespace sallyport::test {
namespace {

TEST_CASE("a blocked tunnel is told access_denied in the bytes of RFC 8446") {
  CHECK(Bytes(kAccessDeniedAlert.begin(), kAccessDeniedAlert.end()) == from_hex("15030300020231"));
}

}  // namespace
}  // namespace sallyport::test
