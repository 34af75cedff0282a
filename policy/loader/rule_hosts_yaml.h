// The hosts of a rule: patterns and sets become what the host matcher holds, each as its place in
// the policy asks (SEMANTICS.md section 6).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/host_sets_yaml.h"
#include "policy/loader/pattern_budget.h"
#include "policy/loader/rule_source.h"
#include "policy/rule.h"
#include "policy/snapshot.h"

namespace sallyport {

/// Compiles the hosts of the rules of one policy into its snapshot.
class RuleHosts {
 public:
  /// All must outlive this.
  RuleHosts(const OrganizationLabels& organization, std::span<const HostSet> sets,
            PatternBudget& budget, Diagnostics& diagnostics, Snapshot& snapshot,
            std::vector<std::string>& notes)
      : organization_(organization),
        budget_(budget),
        diagnostics_(diagnostics),
        snapshot_(snapshot),
        notes_(notes) {
    for (const HostSet& set : sets) sets_.emplace(set.name, &set);
  }

  /// Reads `hosts` and `except_hosts` of the rule into `source`, and both into the matcher; what is
  /// wrong is told. REQUIRES: `source.rule` and all of `rule` that is no host are set.
  void add(const Fields& fields, const Rule& rule, RuleSource& source);

  /// Reads `hosts` of a route, as they stand in a deny: everybody's, in every region; what is wrong
  /// is told.
  std::vector<HostItem> read_route(const Fields& fields);

 private:
  /// Whose `hosts` an item stands in, as far as that matters to what it stands for.
  struct Holder {
    std::string words;               ///< for notes
    bool accepts_strangers = false;  ///< `multi_tenant: accept`
  };
  HostItem read_item(const YamlNode& node, SetPlace place, const Holder& holder);
  /// Warns of an address that the guard refuses whatever a rule says.
  void warn_of_literal(const HostPattern& pattern, Mark mark, SetPlace place);
  void fill_builtin(HostItem& item, SetPlace place, const Holder& holder);
  void note_left_out(const HostItem& item, SetPlace place, const Holder& holder,
                     std::span<const LeftOutPattern> left_out);
  /// An own set that excepts names from a wildcard works in `hosts` of an allow alone.
  void refuse_cuts(const HostItem& item, std::string_view remedy);
  /// What sets of `hosts` except joins the rule's `except_hosts`.
  void add_cuts(const Rule& rule, RuleSource& source);
  void check_excepted(const RuleSource& source);
  void add_to_matcher(const Rule& rule, const RuleSource& source);
  std::string unknown_set_message(std::string_view name) const;

  /// The own set that the item names; null if it is none.
  const HostSet* own_set(const HostItem& item) const;
  /// The own set of that name, without `@`; null if there is none.
  const HostSet* find_set(std::string_view name) const;

  const OrganizationLabels& organization_;
  std::map<std::string_view, const HostSet*> sets_;
  PatternBudget& budget_;
  Diagnostics& diagnostics_;
  Snapshot& snapshot_;
  std::vector<std::string>& notes_;
};

}  // namespace sallyport
