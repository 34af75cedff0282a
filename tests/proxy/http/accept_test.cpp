#include "proxy/http/accept.h"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace sallyport;

namespace {

std::string_view format_of(const std::string& fields) {
  switch (accepted_format(FieldLines(fields))) {
    case ReplyFormat::text:
      return "text";
    case ReplyFormat::html:
      return "html";
    case ReplyFormat::json:
      return "json";
    default:
      return "another";
  }
  return "";
}

struct Row {
  std::string_view accept;
  std::string_view expected;
};

}  // namespace

TEST_CASE("each client is told in the form that it shows") {
  for (const Row& row : {
           // Chromium, Firefox, Safari; a page's own requests and images.
           Row{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
               "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
               "html"},
           Row{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"},
           Row{"*/*", "text"},
           Row{"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "text"},
           Row{"application/json, text/plain, */*", "json"},                     // axios
           Row{"application/json, text/javascript, */*; q=0.01", "json"},        // jQuery
           Row{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "html"},  // Java
           Row{"text/*", "text"},                                                // apt
           Row{"text/html, text/*;q=0.5, image/*, */*", "html"},                 // w3m
           Row{"application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*", "json"},
           Row{"application/json", "json"},
           Row{"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
               "text/html; q=0.01",
               "json"},
           Row{"application/vnd.docker.distribution.manifest.v2+json", "json"},
           Row{"application/vnd.oci.image.index.v1+jsonx, json", "text"},
           Row{"text/event-stream", "text"},
           Row{"application/x-git-upload-pack-result", "text"},
       }) {
    CAPTURE(row.accept);
    CHECK(format_of("Accept: " + std::string(row.accept) + "\r\n") == row.expected);
  }
  CHECK(format_of("") == "text");
}

TEST_CASE("weights are those of RFC 9110, and what is none is passed over") {
  for (const Row& row : {
           Row{"text/html;q=0.5, text/plain", "text"},
           Row{"text/html;q=0.5, text/plain;q=0.5", "html"},
           Row{"text/html;q=0.5, */*", "text"},
           Row{"text/html, text/plain;q=0", "html"},
           Row{"text/html;q=0.5, text/plain;q=0.1, */*", "html"},
           Row{"text/html;q=0.5, text/*;q=0.4, */*", "html"},
           Row{"text/html, application/json", "html"},
           Row{"application/json, text/html;q=0.9", "json"},
           Row{"text/html;q=0.900, application/json;q=0.901", "json"},
           Row{"text/html;q=0", "text"},
           Row{"text/html;q=0.000, application/json;q=0", "text"},
           Row{"text/html;q=1.000", "html"},
           Row{"TEXT/HTML ; Q=1", "html"},
           Row{"text/html;charset=utf-8", "html"},
           Row{"text/html;level=1;q=0.2, text/plain;q=0.3", "text"},
           Row{"text/html;a=\"x,;q=0\";q=1", "html"},
           Row{"a/b;c=\"\\\",text/html,\", application/json", "json"},
           // No weight at all: that range counts as not sent.
           Row{"text/html;q=", "text"},
           Row{"text/html;q=2", "text"},
           Row{"text/html;q=1.001", "text"},
           Row{"text/html;q=0.1234", "text"},
           Row{"text/html;q=-1", "text"},
           Row{"text/html;q=a", "text"},
           Row{"text/html;q=.", "text"},
           Row{"text/html;q=2, application/json;q=0.1", "json"},
           Row{"text/htm", "text"},
           Row{"text/html2", "text"},
           Row{"html", "text"},
           Row{"", "text"},
           Row{",;,;;q=1,", "text"},
           Row{"\"text/html", "text"},
           Row{"x;\"\\", "text"},
           Row{"text/html, text/html;q=0.1, text/plain;q=0.5", "html"},
       }) {
    CAPTURE(row.accept);
    CHECK(format_of("Accept: " + std::string(row.accept) + "\r\n") == row.expected);
  }
}

TEST_CASE("Accept may come in many lines, of which 64 ranges are looked at") {
  CHECK(format_of("Accept: text/plain;q=0.5\r\nX: y\r\naccept: text/html\r\n") == "html");
  CHECK(format_of("Accept-Encoding: text/html\r\n") == "text");
  std::string many = "Accept: ";
  for (int i = 0; i < 63; ++i) many += "a/b,";
  CHECK(format_of(many + "text/html\r\n") == "html");
  CHECK(format_of(many + ",text/html\r\n") == "text");
}
