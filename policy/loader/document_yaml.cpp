#include "policy/loader/document_yaml.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "policy/loader/syntax_error.h"
#include "policy/loader/text_check.h"

namespace sallyport {
namespace {

Mark mark_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

YamlNode node_of(YamlNode::Kind kind, const YAML::Mark& mark) {
  YamlNode node;
  node.kind = kind;
  node.mark = mark_of(mark);
  return node;
}

std::string too_many_values() {
  return "more than " + std::to_string(kYamlNodesMax) +
         " values; a policy is far smaller (long lists of hosts stand in a `file` of `host_sets`)";
}

/// Thrown through yaml-cpp to end a document that is beyond reading; the error is already told.
struct Unreadable {};

/// The quoted scalar at the front of the text has its closing quote.
bool is_closed(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || text.substr(i + 1, 1) != "'") return true;
      ++i;  // '' stands for one quote
    }
  }
  return false;
}

/// Builds the tree from yaml-cpp's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  /// `text`: what the events come from.
  TreeBuilder(std::string_view text, Diagnostics& diagnostics)
      : text_(text), diagnostics_(diagnostics) {}

  std::optional<YamlNode> take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_properties(mark, "?", anchor);
    add(node_of(YamlNode::Kind::null, mark));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    diagnostics_.error(mark_of(mark), "YAML aliases are not read; write the value out");
    YamlNode node = node_of(YamlNode::Kind::null, mark);
    node.is_refused = true;
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_properties(mark, tag, anchor);
    YamlNode node = node_of(YamlNode::Kind::scalar, mark);
    node.text = value;
    check_scalar(node, mark);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(YamlNode::Kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// What yaml-cpp takes and we do not: a quote that is never closed, control characters by
  /// escapes.
  void check_scalar(YamlNode& node, const YAML::Mark& mark) {
    const auto position = static_cast<std::size_t>(std::max(mark.pos, 0));
    const std::string_view source = text_.substr(std::min(position, text_.size()));
    const char first = source.empty() ? '\0' : source.front();
    node.is_quoted = first == '"' || first == '\'' || first == '|' || first == '>';
    if ((first == '"' || first == '\'') && !is_closed(source)) {
      diagnostics_.error(node.mark, "not YAML: the quote that begins here is not closed");
      throw Unreadable{};
    }
    const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; };
    if (std::any_of(node.text.begin(), node.text.end(), is_control)) {
      diagnostics_.error(node.mark, "a control character in this text; take it out");
      node.is_refused = true;
    }
  }

  /// A collection whose end has not come yet.
  struct Open {
    YamlNode node;
    std::optional<YamlEntry> entry;              ///< of a mapping: the key whose value comes next
    std::map<std::string, std::uint32_t> lines;  ///< where each of its keys stands
    bool is_dropped = false;                     ///< that key was refused; so is its value
  };

  void check_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      diagnostics_.error(mark_of(mark), "YAML anchors are not read; write the value out");
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      diagnostics_.error(mark_of(mark), "YAML tags are not read; leave '" + tag + "' out");
    }
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    check_properties(mark, tag, anchor);
    if (open_.size() == kYamlDepthMax) {
      diagnostics_.error(mark_of(mark), "nested more than 32 levels deep; a policy is flatter");
      throw Unreadable{};
    }
    Open& opened = open_.emplace_back();
    opened.node = node_of(kind, mark);
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (++nodes_ > kYamlNodesMax) {
      diagnostics_.error(node.mark, too_many_values());
      throw Unreadable{};
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.entry) {
      add_key(parent, node);
    } else {
      parent.entry->value = std::move(node);
      if (!parent.is_dropped) parent.node.entries.push_back(std::move(*parent.entry));
      parent.entry.reset();
    }
  }

  void add_key(Open& parent, const YamlNode& key) {
    parent.entry = YamlEntry{.key = key.text, .mark = key.mark, .value = {}};
    parent.is_dropped = true;
    if (!key.is_scalar()) {
      diagnostics_.error(key.mark, "a key must be a word, not a list, a mapping or nothing");
      return;
    }
    if (key.text == "<<") {
      diagnostics_.error(key.mark, "YAML merge keys ('<<') are not read; write the keys out");
      return;
    }
    const auto [same, is_new] = parent.lines.try_emplace(key.text, key.mark.line);
    if (!is_new) {
      diagnostics_.error(key.mark, "duplicate key '" + key.text + "'; the first is on line " +
                                       std::to_string(same->second));
      return;
    }
    parent.is_dropped = false;
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  std::optional<YamlNode> root_;
};

/// Indentation by tabs looks like spaces and is not; refused with its place before YAML sees it.
bool check_indentation(std::string_view text, Diagnostics& diagnostics) {
  Mark mark;
  for (std::size_t begin = 0; begin < text.size(); ++mark.line) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t first = line.find_first_not_of(" \t\r");
    const std::size_t tab = line.find('\t');
    if (first != std::string_view::npos && tab < first) {
      mark.column = static_cast<std::uint32_t>(tab) + 1;
      diagnostics.error(mark, "a tab in the indentation; YAML indents by spaces");
      return false;
    }
    begin = end + 1;
  }
  return true;
}

/// What divides the values of a list in brackets. yaml-cpp keeps all of one in memory before it
/// tells of the first, a hundred bytes for each byte that was written.
bool check_amount(std::string_view text, Diagnostics& diagnostics) {
  Mark mark;
  std::size_t count = 0;
  for (const char c : text) {
    if ((c == ',' || c == '[' || c == '{') && ++count > kYamlNodesMax) {
      diagnostics.error(mark, too_many_values());
      return false;
    }
    mark = c == '\n' ? Mark{mark.line + 1, 1} : Mark{mark.line, mark.column + 1};
  }
  return true;
}

void refuse_second_document(YAML::Parser& parser, Diagnostics& diagnostics) {
  class Second : public TreeBuilder {
   public:
    explicit Second(Diagnostics& list) : TreeBuilder({}, list), list_(list) {}
    void OnDocumentStart(const YAML::Mark& mark) override {
      list_.error(mark_of(mark), "a second YAML document begins here; one file is one document");
      throw Unreadable{};
    }

   private:
    Diagnostics& list_;
  };
  Second second(diagnostics);
  try {
    parser.HandleNextDocument(second);
  } catch (const Unreadable&) {
    // The first document is whole, and its errors are told too.
  }
}

}  // namespace

std::optional<YamlNode> read_yaml(std::string_view text, std::string_view first,
                                  Diagnostics& diagnostics) {
  if (!check_text(text, diagnostics.file(), diagnostics)) return std::nullopt;
  if (!check_indentation(text, diagnostics)) return std::nullopt;
  if (!check_amount(text, diagnostics)) return std::nullopt;
  TreeBuilder builder(text, diagnostics);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    const bool has_document = parser.HandleNextDocument(builder);
    if (has_document) refuse_second_document(parser, diagnostics);
  } catch (const YAML::Exception& exception) {
    diagnostics.error(mark_of(exception.mark),
                      syntax_error(exception.msg, exception.mark.pos, text));
    return std::nullopt;
  } catch (const Unreadable&) {
    return std::nullopt;
  }
  std::optional<YamlNode> root = builder.take();
  if (!root || root->kind == YamlNode::Kind::null) {
    diagnostics.error({}, "the file is empty; it must begin with `" + std::string(first) + "`");
    return std::nullopt;
  }
  return root;
}

}  // namespace sallyport
