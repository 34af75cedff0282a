// Multipart bodies (RFC 2046 section 5.1) of forms (RFC 7578), taken apart so strictly that every
// reader sees the same parts. Pure; allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport {

/// The boundary in a Content-Type of multipart/form-data; nothing where it is another type, or has
/// none or several. A view into `content_type`.
std::optional<std::string_view> multipart_boundary(std::string_view content_type);

/// The head of one part, views into the body.
struct PartHead {
  /// How the part says that its value is to be read.
  enum class Value : std::uint8_t {
    utf8,   ///< as every reader does
    ascii,  ///< in a charset that is read alike for ASCII alone
    file,   ///< it is no text
  };

  std::string_view name;
  std::optional<std::string_view> filename;
  /// The name of the file in the form of RFC 5987, which not all readers take.
  bool has_encoded_filename = false;
  Value value = Value::utf8;
  std::optional<std::string_view> length;
};

/// Walks the parts of a body, whose boundary lines must be exactly `--BOUNDARY` CR LF.
class MultipartReader {
 public:
  /// Both views outlive the reader.
  MultipartReader(std::string_view body, std::string_view boundary)
      : rest_(body), boundary_(boundary) {}

  /// The head of the next part. Nothing at the end, and where the body is broken or not whole.
  /// REQUIRES: it is the first part, or value() was read.
  std::optional<PartHead> next_head();

  /// The value of the part of that head, which was read last. Nothing where no boundary follows, or
  /// one that not every reader takes for one.
  std::optional<std::string_view> value(const PartHead& head);

 private:
  bool take(std::string_view text);

  std::string_view rest_;
  std::string_view boundary_;
};

}  // namespace sallyport
