#include "policy/loader/policy_files.h"

#include <doctest/doctest.h>

#include "tests/policy/loader/load_text.h"

namespace sallyport {
namespace {

using namespace sallyport::test;

TEST_CASE("files are found from the policy's folder") {
  const PolicySource source = source_of({});
  CHECK(PolicyFiles("p.yaml", source).resolve("a.txt") == "a.txt");
  CHECK(PolicyFiles("etc/p.yaml", source).resolve("a.txt") == "etc/a.txt");
  CHECK(PolicyFiles("/p.yaml", source).resolve("sub/a.txt") == "/sub/a.txt");
  CHECK(PolicyFiles("etc/p.yaml", source).resolve("/a.txt") == "/a.txt");
}

TEST_CASE("a file is read once, and counts once in the hash, behind its length") {
  int reads = 0;
  PolicySource source = source_of({});
  source.read_file = [&](const std::string& path,
                         std::string& error) -> std::optional<std::string> {
    ++reads;
    if (path == "gone") {
      error = "gone";
      return std::nullopt;
    }
    return "text of " + path;
  };
  PolicyFiles files("p.yaml", source);
  std::string error;
  CHECK(*files.read("a", error) == "text of a");
  CHECK(*files.read("b", error) == "text of b");
  CHECK(*files.read("a", error) == "text of a");
  CHECK(files.read("gone", error) == nullptr);
  CHECK(error == "gone");
  CHECK(reads == 3);
  CHECK(files.paths() == std::vector<std::string>{"a", "b"});
  const std::string length("\0\0\0\0\0\0\0\x09", 8);
  CHECK(files.hash() == length + "text of a" + length + "text of b");
}

TEST_CASE(
    "what others judge counts as it is, also where it cannot be read; a watched file is not") {
  const PolicySource source = source_of({{"ca.pem", "A"}, {"empty.pem", ""}, {"ca.key", "SECRET"}});
  PolicyFiles files("p.yaml", source);
  files.include("ca.pem");
  files.include("gone.pem");
  files.include("gone.pem");
  files.include("empty.pem");
  files.watch("ca.key");
  files.watch("ca.key");
  CHECK(files.paths() == std::vector<std::string>{"ca.pem", "gone.pem", "empty.pem", "ca.key"});
  CHECK(files.hash() ==
        std::string("\0\0\0\0\0\0\0\x01", 8) + "A" + std::string(8, '\xff') + std::string(8, '\0'));
}

}  // namespace
}  // namespace sallyport
