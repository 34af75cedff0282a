#include "proxy/websocket_accept.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("the answer to a key is RFC 6455's") {
  // Section 1.3.
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(websocket_accept("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

}  // namespace
}  // namespace sallyport
