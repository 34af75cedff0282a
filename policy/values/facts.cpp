#include "policy/values/facts.h"

namespace sallyport {

std::string_view text(Scheme scheme) {
  switch (scheme) {
    case Scheme::https:
      return "https";
    case Scheme::http:
      return "http";
  }
  return {};
}

std::string_view text(FirstBytes::Kind kind) {
  switch (kind) {
    case FirstBytes::Kind::tls:
      return "tls";
    case FirstBytes::Kind::http:
      return "http";
    case FirstBytes::Kind::other:
      return "other";
    case FirstBytes::Kind::silence:
      return "silence";
  }
  return {};
}

}  // namespace sallyport
