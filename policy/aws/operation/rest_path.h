// From method, path and query to the operations whose URI templates they fit, by one trie a
// service. Pure; nothing is allocated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/aws/operation/operation_tables.h"
#include "policy/aws/parameters.h"

namespace sallyport {

/// An operation whose template the request fits.
struct TemplateMatch {
  const operation_tables::ServiceRow* service = nullptr;
  const operation_tables::RestRow* row = nullptr;
  /// How the template fits each of the first segments, two bits for each from the highest:
  /// literally 3, as a label 2, as part of a greedy label 1.
  std::uint64_t specificity = 0;
  /// Every constant part of its query is there beyond doubt.
  bool is_sure = true;
  std::array<std::string_view, 8> labels;  ///< as they were sent
};

/// The operations that one request fits.
class TemplateMatches {
 public:
  const TemplateMatch* begin() const { return list_.data(); }
  const TemplateMatch* end() const { return list_.data() + size_; }
  std::size_t size() const { return size_; }
  /// There were more than this has room for.
  bool is_full() const { return size_ == list_.size(); }

  void add(const TemplateMatch& match) {
    if (!is_full()) list_[size_++] = match;
  }
  /// Leaves those out that another one, which is sure, fits better: it has all their constant parts
  /// of the query, and fits each segment at least as literally. Of equals the newer stays.
  void keep_best();

 private:
  static constexpr std::size_t kMax = 16;

  std::array<TemplateMatch, kMax> list_;
  std::size_t size_ = 0;
};

/// What a request says to a trie.
struct RestRequest {
  operation_tables::HttpMethod method;
  std::string_view path;  ///< plain (percent.h), begins with `/`
  const Parameters& query;
  bool has_odd_query;  ///< its names may be read in two ways: no constant part of it is sure
};

/// Adds the service's operations that the request fits exactly; where none does, those that it fits
/// with a last `/` more or less, as older clients send. A service alone at its host whose templates
/// all begin with one date (CloudFront's `/2020-05-31/`) has its earlier versions under theirs: any
/// date is that one.
void match_templates(const operation_tables::ServiceRow& service, const RestRequest& request,
                     TemplateMatches& matches);

}  // namespace sallyport
