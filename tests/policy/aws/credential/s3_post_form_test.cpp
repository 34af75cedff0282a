#include "policy/aws/credential/s3_post_form.h"

#include <string>

#include <doctest/doctest.h>

namespace sallyport {
namespace {

std::string part(std::string_view head, std::string_view value) {
  return "--BB\r\n" + std::string(head) + "\r\n\r\n" + std::string(value) + "\r\n";
}

std::string field(std::string_view name, std::string_view value) {
  return part("Content-Disposition: form-data; name=\"" + std::string(name) + "\"", value);
}

std::string file(std::string_view filename = "photo.jpg") {
  return part("Content-Disposition: form-data; name=\"file\"; filename=\"" + std::string(filename) +
                  "\"\r\nContent-Type: image/jpeg",
              "DATA");
}

/// `<key=up/x><acl=private>`, or `not judgeable`.
std::string shown(std::string_view body) {
  const auto form = read_s3_post_form("multipart/form-data; boundary=BB", body);
  if (!form) return "not judgeable";
  std::string text;
  for (const Parameter& one : *form) {
    text += "<" + std::string(one.name) + "=" + std::string(one.value.value_or("")) + ">";
  }
  return text;
}

TEST_CASE("The fields in front of the file are the form") {
  CHECK(shown(field("key", "up/x") + field("acl", "private") + file() + "--BB--\r\n") ==
        "<key=up/x><acl=private>");
  CHECK(shown(field("Key", "up/x") + field("X-Amz-Meta-A", "1") + file()) ==
        "<key=up/x><x-amz-meta-a=1>");
  CHECK(shown(field("bucket", "other") + field("key", "a b+c%20") + file()) ==
        "<bucket=other><key=a b+c%20>");
  CHECK(shown(field("key", "\xc3\xa9") + file()) == "<key=\xc3\xa9>");
  CHECK(shown(field("key", "") + file()) == "<key=>");
  CHECK(shown(file()) == "");
  // S3 passes over what follows the file, and so do we: whatever it is, and whole or not.
  CHECK(shown(field("key", "up/x") + file() + field("key", "other") + "--BB--") == "<key=up/x>");
  CHECK(shown(field("key", "up/x") + file().substr(0, file().size() - 5)) == "<key=up/x>");
}

TEST_CASE("What clients other than browsers write is read as well") {
  // .NET
  CHECK(shown(part("Content-Type: text/plain; charset=utf-8\r\n"
                   "Content-Disposition: form-data; name=key",
                   "up/x") +
              part("Content-Disposition: form-data; name=file; filename=x; filename*=utf-8''x",
                   "DATA")) == "<key=up/x>");
  // Apache's HttpClient
  CHECK(shown(part("Content-Disposition: form-data; name=\"key\"\r\n"
                   "Content-Type: text/plain; charset=ISO-8859-1\r\n"
                   "Content-Transfer-Encoding: 8bit",
                   "up/x") +
              file()) == "<key=up/x>");
  // OkHttp
  CHECK(shown(part("Content-Disposition: form-data; name=\"key\"\r\nContent-Length: 4", "up/x") +
              file()) == "<key=up/x>");
}

TEST_CASE("The file's name is in the key where S3 puts it") {
  const auto key = [](std::string_view text, std::string_view filename) {
    return shown(field("key", text) + file(filename));
  };
  CHECK(key("up/${filename}", "photo.jpg") == "<key=up/photo.jpg>");
  CHECK(key("${filename}/${filename}", "a") == "<key=a/a>");
  CHECK(key("up/${filename}", "dir/photo.jpg") == "<key=up/photo.jpg>");
  CHECK(key("up/${filename}", "${filename}") == "<key=up/${filename}>");
  CHECK(key("up/${FILENAME}", "photo.jpg") == "<key=up/${FILENAME}>");
  CHECK(key("up/x", "") == "<key=up/x>");
  CHECK(key("up/${filename}", "") == "not judgeable");
  CHECK(key("up/${filename}", "dir/") == "not judgeable");
  CHECK(key("up/${filename}", "a%2Fb") == "not judgeable");
  CHECK(key("up/${filename}", "a\\b") == "not judgeable");
  const std::string no_name = part("Content-Disposition: form-data; name=\"file\"", "DATA");
  CHECK(shown(field("key", "up/x") + no_name) == "<key=up/x>");
  CHECK(shown(field("key", "up/${filename}") + no_name) == "not judgeable");
  const std::string two_names =
      part("Content-Disposition: form-data; name=file; filename=a; filename*=utf-8''b", "DATA");
  CHECK(shown(field("key", "up/${filename}") + two_names) == "not judgeable");
}

TEST_CASE("A form that S3 may read otherwise is not judgeable") {
  const std::string rows[] = {
      "",
      "--BB--\r\n",
      field("key", "up/x"),                            // no file, or not yet
      field("key", "up/x") + "--BB--\r\n",             //
      field("key", "a") + field("key", "b") + file(),  // a name twice
      field("key", "a") + field("KEY", "b") + file(),  // in whatever case
      field("File", "x") + file(),                     // is it the file?
      field("FILE", "x"),                              //
      part("Content-Disposition: form-data; name=\"key\"; filename=\"x\"", "up/x") + file(),
      part("Content-Type: text/plain; charset=utf-7\r\n"
           "Content-Disposition: form-data; name=\"key\"",
           "up/x") +
          file(),
      part("Content-Type: text/plain; charset=iso-8859-1\r\n"
           "Content-Disposition: form-data; name=\"key\"",
           "\xe9") +
          file(),
      field("key", std::string("a\0b", 3)) + file(),
      field("key", std::string(20 * 1024, 'a')) + file(),  // more fields than S3 takes
      field("key", "a") + "--BB\r\nContent-Disposition: form-data; name=\"file\"",  // cut
      "\r\n" + field("key", "up/x") + file(),
  };
  for (const std::string& row : rows) {
    CAPTURE(row.substr(0, 200));
    CHECK(shown(row) == "not judgeable");
  }
  const std::string whole = field("key", "up/x") + file() + "--BB--\r\n";
  CHECK_FALSE(read_s3_post_form("application/x-www-form-urlencoded", whole));
  CHECK_FALSE(read_s3_post_form("multipart/form-data; boundary=CC", whole));
  CHECK_FALSE(read_s3_post_form("multipart/form-data; boundary=B", whole));
}

}  // namespace
}  // namespace sallyport
