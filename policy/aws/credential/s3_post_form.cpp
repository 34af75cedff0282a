#include "policy/aws/credential/s3_post_form.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "policy/aws/credential/multipart.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

// S3: "The POST body, without the content, is limited to 20 KB".
constexpr std::size_t kFieldsBytesMax = std::size_t{20} * 1024;
constexpr std::string_view kFilenameVariable = "${filename}";

struct Field {
  std::string name;
  std::string value;
};

std::string lower(std::string_view name) {
  std::string text(name);
  std::transform(text.begin(), text.end(), text.begin(), to_lower);
  return text;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// The value as text that every reader reads alike.
bool is_clear_text(const PartHead& head, std::string_view value) {
  if (value.find('\0') != std::string_view::npos) return false;
  if (head.filename || head.has_encoded_filename) return false;
  return head.value == PartHead::Value::utf8 ||
         (head.value == PartHead::Value::ascii && is_ascii(value));
}

/// Puts the file's name for the variable in the key, as S3 does: "only the text following the last
/// slash". False where it cannot be told which name S3 will take.
bool fill_in_filename(const PartHead& file, std::string& key) {
  auto at = key.find(kFilenameVariable);
  if (at == std::string::npos) return true;
  if (!file.filename || file.filename->empty() || file.has_encoded_filename) return false;
  const std::string_view name = file.filename->substr(file.filename->rfind('/') + 1);
  if (name.empty() || name.find('%') != std::string_view::npos) return false;
  while (at != std::string::npos) {
    key.replace(at, kFilenameVariable.size(), name);
    at = key.find(kFilenameVariable, at + name.size());
  }
  return true;
}

/// The parts up to the file's, whose head is `file`; nothing where it does not come.
std::optional<std::vector<Field>> fields_before_file(MultipartReader& parts, PartHead& file) {
  std::vector<Field> fields;
  while (const auto head = parts.next_head()) {
    if (head->name == "file") {
      file = *head;
      return fields;
    }
    const auto value = parts.value(*head);
    if (!value || !is_clear_text(*head, *value)) return std::nullopt;
    Field field{lower(head->name), std::string(*value)};
    const bool is_repeated = std::any_of(
        fields.begin(), fields.end(), [&](const Field& other) { return other.name == field.name; });
    // Whether `File` is the file, is S3's to know.
    if (is_repeated || field.name == "file") return std::nullopt;
    fields.push_back(std::move(field));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Parameters> read_s3_post_form(std::string_view content_type, std::string_view body) {
  const auto boundary = multipart_boundary(content_type);
  if (!boundary) return std::nullopt;
  MultipartReader parts(body.substr(0, kFieldsBytesMax), *boundary);
  PartHead file;
  auto fields = fields_before_file(parts, file);
  if (!fields) return std::nullopt;

  std::vector<Parameter> list;
  for (Field& field : *fields) {
    if (field.name == "key" && !fill_in_filename(file, field.value)) return std::nullopt;
    list.push_back({field.name, field.value});
  }
  return Parameters::of(list);
}

}  // namespace sallyport
