#include <algorithm>

#include "policy/aws/credential/credentials.h"

namespace sallyport {
namespace {

/// A signing name that clients use at hosts of another beside what the endpoints' table knows.
struct Alias {
  std::string_view host;  ///< its first signing name
  std::string_view scope;
};

// policy/aws/data/operations_services.tsv, column signing_names: what rule sets or older clients
// use. Directory buckets take both names (SEMANTICS.md section 8).
constexpr Alias kAliases[] = {
    {"iot", "execute-api"},
    {"importexport", "IngestionService"},
    {"IngestionService", "importexport"},
    {"sso-oauth", "awsssooidc"},
    {"awsssooidc", "sso-oauth"},
    {"s3express", "s3"},
};

bool service_fits(std::string_view scope, const AwsHost& host) {
  const auto names = host.signing_names;
  if (std::find(names.begin(), names.end(), scope) != names.end()) return true;
  return std::any_of(std::begin(kAliases), std::end(kAliases), [&](const Alias& alias) {
    return alias.scope == scope && alias.host == host.service;
  });
}

}  // namespace

bool scope_fits(const Credential& credential, const AwsHost& host) {
  if (credential.service.empty() || host.signing_names.empty()) return true;
  if (!service_fits(credential.service, host)) return false;
  // SigV4A names no region; S3's global names, and those that partitions share, take any.
  return credential.region.empty() || host.signing_region.empty() ||
         credential.region == host.signing_region;
}

}  // namespace sallyport
