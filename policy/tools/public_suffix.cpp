#include "policy/tools/public_suffix.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <libpsl.h>

namespace sallyport {
namespace {

/// Top-level names that no registry sells (RFC 6761, RFC 6762, ICANN resolution 2024.07.29.06).
constexpr std::string_view kReserved[] = {"example",   "internal", "invalid",
                                          "localhost", "local",    "test"};

struct FreeList {
  void operator()(psl_ctx_t* list) const { psl_free(list); }
};

const psl_ctx_t* list() {
  static const std::unique_ptr<psl_ctx_t, FreeList> newest(psl_latest(nullptr));
  return newest ? newest.get() : psl_builtin();
}

}  // namespace

bool anyone_can_register_below(const std::string& suffix) {
  if (std::find(std::begin(kReserved), std::end(kReserved), suffix) != std::end(kReserved)) {
    return false;
  }
  if (list() == nullptr) return true;
  // A rule such as `*.ck` lists the names below `ck`, whatever they are.
  return psl_is_public_suffix(list(), suffix.c_str()) != 0 ||
         psl_is_public_suffix(list(), ("sallyport-asks." + suffix).c_str()) != 0;
}

}  // namespace sallyport
