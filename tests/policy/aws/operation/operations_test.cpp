#include "policy/aws/operation/operations.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/policy/aws/operation/asked.h"

namespace sallyport {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const std::string kSageMaker = "api.sagemaker.us-east-1.amazonaws.com";
const std::string kIam = "iam.amazonaws.com";
const std::string kLambda = "lambda.us-east-1.amazonaws.com";
const std::string kCloudWatch = "monitoring.us-east-1.amazonaws.com";
const std::string kBalancers = "elasticloadbalancing.us-east-1.amazonaws.com";
const std::string kForm = "application/x-www-form-urlencoded; charset=utf-8";

Told json(const std::string& host, const std::string& target, Fields more = {}) {
  more.emplace_back("X-Amz-Target", target);
  return tell({"POST", host, "/", more, {}, ""});
}

Told form(const std::string& host, const std::string& body, const std::string& target = "/") {
  return tell({"POST", host, target, {{"Content-Type", kForm}}, body, ""});
}

Told rest(const std::string& method, const std::string& host, const std::string& target) {
  return tell({method, host, target, {}, {}, ""});
}

TEST_CASE("X-Amz-Target names the operation behind its last dot") {
  const Told told = json(kSageMaker, "SageMaker.CreateTrainingJob");
  CHECK(told.names() == "sagemaker.CreateTrainingJob");
  CHECK(told.actions() == "sagemaker:CreateTrainingJob");
  CHECK(told.reading.protocol == AwsProtocol::json_1_1);
  const auto& operation = told.reading.candidates.front();
  CHECK(operation.further_actions == IamActions{"iam:PassRole"});
  CHECK_FALSE(operation.members.empty());
  CHECK(json("dynamodb.us-east-1.amazonaws.com", "DynamoDB_20120810.PutItem").reading.protocol ==
        AwsProtocol::json_1_0);
  CHECK(json("ecr.us-east-1.amazonaws.com", "AmazonEC2ContainerRegistry_V20150921.BatchGetImage")
            .names() == "ambiguous");
  const Told pull =
      json("api.ecr.us-east-1.amazonaws.com", "AmazonEC2ContainerRegistry_V20150921.BatchGetImage");
  CHECK(pull.reading.candidates.front().is_read);
}

TEST_CASE("SDKs write a prefix with dots in it whole, or its end alone") {
  const std::string host = "cloudtrail.us-east-1.amazonaws.com";
  constexpr const char* kCreateTrail = "cloudtrail.CreateTrail";
  CHECK(json(host, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CreateTrail").names() ==
        kCreateTrail);
  CHECK(json(host, "CloudTrail_20131101.CreateTrail").names() == kCreateTrail);
  CHECK(json(host, "x.CloudTrail_20131101.CreateTrail").names() == kCreateTrail);
  CHECK(json(host, "CloudTrail_20131102.CreateTrail").names() == "ambiguous");
  CHECK(json(host, "CloudTrail_20131101.CreateTrails").names() == "unknown");
  // Nor is it one under a protocol that its service does not speak.
  CHECK(json("rds.us-east-1.amazonaws.com", "AmazonRDSv19.StartExportTask").names() == "ambiguous");
}

TEST_CASE("An X-Amz-Target that is not exactly one of the host's own is unknown") {
  CHECK(json(kSageMaker, "SageMaker.CreateTrainingJobs").names() == "unknown");
  // A known operation under a prefix that is not its own is no new one.
  CHECK(json(kSageMaker, "sagemaker.CreateTrainingJob").names() == "ambiguous");
  CHECK(json(kSageMaker, "SageMaker.createtrainingjob").names() == "unknown");
  CHECK(json(kSageMaker, "SageMaker.").names() == "unknown");
  CHECK(json(kSageMaker, ".CreateTrainingJob").names() == "ambiguous");
  CHECK(json(kSageMaker, "CreateTrainingJob").names() == "ambiguous");
  CHECK(json(kSageMaker, "").names() == "ambiguous");
  CHECK(json(kSageMaker, "SageMaker.x.ListDomains").names() == "ambiguous");
  CHECK(json(kSageMaker, "SageMaker.ListDomains,SageMaker.CreateApp").names() == "ambiguous");
  CHECK(json(kSageMaker, "TrentService.CreateGrant").names() == "unknown");
  CHECK(json(kSageMaker, "SageMaker.ListDomains", {{"x-amz-target", "SageMaker.ListDomains"}})
            .names() == "ambiguous");
  CHECK(json(kSageMaker, "SageMaker.ListDomains", {{"x-AMZ-target", "SageMaker.CreateApp"}})
            .names() == "ambiguous");
}

TEST_CASE("A JSON operation is a POST of /, and nothing else in it names one") {
  const Fields fields = {{"X-Amz-Target", "SageMaker.ListDomains"}};
  const auto names = [&](const std::string& method, const std::string& target) {
    return tell({method, kSageMaker, target, fields, {}, "sagemaker"}).names();
  };
  CHECK(names("POST", "/") == "sagemaker.ListDomains");
  CHECK(names("POST", "/?x=y") == "sagemaker.ListDomains");
  CHECK(names("GET", "/") == "ambiguous");
  CHECK(names("OPTIONS", "/") == "ambiguous");
  CHECK(names("POST", "//") == "ambiguous");
  CHECK(names("POST", "/x") == "ambiguous");
  CHECK(names("POST", "/?Action=CreateApp") == "ambiguous");
  CHECK(names("POST", "/?aCTION=CreateApp") == "ambiguous");
}

TEST_CASE("Action names the operation, in the form or in the query") {
  CHECK(form(kIam, "Action=CreateUser&Version=2010-05-08").names() == "iam.CreateUser");
  CHECK(form(kIam, "Version=2010-05-08", "/?Action=CreateUser").names() == "iam.CreateUser");
  CHECK(rest("GET", "sts.amazonaws.com", "/?Action=GetCallerIdentity&Version=2011-06-15").names() ==
        "sts.GetCallerIdentity");
  CHECK(form("ec2.us-east-1.amazonaws.com", "Action=RunInstances&Version=2016-11-15")
            .reading.protocol == AwsProtocol::ec2);
  CHECK(form("sqs.us-east-1.amazonaws.com", "Action=SendMessage", "/111122223333/q").names() ==
        "sqs.SendMessage");
}

TEST_CASE("A form that was not read yet may hold the action") {
  const auto names = [](const std::string& target, Fields fields) {
    return tell({"POST", kIam, target, std::move(fields), {}, "iam"}).names();
  };
  CHECK(names("/", {{"content-type", kForm}}) == "in_body");
  CHECK(names("/?Action=ListUsers", {{"Content-Type", "Application/X-WWW-Form-URLEncoded"}}) ==
        "in_body");
  CHECK(names("/?Action=ListUsers", {}) == "iam.ListUsers");
  CHECK(names("/?Action=ListUsers", {{"content-length", "0"}}) == "iam.ListUsers");
  CHECK(names("/?Action=ListUsers", {{"content-length", "9"}}) == "ambiguous");
  CHECK(names("/?Action=ListUsers",
              {{"content-type", "text/plain"}, {"transfer-encoding", "chunked"}}) == "ambiguous");
  CHECK(names("/", {}) == "ambiguous");
}

TEST_CASE("Two content types have no reading; CBOR may stand in the place of JSON") {
  const std::string sqs = "sqs.us-east-1.amazonaws.com";
  CHECK(json(sqs, "AmazonSQS.ReceiveMessage",
             {{"Content-Type", "application/x-amz-json-1.0"}, {"content-type", kForm}})
            .names() == "ambiguous");
  const Told kinesis = json("kinesis.us-east-1.amazonaws.com", "Kinesis_20131202.PutRecord",
                            {{"Content-Type", "application/x-amz-cbor-1.1"}});
  CHECK(kinesis.names() == "kinesis.PutRecord");
  CHECK(kinesis.reading.protocol == AwsProtocol::rpc_cbor);
}

TEST_CASE("An Action that stands twice, or in two cases, is unknown") {
  CHECK(form(kIam, "Action=ListUsers&Action=CreateUser").names() == "ambiguous");
  CHECK(form(kIam, "Action=ListUsers&Action=ListUsers").names() == "ambiguous");
  CHECK(form(kIam, "Action=ListUsers&action=CreateUser").names() == "ambiguous");
  CHECK(form(kIam, "Action=ListUsers", "/?Action=CreateUser").names() == "ambiguous");
  CHECK(form(kIam, "Action=ListUsers", "/?ACTION=CreateUser").names() == "ambiguous");
  CHECK(form(kIam, "action=ListUsers").names() == "ambiguous");
  CHECK(form(kIam, "Action=listusers").names() == "unknown");
  CHECK(form(kIam, "Action=").names() == "ambiguous");
  CHECK(form(kIam, "Action").names() == "ambiguous");
  CHECK(form(kIam, "UserName=x").names() == "ambiguous");
  CHECK(form(kIam, "%41ction=ListUsers&Action=CreateUser").names() == "ambiguous");
  CHECK(form(kIam, "Action=ListUsers", "/x").names() == "ambiguous");
  CHECK(rest("DELETE", kIam, "/?Action=ListUsers").names() == "ambiguous");
}

TEST_CASE("Version tells services of one host apart; where it does not, all of them count") {
  const std::string action = "Action=DescribeLoadBalancers";
  CHECK(form(kBalancers, action + "&Version=2012-06-01").names() == "elb.DescribeLoadBalancers");
  CHECK(form(kBalancers, action + "&Version=2015-12-01").names() == "elbv2.DescribeLoadBalancers");
  const std::string both = "elb.DescribeLoadBalancers elbv2.DescribeLoadBalancers";
  CHECK(form(kBalancers, action).names() == both);
  CHECK(form(kBalancers, action + "&Version=1999-01-01").names() == both);
  CHECK(form(kBalancers, action + "&Version=2012-06-01&version=2015-12-01").names() == both);
  CHECK(form(kBalancers, "Action=CreateRule&Version=2012-06-01").names() == "elbv2.CreateRule");
}

TEST_CASE("Smithy's RPC names it in the path, where the header says so") {
  const auto names = [](const std::string& method, const std::string& path, Fields fields) {
    return tell({method, kCloudWatch, path, std::move(fields), {}, "monitoring"}).names();
  };
  const std::string path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
  const Fields cbor = {{"Smithy-Protocol", "rpc-v2-cbor"}};
  CHECK(names("POST", path, cbor) == "cloudwatch.PutMetricData");
  CHECK(names("POST", path, {}) == "ambiguous");
  CHECK(names("GET", path, cbor) == "ambiguous");
  CHECK(names("POST", path + "/", cbor) == "unknown");
  CHECK(names("POST", "/" + path, cbor) == "ambiguous");
  CHECK(names("POST", "/service/x/operation/PutMetricData", cbor) == "ambiguous");
  CHECK(names("POST", "/service/x/operation/PutMetricDate", cbor) == "unknown");
  CHECK(names("POST", path, {{"smithy-protocol", "rpc-v2-cbor"}, cbor.front()}) == "ambiguous");
  CHECK(names("POST", path, {{"smithy-protocol", "rpc-v2-json"}}) == "ambiguous");
}

TEST_CASE("A service of several protocols is named an operation in one of them alone") {
  const Fields target = {{"X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics"}};
  Fields both = target;
  both.emplace_back("smithy-protocol", "rpc-v2-cbor");
  const std::string path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
  CHECK(tell({"POST", kCloudWatch, "/", target, {}, ""}).names() == "cloudwatch.ListMetrics");
  CHECK(tell({"POST", kCloudWatch, path, both, {}, ""}).names() == "ambiguous");
  CHECK(tell({"POST", kCloudWatch, path, target, {}, ""}).names() == "ambiguous");
  CHECK(tell({"POST", kCloudWatch, "/?Action=PutMetricData", target, {}, ""}).names() ==
        "ambiguous");
  Fields with_form = target;
  with_form.emplace_back("content-type", kForm);
  CHECK(tell({"POST", kCloudWatch, "/", with_form, "Action=PutMetricData", ""}).names() ==
        "ambiguous");
  CHECK(form(kCloudWatch, "Action=PutMetricData").names() == "cloudwatch.PutMetricData");
}

TEST_CASE("Method and URI template name the operations of REST services") {
  CHECK(rest("GET", kLambda, "/2015-03-31/functions/f").names() == "lambda.GetFunction");
  CHECK(rest("POST", kLambda, "/2015-03-31/functions/f/invocations").names() == "lambda.Invoke");
  CHECK(rest("POST", kLambda, "/2015-03-31/functions/f/invocations").actions() ==
        "lambda:InvokeFunction");
  CHECK(rest("GET", kLambda, "/2015-03-31/functions").names() == "lambda.ListFunctions");
  CHECK(rest("GET", kLambda, "/2015-03-31/functions/").names() == "lambda.ListFunctions");
  CHECK(rest("POST", "runtime.sagemaker.us-east-1.amazonaws.com", "/endpoints/e/invocations")
            .names() == "sagemaker-runtime.InvokeEndpoint");
  CHECK(rest("DELETE", "apigateway.us-east-1.amazonaws.com", "/restapis/a").actions() ==
        "apigateway:DELETE");
  CHECK(rest("GET", "maps.geo.us-east-1.amazonaws.com", "/v2/tiles/a/1/2/3").names() ==
        "geo-maps.GetTile");
}

TEST_CASE("Where a service alone at its host has one date in all its paths, any date is that one") {
  const std::string cloudfront = "cloudfront.amazonaws.com";
  for (const std::string date : {"2020-05-31", "2019-03-26", "2010-11-01"}) {
    CAPTURE(date);
    CHECK(rest("POST", cloudfront, "/" + date + "/distribution").names() ==
          "cloudfront.CreateDistribution");
    CHECK(rest("GET", cloudfront, "/" + date + "/distribution/").names() ==
          "cloudfront.ListDistributions");
    const Told told = rest("PUT", cloudfront, "/" + date + "/distribution/E1/config");
    CHECK(told.names() == "cloudfront.UpdateDistribution");
    CHECK(told.reading.candidates.front().labels[0].second == "E1");
  }
  CHECK(rest("POST", "route53.amazonaws.com", "/2012-12-12/hostedzone").names() ==
        "route53.CreateHostedZone");
  for (const std::string path :
       {"/2019-3-26/distribution", "/2019-03-2x/distribution", "/2019-03-26", "/2019-03-26/",
        "/2019-03-26/2020-05-31/x", "/v2019-03-26/distribution", "/distribution"}) {
    CAPTURE(path);
    CHECK(rest("POST", cloudfront, path).names() == "unknown");
  }
  // Several dates, and another service at the host.
  CHECK(rest("GET", kLambda, "/2019-03-26/functions/f").names() == "unknown");
  CHECK(rest("GET", "es.us-east-1.amazonaws.com", "/2019-03-26/domain").names() == "unknown");
}

TEST_CASE("Labels are as they were sent; an encoded slash does not part segments") {
  const Told told = rest("GET", kLambda,
                         "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333"
                         "%3Afunction%3Af%2Fconfiguration");
  CHECK(told.names() == "lambda.GetFunction");
  const auto& labels = told.reading.candidates.front().labels;
  REQUIRE(labels.size() == 1);
  CHECK(labels[0].first == "FunctionName");
  CHECK(labels[0].second ==
        "arn%3Aaws%3Alambda%3Aus-east-1%3A111122223333%3Afunction%3Af%2Fconfiguration");
  const Told tags = rest("GET", "securityhub.us-east-1.amazonaws.com", "/insights/results/a/b/c");
  CHECK(tags.names() == "securityhub.GetInsightResults");
  CHECK(tags.reading.candidates.front().labels[0].second == "a/b/c");
}

TEST_CASE("A constant query tells operations of one template apart") {
  const std::string chime = "chime.us-east-1.amazonaws.com";
  const std::string path = "/accounts/a/users/u";
  CHECK(rest("POST", chime, path).names() == "chime.UpdateUser");
  CHECK(rest("POST", chime, path + "?operation=logout").names() == "chime.LogoutUser");
  CHECK(rest("POST", chime, path + "?operation=logout&operation=reset-personal-pin").names() ==
        "chime.LogoutUser chime.ResetPersonalPIN chime.UpdateUser");
  CHECK(rest("POST", chime, path + "?Operation=logout").names() ==
        "chime.LogoutUser chime.UpdateUser");
  CHECK(rest("POST", chime, path + "?%6Fperation=logout").names() ==
        "chime.LogoutUser chime.UpdateUser");
  CHECK(rest("POST", "oidc.us-east-1.amazonaws.com", "/token?aws_iam=t").names() ==
        "sso-oidc.CreateTokenWithIAM");
}

TEST_CASE("A path with two readings is unknown") {
  for (const auto* path :
       {"/2015-03-31/functions/../functions/f", "/2015-03-31/./functions",
        "/2015-03-31/functions/%2e%2e/f", "/2015-03-31/functions/..", "/2015-03-31/%66unctions",
        "/2015-03-31/functions;x", "/2015-03-31/functions/f;a=b", "/2015-03-31\\functions",
        "//2015-03-31/functions", "/2015-03-31//functions", "/2015-03-31/functions//",
        "/2015-03-31/functions/%", "/2015-03-31/functions/%4", "/2015-03-31/functions/%zz",
        "/2015-03-31/functions/a%00", "/2015-03-31/Functions", "*", ""}) {
    CAPTURE(path);
    const std::string said = rest("GET", kLambda, path).names();
    CHECK((said == "ambiguous" || said == "unknown"));  // the latter where no template fits
  }
  CHECK(rest("get", kLambda, "/2015-03-31/functions").names() == "ambiguous");
  CHECK(rest("GET", kLambda, "/2015-03-31/functions/a%2F..%2Fb").names() == "ambiguous");
}

TEST_CASE("Templates that cross are both candidates") {
  CHECK(rest("POST", "mediaconnect.us-east-1.amazonaws.com", "/v1/flows/start/outputs").names() ==
        "mediaconnect.StartFlow mediaconnect.AddFlowOutputs");
}

TEST_CASE("A name for an operation that the service does not take is unknown, not overlooked") {
  const auto names = [](Fields fields, std::optional<std::string> body) {
    return tell({"GET", kLambda, "/2015-03-31/functions", std::move(fields), std::move(body), ""})
        .names();
  };
  CHECK(names({{"X-Amz-Target", "AWSLambda.Invoke"}}, {}) == "ambiguous");
  CHECK(names({{"smithy-protocol", "rpc-v2-cbor"}}, {}) == "ambiguous");
  CHECK(names({{"content-type", kForm}}, "Action=Invoke") == "lambda.ListFunctions");
  CHECK(rest("GET", "email.us-east-1.amazonaws.com", "/v2/email/identities").names() ==
        "sesv2.ListEmailIdentities");
  CHECK(rest("GET", "email.us-east-1.amazonaws.com", "/v2/email/identities?Action=SendEmail")
            .names() == "ambiguous");
}

TEST_CASE("The host says who reads the request, the scope only which of several") {
  const auto names = [](const std::string& signing_name) {
    return tell({"GET", "wisdom.us-east-1.amazonaws.com", "/assistants", {}, {}, signing_name})
        .names();
  };
  CHECK(names("wisdom") == "qconnect.ListAssistants wisdom.ListAssistants");
  CHECK(names("") == "qconnect.ListAssistants wisdom.ListAssistants");
  CHECK(names("iam") == "qconnect.ListAssistants wisdom.ListAssistants");
  CHECK(tell({"GET", "example.org", "/", {}, {}, "iam"}).names() == "ambiguous");
}

TEST_CASE("What decides over an operation is said in full, or said to be unknown") {
  const Told both = form("rds.us-east-1.amazonaws.com", "Action=CreateDBInstance");
  CHECK(both.reading.candidates.size() == 3);
  CHECK(both.actions() == "rds:CreateDBInstance");
  const Told none =
      rest("POST", "participant.connect.us-east-1.amazonaws.com", "/participant/connection");
  CHECK(none.names() == "connectparticipant.CreateParticipantConnection");
  CHECK(none.actions().empty());
  CHECK_FALSE(none.reading.candidates.front().actions_are_unknown);
}

TEST_CASE("Actions of the tables are known, in any case") {
  for (const auto* action :
       {"s3:PutObject", "S3:putobject", "s3:GetObjectVersion", "s3:BypassGovernanceRetention",
        "iam:PassRole", "sagemaker:CreateTrainingJob", "lambda:InvokeFunction",
        "s3express:CreateSession", "apigateway:POST", "ecr:BatchGetImage"}) {
    CAPTURE(action);
    CHECK(is_known_action(action));
  }
  for (const auto* action :
       {"s3:PutObjects", "PutObject", "s3:", "", "s3", ":", "sagemaker.CreateApp"}) {
    CAPTURE(action);
    CHECK_FALSE(is_known_action(action));
  }
}

TEST_CASE("Of an operation that no table has, the services of its actions are known") {
  const auto at = [](const char* name) {
    const auto host = Host::parse_name(name);
    std::string text;
    for (const auto each : action_services(*aws_host(*host))) text += std::string(each) + ' ';
    return text;
  };
  CHECK(at("api.sagemaker.us-east-1.amazonaws.com") == "sagemaker iam ");
  CHECK(at("monitoring.us-east-1.amazonaws.com") == "cloudwatch iam ");
  CHECK(at("ml-data.s3.us-east-1.amazonaws.com") ==
        "s3 s3express s3-object-lambda s3-outposts iam ");
}

}  // namespace
}  // namespace sallyport
