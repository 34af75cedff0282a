// The field lines of a head, read where they stand: a view of the block, split anew on each walk,
// so that a head of 128 fields costs no memory. Valid while the buffer behind it lives and stays
// where it is. Immutable; safe to share between threads.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

namespace sallyport {

/// One field line. The value is without the white space around it; it may be empty.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Splits one line (without its CR LF) into name and value. The name must be a token that the colon
/// follows at once (RFC 9112 section 5.1); else nothing. The value's bytes are not looked at.
std::optional<Field> split_field_line(std::string_view line);

/// Field lines in the order in which they came.
class FieldLines {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = const Field*;
    using reference = const Field&;

    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { read(); }

    reference operator*() const { return field_; }
    pointer operator->() const { return &field_; }
    Iterator& operator++();
    Iterator operator++(int);
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.rest_.size() == b.rest_.size();
    }

   private:
    void read();

    std::string_view rest_;      // from the current line on
    std::size_t line_size_ = 0;  // with its CR LF
    Field field_;
  };

  FieldLines() = default;

  /// REQUIRES: `block` is whole field lines that split_field_line() takes, each with its CR LF.
  explicit FieldLines(std::string_view block) : block_(block) {}

  Iterator begin() const { return Iterator(block_); }
  Iterator end() const { return {}; }
  bool empty() const { return block_.empty(); }

  /// The first value of that name, whatever its case.
  std::optional<std::string_view> find(std::string_view name) const;

  /// How many lines have that name.
  std::size_t count(std::string_view name) const;

  /// The lines as they came, each with its CR LF.
  std::string_view block() const { return block_; }

 private:
  std::string_view block_;
};

}  // namespace sallyport
