#include "policy/tools/intercepted.h"

#include "policy/tools/https_readers.h"

namespace sallyport {

std::vector<InterceptedHost> intercepted_hosts(const Snapshot& snapshot,
                                               std::span<const RuleSource> rules, TimePoint now) {
  std::vector<InterceptedHost> hosts;
  HttpsReaders readers(snapshot, rules, now);
  if (readers.readers().empty()) return hosts;
  for (const LiveRule& allow : readers.rules()) {
    if (!allow.rule->is_allow() || !allow.rule->enforces()) continue;
    for (const HostItem& item : allow.source->hosts) {
      for (const HostPattern& pattern : item.patterns) {
        if (readers.reader_of(allow, pattern) == nullptr) continue;
        hosts.push_back({pattern, item.mark, allow.rule->name});
      }
    }
  }
  return hosts;
}

}  // namespace sallyport
