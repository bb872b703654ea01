#include "controller/cli/command.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace proffer::cli {

Error namedFileError(Error error) {
  if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kInvalidInput;
  return error;
}

bool Arguments::has(std::string_view name) const {
  const auto found = options.find(std::string(name));
  return found != options.end() && !found->second.texts.empty();
}

bool Arguments::given(std::string_view name) const {
  const auto found = options.find(std::string(name));
  return found != options.end() && found->second.given;
}

std::string Arguments::text(std::string_view name) const {
  const auto found = options.find(std::string(name));
  return found == options.end() || found->second.texts.empty() ? "" : found->second.texts.back();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
  const auto found = options.find(std::string(name));
  return found == options.end() ? std::vector<std::string>{} : found->second.texts;
}

int64_t Arguments::integer(std::string_view name, int64_t otherwise) const {
  const std::string value = text(name);
  int64_t number = otherwise;
  if (!value.empty()) std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::optional<Duration> Arguments::duration(std::string_view name) const {
  return parseDuration(text(name));
}

std::string Arguments::positional(size_t index) const {
  return index < positionals.size() ? positionals[index] : "";
}

Result<client::Client> Context::connect() const {
  std::string token;
  const std::string authorities = arguments.text("ca-file");
  const std::string fromEnvironment = console.environment("PROFFER_TOKEN").value_or("");
  // A token that is set for this shell stands for what a settings file says for all, not for what this call
  // says.
  if (!fromEnvironment.empty() && !arguments.given("token-file"))
    return client::Client(arguments.text("server"), fromEnvironment, authorities);
  if (const std::string file = arguments.text("token-file"); !file.empty()) {
    std::ifstream stream(file);
    if (!stream)
      return fail(makeError(ErrorCode::kInvalidInput, "cannot read the token file {}", proffer::quoted(file))
                      .hinting("--token-file names a file that holds the server's token"));
    std::stringstream content;
    content << stream.rdbuf();
    token = std::string(trim(content.str()));
  }
  return client::Client(arguments.text("server"), token, authorities);
}

}  // namespace proffer::cli
