// Values that name AWS resources, read into their parts: ARNs, S3 URIs, queue URLs, image URIs,
// account ids. Each reader is strict and total: what does not parse names nothing. Views into the
// text that was read. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace sallyport {

/// `arn:partition:service:region:account:resource` (AWS General Reference, ARN format). Region and
/// account may be empty; the account may be `aws`. The resource is not empty. Of CloudWatch's
/// `arn:aws:automate:region:ec2:stop` and its like the account is empty.
struct Arn {
  std::string_view partition;
  std::string_view service;
  std::string_view region;
  std::string_view account;
  std::string_view resource;

  static std::optional<Arn> parse(std::string_view text);
  /// Of S3's bucket and object ARNs (without account), the bucket; else empty.
  std::string_view bucket() const;
};

/// `s3://bucket/key`, in any case of the scheme, also Hadoop's `s3a` and `s3n` and MediaLive's
/// `s3ssl`. The bucket is what stands there, whether or not a bucket could be called so: a name
/// that no list holds.
struct S3Uri {
  std::string_view bucket;
  std::string_view key;

  static std::optional<S3Uri> parse(std::string_view text);
};

/// `https://sqs.<region>.<suffix>/<account>/<name>` and its older forms. Where the path is no
/// queue's and might yet show an account to SQS, `account` is all of it, which is nobody's.
struct QueueUrl {
  std::string_view account;
  std::string_view name;

  static std::optional<QueueUrl> parse(std::string_view text);
  /// What the value of a QueueUrl member says to SQS, which gets it at its own host and looks at
  /// the path: as parse, with any host or none. Nothing where it shows no account: then it is our
  /// own.
  static std::optional<QueueUrl> parse_at_any_host(std::string_view text);
};

/// `<account>.dkr.ecr.<region>.<suffix>/<repository>[:tag|@digest]`, also with `https://` before
/// it.
struct ImageUri {
  std::string_view account;
  std::string_view repository;

  static std::optional<ImageUri> parse(std::string_view text);
};

/// Of `<account>.dkr.ecr.<region>.<suffix>`, whatever follows, the account; else empty.
std::string_view account_of_registry(std::string_view text);

/// The URI of an integration of API Gateway's with a service of AWS (API Gateway's API Reference,
/// PutIntegration, uri): an ARN of `apigateway` with `[subdomain.]service:path|action/...` behind
/// its region. Told are the forms whose names we know where to find; an action names nothing.
struct IntegrationUri {
  std::string_view function;  ///< `lambda:path/<date>/functions/<ARN>/invocations`: its ARN
  std::string_view account;   ///< `sqs:path/<account>/<queue>`
  std::string_view bucket;    ///< `s3:path/<bucket>/<key>`, `<bucket>.s3:path/<key>`

  static std::optional<IntegrationUri> parse(std::string_view text);
};

/// `/bucket/prefix`, as Transfer Family writes places in S3, also without the first slash: the
/// bucket; of a path with dot segments all of it, which is nobody's. Empty where the path names
/// none: it is a root, or begins with the id of an EFS file system (`/fs-<8 or 17 hex digits>`).
std::string_view bucket_of_path(std::string_view path);

/// Of `[region:]account:name`, which Lambda takes for an ARN (API Reference, FunctionName), the
/// account; else empty.
std::string_view account_of_partial_arn(std::string_view text);

/// Twelve digits.
bool is_account_id(std::string_view text);

}  // namespace sallyport
