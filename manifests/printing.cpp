// JSON values and resources as YAML that reads back to the same values, here and in YAML 1.1 programs.
#include "base/text.h"
#include "manifests/reader.h"
#include "manifests/yaml_tree.h"

namespace proffer {
namespace {

constexpr size_t kFlowWidth = 100;

// Words and numbers that YAML 1.1 or 1.2 would take for something else than text.
bool looksLikeAnotherType(const std::string& text) {
  static const std::vector<std::string> kWords{"y",    "n",     "yes",  "no", "on", "off",
                                               "true", "false", "null", "~",  "<<", "="};
  if (std::find(kWords.begin(), kWords.end(), lower(text)) != kWords.end()) return true;
  if (text.find_first_of("0123456789") == std::string::npos) return text == ".inf" || text == ".nan";
  const bool numberLike = text.find_first_not_of("0123456789_.:+-eExXo") == std::string::npos;
  const bool date =
      text.size() >= 10 && text[4] == '-' && text[7] == '-' && text.find_first_not_of("0123456789") == 4;
  return numberLike || date || text.starts_with("0x");
}

bool isPlain(const std::string& text, bool flow) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':' ||
      looksLikeAnotherType(text))
    return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) {
    const bool harmlessDash = (text.front() == '-' || text.front() == ':' || text.front() == '?') &&
                              text.size() > 1 && text[1] != ' ';
    if (!harmlessDash || flow || text.starts_with("--")) return false;
  }
  if (text.starts_with("...") || text.find(": ") != std::string::npos || text.find(" #") != std::string::npos)
    return false;
  if (flow && text.find_first_of(",[]{}:?") != std::string::npos) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}

std::string inQuotes(const std::string& text) {
  std::string out = dumpJson(Json(text));
  for (size_t at = out.find('\x7F'); at != std::string::npos; at = out.find('\x7F', at))
    out.replace(at, 1, "\\x7f");
  return out;
}

std::string scalarText(const Json& value, bool flow) {
  if (!value.is_string()) return dumpJson(value);
  const auto& text = value.get_ref<const std::string&>();
  return isPlain(text, flow) ? text : inQuotes(text);
}

// Several lines of text read best as such, where no blank at a border would be lost.
bool isBlockText(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n' ||
      text.ends_with("\n\n"))
    return false;
  for (const auto& line : split(text, '\n'))
    if (line.ends_with(' ') || line.starts_with('\t') || (!line.empty() && trim(line).empty())) return false;
  return isUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return (c >= 0 && c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
         });
}

class Printer {
 public:
  std::string out;

  // What follows "key:" or "-" on the same line, or the block below it.
  void value(const Json& json, size_t indent, bool inList) {
    if (json.is_object() && !json.empty()) {
      if (inList)
        out += ' ';
      else
        out += '\n';
      object(json, indent, inList);
    } else if (json.is_array() && !json.empty()) {
      const std::string flow = flowList(json);
      if (!flow.empty() && flow.size() + indent <= kFlowWidth) {
        out += " " + flow + "\n";
        return;
      }
      out += '\n';
      list(json, indent);
    } else if (isBlockText(json)) {
      blockText(json.get_ref<const std::string&>(), indent);
    } else {
      out += " " + scalarText(json, false) + "\n";
    }
  }

  void object(const Json& json, size_t indent, bool firstInLine) {
    for (const auto& [key, member] : json.items()) {
      if (!firstInLine) out.append(indent, ' ');
      firstInLine = false;
      out += scalarText(Json(key), false) + ":";
      value(member, indent + 2, false);
    }
  }

  void list(const Json& json, size_t indent) {
    for (const auto& element : json) {
      out.append(indent, ' ');
      out += "-";
      value(element, indent + 2, true);
    }
  }

 private:
  // [a, b] for lists of short scalars; empty if the list is not such a one.
  static std::string flowList(const Json& json) {
    std::string flow = "[";
    for (const auto& element : json) {
      if (element.is_structured() || isBlockText(element) || flow.size() > kFlowWidth) return "";
      flow += (flow.size() > 1 ? ", " : "") + scalarText(element, true);
    }
    return flow + "]";
  }

  void blockText(const std::string& text, size_t indent) {
    out += text.ends_with('\n') ? " |\n" : " |-\n";
    for (const auto& line : split(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, '\n')) {
      if (!line.empty()) out.append(indent, ' ');
      out += line + "\n";
    }
  }
};

}  // namespace

std::string toYaml(const Json& value) {
  Printer printer;
  if (value.is_object() && !value.empty())
    printer.object(value, 0, false);
  else if (value.is_array() && !value.empty())
    printer.list(value, 0);
  else
    printer.out = (value.is_string() ? inQuotes(value.get<std::string>()) : dumpJson(value)) + "\n";
  return printer.out;
}

std::string toYaml(const Resource& resource, bool withStatus) {
  Json json = toJson(resource);
  if (!withStatus) {
    json.erase("status");
    for (const char* name : {"uid", "arn", "generation", "resourceVersion", "creationTimestamp",
                             "deletionTimestamp", "ownerReferences", "finalizers", "managedBy"})
      json["metadata"].erase(name);
  }
  return toYaml(json);
}

}  // namespace proffer
