// Which trailers a chunked request may have: those that its signing mode names in `x-amz-trailer`,
// each once. A name is followed byte by byte, so that not even the beginning of another one passes.
// Keeps a view of the list, which the caller keeps alive. Not for sharing between threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport {

/// A list of names, and how far the name that is being read agrees with one of them.
class TrailerNames {
 public:
  /// `list` is names with commas between them, as `x-amz-trailer` has it. Only checksums
  /// (`x-amz-checksum-...`) and `x-amz-trailer-signature` count, since the client writes the list:
  /// nothing that chooses an operation, a resource or a credential can come in a trailer. Of more
  /// than 32 names the others do not count.
  explicit TrailerNames(std::string_view list = {}) : list_(list) {}

  /// Takes the next byte of a name, in whatever case, or the colon that ends it; false if no name
  /// of the list goes on or ends like that. Behind the colon the next name begins.
  bool read(char byte);

 private:
  bool find(char next);
  bool end_name();

  std::string_view list_;
  std::string_view name_;     // of the list; what was read agrees with its beginning
  std::size_t read_ = 0;      // bytes of it
  std::uint32_t passed_ = 0;  // one bit for each name of the list that came already
};

}  // namespace sallyport
