#include "policy/loader/syntax_error.h"

#include <doctest/doctest.h>

namespace sallyport {
namespace {

TEST_CASE("what stands where YAML ends tells the most frequent mistakes") {
  CHECK(syntax_error("bad", 7, "hosts: *.example.org") ==
        "'*' begins a YAML alias; quote the text, as \"*.example.org\"");
  CHECK(syntax_error("unknown token", 7, "hosts: @s3") ==
        "'@' cannot begin a plain YAML word; quote the text, as \"@s3\"");
}

TEST_CASE("a message is known by how it begins; one that is not stays as it is") {
  CHECK(syntax_error("end of sequence flow not found", 3, "[a,") ==
        "not YAML: ']' is missing behind this list");
  CHECK(syntax_error("end of sequence not found", -1, "") ==
        "not YAML: the indentation fits nothing above; what belongs together begins in one column");
  CHECK(syntax_error("something new", -1, "*") == "not YAML: something new");
}

}  // namespace
}  // namespace sallyport
