#include "policy/aws/operation/rest_path.h"

#include <algorithm>
#include <optional>

#include "policy/aws/operation/query_presence.h"
#include "policy/aws/percent.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

using operation_tables::kNoNode;
using operation_tables::kTables;
using operation_tables::QueryMarker;
using operation_tables::RestRow;
using operation_tables::ServiceRow;
using operation_tables::text_of;
using operation_tables::TrieNode;

constexpr unsigned kSegmentsRanked = 32;
constexpr std::uint64_t kLiteral = 3;
constexpr std::uint64_t kLabel = 2;
constexpr std::uint64_t kGreedy = 1;

std::span<const QueryMarker> markers_of(const RestRow& row) {
  return kTables.query_markers.subspan(row.first_marker, row.markers);
}

const TrieNode* literal_child(const TrieNode& node, std::string_view text) {
  const auto children = kTables.nodes.subspan(node.first_child, node.literal_children);
  const auto found = std::lower_bound(
      children.begin(), children.end(), text,
      [](const TrieNode& child, std::string_view wanted) { return text_of(child.text) < wanted; });
  return found != children.end() && text_of(found->text) == text ? &*found : nullptr;
}

/// `YYYY-MM-DD`
bool is_date(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(),
                    [](char c, char shape) { return shape == '-' ? c == '-' : is_digit(c); });
}

constexpr std::size_t kDatedSize = std::string_view("/2020-05-31").size();

/// Of a service whose templates all begin with one date, that date's node, where the path begins
/// with another date; else null.
const TrieNode* child_of_other_date(const ServiceRow& service, const TrieNode& root,
                                    std::string_view path) {
  const bool is_of_one = root.literal_children == 1 && root.label == kNoNode &&
                         root.greedy == kNoNode && root.rows == 0;
  const bool is_alone = &kTables.services[service.next_at_host] == &service;
  if (!is_of_one || !is_alone || path.size() <= kDatedSize || path[kDatedSize] != '/') {
    return nullptr;
  }
  const TrieNode& child = kTables.nodes[root.first_child];
  const auto date = path.substr(1, kDatedSize - 1);
  const bool is_other =
      is_date(date) && is_date(text_of(child.text)) && date != text_of(child.text);
  return is_other ? &child : nullptr;
}

/// One walk down the trie of a service.
class Walk {
 public:
  Walk(const ServiceRow& service, const RestRequest& request, bool adds_slash,
       TemplateMatches& matches)
      : request_(request), adds_slash_(adds_slash), matches_(matches) {
    match_.service = &service;
  }

  /// `rest` is empty or begins with `/`.
  void visit(const TrieNode& node, std::string_view rest, unsigned segment, std::size_t labels) {
    if (rest.empty()) {
      const TrieNode* const end = adds_slash_ ? literal_child(node, "") : &node;
      if (end != nullptr) add_rows(*end);
      return;
    }
    const auto text = rest.substr(1, rest.find('/', 1) - 1);
    const auto behind = rest.substr(1 + text.size());
    if (const TrieNode* const child = find_literal(node, text)) {
      const Ranked ranked(match_.specificity, segment, kLiteral);
      visit(*child, behind, segment + 1, labels);
    }
    if (labels == match_.labels.size()) return;
    if (node.label != kNoNode && !text.empty()) {
      const Ranked ranked(match_.specificity, segment, kLabel);
      match_.labels[labels] = text;
      visit(kTables.nodes[node.label], behind, segment + 1, labels + 1);
    }
    if (node.greedy != kNoNode) visit_greedy(kTables.nodes[node.greedy], rest, segment, labels);
  }

 private:
  /// The rank of one segment, for as long as it lives.
  class Ranked {
   public:
    Ranked(std::uint64_t& all, unsigned segment, std::uint64_t rank) : all_(all), before_(all) {
      if (segment < kSegmentsRanked) all |= rank << 2 * (kSegmentsRanked - 1 - segment);
    }
    ~Ranked() { all_ = before_; }
    Ranked(const Ranked&) = delete;
    Ranked& operator=(const Ranked&) = delete;

   private:
    std::uint64_t& all_;
    std::uint64_t before_;
  };

  static const TrieNode* find_literal(const TrieNode& node, std::string_view text) {
    if (node.literal_children == 0) return nullptr;
    if (text.find('%') == std::string_view::npos) return literal_child(node, text);
    const auto decoded = percent_decoded(text);
    return decoded ? literal_child(node, *decoded) : nullptr;
  }

