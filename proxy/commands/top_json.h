// `sallyport top --json`.
#pragma once

#include <string>

#include "proxy/commands/top_view.h"

namespace sallyport {

/// One JSON object in one line, without a line feed. Whatever a client chose is escaped as in the
/// audit log, so that it can stand on a terminal, too.
std::string top_json(const TopView& view);

}  // namespace sallyport
