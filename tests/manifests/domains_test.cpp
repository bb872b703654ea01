// The built-in domains against the reference of facts (control-plane 2 and 3).
#include "manifests/domains.h"

#include <catch2/catch.hpp>

#include "base/text.h"

namespace domains_test {

using namespace proffer;

namespace {

std::string names(const std::vector<SchemaField>& fields) {
  std::vector<std::string> out;
  for (const auto& field : fields) out.push_back(field.name + (field.categorical ? "*" : ""));
  return join(out, " ");
}

SchemaField column(std::string name, FieldType type, bool categorical = false) {
  return {.name = std::move(name), .types = {type}, .categorical = categorical};
}

}  // namespace

TEST_CASE("the use cases are those of the reference") {
  struct Row {
    std::string_view name, recipe;
    Domain domain;
    bool user, item, explores;
    std::string_view required, filter, update;
  };
  const Row rows[] = {
      {"because-you-watched-x", "aws-vod-because-you-watched-x", Domain::kVideoOnDemand, true, true, false,
       "Watch", "Watch", ""},
      {"more-like-x", "aws-vod-more-like-x", Domain::kVideoOnDemand, true, true, false, "", "Watch", ""},
      {"most-popular", "aws-vod-most-popular", Domain::kVideoOnDemand, true, false, false, "Watch", "", ""},
      {"trending-now", "aws-vod-trending-now", Domain::kVideoOnDemand, false, false, false, "", "",
       "rate(2 hours)"},
      {"top-picks-for-you", "aws-vod-top-picks", Domain::kVideoOnDemand, true, false, true, "", "Watch",
       "rate(2 hours)"},
      {"most-viewed", "aws-ecomm-popular-items-by-views", Domain::kEcommerce, true, false, false, "View", "",
       ""},
      {"best-sellers", "aws-ecomm-popular-items-by-purchases", Domain::kEcommerce, true, false, false,
       "Purchase", "", ""},
      {"frequently-bought-together", "aws-ecomm-frequently-bought-together", Domain::kEcommerce, false, true,
       false, "Purchase", "", ""},
      {"customers-who-viewed-x-also-viewed", "aws-ecomm-customers-who-viewed-x-also-viewed",
       Domain::kEcommerce, true, true, false, "View", "Purchase", ""},
      {"recommended-for-you", "aws-ecomm-recommended-for-you", Domain::kEcommerce, true, false, true, "",
       "Purchase", "rate(2 hours)"}};
  CHECK(allUseCases().size() == std::size(rows));
  for (const auto& row : rows) {
    INFO(row.name);
    const UseCase* useCase = findUseCase(row.name, row.domain);
    REQUIRE(useCase != nullptr);
    CHECK(useCase == findUseCase(row.recipe, Domain::kCustom));
    CHECK(useCase == findUseCase("arn:aws:personalize:::recipe/" + std::string(row.recipe), row.domain));
    CHECK(useCase == findUseCase(useCase->title, row.domain));
    CHECK(findUseCase(row.name, row.domain == Domain::kEcommerce ? Domain::kVideoOnDemand
                                                                 : Domain::kEcommerce) == nullptr);
    CHECK(useCase->needsUser == row.user);
    CHECK(useCase->needsItem == row.item);
    CHECK(useCase->explores == row.explores);
    CHECK(join(useCase->requiredEvents, " ") == row.required);
    CHECK(join(useCase->automaticFilter, " ") == row.filter);
    CHECK(useCase->train == "rate(7 days)");
    CHECK(useCase->update == row.update);
  }
  CHECK(findUseCase("most-popular", Domain::kCustom)->counting == "users");  // UC-3
  CHECK(findUseCase("best-sellers", Domain::kCustom)->counting == "events");
  CHECK(findUseCase("more-like-x", Domain::kCustom)->needsItemsDataset);
  CHECK(findUseCase("nothing", Domain::kCustom) == nullptr);
}

TEST_CASE("the domains' own schemas hold the required columns (DO-2) and pass their own rules") {
  CHECK(names(defaultSchema(Domain::kVideoOnDemand, DatasetType::kInteractions)) ==
        "USER_ID ITEM_ID EVENT_TYPE TIMESTAMP");
  CHECK(names(defaultSchema(Domain::kVideoOnDemand, DatasetType::kItems)) ==
        "ITEM_ID GENRES* CREATION_TIMESTAMP");
  CHECK(names(defaultSchema(Domain::kVideoOnDemand, DatasetType::kUsers)) == "USER_ID SUBSCRIPTION_MODEL*");
  CHECK(names(defaultSchema(Domain::kEcommerce, DatasetType::kInteractions)) ==
        "USER_ID ITEM_ID EVENT_TYPE TIMESTAMP");
  CHECK(names(defaultSchema(Domain::kEcommerce, DatasetType::kItems)) == "ITEM_ID PRICE CATEGORY_L1*");
  CHECK(names(defaultSchema(Domain::kEcommerce, DatasetType::kUsers)) == "USER_ID MEMBERSHIP_STATUS*");
  CHECK(defaultSchema(Domain::kCustom, DatasetType::kItems).empty());
  CHECK(defaultSchema(Domain::kEcommerce, DatasetType::kActions).empty());
  for (const Domain domain : {Domain::kVideoOnDemand, Domain::kEcommerce})
    for (const DatasetType type : {DatasetType::kInteractions, DatasetType::kItems, DatasetType::kUsers})
      CHECK(checkSchema(domain, type, defaultSchema(domain, type), QuotaProfile::kAws).empty());
}

TEST_CASE("schemas are held to the rules of their domain and quotas") {
  struct Row {
    Domain domain;
    DatasetType type;
    std::vector<SchemaField> fields;
    QuotaProfile quotas;
    std::string_view error, reason;
  };
  const auto user = column("USER_ID", FieldType::kString), item = column("ITEM_ID", FieldType::kString),
             time = column("TIMESTAMP", FieldType::kLong);
  const Row rows[] = {
      {Domain::kCustom,
       DatasetType::kInteractions,
       {user, item, time},
       QuotaProfile::kAws,
       "",
       "FC-3: no EVENT_TYPE in custom groups"},
      {Domain::kEcommerce,
       DatasetType::kInteractions,
       {user, item, time},
       QuotaProfile::kAws,
       "fields: column EVENT_TYPE is missing (required in INTERACTIONS of ECOMMERCE)",
       "2.4"},
      {Domain::kCustom,
       DatasetType::kInteractions,
       {user, item, time, column("EVENT_TYPE", FieldType::kString, true)},
       QuotaProfile::kGenerous,
       "fields[3]: EVENT_TYPE must not be categorical (the name is reserved in INTERACTIONS of a custom "
       "group)",
       "SX-10"},
      {Domain::kCustom,
       DatasetType::kItems,
       {item},
       QuotaProfile::kAws,
       "fields: ITEMS need a column besides the id (a number or a categorical string)",
       "SX-12"},
      {Domain::kCustom,
       DatasetType::kItems,
       {item},
       QuotaProfile::kGenerous,
       "",
       "SX-12 binds only with the service's quotas"},
      {Domain::kEcommerce,
       DatasetType::kItems,
       {item, column("PRICE", FieldType::kFloat), column("CATEGORY_L1", FieldType::kString, true),
        column("CREATION_TIMESTAMP", FieldType::kFloat)},
       QuotaProfile::kAws,
       "",
       "2.4: CREATION_TIMESTAMP as long or float"},
      {Domain::kVideoOnDemand,
       DatasetType::kItems,
       {item, column("GENRES", FieldType::kString, true), column("CREATION_TIMESTAMP", FieldType::kFloat)},
       QuotaProfile::kAws,
       "fields[2].type: CREATION_TIMESTAMP has type float, it must be long (the name is reserved in ITEMS of "
       "VIDEO_ON_DEMAND)",
       "2.3"},
      {Domain::kCustom,
       DatasetType::kUsers,
       {user, column("A", FieldType::kInt), column("A_", FieldType::kInt)},
       QuotaProfile::kAws,
       "fields[2].name: column A_ clashes with A (underscores do not count)",
       "SX-5"},
      {Domain::kEcommerce,
       DatasetType::kActions,
       {column("ACTION_ID", FieldType::kString), column("VALUE", FieldType::kLong)},
       QuotaProfile::kAws,
       "ACTIONS datasets are only for custom groups",
       "DG-3"}};
  for (const auto& row : rows) {
    INFO(row.reason);
    const auto errors = checkSchema(row.domain, row.type, row.fields, row.quotas);
    if (row.error.empty()) {
      CHECK(errors.empty());
    } else {
      REQUIRE(errors.size() == 1);
      CHECK(formatError(errors[0]) == row.error);
    }
  }
}

TEST_CASE("Avro schemas come and go") {
  const auto fields = fieldsFromAvro(
      R"({"type":"record","name":"Interactions","namespace":"com.amazonaws.personalize.schema","version":"1.0",
    "fields":[{"name":"USER_ID","type":"string"},{"name":"device","type":["null","string"],"categorical":true},{"name":"EVENT_VALUE","type":["float"]}]})");
  REQUIRE(fields);
  CHECK(names(*fields) == "USER_ID DEVICE* EVENT_VALUE");
  CHECK(fields->at(1).types == std::vector<FieldType>{FieldType::kString, FieldType::kNull});
  const auto avro = avroFromFields(DatasetType::kActionInteractions, *fields);
  CHECK(names(*fieldsFromAvro(avro)) == names(*fields));
  CHECK(datasetTypeOfAvro(avro) == DatasetType::kActionInteractions);
  for (const auto* bad : {"", "[]", "{}", R"({"type":"record"})", R"({"type":"record","fields":[]})",
                          R"({"type":"record","fields":[{"name":"A"}]})",
                          R"({"type":"record","fields":[{"name":"1A","type":"int"}]})",
                          R"({"type":"record","fields":[{"name":"A","type":[]}]})",
                          R"({"type":"record","fields":[{"name":"A","type":{"type":"enum"}}]})",
                          R"({"type":"record","fields":[7]})",
                          R"({"type":"record","fields":[{"name":"A","type":"int","categorical":"yes"}]})"}) {
    INFO(bad);
    CHECK_FALSE(fieldsFromAvro(bad));
  }
}

TEST_CASE("a dataset's columns are its schema's and its title") {
  DatasetSpec spec;
  spec.type = DatasetType::kItems;
  CHECK(names(datasetColumns(spec, Domain::kEcommerce, {})) == "ITEM_ID PRICE CATEGORY_L1*");
  spec.displayTitle = "NAME";
  CHECK(names(datasetColumns(spec, Domain::kEcommerce, {})) == "ITEM_ID PRICE CATEGORY_L1* NAME");
  spec.schemaFields = std::vector{column("ITEM_ID", FieldType::kString), column("NAME", FieldType::kString)};
  CHECK(names(datasetColumns(spec, Domain::kEcommerce, {})) == "ITEM_ID NAME");
}

}  // namespace domains_test
