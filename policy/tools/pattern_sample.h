// One host that stands for all that a pattern matches. Pure; at load alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "policy/aws/tenancy.h"
#include "policy/host_pattern.h"
#include "policy/values/host.h"

namespace sallyport {

/// One host that the pattern matches, and the pattern as policy/aws/tenancy.h reads it.
struct PatternSample {
  /// REQUIRES: the pattern is of a host or of labels.
  explicit PatternSample(const HostPattern& pattern);
  PatternSample(const PatternSample&) = delete;
  PatternSample& operator=(const PatternSample&) = delete;

  /// The labels from `place` on.
  std::string name_from(std::size_t place) const;

  std::vector<std::string> labels;
  std::vector<bool> is_wild;  ///< of each label: it may be a stranger's
  bool has_wild = false;      ///< so may one of them, or what a leading wildcard stands for
  WildcardPattern wildcards;  ///< views `labels`
  std::optional<Host> host;

 private:
  void read(const Host& named);
};

}  // namespace sallyport
