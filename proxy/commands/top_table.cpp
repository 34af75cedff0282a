#include "proxy/commands/top_table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "metrics/json_line.h"
#include "metrics/time_text.h"

namespace sallyport {
namespace {

using Lines = std::vector<std::string>;

/// `2026-12-24T18:00:00Z`: nobody reads microseconds here.
std::string seconds_of(TimePoint time) {
  TimeText time_text;
  return std::string(time_text.of(time).substr(0, 19)) + 'Z';
}

std::string shown(std::string_view text) { return visible(text, text.size()); }

/// In a terminal's columns, where each character takes one.
std::size_t width_of(std::string_view text) {
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_first_byte));
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

std::string name_of(const BlockedByWords& words, const BlockedCounts::Row& row) {
  if (row.name.empty()) return "(no " + std::string(words.one) + ')';
  std::string name = shown(row.name);
  if (!row.client_name.empty()) name += " (" + shown(row.client_name) + ')';
  return name;
}

std::string follows_of(const BlockedCounts::Row& row) {
  if (row.follows.empty()) return {};
  const auto& [host, count] = row.follows.front();
  return shown(host) + " (" + std::to_string(count) + ')';
}

/// A heading, `rows` rows, and how many there are beyond them where `has_more`.
Lines section(const TopView& view, const BlockedByWords& words, std::size_t rows, bool has_more) {
  struct Cells {
    std::string block, would_block, name, follows;
  };
  std::vector<Cells> table;
  table.push_back({std::string(text(Decision::block)), std::string(text(Decision::would_block)),
                   std::string(words.one), words.what == BlockedBy::host ? "follows" : ""});
  for (const BlockedCounts::Row& row : view.counts.most(words.what, rows)) {
    table.push_back({std::to_string(row.count.block), std::to_string(row.count.would_block),
                     name_of(words, row), follows_of(row)});
  }
  Cells widest;
  std::size_t name_width = 0;
  for (const Cells& each : table) {
    if (each.block.size() > widest.block.size()) widest.block = each.block;
    if (each.would_block.size() > widest.would_block.size()) widest.would_block = each.would_block;
    name_width = std::max(name_width, width_of(each.name));
  }
  Lines lines{""};
  for (const Cells& each : table) {
    std::string line = right(each.block, widest.block.size()) + "  " +
                       right(each.would_block, widest.would_block.size()) + "  ";
    line += each.follows.empty() ? each.name : left(each.name, name_width) + "  " + each.follows;
    lines.push_back(std::move(line));
  }
  if (has_more) {
    const std::size_t indent = widest.block.size() + widest.would_block.size() + 4;
    const std::size_t more = view.counts.size(words.what) - rows;
    lines.push_back(std::string(indent, ' ') + "and " + std::to_string(more) + " more");
  }
  return lines;
}

std::string summary(const TopView& view) {
  const BlockedCounts& counts = view.counts;
  std::string line = std::to_string(counts.blocked().block) + " blocked, " +
                     std::to_string(counts.blocked().would_block) + " would be blocked, " +
                     std::to_string(counts.allowed()) + " allowed; ";
  if (counts.from()) line += seconds_of(*counts.from()) + " to " + seconds_of(*counts.to()) + "; ";
  return line + shown(view.path);
}

/// What was not counted, or not exactly.
Lines notes(const TopView& view) {
  Lines lines;
  for (const BlockedByWords& words : kBlockedByWords) {
    const std::uint64_t missed_max = view.counts.missed_max(words.what);
    if (missed_max == 0) continue;
    lines.push_back("more than " + std::to_string(BlockedCounts::kNamesMax) + ' ' +
                    std::string(words.many) +
                    ": those counted least were forgotten; a count may be too low by " +
                    std::to_string(missed_max));
  }
  const std::uint64_t count = view.log.not_records();
  if (count > 0) {
    lines.push_back(std::to_string(count) +
                    (count == 1 ? " line is no audit record: line "
                                : " lines are no audit records, the first is line ") +
                    std::to_string(view.log.first_not_record()));
  }
  if (view.log.torn() == 1) lines.emplace_back("the last line is torn and was not counted");
  if (view.log.torn() > 1) {
    lines.push_back("the last lines of " + std::to_string(view.log.torn()) +
                    " files are torn and were not counted");
  }
  if (!lines.empty()) lines.insert(lines.begin(), "");
  return lines;
}

using Heights = std::array<std::size_t, kBlockedByWords.size()>;

/// The lines of each section below its heading, shared out one at a time: a short list leaves its
/// room to the others.
Heights heights_of(const TopView& view, std::size_t room) {
  Heights wanted{};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::size_t size = view.counts.size(kBlockedByWords[i].what);
    wanted[i] = std::min(size, view.rows) + (size > view.rows ? 1 : 0);
  }
  Heights heights{};
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      // The first comes with an empty line and a heading.
      const std::size_t lines = heights[i] == 0 ? 3 : 1;
      if (heights[i] == wanted[i] || lines > room) continue;
      ++heights[i];
      room -= lines;
      has_grown = true;
    }
  }
  return heights;
}

std::string cut(const std::string& line, std::size_t columns) {
  if (width_of(line) <= columns) return line;
  std::size_t bytes = 0;
  for (std::size_t width = 0; bytes < line.size(); ++bytes) {
    width += width_of(std::string_view(line).substr(bytes, 1));
    if (width > columns) break;
  }
  return line.substr(0, bytes);
}

}  // namespace

std::string top_table(const TopView& view, const std::optional<Screen>& screen) {
  Lines lines{summary(view)};
  const Lines last = notes(view);
  std::size_t room = SIZE_MAX;
  if (screen) {
    // The cursor stands in a line of its own, below.
    const std::size_t taken = lines.size() + last.size() + 1;
    room = screen->lines > taken ? screen->lines - taken : 0;
  }
  const Heights heights = heights_of(view, room);
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const std::size_t size = view.counts.size(kBlockedByWords[i].what);
    if (size == 0 || heights[i] == 0) continue;
    const bool has_more = size > std::min(heights[i], view.rows);
    // Where one line is all there is room for, it is a row.
    const std::size_t rows = has_more && heights[i] > 1 ? heights[i] - 1 : heights[i];
    const Lines more = section(view, kBlockedByWords[i], rows, has_more && heights[i] > 1);
    lines.insert(lines.end(), more.begin(), more.end());
  }
  lines.insert(lines.end(), last.begin(), last.end());
  std::string text;
  for (const std::string& line : lines) text += (screen ? cut(line, screen->columns) : line) + '\n';
  return text;
}

}  // namespace sallyport
