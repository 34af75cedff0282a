#include "policy/loader/interception_yaml.h"

#include <algorithm>

#include "policy/quoted.h"

namespace sallyport {

void read_interception(const Fields& top, PolicyFiles& files, Diagnostics& diagnostics,
                       Snapshot& snapshot, InterceptionMarks& marks) {
  const auto fields = top.below("interception", Block::interception);
  if (!fields) return;
  // One that is not right stands too: that it is missing would be told of every rule.
  Interception& interception = snapshot.interception.emplace();
  marks.ca_certificates = marks.ca_private_key = marks.explain_refused = fields->node().mark;
  if (const YamlNode* node = fields->find("ca_certificates")) {
    marks.ca_certificates = node->mark;
    for (const YamlNode& item : node->items) {
      if (!item.is_scalar()) continue;  // told already
      files.include(interception.ca_certificates.emplace_back(files.resolve(item.text)));
    }
  }
  if (const YamlNode* node = fields->find("ca_private_key")) {
    marks.ca_private_key = node->mark;
    interception.ca_private_key = files.resolve(node->text);
    files.watch(interception.ca_private_key);
    const auto& certificates = interception.ca_certificates;
    if (std::find(certificates.begin(), certificates.end(), interception.ca_private_key) !=
        certificates.end()) {
      diagnostics.error(node->mark, quoted(node->text) +
                                        " stands in `ca_certificates`, which are published; keep "
                                        "the key in a file of its own");
    }
  }
  if (const YamlNode* node = fields->find("explain_refused")) marks.explain_refused = node->mark;
  interception.explains_refused = fields->flag("explain_refused").value_or(false);
}

}  // namespace sallyport
