// The figures of micro_bench: each function prints lines `NAME<TAB>VALUE`, ns unless the name says
// otherwise. The report that reads them is report.py.
#pragma once

#include <string>

namespace sallyport::bench {

/// One decision, and a whole CONNECT, by a policy of 20 rules.
void print_decisions();

/// What an AWS request costs: its facts, and the decision on them.
void print_aws();

/// The load of a policy file, its memory, and decisions on hosts of `hosts_path`, one a line.
void print_policy_file(const std::string& path, const std::string& hosts_path);

/// An audit record: a blocked CONNECT, a tunnel's `connect` and its `close`.
void print_audit();

}  // namespace sallyport::bench
