#include "manifests/reader.h"

#include "base/text.h"
#include "manifests/kind_table.h"
#include "manifests/manifest_set.h"
#include "manifests/normalizer.h"
#include "manifests/references.h"
#include "manifests/source_path.h"
#include "manifests/yaml_document.h"
#include "manifests/yaml_scalar.h"

namespace proffer {
namespace {

// Where a problem is shown: at its own value (at its place within, if it has one), or, if nothing stands
// there, at the nearest thing around it.
SourcePosition placeOf(const YamlDocument& document, const Problem& problem,
                       const std::vector<std::string>& lines) {
  std::string path = problem.error.field;
  if (const SourcePosition& within = problem.error.position; within.known()) {
    const std::string value = document.scalarText(path);
    const size_t offset = offsetOf(value, within.line, within.column);
    if (const auto place = placeInScalar(lines, document.positionOf(path), value, offset)) return *place;
  }
  bool atKey = problem.atKey;
  while (!path.empty()) {
    if (const auto place = document.positionOf(path, atKey); place.known()) return place;
    const size_t cut = path.find_last_of(".[");
    path = cut == std::string::npos ? "" : path.substr(0, cut);
    atKey = true;
  }
  return document.position();
}

// Whether it is known which object a faulty document is of.
bool isNamed(const Resource& resource, const std::vector<Problem>& problems) {
  const std::set<std::string> wrong = membersAtFault(problems, "metadata");
  return !resource.kind.empty() && !resource.metadata.name.empty() && !wrong.contains("") &&
         !wrong.contains("name") && !wrong.contains("group");
}

Manifest withoutFaults(Manifest manifest) {
  if (!manifest.resource.spec.is_object() || manifest.atFault.contains(""))
    manifest.resource.spec = Json::object();
  for (const std::string& member : manifest.atFault) manifest.resource.spec.erase(member);
  return manifest;
}

void readDocument(const YamlDocument& document, const std::vector<std::string>& lines, bool faulty,
                  ManifestSet& set) {
  std::vector<Problem> problems;
  const ScalarTexts texts = [&document](const std::string& path) { return document.scalarText(path); };
  Manifest manifest{readResource(document.value(), true, problems, texts), document.position(), {}};
  manifest.atFault = membersAtFault(problems, "spec");
  const bool named = isNamed(manifest.resource, problems);
  const size_t before = set.errors.size();
  const auto said = [&](const Error& error) {  // by way of aliases, the same place may be wrong several times
    return std::any_of(set.errors.begin() + static_cast<std::ptrdiff_t>(before), set.errors.end(),
                       [&](const Error& other) {
                         return other.position == error.position && other.message == error.message;
                       });
  };
  for (auto& problem : problems) {
    if (faulty && problem.error.field.empty()) continue;  // the keys are to blame, and are reported
    problem.error.position = placeOf(document, problem, lines);
    problem.error.sourceLine.clear();
    if (said(problem.error)) continue;
    showLine(problem.error, lines);
    set.errors.push_back(std::move(problem.error));
  }
  for (auto& [path, position] : document.positions())
    manifest.fieldPositions.emplace(std::move(path), std::move(position));
  if (!faulty && problems.empty())
    set.manifests.push_back(std::move(manifest));
  else if (!faulty && named)
    set.faulty.push_back(withoutFaults(std::move(manifest)));
}

}  // namespace

ManifestSet readManifests(const std::vector<ManifestText>& texts) {
  ManifestSet set;
  std::map<std::string, std::vector<std::string>> lines;
  for (const auto& [file, text] : texts) {
    YamlText yaml = readYaml(file, text);
    for (const auto& document : yaml.documents) readDocument(document, yaml.lines, document.faulty(), set);
    set.errors.insert(set.errors.end(), std::make_move_iterator(yaml.errors.begin()),
                      std::make_move_iterator(yaml.errors.end()));
    lines[file] = std::move(yaml.lines);
  }
  for (auto& error : checkManifestSet(set)) {
    if (const auto known = lines.find(error.position.file); known != lines.end())
      showLine(error, known->second);
    set.errors.push_back(std::move(error));
  }
  std::map<std::string, size_t> order;
  for (size_t i = 0; i < texts.size(); ++i) order.emplace(texts[i].file, i);
  std::stable_sort(set.errors.begin(), set.errors.end(), [&order](const Error& a, const Error& b) {
    return std::tuple(order[a.position.file], a.position.line, a.position.column) <
           std::tuple(order[b.position.file], b.position.line, b.position.column);
  });
  return set;
}

std::vector<Error> doubtfulSources(const ManifestSet& set) {
  std::vector<Error> warnings;
  for (const auto& manifest : set.manifests) {
    const Json& sources = member(manifest.resource.spec, "sources");
    for (size_t i = 0; sources.is_array() && i < sources.size(); ++i) {
      const std::string csv = stringMember(sources[i], "csv");
      if (!splitSource(csv).absolute()) continue;
      const std::string path = fmt::format("spec.sources[{}].csv", i);
      const auto place = manifest.fieldPositions.find(path);
      warnings.push_back(Error{
          ErrorCode::kForbidden,
          fmt::format("{} is read only if it lies below a directory of the server's --sources", quoted(csv)),
          path, place == manifest.fieldPositions.end() ? manifest.position : place->second,
          "write it relative to that directory, as PATH or NAME:PATH"});
    }
  }
  return warnings;
}

namespace {

using Describe = std::function<Error(const Manifest&, const Reference&, std::string hint)>;

std::vector<Error> unresolved(const ManifestSet& set, const std::vector<ResourceKey>& existing,
                              const Describe& describe) {
  std::set<ResourceKey> known(existing.begin(), existing.end());
  std::map<std::string, std::vector<std::string>> names;  // "Solution/shop" -> its names, for suggestions
  for (const auto* manifests : {&set.manifests, &set.faulty})
    for (const auto& manifest : *manifests) known.insert(manifest.resource.key());
  for (const auto& key : known) names[key.kind + "/" + key.group].push_back(key.name);
  std::vector<Error> warnings;
  for (const auto& manifest : set.manifests) {
    for (const auto& reference : namedReferences(manifest.resource)) {
      std::vector<std::string> near;
      bool resolved = false;
      for (const auto& kind : reference.kinds) {
        const auto key = keyOf(kind, manifest.resource.metadata.group, reference.name);
        resolved = resolved || known.contains(key);
        const auto& candidates = names[kind + "/" + key.group];
        near.insert(near.end(), candidates.begin(), candidates.end());
      }
      if (resolved) continue;
      const auto place = manifest.fieldPositions.find(reference.path);
      Error warning = describe(manifest, reference, didYouMean(reference.name, near));
      warnings.push_back(std::move(warning)
                             .in(reference.path)
                             .at(place == manifest.fieldPositions.end() ? manifest.position : place->second));
    }
  }
  return warnings;
}

}  // namespace

std::vector<Error> unresolvedReferences(const ManifestSet& set, const std::vector<ResourceKey>& existing) {
  return unresolved(set, existing,
                    [](const Manifest& manifest, const Reference& reference, std::string hint) {
                      if (hint.empty())
                        hint = fmt::format("{} waits for it", manifest.resource.key().toString());
                      return makeError(ErrorCode::kNotFound, "there is no {} {} yet",
                                       join(reference.kinds, " or "), quoted(reference.name))
                          .hinting(std::move(hint));
                    });
}

std::vector<Error> referencesOutOfFiles(const ManifestSet& set) {
  return unresolved(set, {}, [](const Manifest& manifest, const Reference& reference, std::string hint) {
    if (hint.empty()) hint = fmt::format("{} needs it on the server", manifest.resource.key().toString());
    return makeError(ErrorCode::kNotFound, "there is no {} {} in these files", join(reference.kinds, " or "),
                     quoted(reference.name))
        .hinting(std::move(hint));
  });
}

}  // namespace proffer
