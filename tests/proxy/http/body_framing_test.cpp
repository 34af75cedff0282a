#include "proxy/http/body_framing.h"

#include <doctest/doctest.h>

#include "tests/proxy/http/response_rows.h"

using namespace sallyport;

TEST_CASE("a request has a body if it says so, whatever its method") {
  struct Row {
    std::string_view method;
    std::string_view fields;
    std::string_view expected;
  };
  for (const Row& row : {
           Row{"GET", "", "no body"},
           Row{"GET", "Content-Length: 0\r\n", "0 bytes"},
           Row{"GET", "Content-Length: 4\r\n", "4 bytes"},
           Row{"GET", "Transfer-Encoding: chunked\r\n", "chunked"},
           Row{"HEAD", "Content-Length: 4\r\n", "4 bytes"},
           Row{"DELETE", "Content-Length: 4\r\n", "4 bytes"},
           Row{"OPTIONS", "Content-Length: 4\r\n", "4 bytes"},
           Row{"POST", "", "no body"},
           Row{"PUT", "Content-Length: 999999999999999999\r\n", "999999999999999999 bytes"},
           Row{"PUT", "Transfer-Encoding: chunked\r\n", "chunked"},
       }) {
    CAPTURE(row.method);
    CAPTURE(row.fields);
    const std::string bytes = std::string(row.method) +
                              " http://a.example/ HTTP/1.1\r\nHost: a.example\r\n" +
                              std::string(row.fields) + "\r\n";
    RequestHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    CHECK(tests::words(framing_of(reader.head())) == row.expected);
  }
}

// The rows of response_fields_test.cpp go through all of it; these are the statuses alone.
TEST_CASE("behind 1xx, 204, 304 and the answer to HEAD stands no body") {
  for (std::uint16_t status = 100; status < 600; ++status) {
    CAPTURE(status);
    const std::string bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\n\r\n";
    ResponseHeadReader reader;
    REQUIRE(reader.read(bytes) == HeadProgress::done);
    const bool never_has_one = status < 200 || status == 204 || status == 304;
    CHECK(tests::words(framing_of(reader.head(), false)) ==
          (never_has_one ? "no body" : "until close"));
    CHECK(tests::words(framing_of(reader.head(), true)) == "no body");
  }
}
