#include "policy/loader/rule_request_yaml.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/loader/pattern_cover.h"
#include "policy/loader/value_text.h"
#include "policy/quoted.h"
#include "policy/values/ascii.h"

namespace sallyport {
namespace {

constexpr std::uint64_t kTransferBytesMax = std::uint64_t{1} << 50;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
std::optional<std::string> parse_method(std::string_view text, std::string& error) {
  const auto is_part = [](char c) { return is_upper(c) || is_digit(c) || c == '-' || c == '_'; };
  if (text == "CONNECT") {
    error = "a CONNECT is no request that `methods` could look at; `hosts` and `ports` judge it";
  } else if (text == "*") {
    error = "'*' is no method; take `methods` out for any";
  } else if (text.empty() || !is_upper(text.front()) ||
             !std::all_of(text.begin(), text.end(), is_part)) {
    error = quoted(text) + " is no method; write it in upper case, as GET or PROPFIND";
  } else {
    return std::string(text);
  }
  return std::nullopt;
}

/// A token of RFC 9110 section 5.6.2, without `*`, which people mean as a wildcard.
bool is_type_part(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_upper(c) || is_lower(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

/// `type/subtype`, in lower case.
std::optional<std::string> parse_content_type(std::string_view text, std::string& error) {
  const auto slash = text.find('/');
  if (text.find('*') != std::string_view::npos) {
    error = quoted(text) + " is no type; list each, as [image/png, image/jpeg]";
  } else if (text.find(';') != std::string_view::npos) {
    error = "a type stands here without parameters; write " +
            quoted(text.substr(0, text.find_first_of("; ")));
  } else if (slash == std::string_view::npos || !is_type_part(text.substr(0, slash)) ||
             !is_type_part(text.substr(slash + 1))) {
    error = quoted(text) + " is no type; write it as text/html";
  } else {
    std::string type(text);
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return type;
  }
  return std::nullopt;
}

/// Reads the keys of one rule.
class RequestKeys {
 public:
  RequestKeys(const Fields& fields, const RuleSource& source, PatternBudget& budget,
              Diagnostics& diagnostics, Rule& rule)
      : fields_(fields), source_(source), budget_(budget), diagnostics_(diagnostics), rule_(rule) {}

  void read() {
    rule_.methods = fields_.list("methods", parse_method);
    read_urls();
    if (rule_.is_allow()) read_grants();  // on a deny each was told
  }

 private:
  void read_grants() {
    rule_.content_types = fields_.list("content_types", parse_content_type);
    rule_.takes_websocket = fields_.flag("websocket").value_or(false);
    const auto limits = fields_.below("limits", Block::rule_limits);
    if (!limits) return;
    // Zero might be meant as none or as no limit.
    const auto parse = [](std::string_view text, std::string& error) {
      return parse_size(text, 1, kTransferBytesMax, error);
    };
    rule_.upload_max = limits->parsed("upload_bytes", parse);
    rule_.download_max = limits->parsed("download_bytes", parse);
  }

  void read_urls() {
    const YamlNode* node = fields_.find("urls");
    if (node == nullptr) return;
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar() || diagnostics_.is_full() || budget_.is_exceeded()) continue;
      std::string error;
      auto url = UrlPattern::parse(item.text, error);
      if (!url) {
        diagnostics_.error(item.mark, std::move(error));
      } else if (budget_.take(url->host(), item.mark)) {
        refuse_impossible(*url, item.mark);
        rule_.urls.push_back(std::move(*url));
      }
    }
  }

  void refuse_impossible(const UrlPattern& url, Mark mark) {
    const std::string scheme(text(url.scheme()));
    if (!rule_.schemes_meant().holds(url.scheme())) {
      diagnostics_.error(mark, quoted(url.text()) + " could never match: the rule has no " +
                                   scheme + "; write `schemes: [" + scheme +
                                   "]`, or take the URL out");
      return;
    }
    // Hosts that are not right were told.
    if (hosts_are_unknown() || meets_a_host(url.host(), mark)) return;
    diagnostics_.error(mark, quoted(url.text()) + " could never match: no host of the rule is " +
                                 quoted(url.host().text) +
                                 "; add it to `hosts`, or take the URL "
                                 "out");
  }

  bool hosts_are_unknown() const {
    return std::any_of(source_.hosts.begin(), source_.hosts.end(),
                       [](const HostItem& item) { return item.patterns.empty(); }) ||
           source_.hosts.empty();
  }

  /// Some host that the rule names, and does not except, may be one of the URL's.
  bool meets_a_host(const HostPattern& of_url, Mark mark) {
    const auto host = host_of(of_url);
    const auto is_excepted = [&](const HostPattern& except) {
      return host ? except.matches(*host, rule_.is_allow()) : covers(except, of_url);
    };
    const auto meets = [&](const HostPattern& pattern) {
      // What wildcards take depends on the side (SEMANTICS.md section 6, Names).
      if (host) return pattern.matches(*host, !rule_.is_allow() || !rule_.enforces());
      if (const auto named = host_of(pattern)) return of_url.matches(*named, !rule_.is_allow());
      return may_overlap(of_url, pattern);
    };
    const auto may_look = [&](const HostItem& item) {
      return budget_.take_pairs(item.patterns.size(), mark);
    };
    return !some_pattern(source_.except_hosts, may_look, is_excepted) &&
           some_pattern(source_.hosts, may_look, meets);
  }

  const Fields& fields_;
  const RuleSource& source_;
  PatternBudget& budget_;
  Diagnostics& diagnostics_;
  Rule& rule_;
};

}  // namespace

void read_request_keys(const Fields& fields, const RuleSource& source, PatternBudget& budget,
                       Diagnostics& diagnostics, Rule& rule) {
  RequestKeys(fields, source, budget, diagnostics, rule).read();
}

}  // namespace sallyport
