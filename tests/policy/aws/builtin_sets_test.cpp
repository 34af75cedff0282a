#include "policy/aws/builtin_sets.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "policy/values/host.h"
#include "tests/policy/aws/organization_fixture.h"

namespace sallyport {
namespace {

TEST_CASE("The sets of DESIGN.md exist, and no others") {
  std::vector<std::string_view> expected = {"aws-console",
                                            "aws-sign-in",
                                            "aws-console-tenants",
                                            "iam-identity-center",
                                            "sagemaker-studio",
                                            "sagemaker-studio-lab",
                                            "sagemaker-unified-studio",
                                            "sagemaker-api",
                                            "s3",
                                            "s3-website",
                                            "ecr",
                                            "sts",
                                            "cloudwatch-logs",
                                            "cloudwatch",
                                            "kms",
                                            "secretsmanager",
                                            "codeartifact",
                                            "bedrock",
                                            "aws-api"};
  auto names = builtin_set_names();
  std::sort(names.begin(), names.end());
  std::sort(expected.begin(), expected.end());
  CHECK(names == expected);
  for (const std::string_view name : names) CHECK_FALSE(builtin_set(name).empty());
  CHECK(builtin_set("studio-required-apis").empty());
}

TEST_CASE("Every pattern reads back as the text that it was written as") {
  for (const std::string_view name : builtin_set_names()) {
    for (const BuiltinPattern& pattern : builtin_set(name)) {
      CAPTURE(pattern.text);
      const PatternLabels read = labels_of(pattern.text);
      std::string text = read.leading_wildcard ? "*" : "";
      for (const LabelSpec& label : read.labels) {
        if (!text.empty()) text += '.';
        if (label.is_any) text += '*';
        for (const LabelPart& part : label.parts) {
          text += part.literal;
          if (part.kind == LabelPart::Kind::region) text += "{r}";
          if (part.kind == LabelPart::Kind::typed) {
            text += '<';
            text += sallyport::text(part.tenant);
            text += '>';
          }
        }
      }
      CHECK(text == pattern.text);
      CHECK_FALSE(pattern.partitions.is_empty());
    }
  }
}

TEST_CASE("Names that only look like AWS's are in no set, wherever it stands") {
  constexpr std::string_view kLookalikes[] = {
      "docs---aws.amazon.com.rproxy.goskope.com",
      "aws.amazon.com.rproxy.govskope.ca",
      "docs.aws.haqm.com",
      "amazonaws.com.attacker.example",
      "xaws.amazon.com",
      "sts.us-east-1.amazonaws.com.attacker.example",
      "evilawsapps.com",
      "signin.aws.amazon.com.attacker.example",
      "sts-us-east-1.amazonaws.com.cn.attacker.example",
  };
  for (const std::string_view name : builtin_set_names()) {
    const FilledSet set = fill(name, SetPlace::deny_hosts, {}, false);
    for (const std::string_view host : kLookalikes) {
      CAPTURE(name);
      CAPTURE(host);
      CHECK_FALSE(test::is_in(set, host));
    }
  }
}

}  // namespace
}  // namespace sallyport
