// What is wrong with a policy file, with its place: collected by the loader and by the checks of
// policy/tools in one pass, told as `FILE:LINE:COLUMN: what is wrong, and what would be right`.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "policy/mark.h"

namespace sallyport {

/// One error or warning.
struct Diagnostic {
  std::string file;
  Mark mark;
  std::string message;

  /// `FILE:LINE:COLUMN: message`.
  std::string text() const { return place() + message; }
  /// `FILE:LINE:COLUMN: warning: message`.
  std::string warning_text() const { return place() + "warning: " + message; }

 private:
  std::string place() const {
    return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": ";
  }
};

/// Beyond this many errors the file is not what its writer thinks it is; the rest is counted.
inline constexpr std::size_t kErrorsToldMax = 1000;

/// The errors and warnings of one policy, and of the files that it names.
class Diagnostics {
 public:
  /// `file`: the policy's path as it is told to people.
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}

  void error(Mark mark, std::string message) { error_in(file_, mark, std::move(message)); }
  void warning(Mark mark, std::string message) { warning_in(file_, mark, std::move(message)); }
  void error_in(std::string_view file, Mark mark, std::string message) {
    if (++error_count_ <= kErrorsToldMax) {
      errors_.push_back({std::string(file), mark, on_one_line(std::move(message))});
    }
  }
  void warning_in(std::string_view file, Mark mark, std::string message) {
    if (warnings_.size() < kErrorsToldMax) {
      warnings_.push_back({std::string(file), mark, on_one_line(std::move(message))});
    }
  }

  bool has_errors() const { return error_count_ != 0; }
  std::size_t error_count() const { return error_count_; }
  /// Further errors are counted alone: their words need not be found.
  bool is_full() const { return error_count_ >= kErrorsToldMax; }
  const std::string& file() const { return file_; }

  /// In the order of the policy's lines; those of files that it names follow.
  std::vector<Diagnostic> errors() const {
    std::vector<Diagnostic> list = sorted(errors_);
    if (error_count_ > list.size()) {
      list.push_back(
          {file_, {}, "and " + std::to_string(error_count_ - list.size()) + " more errors"});
    }
    return list;
  }
  std::vector<Diagnostic> warnings() const { return sorted(warnings_); }

 private:
  /// Messages quote what is in the file; a line end there must not end the message's line.
  static std::string on_one_line(std::string message) {
    std::replace_if(
        message.begin(), message.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; },
        ' ');
    return message;
  }

  std::vector<Diagnostic> sorted(std::vector<Diagnostic> list) const {
    std::stable_sort(list.begin(), list.end(), [this](const Diagnostic& a, const Diagnostic& b) {
      return std::tuple(a.file != file_, a.mark) < std::tuple(b.file != file_, b.mark);
    });
    return list;
  }

  std::string file_;
  std::size_t error_count_ = 0;
  std::vector<Diagnostic> errors_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace sallyport
