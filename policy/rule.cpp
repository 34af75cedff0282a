#include "policy/rule.h"

namespace sallyport {

std::string_view text(Mode mode) { return mode == Mode::enforce ? "enforce" : "monitor"; }

std::string_view text(ConditionKind kind) {
  static constexpr std::string_view kTexts[] = {"hosts",
                                                "clients",
                                                "until",
                                                "ports",
                                                "schemes",
                                                "networks",
                                                "tls",
                                                "methods",
                                                "urls",
                                                "content_types",
                                                "signatures",
                                                "unsigned",
                                                "access_keys",
                                                "principal_accounts",
                                                "regions",
                                                "services",
                                                "actions",
                                                "resource_accounts",
                                                "referenced_accounts",
                                                "require_expected_bucket_owner",
                                                "buckets",
                                                "resources"};
  return kTexts[static_cast<std::size_t>(kind)];
}

}  // namespace sallyport
