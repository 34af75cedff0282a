#include "policy/loader/rule_aws_yaml.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/aws/operation/operations.h"
#include "policy/loader/aws_value_text.h"
#include "policy/quoted.h"

namespace sallyport {
namespace {

using Parse = std::optional<std::string> (*)(const YamlNode&, std::string&);

/// As parsers of a node are, which alone know whether it was quoted.
template <auto kParse>
std::optional<std::string> of_text(const YamlNode& node, std::string& error) {
  return kParse(node.text, error);
}

constexpr std::string_view kOrganization = "organization";
constexpr std::string_view kAwsManaged = "aws-managed";
constexpr std::string_view kAny = "any";
constexpr std::array<std::string_view, 4> kUsualSignatures = {"s3express", "sigv4", "sigv4-query",
                                                              "sigv4a"};

/// What a key takes beside values of its own.
struct Words {
  bool organization = false;
  bool aws_managed = false;
  bool any = false;
  bool negation = false;  ///< `{not: ...}`, in a deny
};

constexpr Words kNone = {};

/// A rule's condition on one kind of value, or that any will do.
using Read = std::optional<ValueCondition>;

class AwsKeys {
 public:
  AwsKeys(const Fields& fields, const OrganizationLabels& organization, Diagnostics& diagnostics,
          Rule& rule)
      : fields_(fields), organization_(organization), diagnostics_(diagnostics), rule_(rule) {}

  void read() {
    rule_.is_allow() ? read_allow() : read_deny();
    for (ValueCondition& each : rule_.values) {
      std::sort(each.values.begin(), each.values.end());
      each.values.erase(std::unique(each.values.begin(), each.values.end()), each.values.end());
    }
  }

 private:
  /// In the order of ConditionKind, with what is implied.
  void read_allow() {
    add(read_signatures());
    add(ValueCondition{ConditionKind::unsigned_actions, read_unsigned()});
    Read principal =
        read_accounts(ConditionKind::principal_accounts, {.organization = true, .any = true});
    Read buckets = read_buckets();
    if (principal) {
      principal->takes_unsigned = true;
      // Layers of images come presigned by AWS's own accounts.
      principal->takes_aws_managed = buckets && buckets->takes_aws_managed;
      principal->access_keys = fields_.list("access_keys", parse_access_key);
      std::sort(principal->access_keys.begin(), principal->access_keys.end());
    }
    add(std::move(principal));
    read_what_is_asked();
    add(read_accounts(ConditionKind::resource_accounts,
                      {.organization = true, .aws_managed = true, .any = true}));
    add(read_accounts(ConditionKind::referenced_accounts,
                      {.organization = true, .aws_managed = true, .any = true}));
    add(read_bucket_owner());
    add(std::move(buckets));
    add(written(ConditionKind::resources, of_text<parse_arn_pattern>, kNone));
  }

  void read_deny() {
    refuse_allow_keys();
    constexpr Words kAccounts = {.organization = true, .aws_managed = true, .negation = true};
    add(written(ConditionKind::signatures, of_text<parse_signature>, kNone));
    add(written(ConditionKind::access_keys, of_text<parse_access_key>, kNone));
    add(written(ConditionKind::principal_accounts, parse_account,
                {.organization = true, .negation = true}));
    read_what_is_asked();
    add(written(ConditionKind::resource_accounts, parse_account, kAccounts));
    add(written(ConditionKind::referenced_accounts, parse_account, kAccounts));
    add(written(ConditionKind::buckets, of_text<parse_bucket>, kAccounts));
    add(written(ConditionKind::resources, of_text<parse_arn_pattern>, {.negation = true}));
  }

  void read_what_is_asked() {
    const Words words = {.negation = true};
    add(written(ConditionKind::regions, of_text<parse_region>, words));
    add(written(ConditionKind::services, of_text<parse_service>, words));
    add(written(ConditionKind::actions, of_text<parse_action>, words));
  }

  Read read_signatures() {
    if (Read found = written(ConditionKind::signatures, of_text<parse_signature>, kNone))
      return found;
    return ValueCondition{ConditionKind::signatures,
                          {kUsualSignatures.begin(), kUsualSignatures.end()}};
  }

  std::vector<std::string> read_unsigned() {
    const YamlNode* node = fields_.find("unsigned");
    if (node == nullptr) return {};
    if (node->is_scalar()) {
      if (node->text != "deny") fields_.wants("unsigned");
      return {};
    }
    ValueCondition condition{ConditionKind::unsigned_actions};
    for (const YamlNode& item : node->items) {
      if (item.is_scalar()) add_value(condition, item, of_text<parse_action>);
    }
    return std::move(condition.values);
  }

