#include "policy/aws/resource/form_body.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/policy/aws/resource/found_text.h"

namespace sallyport {
namespace {

struct Row {
  std::string_view body;
  std::string_view found;
};

TEST_CASE("The members of a form are found by the dotted paths of their names") {
  constexpr std::string_view kMembers =
      "Ab:/TopicArn Ab:/Entries/member/*/Arn Nb:/UserId/* Ab:/Group/Name/* Ab:/Alarms/* "
      "Af:/Alarms/member/*";
  const Row rows[] = {
      {"Action=Publish&Version=2010-03-31", ""},
      {"Action=Publish&TopicArn=arn%3Aaws%3Asns", "A! arn:aws:sns"},
      {"topicarn=a", "A! a"},
      {"TopicArn=", "A! "},
      {"TopicArn", "A! "},
      {"TopicArn=+a%0a", "A! a"},
      {"%54opicArn=a", "A! a"},
      {"Entries.member.1.Arn=a&Entries.member.2.Arn=b&Entries.member.2.X=c", "A a | A b"},
      {"UserId.1=111122223333&UserId.20=2", "N 111122223333 | N 2"},
      {"Alarms.member.1=a", "A a"},
      // A list's elements may have their own name, or `member`, or none, whichever the table says.
      {"Group.Name.1=a", "A a"},
      {"Group.member.1=a", "A a"},
      {"Group.1=a", "A a"},
      {"Entries.1.Arn=a", "A a"},
      {"Entries.Entry.1.Arn=a", "A a"},
      // Elsewhere it is payload.
      {"Message=arn:aws:iam::999988887777:role/x", ""},
      {"X.TopicArn=a", ""},
      {"TopicArn.1=a", ""},
      {"Entries.member.x.Arn=a", ""},
      {"UserId.x=1", ""},
      {"", ""},
      {"&&", ""},
      // Two readings.
      {"TopicArn=a&TopicArn=b", kNotJudgeable},
      {"TopicArn=a&topicarn=b", kNotJudgeable},
      {"TopicArn=a&Topic%41rn=b", kNotJudgeable},
      {"x=1&x=2", kNotJudgeable},
      {"TopicArn=%ff", kNotJudgeable},
      {"Topic%c0%afArn=a", kNotJudgeable},
      {"TopicArn=%zz", kNotJudgeable},
      {"Message=%ff", ""},  // bytes that nobody reads here
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(found_in_form(row.body, kMembers) == row.found);
  }
}

TEST_CASE("A value is a bucket where the key beside it says so") {
  constexpr std::string_view kMembers = "Kb:/Attributes/member/*/Value";
  const Row rows[] = {
      {"Attributes.member.1.Key=access_logs.s3.bucket&Attributes.member.1.Value=b", "B b"},
      {"Attributes.member.1.Value=b&Attributes.member.1.Key=connection_logs.s3.bucket", "B b"},
      {"attributes.member.1.value=b&ATTRIBUTES.member.1.KEY=Access_Logs.S3.Bucket", "B b"},
      {"Attributes.member.1.Value=b&Attributes.member.1.OptionName=AccessLogsS3Bucket", "B b"},
      {"Attributes.1.Key=access_logs.s3.bucket&Attributes.1.Value=b", "B b"},
      {"Attributes.member.1.Key=access_logs.s3.prefix&Attributes.member.1.Value=b", ""},
      {"Attributes.member.2.Key=access_logs.s3.bucket&Attributes.member.1.Value=b", ""},
      {"Key=access_logs.s3.bucket&Attributes.member.1.Value=b", ""},
      {"Attributes.member.1.Key&Attributes.member.1.Value=b", ""},
      {"Attributes.member.1.Value=b", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    CHECK(found_in_form(row.body, kMembers) == row.found);
  }
}

TEST_CASE("Of an unknown operation all that names a resource is found in a form") {
  CHECK(named_in_form("Role=arn:aws:iam::111122223333:role/x&X.1.Y=s3%3A%2F%2Fb%2Fk&Z=1") ==
        "A! arn:aws:iam::111122223333:role/x | U s3://b/k");
  CHECK(named_in_form("a=1&A=2") == kNotJudgeable);
}

TEST_CASE("A form has as many members as anybody sends") {
  const auto list = [](std::size_t size) {
    std::string form;
    for (std::size_t i = 1; i <= size; ++i) form += "L." + std::to_string(i) + "=a&";
    return form;
  };
  CHECK(found_in_form(list(kFoundMax), "Ab:/L/*") != kNotJudgeable);
  CHECK(found_in_form(list(kFoundMax + 1), "Ab:/L/*") == kNotJudgeable);
}

}  // namespace
}  // namespace sallyport
