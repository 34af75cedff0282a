#include "policy/aws/operation/s3_conditions.h"

#include <algorithm>

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

constexpr std::string_view kGet = "s3:GetObject";
constexpr std::string_view kGetVersion = "s3:GetObjectVersion";
constexpr std::string_view kGetTagging = "s3:GetObjectTagging";
constexpr std::string_view kPut = "s3:PutObject";
constexpr std::string_view kPutAcl = "s3:PutObjectAcl";
constexpr std::string_view kPutTagging = "s3:PutObjectTagging";
constexpr std::string_view kPutRetention = "s3:PutObjectRetention";
constexpr std::string_view kPutLegalHold = "s3:PutObjectLegalHold";
constexpr std::string_view kDelete = "s3:DeleteObject";
constexpr std::string_view kDeleteVersion = "s3:DeleteObjectVersion";
constexpr std::string_view kBypass = "s3:BypassGovernanceRetention";
constexpr std::string_view kPutBucketAcl = "s3:PutBucketAcl";
constexpr std::string_view kPutBucketLock = "s3:PutBucketObjectLockConfiguration";
constexpr std::string_view kPutVersioning = "s3:PutBucketVersioning";
constexpr std::string_view kPutOwnership = "s3:PutBucketOwnershipControls";
constexpr std::string_view kPassRole = "iam:PassRole";

struct Twin {
  std::string_view plain;
  std::string_view other;
};

/// With a version S3 asks for another action instead.
constexpr Twin kOfVersions[] = {
    {kGet, kGetVersion},
    {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"},
    {"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"},
    {kGetTagging, "s3:GetObjectVersionTagging"},
    {"s3:GetObjectTorrent", "s3:GetObjectVersionTorrent"},
    {kPutAcl, "s3:PutObjectVersionAcl"},
    {kPutTagging, "s3:PutObjectVersionTagging"},
    {kDelete, kDeleteVersion},
    {"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
};

/// At the control endpoint of directory buckets the actions are those of s3express.
constexpr Twin kOfDirectoryBuckets[] = {
    {"s3:CreateBucket", "s3express:CreateBucket"},
    {"s3:DeleteBucket", "s3express:DeleteBucket"},
    {"s3:GetBucketPolicy", "s3express:GetBucketPolicy"},
    {"s3:PutBucketPolicy", "s3express:PutBucketPolicy"},
    {"s3:DeleteBucketPolicy", "s3express:DeleteBucketPolicy"},
    {"s3:GetEncryptionConfiguration", "s3express:GetEncryptionConfiguration"},
    {"s3:PutEncryptionConfiguration", "s3express:PutEncryptionConfiguration"},
    {"s3:GetLifecycleConfiguration", "s3express:GetLifecycleConfiguration"},
    {"s3:PutLifecycleConfiguration", "s3express:PutLifecycleConfiguration"},
};

template <std::size_t kSize>
std::string_view twin_of(const Twin (&twins)[kSize], std::string_view action) {
  const auto* found = std::find_if(std::begin(twins), std::end(twins),
                                   [action](const Twin& twin) { return twin.plain == action; });
  return found == std::end(twins) ? std::string_view{} : found->other;
}

/// What a version makes of the actions. The plain one is a deny's concern then; an allow needs it
/// only where S3 might see no version.
void ask_for_version(S3Version version, Operation& operation) {
  if (version == S3Version::latest) return;
  const std::size_t size = operation.actions.size();
  for (std::size_t i = 0; i < size; ++i) {
    const auto plain = operation.actions[i];
    const auto versioned = twin_of(kOfVersions, plain);
    if (versioned.empty()) continue;
    if (version == S3Version::given) {
      operation.actions[i] = versioned;
      operation.further_actions.push_back(plain);
    } else {
      operation.actions.push_back(versioned);
    }
  }
}

void add_settings_of_object(const S3Marks& marks, Operation& operation) {
  if (marks.has_acl) operation.actions.push_back(kPutAcl);
  if (marks.has_tagging) operation.actions.push_back(kPutTagging);
  if (marks.has_retention) operation.actions.push_back(kPutRetention);
  if (marks.has_legal_hold) operation.actions.push_back(kPutLegalHold);
}

void add_settings_of_bucket(const S3Marks& marks, Operation& operation) {
  if (marks.has_acl) operation.actions.push_back(kPutBucketAcl);
  if (marks.enables_object_lock) {
    operation.actions.push_back(kPutBucketLock);
    operation.actions.push_back(kPutVersioning);
  }
  if (marks.has_ownership) operation.actions.push_back(kPutOwnership);
}

void add_copy_source(const S3Marks& marks, Operation& operation) {
  if (marks.source_version != S3Version::given) operation.actions.push_back(kGet);
  if (marks.source_version != S3Version::latest) operation.actions.push_back(kGetVersion);
  if (marks.source_version == S3Version::given) operation.further_actions.push_back(kGet);
  if (operation.name != "CopyObject" || marks.replaces_tagging) return;
  operation.further_actions.push_back(kGetTagging);  // where the source has tags
  operation.further_actions.push_back(kPutTagging);
}

}  // namespace

void add_s3_conditions(S3Form host, const S3Marks& marks, Operation& operation) {
  const std::string_view name = operation.name;
  ask_for_version(marks.version, operation);
  if (name == "PutObject" || name == "CopyObject" || name == "CreateMultipartUpload" ||
      name == "PostObject") {
    add_settings_of_object(marks, operation);
  }
  if (name == "CopyObject" || name == "UploadPartCopy") add_copy_source(marks, operation);
  if (name == "CreateBucket") add_settings_of_bucket(marks, operation);
  if (name == "DeleteObjects") operation.actions_with_versions.push_back(kDeleteVersion);
  if (marks.bypasses_governance &&
      (name == "DeleteObject" || name == "DeleteObjects" || name == "PutObjectRetention")) {
    operation.actions.push_back(kBypass);
  }
  if (name == "RenameObject") {
    operation.actions.insert(operation.actions.end(), {kGet, kPut, kDelete});
  }
  if (name == "UpdateObjectEncryption") operation.further_actions.push_back(kPut);
  if (name == "PutBucketReplication") operation.further_actions.push_back(kPassRole);
  if (host != S3Form::express_control) return;
  for (std::string_view& action : operation.actions) {
    const auto of_directory = twin_of(kOfDirectoryBuckets, action);
    if (!of_directory.empty()) action = of_directory;
  }
}

bool is_conditional_s3_action(std::string_view action) {
  const auto is_it = [action](const Twin& twin) { return equal_ignoring_case(twin.other, action); };
  return equal_ignoring_case(kBypass, action) ||
         std::any_of(std::begin(kOfVersions), std::end(kOfVersions), is_it) ||
         std::any_of(std::begin(kOfDirectoryBuckets), std::end(kOfDirectoryBuckets), is_it);
}

}  // namespace sallyport
