#include "policy/loader/policy_files.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace sallyport {

std::string PolicyFiles::resolve(std::string_view name) const {
  const auto slash = path_.rfind('/');
  if (name.starts_with('/') || slash == std::string::npos) return std::string(name);
  return path_.substr(0, slash + 1) + std::string(name);
}

const std::string* PolicyFiles::read(const std::string& path, std::string& error) {
  if (const auto known = texts_.find(path); known != texts_.end()) return &known->second;
  std::optional<std::string> text = source_->read_file(path, error);
  if (!text) return nullptr;
  add(path, *text);
  return &texts_.at(path);
}

void PolicyFiles::include(const std::string& path) {
  std::string error;  // in the words of who reads it for good
  if (read(path, error) != nullptr) return;
  watch(path);
  unreadable_.insert(path);
}

void PolicyFiles::watch(const std::string& path) {
  if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) paths_.push_back(path);
}

void PolicyFiles::add(const std::string& path, std::string_view text) {
  watch(path);
  texts_.emplace(path, text);
}

std::string PolicyFiles::hash() const {
  constexpr std::uint64_t kUnreadable = std::numeric_limits<std::uint64_t>::max();
  std::string bytes;
  const auto add_length = [&](std::uint64_t length) {
    for (unsigned shift = 64; shift != 0; shift -= 8) {
      bytes += static_cast<char>((length >> (shift - 8)) & 0xffU);
    }
  };
  for (const std::string& path : paths_) {
    if (const auto text = texts_.find(path); text != texts_.end()) {
      add_length(text->second.size());
      bytes += text->second;
    } else if (unreadable_.count(path) > 0) {
      add_length(kUnreadable);
    }
  }
  return source_->sha256_hex(bytes);
}

}  // namespace sallyport
