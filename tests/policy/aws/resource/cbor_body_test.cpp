#include "policy/aws/resource/cbor_body.h"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

/// CBOR as people can read it: hex digits are bytes, `'...'` is text of less than 24 bytes with its
/// head, blanks are nothing.
std::string cbor(std::string_view written) {
  std::string bytes;
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
  };
  for (std::size_t i = 0; i < written.size();) {
    if (written[i] == ' ') {
      ++i;
    } else if (written[i] == '\'') {
      const std::size_t end = written.find('\'', i + 1);
      const std::string_view text = written.substr(i + 1, end - i - 1);
      bytes += static_cast<char>(0x60U + text.size());
      bytes += text;
      i = end + 1;
    } else {
      bytes += static_cast<char>(digit(written[i]) << 4U | digit(written[i + 1]));
      i += 2;
    }
  }
  return bytes;
}

struct Row {
  std::string_view body;
  std::string_view found;
};

TEST_CASE("CBOR members are found, in maps, lists and strings of known and of unknown length") {
  constexpr std::string_view kMembers =
      "Ab:/RoleArn Nb:/Accounts/* Ab:/Trails/*/Arn ab:/Tables/@ Bb:/Out/Bucket Ab:/Def/**/fnArn";
  const Row rows[] = {
      {"a0", ""},
      {"bf ff", ""},
      {"a1 'RoleArn' 'r'", "A! r"},
      {"bf 'RoleArn' 'r' ff", "A! r"},
      {"b9 0001 'RoleArn' 7900 01 72", "A! r"},  // longer heads than needed
      {"bb 0000000000000001 'RoleArn' 7b 0000000000000001 72", "A! r"},
      {"a1 'RoleArn' 7f 'ar' 60 'n:x' ff", "A! arn:x"},  // in chunks
      {"a1 7f 'Role' 'Arn' ff 'r'", "A! r"},             // a key in chunks
      {"a1 'RoleArn' c1 d8 2a 'r'", "A! r"},             // behind tags
      {"d9 d9f7 a1 'RoleArn' 'r'", "A! r"},              // the tag of CBOR itself
      {"a1 'RoleArn' f6", ""},
      {"a1 'RoleArn' f7", ""},
      {"a1 'Accounts' 82 '1' '2'", "N 1 | N 2"},
      {"a1 'Accounts' 9f '1' '2' ff", "N 1 | N 2"},
      {"a1 'Accounts' 80", ""},
      {"a1 'Accounts' a1 'x' '1'", "N 1"},
      {"a1 'Trails' 82 a2 'Arn' 'a' 'x' 01 bf 'Arn' 'b' ff", "A a | A b"},
      {"a1 'Tables' a2 't1' a0 't2' 80", "a t1 | a t2"},
      {"a2 'Out' a1 'Bucket' 'b' 'RoleArn' 'r'", "B b | A! r"},
      {"a1 'Def' 9f a1 'fnArn' 'f' a1 'x' a1 'fnArn' 'g' ff", "A f | A g"},
      // Payload.
      {"a2 'x' a1 'RoleArn' 'evil' 'RoleArn' 'r'", "A! r"},
      {"a1 'x' 88 00 20 fb 3ff0000000000000 f4 f9 3c00 43 ffffff e0 f8 20", ""},
      {"a1 'x' 5f 41 ff 42 ffff ff", ""},
      // What is no text where a name is expected.
      {"a1 'RoleArn' 05", ""},
      {"a1 'RoleArn' 41 72", kNotJudgeable},
      {"a1 'Accounts' 81 05", kNotJudgeable},
      {"a1 'Out' a1 'Bucket' 05", kNotJudgeable},
      {"a1 'RoleArn' 81 'r'", kNotJudgeable},
      {"a1 'Accounts' '1'", kNotJudgeable},
      {"a1 'Out' 'b'", kNotJudgeable},
      {"80", kNotJudgeable},
      {"f6", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(found_in(BodyFormat::cbor, cbor(row.body), kMembers) == row.found);
  }
}

TEST_CASE("CBOR with two readings, or with none, is not judgeable") {
  const std::string_view bodies[] = {
      "a2 'RoleArn' 'a' 'RoleArn' 'b'",
      "a2 'RoleArn' 'a' 7807 526f6c6541726e 'b'",  // the same key with a longer head
      "a2 'RoleArn' 'a' 7f 'Role' 'Arn' ff 'b'",   // the same key in chunks
      "a2 'RoleArn' 'a' 'roleArn' 'b'",
      "bf 'x' bf 'y' 01 'y' 02 ff ff",
      "a1 'RoleArn' 'a' 00",  // goes on behind its end
      "a1 'RoleArn' 'a' a0",
      "a1 'RoleArn'",  // ends too early
      "a2 'RoleArn' 'a'",
      "bf 'RoleArn' 'a'",
      "a1 'RoleArn' 65 6172",
      "a1 'RoleArn' 7f 'a'",
      "a1 'RoleArn' 79 00",
      "a1",
      "c1",
      "a1 'RoleArn' c1",
      "bf 'RoleArn' ff",  // half an entry
      "a1 'x' ff",
      "ff",
      "a1 'x' 81 ff",
      "a1 01 'a'",  // keys that are no text
      "a1 47 526f6c6541726e 'a'",
      "a1 c1 'RoleArn' 'a'",
      "a1 80 'a'",
      "a1 'RoleArn' 7f 41 61 ff",  // chunks that are no text
      "a1 'RoleArn' 7f 7f 'a' ff ff",
      "a1 'RoleArn' 7f 01 ff",
      "a1 'x' 1c",
      "a1 'x' 3d",
      "a1 'x' 5e",
      "a1 'x' fc",  // reserved heads
      "a1 'x' 1f",
      "a1 'x' 3f",
      "a1 'x' df 00",
      "a1 'x' f8 00",
      "a1 'x' f8 1f",  // simple values spelled too long
      "a1 'x' 61 ff",
      "a1 'x' 62 c0af",
      "a1 'x' 63 eda080",  // no UTF-8
      "a1 68 526f6cc1a5c1b2 'a'",
      "a1 'x' 7f 61 c3 61 a9 ff",  // a character cut in two
      "a1 'RoleArn' 63 61 00 62",
      "a1 68 526f6c650041726e 'a'",
      "bb ffffffffffffffff 'RoleArn' 'a'",
      "9b ffffffffffffffff",
      "7b ffffffffffffffff 61",
      // A tag has a value.
      "a1 'x' 9f c1 ff",
      "bf 'x' 01 c1 ff",
      "c1",
  };
  for (const std::string_view body : bodies) {
    CAPTURE(body);
    CHECK(found_in(BodyFormat::cbor, cbor(body), "Ab:/RoleArn") == kNotJudgeable);
  }
}

TEST_CASE("CBOR is read to a depth, through any number of tags") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '\x81') + '\x80'; };
  CHECK(found_in(BodyFormat::cbor, nested(kDepthMax - 1), "") == "");
  CHECK(found_in(BodyFormat::cbor, nested(kDepthMax), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::cbor, nested(5'000'000), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::cbor, std::string(5'000'000, '\x9f'), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::cbor, std::string(1'000'000, '\xc1') + '\xa0', "") == "");
}

TEST_CASE("Of an unknown operation all that names a resource is found in CBOR") {
  CHECK(named_in(BodyFormat::cbor, cbor("a2 'a' 'arn:aws:s3:::b' 'b' 82 's3://b/k' 'x'")) ==
        "A! arn:aws:s3:::b | U s3://b/k");
  CHECK(named_in(BodyFormat::cbor, cbor("a1 'arn:aws:s3:::b' 01")) == "A arn:aws:s3:::b");
  CHECK(named_in(BodyFormat::cbor, cbor("a1 'a' 4f 61726e3a6177733a73333a3a3a6200")) == "");
  CHECK(named_in(BodyFormat::cbor, cbor("a2 'a' 01 'a' 01")) == kNotJudgeable);
}

}  // namespace
}  // namespace sallyport
