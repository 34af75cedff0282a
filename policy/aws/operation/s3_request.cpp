#include "policy/aws/operation/s3_request.h"

#include <algorithm>
#include <array>

#include "policy/aws/operation/operation_tables.h"
#include "policy/aws/percent.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using operation_tables::kTables;
using operation_tables::text_of;

struct Setting {
  std::string_view name;
  bool S3Marks::*flag;
};

constexpr Setting kSettings[] = {
    {"x-amz-acl", &S3Marks::has_acl},
    {"x-amz-tagging", &S3Marks::has_tagging},
    {"x-amz-tagging-directive", &S3Marks::replaces_tagging},
    {"x-amz-object-lock-mode", &S3Marks::has_retention},
    {"x-amz-object-lock-retain-until-date", &S3Marks::has_retention},
    {"x-amz-object-lock-legal-hold", &S3Marks::has_legal_hold},
    {"x-amz-bypass-governance-retention", &S3Marks::bypasses_governance},
    {"x-amz-bucket-object-lock-enabled", &S3Marks::enables_object_lock},
    {"x-amz-object-ownership", &S3Marks::has_ownership},
};

/// The parameters of S3's operations that choose none, and those of presigned URLs; names that
/// begin with `x-` are the caller's own, or signatures (S3 user guide, server access logs).
constexpr std::string_view kParameters[] = {"awsaccesskeyid",
                                            "bucket-region",
                                            "content-md5",
                                            "content-type",
                                            "continuation-token",
                                            "delimiter",
                                            "encoding-type",
                                            "expires",
                                            "fetch-owner",
                                            "key-marker",
                                            "marker",
                                            "max-buckets",
                                            "max-directory-buckets",
                                            "max-keys",
                                            "max-parts",
                                            "max-uploads",
                                            "part-number-marker",
                                            "prefix",
                                            "response-cache-control",
                                            "response-content-disposition",
                                            "response-content-encoding",
                                            "response-content-language",
                                            "response-content-type",
                                            "response-expires",
                                            "signature",
                                            "start-after",
                                            "upload-id-marker",
                                            "version-id-marker",
                                            "versionid"};

/// A name in lower case; empty where it is longer than any that we look for.
class LowerName {
 public:
  explicit LowerName(std::string_view name) {
    if (name.size() > text_.size()) return;
    size_ = name.size();
    std::transform(name.begin(), name.end(), text_.begin(), to_lower);
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 48> text_;
  std::size_t size_ = 0;
};

/// `?versionId=` behind a copy source. A `?` of the key itself is written `%3F`.
S3Version version_of_source(std::string_view source) {
  const auto mark = source.find('?');
  if (mark == std::string_view::npos) return S3Version::latest;
  constexpr std::string_view kVersion = "versionId=";
  const auto query = source.substr(mark + 1);
  const bool is_given = query.starts_with(kVersion) && query.size() > kVersion.size() &&
                        query.find_first_of("&?") == std::string_view::npos;
  return is_given ? S3Version::given : S3Version::doubtful;
}

class Reader {
 public:
  void read_headers(const AwsRequestView& request) {
    for (const HeaderField& field : request.fields) {
      if (field.name.size() < kPrefix.size()) continue;
      if (!begins_ignoring_case(field.name, kPrefix)) continue;
      const LowerName name(field.name);
      note_setting(name.text(), field.value);
      note_header_marker(name.text(), !field.value.empty());
    }
  }

  /// False: a parameter that nobody knows.
  bool read_query(const Parameters& query, bool is_odd) {
    for (const Parameter& parameter : query) {
      const LowerName name(parameter.name);
      bool is_known = name.text().starts_with("x-") || parameter.name.starts_with("x-amz-") ||
                      std::find(std::begin(kParameters), std::end(kParameters), name.text()) !=
                          std::end(kParameters);
      if (name.text().starts_with(kPrefix)) {
        note_setting(name.text(), parameter.value.value_or(""));
        note_header_marker(name.text(), false);  // S3 may read it as if it were the header
      } else {
        is_known |= note_parameter(parameter, is_odd);
      }
      if (!is_known) return false;
      if (name.text() == "versionid") note_version(parameter, is_odd);
    }
    return true;
  }

  void read_form(const Parameters& form) {
    for (const Parameter& parameter : form) {
      const LowerName name(parameter.name);
      note_setting(name.text(), parameter.value.value_or(""));
      marks.has_acl |= name.text() == "acl";
      marks.has_tagging |= name.text() == "tagging";
    }
  }

  S3Marks marks;

 private:
  static constexpr std::string_view kPrefix = "x-amz-";

  static std::string_view text_at(std::size_t place) {
    return text_of(kTables.s3_markers[place].name);
  }

  void note_setting(std::string_view name, std::string_view value) {
    for (const Setting& setting : kSettings) {
      if (setting.name == name) marks.*setting.flag = true;
    }
    marks.has_acl |= name.starts_with("x-amz-grant-");
    if (name != "x-amz-copy-source") return;
    marks.source_version = std::max(marks.source_version, version_of_source(value));
  }

  void note_marker(std::size_t place, bool is_sure) {
    const std::uint64_t bit = std::uint64_t{1} << place;
    const bool is_second = (seen_ & bit) != 0;
    seen_ |= bit;
    marks.possible |= bit;
    if (is_sure && !is_second) {
      marks.sure |= bit;
    } else {
      marks.sure &= ~bit;
    }
  }

  void note_header_marker(std::string_view name, bool is_sure) {
    for (std::size_t i = kTables.first_s3_header; i < kTables.s3_markers.size(); ++i) {
      if (text_at(i) == name) note_marker(i, is_sure);
    }
  }

  /// True if some operation is told by a parameter of that name.
  bool note_parameter(const Parameter& parameter, bool is_odd) {
    bool is_known = false;
    for (std::size_t i = 0; i < kTables.first_s3_header; ++i) {
      const auto name = text_at(i);
      if (!equal_ignoring_case(parameter.name, name)) continue;
      is_known = true;
      const auto sent = parameter.value.value_or("");
      const auto wanted = text_of(kTables.s3_markers[i].value);
      if (!wanted.empty() && !equal_ignoring_case(sent, wanted)) continue;
      // `?tagging=x` may be read as no `?tagging`, and `?uploadId=` as no `?uploadId`.
      const bool is_subresource = i < kTables.first_s3_parameter;
      const bool has_fitting_value = is_subresource ? sent == wanted : !sent.empty();
      note_marker(i, has_fitting_value && !is_odd && parameter.name == name);
    }
    return is_known;
  }

  void note_version(const Parameter& parameter, bool is_odd) {
    const bool is_plain = parameter.name == "versionId" && !is_odd &&
                          !parameter.value.value_or("").empty() &&
                          marks.version == S3Version::latest;
    marks.version = is_plain ? S3Version::given : S3Version::doubtful;
  }

  std::uint64_t seen_ = 0;
};

}  // namespace

std::optional<S3Marks> read_s3_marks(const AwsRequestView& request, const Parameters& query,
                                     const Parameters* form) {
  Reader reader;
  reader.read_headers(request);
  const bool is_odd = request.query && encodes_letters(*request.query);
  if (!reader.read_query(query, is_odd)) return std::nullopt;
  if (form != nullptr) reader.read_form(*form);
  return reader.marks;
}

}  // namespace sallyport
