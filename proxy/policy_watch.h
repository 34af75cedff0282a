// Notices that a policy's files changed (`reload: file`): by their place on disk, size and time,
// looked at once a second, so that it works on every file system and through the links of mounted
// secrets.
#pragma once

#include <string>
#include <vector>

namespace sallyport {

class PolicyWatch {
 public:
  explicit PolicyWatch(std::vector<std::string> files);

  /// True once for each change, after the files stood still for one look: a file that is being
  /// written is not read half.
  bool has_changed();

  /// The files are about to be read as they are now: what comes later is a change.
  void begin_read();

  /// What was read names these files. Those that are new here are known as they are now.
  void follow(std::vector<std::string> files);

 private:
  std::string look() const;

  std::vector<std::string> files_;
  std::string known_;
  std::string last_;
};

}  // namespace sallyport
