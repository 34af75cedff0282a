// The system's hosts file (hosts(5)) as a table of names. Read again when it changes. Not safe for
// threads; every worker has its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/resolution.h"
#include "proxy/watched_file.h"

namespace sallyport {

/// Names with the addresses that the file gives them, whatever the DNS would say.
class HostsFile {
 public:
  /// Reads nothing yet. An empty path: no file, no name is found.
  explicit HostsFile(std::string path) : file_(std::move(path)) {}

  /// Reads the file again if it has changed (one stat(2) if not). A file that is gone or cannot be
  /// read is an empty one. Ends the life of what `find` returned.
  void refresh();

  /// The addresses of a canonical name, outcome `ok`, valid until `refresh`; nullptr if the file
  /// does not name it. Does not allocate.
  const Resolution* find(std::string_view canonical_name) const;

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  using Table = std::unordered_map<std::string, Resolution, NameHash, std::equal_to<>>;
  static Table parse(std::string_view text);

  WatchedFile file_;
  Table table_;
};

}  // namespace sallyport
