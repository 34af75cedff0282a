#include "proxy/http/reason_words.h"

#include <algorithm>
#include <iterator>

#include <doctest/doctest.h>

using namespace sallyport;

TEST_CASE("every reason has a sentence of its own and a registered error type") {
  const std::string_view registered[] = {"destination_ip_prohibited", "dns_error",
                                         "connection_refused",        "connection_timeout",
                                         "http_protocol_error",       "connection_terminated",
                                         "http_response_timeout",     "http_request_denied",
                                         "http_request_error",        "connection_limit_reached",
                                         "proxy_internal_error",      "proxy_internal_response",
                                         "proxy_loop_detected",       "tls_certificate_error"};
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    CAPTURE(text(reason));
    const std::string_view sentence = words(reason).sentence;
    CHECK(sentence.ends_with('.'));
    CHECK(sentence.size() > 15);
    CHECK(sentence.size() <= 96);
    for (const char byte : sentence) CHECK((byte >= 0x20 && byte <= 0x7e));
    CHECK(std::find(std::begin(registered), std::end(registered),
                    words(reason).proxy_status_error) != std::end(registered));
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(words(static_cast<Reason>(j)).sentence != sentence);
    }
  }
}
