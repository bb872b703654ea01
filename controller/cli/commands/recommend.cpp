// proffer recommend: ask a recommender, campaign or experiment for items.
#include "base/text.h"
#include "controller/cli/commands/commands.h"
#include "controller/cli/flag_names.h"
#include "controller/cli/objects.h"
#include "controller/cli/table.h"

namespace proffer::cli {
namespace {

Result<client::RecommendRequest> readRequest(const Arguments& arguments) {
  client::RecommendRequest request;
  PROFFER_TRY(Target target, readTarget(arguments, "recommender", "movies/most-popular"));
  request.group = std::move(target.group);
  request.name = std::move(target.name);
  request.userId = arguments.text("user");
  request.itemId = arguments.text("item");
  for (const std::string& text : arguments.list("rank"))
    for (const std::string& item : split(text, ',')) request.inputList.push_back(item);
  if (arguments.has("num"))
    request.numResults = static_cast<int>(std::min<int64_t>(arguments.integer("num", 25), 1 << 30));
  request.filter = arguments.text("filter");
  if (request.filter.empty() && arguments.has("filter"))
    return fail(makeError(ErrorCode::kInvalidInput, "a filter's name is expected, this is \"\"")
                    .in("--filter")
                    .hinting("leave the flag out to ask for no filter"));
  PROFFER_TRY(request.filterValues, pairsOf(arguments, "param", true));
  if (!request.filterValues.empty() && request.filter.empty())
    return fail(makeError(ErrorCode::kInvalidInput, "is a value for a filter, and no filter is named")
                    .in("--param " + request.filterValues.begin()->first)
                    .hinting("--filter NAME names it"));
  request.explain = arguments.has("explain");
  PROFFER_TRY(request.context, pairsOf(arguments, "context"));
  for (const std::string& text : arguments.list("columns"))
    for (const std::string& column : split(text, ',')) request.metadataColumns.push_back(column);
  return request;
}

void printTable(Console& console, const client::RecommendAnswer& answer,
                const std::vector<std::string>& metadata) {
  bool titles = false;
  bool scores = false;
  bool reasons = false;
  for (const client::RecommendedItem& item : answer.items) {
    titles = titles || !item.title.empty();
    scores = scores || item.score.has_value();
    reasons = reasons || !item.reason.empty();
  }
  std::vector<std::string> headers{"RANK", "ITEM"};
  if (scores) headers.emplace_back("SCORE");
  if (reasons) headers.emplace_back("REASON");
  if (titles) headers.emplace_back("TITLE");
  for (const std::string& column : metadata) headers.push_back(upper(column));
  Table table(headers);
  table.alignRight(0);
  if (scores) table.alignRight(2);
  size_t rank = 0;
  for (const client::RecommendedItem& item : answer.items) {
    std::vector<Cell> row{std::to_string(++rank), item.itemId};
    if (scores) row.emplace_back(item.score ? fmt::format("{:.7f}", *item.score) : "");
    if (reasons) row.emplace_back(join(item.reason, ", "));
    if (titles) row.emplace_back(item.title);
    for (const std::string& column : metadata) {
      const auto found = item.metadata.find(lower(column));
      row.emplace_back(found == item.metadata.end() ? "" : found->second);
    }
    table.add(std::move(row));
  }
  table.print(console);
}

// "co-occurrence with 318 (The Shawshank Redemption (1994)): 45 people, weight 0.132; a sentence".
std::string evidenceText(const client::ItemEvidence& evidence) {
  if (evidence.kind == "popularity" && evidence.count > 0)
    return fmt::format("popularity: {} {}", withThousands(evidence.count), evidence.detail);
  std::string text = evidence.kind;
  if (!evidence.itemId.empty()) text += " with " + evidence.itemId;
  if (!evidence.title.empty()) text += fmt::format(" ({})", evidence.title);
  text += ": ";
  if (evidence.count > 0) text += fmt::format("{} people, ", withThousands(evidence.count));
  text += fmt::format("weight {:.3g}", evidence.value);
  if (!evidence.detail.empty()) text += "; " + evidence.detail;
  return text;
}

void printExplanations(Console& console, const client::RecommendAnswer& answer) {
  size_t rank = 0;
  console.out << '\n';
  for (const client::RecommendedItem& item : answer.items) {
    console.out << fmt::format("{:>4}  {}{}\n", ++rank, item.itemId,
                               item.title.empty() ? "" : "  " + item.title);
    if (item.evidence.empty()) console.out << "        the model says nothing about it\n";
    for (const client::ItemEvidence& evidence : item.evidence)
      console.out << "        " << evidenceText(evidence) << '\n';
  }
  if (!answer.filtered) return;
  const client::FilterEffect& effect = *answer.filtered;
  if (!effect.filter.empty())
    console.out << fmt::format("\nfilter {}: {} of the model's {} items pass\n", effect.filter,
                               withThousands(effect.passing), withThousands(effect.items));
  else
    console.out << fmt::format("\nno filter: the model knows {} items\n", withThousands(effect.items));
  if (!effect.automaticTypes.empty())
    console.out << fmt::format("automatic filter: {} items are left out, which the user has {} events of\n",
                               withThousands(effect.automatic), join(effect.automaticTypes, " or "));
}

Result<ExitCode> executeRecommend(Context& context) {
  PROFFER_TRY(const client::RecommendRequest request, readRequest(context.arguments));
  PROFFER_TRY(client::Client client, context.connect());
  PROFFER_CHECK(checkParams(client, request.group, request.filter, request.filterValues));
  const auto answered = client.recommend(request);
  if (!answered)
    return fail(inFlags(answered.error(), {{"userId", "--user"},
                                           {"itemId", "--item"},
                                           {"inputList", "--rank"},
                                           {"numResults", "--num"},
                                           {"filter", "--filter"},
                                           {"filterValues", "--param"},
                                           {"context", "--context"},
                                           {"metadataColumns", "--columns"}}));
  const client::RecommendAnswer& answer = *answered;
  Console& console = context.console;
  if (context.arguments.text("output") == "json") {
    console.out << dumpJson(client::toRuntimeJson(answer), 2) << '\n';
    return ExitCode::kDone;
  }
  if (answer.items.empty()) {
    console.err << "no items: the filters leave none, or nothing is known yet\n";
    return ExitCode::kDone;
  }
  printTable(console, answer, request.metadataColumns);
  if (request.explain) printExplanations(console, answer);
  if (answer.version.empty() && !answer.servedBy.empty())
    console.err << "served by: " << answer.servedBy << '\n';
  return ExitCode::kDone;
}

}  // namespace

Command recommendCommand() {
  return {.name = "recommend",
          .summary = "Ask a recommender, campaign or experiment for items",
          .description =
              "The table shows titles where the items dataset names a title column (display.title), and "
              "scores where the recipe gives them. json is the answer of the runtime API.",
          .examples = {{"proffer recommend movies/most-popular --user 1 -n 10", "ten items for a user"},
                       {"proffer recommend shop/also-viewed --user 7 --item B00X", "items that go with one"},
                       {"proffer recommend movies/most-popular --filter genres --param GENRE=Comedy,Drama",
                        "only what passes a filter"},
                       {"proffer recommend shop/also-viewed --item B00X --explain", "and why"},
                       {"proffer recommend movies/rerank --user 1 --rank 318,50,260", "a list in order"},
                       {"proffer recommend movies/for-you --user 1 -o json", "as the runtime API says it"}},
          .positionals = {{.name = "GROUP/NAME", .help = "Whom to ask", .required = true}},
          .options = {groupOption(),
                      {.name = "user", .letter = 'u', .value = "ID", .help = "The user"},
                      {.name = "item", .letter = 'i', .value = "ID", .help = "The item, for related items"},
                      {.name = "rank",
                       .value = "ID[,...]",
                       .help = "The items to put in order, for recipes that rank",
                       .repeatable = true},
                      {.name = "num",
                       .letter = 'n',
                       .value = "N",
                       .help = "How many items (the server's default is 25)",
                       .kind = ValueKind::kInteger},
                      {.name = "filter", .value = "NAME", .help = "A filter of the group"},
                      paramOption(),
                      {.name = "context",
                       .value = "NAME=VALUE",
                       .help = "What is known of the situation, such as DEVICE=phone",
                       .repeatable = true},
                      {.name = "columns",
                       .value = "NAME[,...]",
                       .help = "Columns of the items dataset to show",
                       .repeatable = true},
                      {.name = "explain", .help = "Say why each item is there, and what the filters did"},
                      {.name = "output",
                       .letter = 'o',
                       .value = "FORM",
                       .help = "The form",
                       .kind = ValueKind::kChoice,
                       .defaultValue = "table",
                       .choices = {"table", "json"}}},
          .run = executeRecommend};
}

}  // namespace proffer::cli
