# Writes OUTPUT, a source with the text of each of FILES as a raw string literal.
set(entries "")
foreach(path IN LISTS FILES)
  get_filename_component(name ${path} NAME)
  file(READ ${path} text)
  string(APPEND entries "      {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from manifests/domains/*.yaml.
#include \"manifests/domain_data.h\"

namespace proffer {

std::vector<DomainText> domainTexts() {
  return {
${entries}  };
}

}  // namespace proffer
")
