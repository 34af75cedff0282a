#include "policy/tools/check.h"

namespace sallyport {

void add_checks(LoadResult&) {}

}  // namespace sallyport
