// The members of one operation that identify resources (policy/aws/member.h), as the tables hold
// them. Pure; a value of four bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "policy/aws/member.h"

namespace sallyport {

/// Places in the tables: each member is put together when it is looked at.
class MemberList {
 public:
  class Iterator {
   public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(std::uint16_t place) : place_(place) {}

    Member operator*() const;
    Iterator& operator++() {
      ++place_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(place_++); }
    friend bool operator==(Iterator, Iterator) = default;

   private:
    std::uint16_t place_ = 0;
  };

  MemberList() = default;
  MemberList(std::uint16_t first, std::uint16_t end) : first_(first), end_(end) {}

  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(end_); }
  bool empty() const { return first_ == end_; }

 private:
  std::uint16_t first_ = 0;
  std::uint16_t end_ = 0;
};

}  // namespace sallyport