  Read read_accounts(ConditionKind kind, Words words) {
    if (fields_.find(text(kind)) != nullptr) return written(kind, parse_account, words);
    ValueCondition implied{kind};
    add_organization(implied, fields_.node().mark, "implied");
    implied.takes_aws_managed = kind == ConditionKind::referenced_accounts;
    return implied;
  }

  Read read_buckets() {
    constexpr Words kWords = {.organization = true, .aws_managed = true, .any = true};
    if (fields_.find("buckets") != nullptr) {
      return written(ConditionKind::buckets, of_text<parse_bucket>, kWords);
    }
    if (!organization_.buckets) return std::nullopt;
    ValueCondition implied{ConditionKind::buckets, *organization_.buckets};
    implied.takes_aws_managed = true;
    return implied;
  }

  Read read_bucket_owner() {
    if (!fields_.flag("require_expected_bucket_owner").value_or(false)) return std::nullopt;
    ValueCondition condition{ConditionKind::expected_bucket_owner};
    add_organization(condition, fields_.node().mark,
                     "what `require_expected_bucket_owner` asks for");
    return condition;
  }

  /// What the key says; nothing where it is absent, was refused, or takes any.
  Read written(ConditionKind kind, Parse parse, Words words) {
    const YamlNode* node = fields_.find(text(kind));
    if (node == nullptr) return std::nullopt;
    ValueCondition condition{kind};
    if (node->is_mapping()) {
      if (!words.negation || rule_.is_allow()) {
        diagnostics_.error(node->mark,
                           "`not` stands in rules with `effect: deny` alone, and not in "
                           "every key; list what may pass");
        return std::nullopt;
      }
      condition.is_negated = true;
      node = &node->entries.front().value;
    }
    const std::vector<YamlNode> alone =
        node->is_scalar() ? std::vector{*node} : std::vector<YamlNode>();
    const std::vector<YamlNode>& items = node->is_scalar() ? alone : node->items;
    for (const YamlNode& item : items) {
      if (!item.is_scalar()) continue;  // told already
      if (words.any && item.text == kAny) {
        if (items.size() == 1) return std::nullopt;
        diagnostics_.error(item.mark, "`any` takes everything; write it alone");
      } else if (words.organization && item.text == kOrganization) {
        add_organization(condition, item.mark, "`organization`");
      } else if (words.aws_managed && item.text == kAwsManaged) {
        condition.takes_aws_managed = true;
      } else {
        add_value(condition, item, parse);
      }
    }
    return condition;
  }

  void add_value(ValueCondition& condition, const YamlNode& item, Parse parse) {
    std::string error;
    auto value = parse(item, error);
    if (!value) {
      diagnostics_.error(item.mark, std::move(error));
    } else {
      if (parse == &of_text<parse_action>) warn_of_unknown_action(item);
      condition.values.push_back(std::move(*value));
    }
  }

  /// Adds what `organization` lists of the condition's kind; an error where it lists none.
  void add_organization(ValueCondition& condition, Mark mark, std::string_view why) {
    const bool is_buckets = condition.kind == ConditionKind::buckets;
    const auto& listed = is_buckets ? organization_.buckets : organization_.accounts;
    if (!listed) {
      const std::string key = is_buckets ? "buckets" : "accounts";
      diagnostics_.error(mark, "`" + std::string(text(condition.kind)) + "` of the organization (" +
                                   std::string(why) + ") needs `organization." + key +
                                   "`; list them there, or write `" +
                                   std::string(text(condition.kind)) + "` out");
      return;
    }
    condition.values.insert(condition.values.end(), listed->begin(), listed->end());
  }

  void warn_of_unknown_action(const YamlNode& item) {
    const bool is_exact = item.text.find_first_of("*?") == std::string::npos;
    if (!is_exact || is_known_action(item.text)) return;
    diagnostics_.warning(item.mark, "no operation that this version knows is decided by " +
                                        quoted(item.text) + "; is it spelt right?");
  }

  void refuse_allow_keys() {
    for (const std::string_view key : {"unsigned", "require_expected_bucket_owner"}) {
      const YamlNode* node = fields_.find(key);
      if (node == nullptr) continue;
      diagnostics_.error(node->mark, "`" + std::string(key) +
                                         "` has no meaning on a rule with `effect: deny`; take it "
                                         "out");
    }
  }

  void add(Read condition) {
    if (condition) rule_.values.push_back(std::move(*condition));
  }

  const Fields& fields_;
  const OrganizationLabels& organization_;
  Diagnostics& diagnostics_;
  Rule& rule_;
};

}  // namespace

void read_aws_keys(const Fields& fields, const OrganizationLabels& organization,
                   Diagnostics& diagnostics, Rule& rule) {
  const auto block = fields.below("aws", Block::aws);
  if (block) AwsKeys(*block, organization, diagnostics, rule).read();
}

}  // namespace sallyport
