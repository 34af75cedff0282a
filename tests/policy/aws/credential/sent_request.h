// Requests as the tests of credentials write them: URL and field lines, with access key ids as
// PREFIX~TAIL (tests/data/aws: whole ones would wake secret scanners). Used by tests and fuzz
// targets of policy/aws/credential alone.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/aws/credential/credentials.h"
#include "policy/aws/endpoint.h"
#include "policy/aws/parameters.h"
#include "policy/aws/request_view.h"

namespace sallyport::test {

/// The text without the `~` of access key ids.
inline std::string joined(std::string_view text) {
  std::string whole(text);
  std::erase(whole, '~');
  return whole;
}

/// The text with `{own}` and `{foreign}` for access key ids of 123456789012 and 111122223333,
/// `{scope}` for what stands behind one in a header, `{hex}` for a signature, `{sigv4}` for the
/// value of an Authorization and `{presigned}` for a query that the own key signed; `{own-token}`
/// and
/// `{foreign-token}` are session tokens of those accounts, made as FACTS section 1.5 says.
inline std::string filled(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kBlanks[] = {
      {"{sigv4}",
       "AWS4-HMAC-SHA256 Credential={own}{scope}, SignedHeaders=host;x-amz-date, Signature={hex}"},
      {"{presigned}",
       "X-Amz-Algorithm=AWS4-HMAC-SHA256&{credential}{times}&X-Amz-SignedHeaders=host"
       "&X-Amz-Signature={hex}"},
      {"{credential}", "X-Amz-Credential={own}%2F20261123%2Fus-east-1%2Fs3%2Faws4_request"},
      {"{times}", "&X-Amz-Date=20261123T093823Z&X-Amz-Expires=3600"},
      {"{own}", "AKIA~RZPUZDIKAAAAAAAA"},
      {"{foreign}", "AKIA~RTX3GSDSQAAAAAAA"},
      {"{own-token}", "IQoJb3JpZ2luX2VjKhYIMBABGgwxMjM0NTY3ODkwMTIiAml2"},
      {"{foreign-token}", "IQoJb3JpZ2luX2VjKhYIMBABGgwxMTExMjIyMjMzMzMiAml2"},
      {"{scope}", "/20261123/us-east-1/s3/aws4_request"},
      {"{hex}", "1fc342cc04af6a285b0aa97637f0e963498b28e911ee2654e6fe5303d22dbece"}};
  std::string whole(text);
  for (const auto& [blank, value] : kBlanks) {
    for (auto at = whole.find(blank); at != std::string::npos; at = whole.find(blank)) {
      whole.replace(at, blank.size(), value);
    }
  }
  return joined(whole);
}

using FieldLines = std::vector<std::pair<std::string, std::string>>;

/// `Name: value` lines, with a line feed between them, as a head has them.
inline FieldLines field_lines(std::string_view text) {
  FieldLines lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(": ");
    lines.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return lines;
}

/// A request to an AWS endpoint. Owns its text; the view points into it.
class SentRequest {
 public:
  /// `url`: `https://HOST/PATH?QUERY`.
  SentRequest(std::string_view method, std::string_view url, const FieldLines& fields = {})
      : method_(method), target_(filled(url.substr(url.find('/', 8)))) {
    host_ = Host::parse(url.substr(8, url.find('/', 8) - 8));
    for (const auto& [name, value] : fields) lines_.emplace_back(name, filled(value));
    for (const auto& [name, value] : lines_) fields_.push_back({name, value});
  }
  SentRequest(const SentRequest&) = delete;
  SentRequest& operator=(const SentRequest&) = delete;

  AwsRequestView view() const {
    AwsRequestView view;
    if (host_) view.host = aws_host(*host_).value_or(AwsHost{});
    view.method = method_;
    const std::string_view target = target_;
    view.path = target.substr(0, target.find('?'));
    if (view.path.size() < target.size()) view.query = target.substr(view.path.size() + 1);
    view.fields = fields_;
    return view;
  }

  /// What the head shows, and where there is one, the form.
  CredentialReading credentials(const Parameters* form = nullptr) const {
    const AwsRequestView request = view();
    const auto query = Parameters::read(request.query.value_or(""), Parameters::Kind::query);
    return read_credentials(request, query ? &*query : nullptr, form);
  }

 private:
  std::string method_;
  std::string target_;
  std::optional<Host> host_;
  FieldLines lines_;
  std::vector<HeaderField> fields_;
};

/// `AKIA...UIES`; ids stand in no test as a whole.
inline std::string shortened_key_id(std::string_view id) {
  const std::string begin(id.substr(0, 4));
  return begin + "..." + std::string(id.size() < 16 ? "" : id.substr(id.size() - 4));
}

/// `sigv4 AKIA...AAAA 123456789012 us-east-1/s3`, each as far as it is shown; `none`; `unknown`; of
/// several `several`. Behind it the contradiction, in brackets.
inline std::string shown(const CredentialReading& reading) {
  std::string text = "none";
  if (reading.found.size() > 1) text = "several";
  if (reading.found.size() == 1) {
    const Credential& one = reading.found.front();
    text = sallyport::text(one.kind);
    if (!one.access_key_id.empty()) text += " " + shortened_key_id(one.access_key_id);
    if (!one.account.empty()) text += " " + one.account;
    if (!one.service.empty()) text += " " + one.region + "/" + one.service;
    if (!one.token_account.empty()) text += " token " + one.token_account;
  }
  if (reading.contradiction) {
    text += " [" + std::string(sallyport::text(*reading.contradiction)) + "]";
  }
  return text;
}

}  // namespace sallyport::test
