// faults.txt through the AWS SDK for JavaScript, which checks nothing: every bad request that it can write gets the
// error that the model names.
//
//   node faults.mjs PLACE URL BUCKET DIRECTORY RECIPE
import assert from "node:assert/strict";
import fs from "node:fs";

import { active, control, personalizeSdk, remove, runtimeSdk, send } from "./sdk.mjs";

const arn = "arn:aws:personalize:local:000000000000:";
const paths = {
  "/recommendations": "GetRecommendations",
  "/personalize-ranking": "GetPersonalizedRanking",
  "/action-recommendations": "GetActionRecommendations",
};
const schema = JSON.stringify({
  type: "record", name: "Interactions", namespace: "com.amazonaws.personalize.schema", version: "1.0",
  fields: [{ name: "USER_ID", type: "string" }, { name: "ITEM_ID", type: "string" }, { name: "EVENT_TYPE", type: "string" },
    { name: "TIMESTAMP", type: "long" }],
});

const { datasetGroupArn } = await control("CreateDatasetGroup", { name: "shop" });
await active("DescribeDatasetGroup", "datasetGroup", { datasetGroupArn });
await control("CreateSchema", { name: "views", schema });
const { datasetArn } = await control("CreateDataset", {
  name: "events", datasetGroupArn, schemaArn: arn + "schema/views", datasetType: "Interactions",
});
await active("DescribeDataset", "dataset", { datasetArn });
const { filterArn } = await control("CreateFilter", {
  name: "seen", datasetGroupArn, filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")',
});
await active("DescribeFilter", "filter", { filterArn });
const { eventTrackerArn } = await control("CreateEventTracker", { name: "tracker", datasetGroupArn });
const { solutionArn } = await control("CreateSolution", {
  name: "taste", datasetGroupArn, performAutoTraining: false, recipeArn: "arn:aws:personalize:::recipe/aws-popularity-count",
});
await active("DescribeSolution", "solution", { solutionArn });

let passed = 0, stopped = 0, number = 0;
for (const line of fs.readFileSync(new URL("faults.txt", import.meta.url), "utf8").split("\n")) {
  ++number;
  if (line === "" || line.startsWith("#") || line.includes("$VERSION")) continue;
  const [operation, expected] = line.split(" ", 2);
  const sdk = operation in paths ? runtimeSdk : personalizeSdk;
  const name = paths[operation] ?? operation;
  let body;
  try {
    const text = line.slice(operation.length + expected.length + 2);
    const long = text.replace(/\{(.)\*(\d+)\}/gu, (_, one, count) => one.repeat(Number(count)));
    body = JSON.parse(long.replace('"$SCHEMA"', JSON.stringify(schema)));
  } catch {
    ++stopped;
    continue;
  }
  if (!(name + "Command" in sdk) || Array.isArray(body) || typeof body !== "object" || expected === "SerializationException") {
    ++stopped;  // the SDK cannot say it, or mends the type on the way
    continue;
  }
  const error = await send(sdk, name, body).then(() => undefined, (thrown) => thrown);
  assert.ok(error, `faults.txt:${number} was answered`);
  assert.equal(error.name, expected, `faults.txt:${number}: ${error}`);
  ++passed;
}
for (const [operation, input] of [
  ["DeleteFilter", { filterArn }], ["DeleteEventTracker", { eventTrackerArn }], ["DeleteSolution", { solutionArn }],
  ["DeleteDataset", { datasetArn }], ["DeleteDatasetGroup", { datasetGroupArn }],
])
  await remove(operation, input);
await control("DeleteSchema", { schemaArn: arn + "schema/views" });
assert.ok(passed >= 150, String(passed));
console.log(`the AWS SDK for JavaScript: ${passed} bad requests are answered as modelled, ${stopped} cannot be sent with it`);
