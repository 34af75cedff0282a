#include "policy/aws/resource/json_body.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

struct Row {
  std::string_view body;
  std::string_view found;
};

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

TEST_CASE("JSON members are found at each kind of path, and nothing else is") {
  constexpr std::string_view kMembers =
      "Ab:/RoleArn Nb:/Accounts/* Ab:/Trails/*/Arn ab:/Tables/@ Bb:/Out/Bucket "
      "Ab:/Def/**/fnArn aIb:/Image";
  const Row rows[] = {
      {R"({})", ""},
      {R"({"RoleArn": "r"})", "A! r"},
      {R"({"RoleArn": ""})", "A! "},
      {R"({"RoleArn": null})", ""},
      {R"({"Accounts": ["1", "2"]})", "N 1 | N 2"},
      {R"({"Accounts": {"x": "1"}})", "N 1"},
      {R"({"Accounts": []})", ""},
      {R"({"Trails": [{"Arn": "a", "x": 1}, {}, {"Arn": "b"}]})", "A a | A b"},
      {R"({"Tables": {"t1": {"x": "y"}, "t2": []}})", "a t1 | a t2"},
      {R"({"Out": {"Prefix": "p", "Bucket": "b"}})", "B b"},
      {R"({"Def": {"fnArn": "0", "x": [{"fnArn": "1", "y": {"fnArn": "2"}}]}})", "A 0 | A 1 | A 2"},
      {R"({"Image": "i", "RoleArn": "r"})", "aI! i | A! r"},
      // The same words elsewhere are payload.
      {R"({"x": {"RoleArn": "arn:aws:iam::999988887777:role/x"}})", ""},
      {R"({"Message": "arn:aws:iam::999988887777:role/x"})", ""},
      {R"({"Items": ["s3://evil/x", {"Out": {"Bucket": "evil"}}], "RoleArn": "r"})", "A! r"},
      {R"({"Arn": "x", "Bucket": "y"})", ""},
      // As a JSON reader decodes them.
      {R"({"\u0052oleArn": "r"})", "A! r"},
      {R"({"RoleArn": "\u0061rn:\/x"})", "A! arn:/x"},
      {R"({"RoleArn": "\ud83d\ude00"})", "A! \xf0\x9f\x98\x80"},
      {R"({"RoleArn": " r\n"})", "A! r"},
      {R"({"rolearn": "r"})", "A! r"},  // a service may not mind the case
      {" \n{\"RoleArn\": \"r\"}\r\n ", "A! r"},
      // What is no text holds no name; where a name is expected, it may be read as one.
      {R"({"RoleArn": 5})", ""},
      {R"({"Accounts": [111122223333]})", kNotJudgeable},
      {R"({"Out": {"Bucket": 5}})", kNotJudgeable},
      {R"({"Out": {"Bucket": true}})", kNotJudgeable},
      {R"({"Out": {"Bucket": null}})", ""},
      {R"({"x": [1, -2.5e10, 123456789012345678901234567890, 1e400, true, false, null]})", ""},
      // Another shape than the operation has: whoever reads on reads something else.
      {R"({"RoleArn": ["r"]})", kNotJudgeable},
      {R"({"RoleArn": {"x": "r"}})", kNotJudgeable},
      {R"({"Accounts": "111122223333"})", kNotJudgeable},
      {R"({"Accounts": [["1"]]})", kNotJudgeable},
      {R"({"Trails": [["x"]]})", kNotJudgeable},
      {R"({"Out": "b"})", kNotJudgeable},
      {R"({"Out": [{"Bucket": "b"}]})", kNotJudgeable},
      {R"([{"RoleArn": "r"}])", kNotJudgeable},
      {R"("RoleArn")", kNotJudgeable},
      {R"(null)", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(found_in(BodyFormat::json, row.body, kMembers) == row.found);
  }
}

TEST_CASE("JSON with two readings, or with none, is not judgeable") {
  const std::string_view bodies[] = {
      R"({"RoleArn": "a", "RoleArn": "b"})",
      R"({"RoleArn": "a", "\u0052oleArn": "b"})",
      R"({"RoleArn": "a", "roleArn": "b"})",
      R"({"x": {"y": 1, "y": 2}})",  // in payload, too
      R"({"x": [{"": 1, "": 2}]})",
      R"({"RoleArn": "a"} {"RoleArn": "b"})",
      R"({"RoleArn": "a"}x)",
      R"({"RoleArn": "a"}{)",
      R"({"RoleArn": "a")",
      R"({"RoleArn": "a)",
      R"({"RoleArn")",
      R"({)",
      R"( )",
      R"({"RoleArn": "a",})",
      R"({"RoleArn": "a" /* b */})",
      "{\"RoleArn\": \"a\"} // b",
      R"({"x": NaN})",
      R"({"x": Infinity})",
      R"({"x": 01})",
      R"({"x": +1})",
      R"({"x": .5})",
      R"({x: 1})",
      R"({'x': 1})",
      R"({"x": "\x41"})",
      R"({"x": "\ud800"})",  // half a surrogate pair
      R"({"x": "\udc00"})",
      R"({"x": "\ud800\u0041"})",
      R"({"RoleArn": "a\u0000b"})",
      R"({"Role\u0000Arn": "a"})",
      "{\"x\": \"a\tb\"}",
      "{\"x\": \"\xff\"}",
      "{\"x\": \"\xc0\xaf\"}",        // overlong
      "{\"x\": \"\xed\xa0\x80\"}",    // a surrogate
      "{\"\xc1\x92oleArn\": \"a\"}",  // an overlong R
      "\xef\xbb\xbf{}",               // a byte order mark
      "{\0}",
  };
  for (const std::string_view body : bodies) {
    CAPTURE(body);
    CHECK(found_in(BodyFormat::json, body, "Ab:/RoleArn") == kNotJudgeable);
  }
  using namespace std::string_view_literals;
  CHECK(found_in(BodyFormat::json, "{\"x\": \"a\0b\"}"sv, "Ab:/RoleArn") == kNotJudgeable);
  CHECK(found_in(BodyFormat::json, "{}\0"sv, "Ab:/RoleArn") == kNotJudgeable);
  CHECK(found_in(BodyFormat::json, R"({"x": "a\u0000b"})", "Ab:/RoleArn") == "");
}

TEST_CASE("JSON is read to a depth, and as many values as anybody sends") {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  CHECK(found_in(BodyFormat::json, nested(kDepthMax), "") == "");
  CHECK(found_in(BodyFormat::json, nested(kDepthMax + 1), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::json, repeated("[", 5'000'000), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::json, repeated("{\"a\":", 1'000'000), "") == kNotJudgeable);

  const auto list = [](std::size_t size) {
    return "{\"L\": [" + repeated("\"a\",", size - 1) + "\"a\"]}";
  };
  CHECK(found_in(BodyFormat::json, list(kFoundMax), "Ab:/L/*") != kNotJudgeable);
  CHECK(found_in(BodyFormat::json, list(kFoundMax + 1), "Ab:/L/*") == kNotJudgeable);
  CHECK(found_in(BodyFormat::json, list(kFoundMax + 1), "Ab:/M/*") == "");
  CHECK(found_in(BodyFormat::json, list(kStepsMax - 3), "Ab:/M/*") == "");
  CHECK(found_in(BodyFormat::json, list(kStepsMax), "Ab:/M/*") == kNotJudgeable);
}

TEST_CASE("A long value of many parts is found whole") {
  const std::string long_text = repeated("\\u0061bc", 100'000);
  const std::string decoded = repeated("abc", 100'000);
  CHECK(found_in(BodyFormat::json, "{\"" + long_text + "\": 1, \"RoleArn\": \"" + long_text + "\"}",
                 "Ab:/RoleArn") == "A! " + decoded);
}

TEST_CASE("Of an unknown operation all that names a resource is found") {
  const Row rows[] = {
      {R"({"Role": "arn:aws:iam::111122223333:role/x", "n": "x"})",
       "A! arn:aws:iam::111122223333:role/x"},
      {R"({"a": [{"b": "s3://x/y"}], "c": ["111122223333.dkr.ecr.us-east-1.amazonaws.com/i"]})",
       "U s3://x/y | I 111122223333.dkr.ecr.us-east-1.amazonaws.com/i"},
      {R"({"q": " https://sqs.us-east-1.amazonaws.com/111122223333/q\n"})",
       "Q! https://sqs.us-east-1.amazonaws.com/111122223333/q"},
      {R"({"arn:aws:s3:::b": {"x": 1}})", "A arn:aws:s3:::b"},
      {R"(["arn:aws:s3:::b"])", "A arn:aws:s3:::b"},
      {R"("arn:aws:s3:::b")", "A arn:aws:s3:::b"},
      {R"({"text": "see arn:aws:s3:::b", "account": "111122223333", "n": 111122223333})",
       "N! 111122223333"},
      {R"({"a": 1, "a": 2})", kNotJudgeable},
      {R"({"a": 1, "A": 2})", ""},
      {R"({"a": "x)", kNotJudgeable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(named_in(BodyFormat::json, row.body) == row.found);
  }
}

}  // namespace
}  // namespace sallyport
