#include "policy/aws/credential/session_json.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string shown(std::string_view text) {
  const auto session = SessionJson::parse(text);
  return session ? session->session_id + " " + session->session_token : "none";
}

TEST_CASE("The session is an object of three strings, as AWS's example code writes it") {
  CHECK(shown(R"({"sessionId": "A", "sessionKey": "k", "sessionToken": "t"})") == "A t");
  CHECK(shown(R"({"sessionId":"A","sessionKey":"k","sessionToken":"t"})") == "A t");
  CHECK(shown(" {\r\n\t\"sessionToken\" : \"t\", \"sessionKey\":\"\", \"sessionId\":\"A\" } ") ==
        "A t");
  // What PHP and Gson write for `/` and `=`.
  CHECK(shown(R"({"sessionId":"A","sessionKey":"a\/b","sessionToken":"t\/\u003d\u003D"})") ==
        "A t/==");
}

TEST_CASE("What could be read in two ways is not read") {
  for (const std::string_view text : {
           "",
           "{",
           "{}",
           "[]",
           R"("A")",
           R"({"sessionId":"A"})",
           R"({"sessionId":"A","sessionKey":"k","sessionToken":"t"}x)",
           R"({"sessionId":"A","sessionKey":"k","sessionToken":"t"}{})",
           R"({"sessionId":"A","sessionKey":"k","sessionToken":"t",})",
           R"({"sessionId":"A","sessionKey":"k","sessionToken":"t","x":"y"})",
           R"({"sessionId":"A","sessionId":"B","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":"A","session\u0049d":"B","sessionKey":"k","sessionToken":"t"})",
           R"({"SessionId":"A","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":1,"sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":null,"sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":["A"],"sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":{"sessionId":"A"},"sessionKey":"k","sessionToken":"t"})",
           R"({'sessionId':'A','sessionKey':'k','sessionToken':'t'})",
           R"({"sessionId":"A\u0000","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":"A\u0100","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":"A\u00","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":"A\n","sessionKey":"k","sessionToken":"t"})",
           R"({"sessionId":"A\)",
           R"({"sessionId":"A)",
           R"({"sessionId")",
           R"({"sessionId":)",
           R"({"sessionId":"A" "sessionKey":"k","sessionToken":"t"})",
           "{\"sessionId\":\"A\nB\",\"sessionKey\":\"k\",\"sessionToken\":\"t\"}",
           "\xef\xbb\xbf{\"sessionId\":\"A\",\"sessionKey\":\"k\",\"sessionToken\":\"t\"}",
       }) {
    CAPTURE(text);
    CHECK(shown(text) == "none");
  }
}

}  // namespace
}  // namespace sallyport
