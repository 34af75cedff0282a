#include "metrics/attempt_record.h"

namespace sallyport {

std::string_view text(Event event) {
  switch (event) {
    case Event::connect:
      return "connect";
    case Event::request:
      return "request";
    case Event::dns:
      return "dns";
  }
  return "connect";
}

std::string_view text(TlsUse use) {
  switch (use) {
    case TlsUse::none:
      return "none";
    case TlsUse::passthrough:
      return "passthrough";
    case TlsUse::intercepted:
      return "intercepted";
  }
  return "none";
}

}  // namespace sallyport
