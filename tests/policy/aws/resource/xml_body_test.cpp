#include "policy/aws/resource/xml_body.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

struct Row {
  std::string_view body;
  std::string_view found;
};

TEST_CASE("XML members are found by the names of elements, whatever their namespace") {
  constexpr std::string_view kMembers =
      "aBb:/R/Rule/Destination/Bucket Nb:/R/Rule/Destination/Account ab:/R/Role "
      "Ab:/R/Grantee/@arn Ab:/R/Tree/**/Arn";
  const Row rows[] = {
      {"<R/>", ""},
      {"<R></R>", ""},
      {"<R><Role>r</Role></R>", "a! r"},
      {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"http://s3.amazonaws.com/doc/\">\n"
       "  <Role>r</Role>\n</R>\n",
       "a! r"},
      {"<?xml version='1.0'?><R><Role>r</Role></R>", "a! r"},
      {"<x:R xmlns:x='urn:x'><x:Role>r</x:Role></x:R>", "a! r"},
      {"<R><Role>\n  r\n</Role></R>", "a! r"},
      {"<R><Role/></R>", ""},
      {"<R><role>r</role></R>", "a! r"},
      // As an XML reader decodes it.
      {"<R><Role>a&#114;n:&amp;&lt;x</Role></R>", "a! arn:&<x"},
      {"<R><Role>a<![CDATA[rn]]>:x</Role></R>", "a! arn:x"},
      {"<R><Role><![CDATA[<Role>x</Role>]]></Role></R>", "a! <Role>x</Role>"},
      // Elements that stand more than once are a list.
      {"<R><Rule><Destination><Bucket>a</Bucket></Destination></Rule>"
       "<Rule><Destination><Account>1</Account><Bucket>b</Bucket></Destination></Rule></R>",
       "aB a | N 1 | aB b"},
      {"<R><Role>r</Role><Role>s</Role></R>", "a! r | a! s"},
      {"<R><Grantee arn='g' x='y'/></R>", "A g"},
      {"<R><Grantee xmlns:x='urn:x' x:arn='g'>"
       "</Grantee></R>",
       "A g"},
      {"<R><Tree><Arn>0</Arn><a><b><Arn>1</Arn></b></a></Tree></R>", "A 0 | A 1"},
      // A service may not look at the root's name.
      {"<Other><Role>r</Role></Other>", "a! r"},
      // Payload.
      {"<R><Id>arn:aws:s3:::evil</Id><x><Role>evil</Role></x></R>", ""},
      {"<R><!-- <Role>x</Role> --><Role>r</Role></R>", "a! r"},
      {"\xef\xbb\xbf<R><Role>r</Role></R>", "a! r"},
      // Other shapes.
      {"<R><Role><x>r</x></Role></R>", kNotJudgeable},
      {"<R><Rule>r</Rule></R>", kNotJudgeable},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(found_in(BodyFormat::xml, row.body, kMembers) == row.found);
  }
}

TEST_CASE("XML with two readings, or with none, is not judgeable") {
  const std::string_view bodies[] = {
      "<!DOCTYPE R><R/>",
      "<!DOCTYPE R [<!ENTITY a 'b'>]><R><Role>&a;</Role></R>",
      "<!DOCTYPE R SYSTEM 'file:///etc/passwd'><R/>",
      "<!DOCTYPE R [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]>"
      "<R><Role>&c;</Role></R>",
      "<R><Role>&a;</Role></R>",
      "<R><Role>&#0;</Role></R>",
      "<R><?p i?></R>",
      "<?p i?><R/>",
      "<R><Role>a<!-- x -->b</Role></R>",  // readers of such text differ
      "<R><Role>r</Role>text</R>",         // text beside elements
      "<R>text<Role>r</Role></R>",
      "<R><x>text<y/></x></R>",
      "<R><x><y/>text</x></R>",
      "<R/><R/>",
      "<R/>x",
      "x<R/>",
      "<R>",
      "<R><Role>r</R></Role>",
      "<R><Role>r",
      "<R a='1' a='2'/>",
      "<R xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>",
      "<a:R/>",  // a prefix that nothing declares
      "<?xml version='1.1'?><R/>",
      "<?xml version='1.0' encoding='ISO-8859-1'?><R/>",
      "<?xml version='1.0' encoding='UTF-7'?><R/>",
      "<?xml version='1.0' encoding='UTF-16'?><R/>",
      " <?xml version='1.0'?><R/>",
      "<R><x>\xff</x></R>",
      "<R><x>\xc0\xaf</x></R>",
      "<R><x>\xed\xa0\x80</x></R>",
      "<R><x>\x01</x></R>",
      "{\"Role\": \"r\"}",
      " ",
  };
  for (const std::string_view body : bodies) {
    CAPTURE(body);
    CHECK(found_in(BodyFormat::xml, body, "ab:/R/Role") == kNotJudgeable);
  }
  using namespace std::string_view_literals;
  for (const std::string_view body :
       {"\xff\xfe<\0R\0/\0>\0"sv, "\xfe\xff\0<\0R\0/\0>"sv, "<R>\0</R>"sv, "<\0R\0/\0>\0"sv}) {
    CHECK(found_in(BodyFormat::xml, body, "ab:/R/Role") == kNotJudgeable);
  }
}

TEST_CASE("XML is read to a depth, and as many values as anybody sends") {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  CHECK(found_in(BodyFormat::xml, nested(kDepthMax), "") == "");
  CHECK(found_in(BodyFormat::xml, nested(kDepthMax + 1), "") == kNotJudgeable);
  CHECK(found_in(BodyFormat::xml, nested(1'000'000), "") == kNotJudgeable);

  const auto list = [](std::size_t size) {
    std::string text = "<R>";
    for (std::size_t i = 0; i < size; ++i) text += "<A>a</A>";
    return text + "</R>";
  };
  CHECK(found_in(BodyFormat::xml, list(kFoundMax), "Ab:/R/A") != kNotJudgeable);
  CHECK(found_in(BodyFormat::xml, list(kFoundMax + 1), "Ab:/R/A") == kNotJudgeable);
}

TEST_CASE("Of an unknown operation all that names a resource is found in XML") {
  CHECK(named_in(BodyFormat::xml,
                 "<R><Arn>arn:aws:s3:::a</Arn><x><y>\n s3://b/k \n</y><z arn='arn:aws:s3:::c'/>"
                 "</x><t>see arn:aws:s3:::d</t></R>") ==
        "A! arn:aws:s3:::a | U s3://b/k | A arn:aws:s3:::c");
  CHECK(named_in(BodyFormat::xml, "<R>arn:aws:s3:::a<b/></R>") == kNotJudgeable);
}

}  // namespace
}  // namespace sallyport