  /// One segment, two, and so on to all that are left.
  void visit_greedy(const TrieNode& node, std::string_view rest, unsigned segment,
                    std::size_t labels) {
    const std::uint64_t before = match_.specificity;
    for (std::size_t end = 0; end != rest.size();) {
      end = std::min(rest.find('/', end + 1), rest.size());
      if (segment < kSegmentsRanked) {
        match_.specificity |= kGreedy << 2 * (kSegmentsRanked - 1 - segment);
      }
      ++segment;
      match_.labels[labels] = rest.substr(1, end - 1);
      if (end > 1) visit(node, rest.substr(end), segment, labels + 1);
    }
    match_.specificity = before;
  }

  void add_rows(const TrieNode& node) {
    for (const RestRow& row : kTables.rest_rows.subspan(node.first_row, node.rows)) {
      if (row.method != static_cast<std::uint8_t>(request_.method)) continue;
      Presence least = Presence::present;
      for (const QueryMarker& marker : markers_of(row)) {
        least = std::min(least, presence_of(marker));
      }
      if (least == Presence::absent) continue;
      match_.row = &row;
      match_.is_sure = least == Presence::present;
      matches_.add(match_);
    }
  }

  Presence presence_of(const QueryMarker& marker) const {
    std::optional<std::string_view> value;
    if (marker.has_value) value = text_of(marker.value);
    const Presence presence = presence_in(request_.query, text_of(marker.name), value);
    return presence == Presence::present && request_.has_odd_query ? Presence::unsure : presence;
  }

  const RestRequest& request_;
  bool adds_slash_;
  TemplateMatches& matches_;
  TemplateMatch match_;
};

bool has_all_markers_of(const RestRow& row, const RestRow& other) {
  const auto own = markers_of(row);
  const auto wanted = markers_of(other);
  return std::all_of(wanted.begin(), wanted.end(), [own](const QueryMarker& marker) {
    return std::any_of(own.begin(), own.end(), [&marker](const QueryMarker& one) {
      return one.name == marker.name && one.value == marker.value;
    });
  });
}

bool is_as_literal(std::uint64_t one, std::uint64_t other) {
  for (unsigned segment = 0; segment < kSegmentsRanked; ++segment) {
    if ((one >> 2 * segment & 3U) < (other >> 2 * segment & 3U)) return false;
  }
  return true;
}

bool fits_better(const TemplateMatch& one, const TemplateMatch& other) {
  if (!one.is_sure || !has_all_markers_of(*one.row, *other.row)) return false;
  if (!is_as_literal(one.specificity, other.specificity)) return false;
  const bool has_more_markers = one.row->markers != other.row->markers;
  if (one.service != other.service) {
    // The same template with more of the query: one API in two models, of different age. Otherwise
    // what another service of the same host would read is not for this one to say.
    return one.specificity == other.specificity && has_more_markers;
  }
  if (has_more_markers || one.specificity != other.specificity) return true;
  return !kTables.operations[one.row->operation].is_old() &&
         kTables.operations[other.row->operation].is_old();
}

}  // namespace

void TemplateMatches::keep_best() {
  if (size_ < 2) return;
  std::array<bool, kMax> is_beaten{};
  for (std::size_t i = 0; i < size_; ++i) {
    is_beaten[i] = std::any_of(
        begin(), end(), [&](const TemplateMatch& other) { return fits_better(other, list_[i]); });
  }
  const std::size_t size = size_;
  size_ = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!is_beaten[i]) list_[size_++] = list_[i];
  }
}

void match_templates(const ServiceRow& service, const RestRequest& request,
                     TemplateMatches& matches) {
  if (service.root == kNoNode) return;
  const TrieNode& root = kTables.nodes[service.root];
  const TrieNode* const dated = child_of_other_date(service, root, request.path);
  const TrieNode& node = dated != nullptr ? *dated : root;
  const auto all = dated != nullptr ? request.path.substr(kDatedSize) : request.path;
  const unsigned segment = dated != nullptr ? 1 : 0;
  const std::size_t before = matches.size();
  Walk(service, request, false, matches).visit(node, all, segment, 0);
  if (matches.size() != before || all.size() <= 1) return;
  const bool ends_in_slash = all.back() == '/';
  const auto path = ends_in_slash ? all.substr(0, all.size() - 1) : all;
  Walk(service, request, !ends_in_slash, matches).visit(node, path, segment, 0);
}

}  // namespace sallyport
