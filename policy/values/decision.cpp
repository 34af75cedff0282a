#include "policy/values/decision.h"

namespace sallyport {

std::string_view text(Stage stage) {
  switch (stage) {
    case Stage::connect:
      return "connect";
    case Stage::address:
      return "address";
    case Stage::first_bytes:
      return "first_bytes";
    case Stage::request:
      return "request";
    case Stage::body:
      return "body";
  }
  return {};
}

std::string_view text(Decision decision) {
  switch (decision) {
    case Decision::allow:
      return "allow";
    case Decision::block:
      return "block";
    case Decision::would_block:
      return "would_block";
  }
  return {};
}

}  // namespace sallyport
