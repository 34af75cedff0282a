#include "policy/aws/resource/xml_body.h"

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>

#include <expat.h>

#include "policy/values/ascii.h"

namespace sallyport {
namespace {

/// Between a name's namespace and the name itself; no namespace can hold it.
constexpr char kSeparator = '\n';

/// What expat calls, one handler for each thing that it meets.
class Events {
 public:
  Events(XML_Parser parser, MemberFinder& finder) : parser_(parser), finder_(finder) {
    XML_SetUserData(parser, this);
    XML_SetElementHandler(parser, start_element, end_element);
    XML_SetCharacterDataHandler(parser, characters);
    XML_SetXmlDeclHandler(parser, declaration);
    XML_SetCommentHandler(parser, comment);
    XML_SetStartDoctypeDeclHandler(parser, document_type);
    XML_SetProcessingInstructionHandler(parser, instruction);
    finder_.open_element();
  }

  bool is_good() const { return is_good_; }

 private:
  static Events& of(void* self) { return *static_cast<Events*>(self); }

  static void start_element(void* self, const XML_Char* name, const XML_Char** attributes) {
    Events& events = of(self);
    if (events.is_good_) events.check(events.start(local(name), attributes));
  }
  static void end_element(void* self, const XML_Char*) {
    Events& events = of(self);
    if (events.is_good_) events.check(events.end());
  }
  static void characters(void* self, const XML_Char* text, int size) {
    of(self).add(std::string_view(text, static_cast<std::size_t>(size)));
  }
  static void declaration(void* self, const XML_Char* version, const XML_Char* encoding, int) {
    const bool is_utf8 = encoding == nullptr || equal_ignoring_case(encoding, "utf-8");
    of(self).check(is_utf8 && (version == nullptr || std::string_view(version) == "1.0"));
  }
  static void comment(void* self, const XML_Char*) {
    // Parsers differ in which parts of `a<!-- -->b` are the text.
    of(self).is_cut_ = true;
  }
  static void document_type(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    of(self).check(false);
  }
  static void instruction(void* self, const XML_Char*, const XML_Char*) { of(self).check(false); }

  static std::string_view local(std::string_view name) {
    return name.substr(name.rfind(kSeparator) + 1);  // npos + 1 is the beginning
  }

  bool start(std::string_view name, const XML_Char** attributes);
  bool end();
  void add(std::string_view text) {
    is_blank_ = is_blank_ && without_space_around(text).empty();
    if (is_wanted_) text_ += text;
  }
  void check(bool is_good) {
    if (is_good) return;
    is_good_ = false;
    XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  MemberFinder& finder_;
  bool is_good_ = true;
  std::size_t depth_ = 0;
  // Of the innermost element, as long as no other was inside it.
  std::string text_;
  bool is_leaf_ = false;
  bool is_wanted_ = false;
  bool is_blank_ = true;
  bool is_cut_ = false;  ///< by a comment
};

bool Events::start(std::string_view name, const XML_Char** attributes) {
  if (!is_blank_ || ++depth_ > kDepthMax) return false;  // text beside an element
  if (!finder_.element(name)) return false;
  text_.clear();
  is_leaf_ = true;
  is_wanted_ = finder_.wants_text();
  is_blank_ = true;
  is_cut_ = false;
  finder_.open_element();
  for (; *attributes != nullptr; attributes += 2) {
    finder_.attribute("@" + std::string(local(attributes[0])));
    if (!finder_.text(attributes[1])) return false;
  }
  return true;
}

bool Events::end() {
  if (!is_leaf_ && !is_blank_) return false;
  --depth_;
  finder_.close_element();
  const bool is_text = is_leaf_ && !is_blank_;
  is_leaf_ = false;
  const bool is_wanted = is_wanted_;
  is_wanted_ = false;
  is_blank_ = true;
  if (!is_text) return true;
  return !(is_wanted && is_cut_) && finder_.text(text_);
}

}  // namespace

bool read_xml(std::string_view body, MemberFinder& finder) {
  // Expat recognises UTF-16 whatever it is told; there each `<` has a NUL beside it.
  if (body.find('\0') != std::string_view::npos) return false;
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser(
      XML_ParserCreateNS("UTF-8", kSeparator), &XML_ParserFree);
  if (!parser) return false;
  const Events events(parser.get(), finder);
  const auto status = XML_Parse(parser.get(), body.data(), static_cast<int>(body.size()), XML_TRUE);
  return status == XML_STATUS_OK && events.is_good();
}

}  // namespace sallyport
