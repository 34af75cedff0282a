#include "policy/loader/policy_files.h"

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

void PolicyFiles::add(const std::string& path, std::string_view text) {
  paths_.push_back(path);
  texts_.emplace(path, text);
}

std::string PolicyFiles::hash() const {
  std::string bytes;
  for (const std::string& path : paths_) {
    const std::string& text = texts_.at(path);
    for (unsigned shift = 64; shift != 0; shift -= 8) {
      bytes += static_cast<char>((text.size() >> (shift - 8)) & 0xffU);
    }
    bytes += text;
  }
  return source_->sha256_hex(bytes);
}

}  // namespace sallyport
