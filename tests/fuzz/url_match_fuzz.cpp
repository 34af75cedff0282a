// The `urls` condition of allow and deny rules, which matches a request target in place, against
// a slow reading that decodes it first (plain_url.h): the same patterns are patterns, and all of
// them together, as well as each by itself, say the same. Besides, what an allow takes a deny of
// the same patterns takes, and a verdict changes neither with the encoding of letters nor, where no
// pattern looks at the query, with a query (THREATS.md E1).
//
// The first line is `s`, a space and a host, with another letter for http; the second a request
// target; each line behind them a URL pattern of the rule.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/url_pattern.h"
#include "tests/fuzz/plain_url.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::PlainTarget;
using fuzz::PlainUrl;
using fuzz::require;

namespace {

/// Who is spoken to.
struct Origin {
  Scheme scheme;
  Host host;
};

struct Answers {
  bool allows = false;
  bool denies = false;

  friend bool operator==(const Answers&, const Answers&) = default;
};

/// The same patterns twice.
struct Rule {
  std::vector<UrlPattern> urls;
  std::vector<PlainUrl> plain;
};

std::string take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

Answers ask(std::span<const UrlPattern> urls, const Origin& origin, std::string_view target) {
  const Answers answers{.allows = urls_allow(urls, origin.scheme, origin.host, target),
                        .denies = urls_deny(urls, origin.scheme, origin.host, target)};
  require(!answers.allows || answers.denies, "what an allow takes a deny takes");
  return answers;
}

bool allows_slowly(std::span<const PlainUrl> urls, const Origin& origin,
                   const PlainTarget& target) {
  std::vector<const PlainUrl*> of_host;
  for (const PlainUrl& url : urls) {
    if (url.fits(origin.scheme, origin.host, false)) of_host.push_back(&url);
  }
  const auto some = [&of_host](auto holds) {
    return std::any_of(of_host.begin(), of_host.end(), holds);
  };
  if (target.has_nul) return false;
  const bool looks_at_path = some([](const PlainUrl* url) { return url->looks_at_path(); });
  if (looks_at_path && target.is_path_ambiguous()) return false;
  const auto takes = [&](const fuzz::Texts& reading) {
    return some([&](const PlainUrl* url) {
      return url->takes_path(reading) && url->takes_query_once(target);
    });
  };
  return takes(target.segments(false, false)) && takes(target.segments(true, false));
}

Answers ask_slowly(std::span<const PlainUrl> urls, const Origin& origin,
                   const PlainTarget& target) {
  const auto denies = [&](const PlainUrl& url) {
    return url.fits(origin.scheme, origin.host, true) && url.denies(target);
  };
  return {.allows = allows_slowly(urls, origin, target),
          .denies = std::any_of(urls.begin(), urls.end(), denies)};
}

/// The target with every `step`th unreserved byte of its path percent-encoded (RFC 3986 2.3).
std::string encoded(const std::string& target, std::size_t step, const char* digits) {
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = target.substr(path.size());
  std::string text;
  std::size_t count = 0;
  std::size_t at = 0;
  for (const fuzz::PlainByte& each : fuzz::decode(path)) {
    const std::size_t length = each.is_encoded ? 3 : 1;
    const auto byte = static_cast<unsigned char>(each.byte);
    const bool is_unreserved = byte < 0x80 && (std::isalnum(byte) != 0 || byte == '-' ||
                                               byte == '.' || byte == '_' || byte == '~');
    if (!each.is_encoded && is_unreserved && ++count % step == 0) {
      text += {'%', digits[byte / 16], digits[byte % 16]};
    } else {
      text += path.substr(at, length);
    }
    at += length;
  }
  return text + query;
}

void check_encodings(const Rule& rule, const Origin& origin, const std::string& target,
                     const Answers& answers) {
  for (std::size_t step = 1; step <= 3; ++step) {
    for (const char* digits : {"0123456789ABCDEF", "0123456789abcdef"}) {
      require(ask(rule.urls, origin, encoded(target, step, digits)) == answers,
              "an encoded letter changes nothing");
    }
  }
}

void check_added_query(const Rule& rule, const Origin& origin, const std::string& target) {
  std::vector<UrlPattern> urls;
  std::copy_if(rule.urls.begin(), rule.urls.end(), std::back_inserter(urls),
               [](const UrlPattern& url) { return !url.looks_at_query(); });
  const std::string added =
      target + (target.find('?') == std::string::npos ? '?' : '&') + "k=v;../%2e\\%zz?/";
  require(ask(urls, origin, added) == ask(urls, origin, target),
          "a query changes nothing where none is looked at");
}

void check_each(const Rule& rule, const Origin& origin, const std::string& target,
                const PlainTarget& plain) {
  for (std::size_t i = 0; i < rule.urls.size(); ++i) {
    require(
        ask({&rule.urls[i], 1}, origin, target) == ask_slowly({&rule.plain[i], 1}, origin, plain),
        "a pattern by itself says the same");
  }
}

/// Reads a pattern both ways.
void add(const std::string& text, Rule& rule) {
  std::string error;
  auto url = UrlPattern::parse(text, error);
  require(url.has_value() == error.empty(), "a pattern or an error");
  auto plain = PlainUrl::read(text);
  require(url.has_value() == plain.has_value(), "both read it or neither does");
  if (!url) return;
  require(url->text() == text && url->scheme() == plain->scheme, "as it was written");
  require(url->looks_at_path() == plain->looks_at_path(), "both look at the path or neither");
  require(url->looks_at_query() == !plain->query.empty(), "both look at the query or neither");
  rule.urls.push_back(std::move(*url));
  rule.plain.push_back(std::move(*plain));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string first = take_line(rest);
  const std::string target = take_line(rest);
  const auto host =
      Host::parse(std::string_view(first).substr(std::min<std::size_t>(first.size(), 2)));
  if (!host) return 0;
  const Origin origin{.scheme = first.front() == 's' ? Scheme::https : Scheme::http, .host = *host};
  Rule rule;
  while (!rest.empty()) add(take_line(rest), rule);

  const Answers answers = ask(rule.urls, origin, target);
  if (!target.starts_with('/') && target != "*") return 0;  // none that a request has
  const PlainTarget plain(target);
  require(answers == ask_slowly(rule.plain, origin, plain), "all patterns together say the same");
  check_each(rule, origin, target, plain);
  check_encodings(rule, origin, target, answers);
  if (target != "*") check_added_query(rule, origin, target);
  return 0;
}
