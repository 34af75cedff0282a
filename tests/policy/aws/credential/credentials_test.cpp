#include "policy/aws/credential/credentials.h"

#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include "tests/policy/aws/credential/sent_request.h"

namespace sallyport {
namespace {

using test::FieldLines;
using test::joined;
using test::SentRequest;
using test::shown;

std::string text_of(const boost::json::value& value) {
  return value.is_null() ? "" : std::string(value.as_string());
}

FieldLines lines_of(const boost::json::value& headers) {
  FieldLines lines;
  if (headers.is_object()) {
    for (const auto& [name, value] : headers.as_object()) {
      lines.emplace_back(std::string(name), text_of(value));
    }
    return lines;
  }
  for (const auto& line : headers.as_array()) {
    lines.emplace_back(text_of(line.at(0)), text_of(line.at(1)));
  }
  return lines;
}

TEST_CASE("smoke") {
  std::ifstream file(std::string(SALLYPORT_SOURCE_DIR) +
                     "/tests/data/aws/credential_vectors.jsonl");
  int rows = 0;
  for (std::string line; std::getline(file, line); ++rows) {
    const auto vector = boost::json::parse(line);
    const SentRequest request(text_of(vector.at("method")), text_of(vector.at("url")),
                              lines_of(vector.at("headers")));
    MESSAGE(text_of(vector.at("name")), ": ", shown(request.credentials()), "   ",
            boost::json::serialize(vector.at("expect")));
  }
  CHECK(rows == 35);
}

}  // namespace
}  // namespace sallyport
