// The resources that a request names, sorted into what it acts on and what it only refers to
// (SEMANTICS.md section 8): their accounts, buckets and ARNs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "policy/aws/member.h"
#include "policy/values/facts.h"

namespace sallyport {

/// Gathers values; each is only what it parses as.
class ShownResources {
 public:
  /// `service`: the IAM prefix of the operation; its ARNs are what the request acts on.
  explicit ShownResources(std::string_view service) : service_(service) {}

  /// A value of the head (host, path, query, header), or at the top of the body, or deeper in it.
  enum class Depth : unsigned char { head, top, deep };
  void add(MemberKinds kinds, std::string_view sent, Depth depth);

  void add_account(std::string_view account);
  void add_bucket(std::string_view bucket, bool may_change);
  void add_arn(std::string arn);

  ShownTexts acted_accounts;
  ShownTexts referenced_accounts;
  ShownTexts buckets;
  ShownTexts changed_buckets;
  ShownTexts arns;
  /// Something is named that cannot be read: a value that claims to be an ARN, an S3 location or a
  /// queue URL, a path; or there are too many.
  bool has_untold = false;

 private:
  template <typename Text>
  void add_once(ShownTexts& list, Text&& value);
  void add_arn_value(std::string_view value, Depth depth);
  void add_if_whole(std::string_view value, Depth depth);
  void add_reference(std::string_view account);

  std::string_view service_;
};

}  // namespace sallyport
