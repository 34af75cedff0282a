// `sallyport top` for people: a table of hosts, then clients, reasons and rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "proxy/commands/top_view.h"

namespace sallyport {

/// The size of a terminal that the table must fit in.
struct Screen {
  std::size_t lines = 0;
  std::size_t columns = 0;
};

/// Lines, each with its line feed. Whatever a client chose is escaped as in the audit log. With a
/// screen there are fewer rows where it is low, and lines are cut where it is narrow.
std::string top_table(const TopView& view, const std::optional<Screen>& screen);

}  // namespace sallyport
