// Runs tests/http/cases/*.http: requests as a user could send them, beside the expected answers.
//
// A step is ">>> METHOD PATH", headers, a blank line, a body; then "<<< STATUS TYPE", the answer's telling
// headers, a blank line, the body (JSON is indented). "@show /pointer /pointer" among the headers shows only
// those parts of the answer. $VERSION in a request is the last resourceVersion seen; random ids read <uuid>.
// The steps of a file run in order on one server. With PROFFER_UPDATE_EXPECTED=1 the files are written anew
// from the answers.
#include <httplib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/text.h"
#include "controller/http/operations.h"
#include "fixture.h"
#include "schema_check.h"

namespace cases_test {

using namespace proffer;
using namespace proffer::http;
namespace fs = std::filesystem;

namespace {

struct Step {
  std::string comment;   ///< lines before the request, as they are
  std::string request;   ///< from ">>>" to before "<<<", as it is
  std::string expected;  ///< from "<<<" to the next comment or request
};

std::vector<Step> readSteps(const fs::path& path) {
  std::ifstream file(path);
  std::vector<Step> steps;
  std::string line;
  std::string* into = nullptr;
  std::string comment;
  while (std::getline(file, line)) {
    if (line.rfind(">>> ", 0) == 0) {
      steps.push_back({comment, "", ""});
      comment.clear();
      into = &steps.back().request;
    } else if (line.rfind("<<< ", 0) == 0) {
      into = &steps.back().expected;
    } else if (line.rfind("# ", 0) == 0 && (into == nullptr || into == &steps.back().expected)) {
      into = nullptr;
    }
    (into == nullptr ? comment : *into) += line + "\n";
  }
  return steps;
}

std::string trimmed(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  return text;
}

// Answers that depend on the request, so that every form of one can be shown in a file.
Result<serving::Answer> answerFor(const serving::RecommendRequest& request) {
  if (request.group != "movies")
    return fail(ErrorCode::kNotFound, "there is no {}/{}", request.group, request.name);
  if (request.name == "waiting")
    return fail(ErrorCode::kUnavailable,
                "movies/waiting has no version yet: waiting for Dataset/movies/interactions");
  if (request.filter == "none")
    return fail(
        makeError(ErrorCode::kNotFound, "there is no filter \"none\" in group \"movies\"").in("filter"));
  if (request.filter == "genres" && request.filterValues.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "$GENRE needs a value").in("filterValues.GENRE"));
  if (request.userId.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "a user is needed").in("userId"));
  serving::Answer answer;
  answer.recommendationId = "RID-00000000-0000-4000-8000-000000000000";
  answer.version = "home-v1";
  answer.servedBy = "model";
  serving::RecommendedItem first;
  first.itemId = "318";
  first.score = 0.123456789;
  if (request.titles) first.title = "Shawshank Redemption, The";
  for (const std::string& column : request.metadataColumns)
    first.metadata.emplace_back(column, "Crime|Drama");
  serving::RecommendedItem second;
  second.itemId = "356";
  second.reason = {"Popular item"};
  answer.items = {first, second};
  if (request.numResults == 1) answer.items.pop_back();
  return answer;
}

struct Conversation {
  TestServer fixture;
  std::string version = "0";
  const Json openApi = openApiDocument("1.2.3");

  Conversation() { fixture.engine.answerWith(answerFor); }

  std::string show(const Json& body, const std::string& pointers) {
    if (pointers.empty()) return body.dump(2);
    std::string out;
    for (const std::string& pointer : split(pointers, ' ')) {
      const Json::json_pointer at(pointer);
      out += pointer + " " + (body.contains(at) ? dumpJson(body[at]) : "-") + "\n";
    }
    return out;
  }

  std::string run(const std::string& text) {
    std::istringstream lines(std::regex_replace(text, std::regex("\\$VERSION"), version));
    httplib::Request request;
    std::string line, marker, pointers;
    std::getline(lines, line);
    std::istringstream(line) >> marker >> request.method >> request.path;
    while (std::getline(lines, line) && !line.empty()) {
      if (line.rfind("@show ", 0) == 0) {
        pointers = line.substr(6);
        continue;
      }
      const size_t colon = line.find(": ");
      request.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
    }
    std::ostringstream body;
    body << lines.rdbuf();
    request.body = trimmed(body.str());
    httplib::Client client("127.0.0.1", fixture.port);
    client.set_url_encode(false);
    const auto result = client.send(request);
    if (!result) return "<<< no answer\n";
    const auto faults = answerFaults(openApi, request.method, request.path, result->status,
                                     result->get_header_value("Content-Type"), result->body);
    CHECK(faults == std::vector<std::string>());
    return render(*result, pointers);
  }

  std::string render(const httplib::Response& response, const std::string& pointers) {
    std::string out = fmt::format("<<< {} {}\n", response.status, response.get_header_value("Content-Type"));
    for (const char* name : {"Allow", "WWW-Authenticate", "x-amzn-ErrorType", "X-Proffer-Action"})
      if (response.has_header(name)) out += fmt::format("{}: {}\n", name, response.get_header_value(name));
    CHECK(response.has_header("Date"));
    CHECK((response.has_header("X-Request-Id") || response.has_header("x-amzn-RequestId")));
    std::string shown = response.body;
    if (const auto json = parseJson(response.body)) {
      shown = show(*json, pointers);
      const int64_t seen = intMember(member(*json, "metadata"), "resourceVersion");
      if (seen > 0) version = std::to_string(seen);
    }
    static const std::regex kUuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    if (shown.find("RID-") == std::string::npos) shown = std::regex_replace(shown, kUuid, "<uuid>");
    return trimmed(out + "\n" + shown) + "\n";
  }
};

}  // namespace

TEST_CASE("requests are answered as the case files say") {
  const bool update = std::getenv("PROFFER_UPDATE_EXPECTED") != nullptr;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(PROFFER_SOURCE_DIR "/tests/http/cases"))
    if (entry.path().extension() == ".http") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(!files.empty());
  for (const fs::path& file : files) {
    Conversation conversation;
    std::string written;
    for (const Step& step : readSteps(file)) {
      INFO(file.filename().string() << "\n" << step.request);
      const std::string actual = conversation.run(step.request);
      if (!update) CHECK(actual == trimmed(step.expected) + "\n");
      written += step.comment + trimmed(step.request) + "\n\n" + actual + "\n";
    }
    if (update) std::ofstream(file) << trimmed(written) << "\n";
  }
}

}  // namespace cases_test
