// The files of one policy while it is loaded: its own and those that it names, read once each
// through the one function that the loader is given, and hashed together. Not shared between
// threads.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport {

/// What the loader needs of the world.
struct PolicySource {
  /// The whole file, or nothing, and `error` says why in the system's words.
  std::function<std::optional<std::string>(const std::string& path, std::string& error)> read_file;
  /// SHA-256 in lower-case hex.
  std::function<std::string(std::string_view bytes)> sha256_hex;
};

class PolicyFiles {
 public:
  /// `path`: the policy's own; `source` must outlive this.
  PolicyFiles(std::string path, const PolicySource& source)
      : path_(std::move(path)), source_(&source) {}

  /// A file's path as the policy names it: relative to the policy's folder.
  std::string resolve(std::string_view name) const;

  /// Reads a file, once; null where that failed, and `error` says why. The text lives as long as
  /// this.
  const std::string* read(const std::string& path, std::string& error);

  /// Takes a file that others read and judge: it belongs to the policy's files and to its hash, and
  /// where it cannot be read now, that counts as what it says.
  void include(const std::string& path);

  /// Takes a file whose bytes are nobody's business here, such as a private key: it belongs to the
  /// policy's files alone.
  void watch(const std::string& path);

  /// Takes the policy's own text, where it is no file that could be read.
  void add(const std::string& path, std::string_view text);

  /// The files in the order in which they were first taken.
  const std::vector<std::string>& paths() const { return paths_; }

  /// SHA-256 over all of them but those that are only watched: each its length (8 bytes, the
  /// highest first; all ones where it could not be read), then its bytes.
  std::string hash() const;

 private:
  std::string path_;
  const PolicySource* source_;
  std::vector<std::string> paths_;
  std::map<std::string, std::string> texts_;
  std::set<std::string> unreadable_;
};

}  // namespace sallyport
