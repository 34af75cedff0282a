#include "proxy/http/block_page.h"

#include "proxy/http/markup.h"
#include "proxy/http/reason_words.h"

namespace sallyport {
namespace {

// Rule names are 64 bytes at most (DESIGN.md, Policy file).
constexpr std::size_t kRuleBytesMax = 64;

// Of a page and of JSON, where each byte may become six.
constexpr std::size_t kHintBytesMax = 300;

// A change of one byte here changes the hash in the policy below; the test computes it.
constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--text:#1c2430;--quiet:#566172;"
    "--line:#d9dee6;--mark:#b42318}"
    "@media(prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b212a;--text:#e7ebf1;"
    "--quiet:#9fabbd;--line:#323b48;--mark:#ff8a7a}}"
    "*{box-sizing:border-box}"
    "body{margin:0;padding:12vh 1rem 2rem;background:var(--page);color:var(--text);"
    "font:1rem/1.55 system-ui,sans-serif}"
    "main{max-width:38rem;margin:auto;padding:1.75rem;background:var(--card);"
    "border:1px solid var(--line);border-top:4px solid var(--mark);border-radius:6px;"
    "overflow-wrap:anywhere}"
    "h1{margin:0;font-size:.95rem;color:var(--mark)}"
    "h2{margin:.3rem 0 1rem;font-size:1.5rem;line-height:1.25}"
    "p{margin:0 0 1.25rem}"
    "dl{margin:0;padding-top:1.25rem;border-top:1px solid var(--line)}"
    "dt{color:var(--quiet);font-size:.85rem}"
    "dd{margin:0 0 .9rem}"
    "dd:last-child{margin:0}"
    "code{font:.95em ui-monospace,monospace}";

std::string_view title_of(Reason reason) {
  return is_block(reason) ? "Blocked by sallyport" : "Not reached through sallyport";
}

std::string text_of(const Refusal& refusal) {
  std::string body;
  body.reserve(512 + refusal.contact.size());
  body += title_of(refusal.reason);
  if (refusal.target != nullptr) {
    body += ": ";
    refusal.target->append_to(body);
  }
  body += "\nReason: ";
  body += text(refusal.reason);
  body += ". ";
  body += words(refusal.reason).sentence;
  body += '\n';
  if (!refusal.rule.empty()) {
    body += "Rule: ";
    body += cut_text(refusal.rule, kRuleBytesMax);
    body += '\n';
  }
  constexpr std::string_view kHint = "Hint: ";
  if (!refusal.hint.empty() && body.size() + kHint.size() + 1 < kRefusalBodyBytesMax) {
    const std::size_t room = kRefusalBodyBytesMax - body.size() - kHint.size() - 1;
    body += kHint;
    body += cut_text(refusal.hint, room);
    body += '\n';
  }
  if (!refusal.contact.empty()) {
    body += "Contact: ";
    body += refusal.contact;
    body += '\n';
  }
  return body;
}

void append_entry(std::string& page, std::string_view term, std::string_view told, bool is_code) {
  if (told.empty()) return;
  page += "<dt>";
  page += term;
  page += is_code ? "</dt><dd><code>" : "</dt><dd>";
  append_escaped(page, told);
  page += is_code ? "</code></dd>" : "</dd>";
}

std::string html_of(const Refusal& refusal) {
  const std::string_view title = title_of(refusal.reason);
  std::string page;
  page.reserve(3072);
  page +=
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  page += title;
  if (refusal.target != nullptr) {
    page += ": ";
    append_escaped(page, refusal.target->host.text());
  }
  page += "</title><style>";
  page += kStyle;
  page += "</style></head><body><main><h1>";
  page += title;
  page += "</h1>";
  if (refusal.target != nullptr) {
    page += "<h2>";
    append_escaped(page, refusal.target->host.text());
    page += "</h2>";
  }
  page += "<p>";
  append_escaped(page, words(refusal.reason).sentence);
  page += "</p><dl>";
  append_entry(page, "Reason", text(refusal.reason), true);
  append_entry(page, "Rule", cut_text(refusal.rule, kRuleBytesMax), true);
  append_entry(page, "What to do", cut_text(refusal.hint, kHintBytesMax), false);
  append_entry(page, "Whom to ask", refusal.contact, false);
  page += "</dl></main></body></html>\n";
  return page;
}

void append_member(std::string& json, std::string_view key, std::string_view told) {
  if (told.empty()) return;
  json += json.empty() ? "{\"" : ",\"";
  json += key;
  json += "\":";
  append_json_string(json, told);
}

std::string json_of(const Refusal& refusal) {
  std::string json;
  json.reserve(512);
  append_member(json, "error", title_of(refusal.reason));
  append_member(json, "reason", text(refusal.reason));
  append_member(json, "rule", cut_text(refusal.rule, kRuleBytesMax));
  if (refusal.target != nullptr) append_member(json, "host", refusal.target->host.text());
  append_member(json, "sentence", words(refusal.reason).sentence);
  append_member(json, "hint", cut_text(refusal.hint, kHintBytesMax));
  append_member(json, "contact", refusal.contact);
  json += "}\n";
  return json;
}

}  // namespace

const std::string_view kBlockPageSecurityPolicy =
    "default-src 'none'; style-src 'sha256-PHttWlHdehf7+VXQAhxCm4XjKyT2hAdyLDOE1s2wYrw='; "
    "base-uri 'none'; form-action 'none'";

bool is_block(Reason reason) {
  const ReasonClass reason_class = info(reason).reason_class;
  return reason_class != ReasonClass::fault && reason_class != ReasonClass::session;
}

std::string block_page(const Refusal& refusal) {
  switch (refusal.format) {
    case ReplyFormat::html:
      return html_of(refusal);
    case ReplyFormat::json:
      return json_of(refusal);
    default:  // text; of AWS's aws_refusal.h has whole answers
      break;
  }
  return text_of(refusal);
}

std::string_view content_type(ReplyFormat format) {
  switch (format) {
    case ReplyFormat::html:
      return "text/html; charset=utf-8";
    case ReplyFormat::json:
      return "application/json";
    default:  // text; of AWS's aws_refusal.h has whole answers
      break;
  }
  return "text/plain; charset=utf-8";
}

}  // namespace sallyport
