// Microscopic figures of the shipped build: what one decision, one lookup and one audit record
// cost. Run by report.py, which compares them with their targets.
#include <cstdio>
#include <cstring>

#include "tests/bench/micro/figures.h"

int main(int argc, char** argv) {
  using namespace sallyport::bench;
  if (argc == 2 && std::strcmp(argv[1], "decisions") == 0) {
    print_decisions();
  } else if (argc == 2 && std::strcmp(argv[1], "aws") == 0) {
    print_aws();
  } else if (argc == 2 && std::strcmp(argv[1], "audit") == 0) {
    print_audit();
  } else if (argc == 4 && std::strcmp(argv[1], "policy") == 0) {
    print_policy_file(argv[2], argv[3]);
  } else {
    std::fputs("usage: micro_bench decisions | aws | audit | policy POLICY HOSTS\n", stderr);
    return 2;
  }
  return 0;
}
