#include "policy/aws/managed/aws_managed.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "policy/aws/managed/managed_tables.h"
#include "policy/aws/resource/resource_names.h"

namespace sallyport {
namespace {

TEST_CASE("A training job with AWS's own deep-learning image refers to an account of AWS") {
  const auto image = ImageUri::parse(
      "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-gpu-py311-cu121");
  REQUIRE(image);
  CHECK(is_aws_managed_account(image->account));
}

TEST_CASE("AWS's own policies stand in the account `aws`") {
  const auto policy = Arn::parse("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess");
  REQUIRE(policy);
  CHECK(is_aws_managed_account(policy->account));
}

TEST_CASE("Accounts are of AWS by their exact id alone") {
  for (const std::string_view account : {"683313688378", "727897471807", "226302683700", "aws"}) {
    CAPTURE(account);
    CHECK(is_aws_managed_account(account));
  }
  for (const std::string_view account : {"111122223333", "", "76310435188", "7631043518840",
                                         " 763104351884", "AWS", "amazon", "*"}) {
    CAPTURE(account);
    CHECK_FALSE(is_aws_managed_account(account));
  }
}

TEST_CASE("Buckets are of AWS by their exact name alone, in the regions that exist") {
  for (const std::string_view bucket :
       {"prod-us-east-1-starport-layer-bucket", "prod-eu-central-1-starport-layer-bucket",
        "jumpstart-cache-prod-us-west-2", "aws-cli", "assets-193858265520-us-east-1",
        "cloudformation-custom-resource-response-useast1", "packages.us-east-1.amazonaws.com"}) {
    CAPTURE(bucket);
    CHECK(is_aws_managed_bucket(bucket));
  }
  for (const std::string_view bucket :
       {"", "prod-us-east-9-starport-layer-bucket", "prod-useast1-starport-layer-bucket",
        "prod--starport-layer-bucket", "prod-{region}-starport-layer-bucket", "aws-cli-evil",
        "Aws-Cli", "assets-111122223333-us-east-1",    // anybody's account
        "sc-evil-us-east-1", "x-aws-data-exchange-x",  // patterns that anybody can fill
        "sagemaker-us-east-1-111122223333"}) {
    CAPTURE(bucket);
    CHECK_FALSE(is_aws_managed_bucket(bucket));
  }
}

TEST_CASE("The tables are sorted, and hold names alone") {
  const auto accounts = generated_managed_accounts();
  const auto buckets = generated_managed_buckets();
  CHECK(std::is_sorted(accounts.begin(), accounts.end()));
  CHECK(std::is_sorted(buckets.begin(), buckets.end()));
  CHECK(accounts.size() == 340);  // 339 registries, and `aws`
  for (const std::string_view account : accounts) {
    CHECK((account == "aws" || is_account_id(account)));
  }
  for (const std::string_view bucket : buckets) {
    CHECK(bucket.find_first_of("{}* ") == std::string_view::npos);
  }
}

}  // namespace
}  // namespace sallyport
