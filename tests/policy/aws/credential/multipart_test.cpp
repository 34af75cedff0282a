#include "policy/aws/credential/multipart.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string boundary_of(std::string_view content_type) {
  return std::string(multipart_boundary(content_type).value_or("none"));
}

TEST_CASE("A form's Content-Type has one boundary") {
  CHECK(boundary_of("multipart/form-data; boundary=BB") == "BB");
  CHECK(boundary_of("Multipart/Form-Data;Boundary=----WebKitFormBoundaryAbC") ==
        "----WebKitFormBoundaryAbC");
  CHECK(boundary_of("multipart/form-data; boundary=\"a b\"") == "none");
  CHECK(boundary_of("multipart/form-data; boundary=\"8e5:a=b\"") == "8e5:a=b");
  CHECK(boundary_of("multipart/form-data; charset=utf-8; boundary=BB ") == "BB");
  for (const std::string_view type :
       {"", "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=BB",
        "multipart/mixed; boundary=BB", "multipart/form-data; boundary=BB; boundary=CC",
        "multipart/form-data; boundary=BB; BOUNDARY=CC", "multipart/form-data, boundary=BB",
        "multipart/form-data; boundary=\"BB", "multipart/form-data; boundary=B\"B\"",
        "multipart/form-data; boundary=\"B\\B\"", "multipart/form-data; boundary=BB;",
        "multipart/form-data; boundary =BB", "multipart/form-data; boundary= BB",
        "multipart/form-data; boundary=B B", "multipart/form-data; x=\"a; boundary=BB"}) {
    CAPTURE(type);
    CHECK(boundary_of(type) == "none");
  }
  CHECK(boundary_of("multipart/form-data; boundary=" + std::string(70, 'a')) ==
        std::string(70, 'a'));
  CHECK(boundary_of("multipart/form-data; boundary=" + std::string(71, 'a')) == "none");
}

/// `name=value` of each part in its brackets, `broken` where it ends otherwise than with the last.
std::string parts_of(std::string_view body) {
  MultipartReader reader(body, "BB");
  std::string text;
  while (const auto head = reader.next_head()) {
    const auto value = reader.value(*head);
    if (!value) return text + "broken";
    text += "<" + std::string(head->name) + "=" + std::string(*value) + ">";
  }
  return text.empty() ? "broken" : text;
}

std::string part(std::string_view head, std::string_view value) {
  return "--BB\r\n" + std::string(head) + "\r\n\r\n" + std::string(value) + "\r\n";
}

const std::string kName = "Content-Disposition: form-data; name=\"a\"";

TEST_CASE("Parts are what stands between boundary lines") {
  CHECK(parts_of(part(kName, "1") + part(kName, "2") + "--BB--\r\n") == "<a=1><a=2>");
  CHECK(parts_of(part(kName, "") + "--BB--") == "<a=>");
  CHECK(parts_of(part(kName, "x\r\ny\nz\r") + "--BB--") == "<a=x\r\ny\nz\r>");
  CHECK(parts_of(part("content-disposition:form-data;name=a", "1") + "--BB--") == "<a=1>");
  CHECK(parts_of(part("Content-Type: text/plain; charset=UTF-8\r\n" + kName, "1") + "--BB--") ==
        "<a=1>");
  CHECK(parts_of(part(kName + "\r\nContent-Transfer-Encoding: 8bit\r\nContent-Length: 3", "abc") +
                 "--BB--") == "<a=abc>");
}

TEST_CASE("A part that some readers would take apart otherwise is broken") {
  const std::string rows[] = {
      "",
      "--BB",
      "--BB\r\n",
      "\r\n" + part(kName, "1") + "--BB--",              // a preamble
      "x\r\n" + part(kName, "1") + "--BB--",             //
      part(kName, "1"),                                  // no boundary at the end
      part(kName, "1\n--BB") + "--BB--",                 // a boundary behind LF alone
      part(kName, "1--BB") + "--BB--",                   // in the middle of a line
      part(kName, "BB") + "--BB--",                      // its name alone
      "--BB \r\n" + kName + "\r\n\r\n1\r\n--BB--",       // padding behind it
      "--BB\n" + kName + "\n\n1\n--BB--",                // LF alone
      part(kName + "\nx: y", "1") + "--BB--",            // LF within the head
      part(kName + "\rx", "1") + "--BB--",               // CR within the head
      part(kName + "\r\n continued", "1") + "--BB--",    // a folded line
      part(kName + "\r\n" + kName, "1") + "--BB--",      // two of them
      part("Content-Type: text/plain", "1") + "--BB--",  // none
      part(kName + "\r\nX-Else: y", "1") + "--BB--",     // a field that may matter
      part(kName + "\r\nContent-Transfer-Encoding: base64", "MQ==") + "--BB--",
      part(kName + "\r\nContent-Transfer-Encoding: quoted-printable", "=31") + "--BB--",
      part(kName + "\r\nContent-Length: 2", "1") + "--BB--",
      part(kName + "\r\nContent-Length: 01", "1") + "--BB--",
      part(kName + "\r\nContent-Type : text/plain", "1") + "--BB--",
      part("Content-Disposition: attachment; name=\"a\"", "1") + "--BB--",
      part("Content-Disposition: form-data", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"\"", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"a\"; name=\"b\"", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"a\\\"b\"", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"a%22b\"", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"a", "1") + "--BB--",
      part("Content-Disposition: form-data; name*=utf-8''a", "1") + "--BB--",
      part("Content-Disposition: form-data; name=\"a\" filename=\"b\"", "1") + "--BB--",
  };
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK(parts_of(row) == "broken");
  }
  // What follows the last part that can be read is not read.
  CHECK(parts_of(part(kName, "1") + "--BBx\r\n") == "<a=1>");
}

TEST_CASE("A part says how its value is to be read") {
  using Value = PartHead::Value;
  const auto value_of = [](std::string_view lines) {
    const std::string body = part(std::string(lines) + kName, "1");
    return MultipartReader(body, "BB").next_head()->value;
  };
  CHECK(value_of("") == Value::utf8);
  CHECK(value_of("Content-Type: text/plain\r\n") == Value::utf8);
  CHECK(value_of("Content-Type: text/plain; charset=\"utf-8\"\r\n") == Value::utf8);
  CHECK(value_of("Content-Type: text/plain; charset=ISO-8859-1\r\n") == Value::ascii);
  CHECK(value_of("Content-Type: text/plain; charset=ibm037\r\n") == Value::file);
  CHECK(value_of("Content-Type: text/html\r\n") == Value::file);
  CHECK(value_of("Content-Type: multipart/mixed; boundary=x\r\n") == Value::file);
}

}  // namespace
}  // namespace sallyport
