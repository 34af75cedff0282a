#include "policy/aws/resource/json_body.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/json/basic_parser_impl.hpp>

namespace sallyport {
namespace {

namespace json = boost::json;

/// What Boost.JSON's parser calls; the names and signatures are its own.
class Events {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  explicit Events(MemberFinder& finder) : finder_(finder) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& error) { return check(finder_.open_map(), error); }
  bool on_object_end(std::size_t, json::error_code& error) {
    return check(finder_.close_map(), error);
  }
  bool on_array_begin(json::error_code& error) { return check(finder_.open_list(), error); }
  bool on_array_end(std::size_t, json::error_code&) {
    finder_.close_list();
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    return check(finder_.key(whole(part)), error);
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    if (finder_.wants_text()) text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    return check(finder_.text(whole(part)), error);
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& error) { return scalar(error); }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& error) {
    return scalar(error);
  }
  bool on_double(double, json::string_view, json::error_code& error) { return scalar(error); }
  bool on_bool(bool, json::error_code& error) { return scalar(error); }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  static bool check(bool is_good, json::error_code& error) {
    if (!is_good) error = json::error::syntax;
    return is_good;
  }
  bool scalar(json::error_code& error) { return check(finder_.scalar(), error); }

  /// The text of which `part` is the last; good until the next one begins.
  std::string_view whole(json::string_view part) {
    const std::string_view last(part.data(), part.size());
    if (text_.empty()) return last;  // most come in one part
    text_ += last;
    whole_.swap(text_);
    text_.clear();
    return whole_;
  }

  MemberFinder& finder_;
  std::string text_;
  std::string whole_;
};

}  // namespace

bool read_json(std::string_view body, MemberFinder& finder) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::basic_parser<Events> parser(options, finder);
  json::error_code error;
  const std::size_t size = parser.write_some(false, body.data(), body.size(), error);
  return !error && parser.done() && size == body.size();
}

}  // namespace sallyport
