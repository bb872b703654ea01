// The flow of flow.py with the AWS SDK for JavaScript.
//
//   node flow.mjs PLACE URL BUCKET DIRECTORY RECIPE      PLACE: where the SDK is installed
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";

import { active, control, eventsSdk, remove, runtimeSdk, send } from "./sdk.mjs";

const [, , bucket, directory, recipe] = process.argv.slice(2);
const personal = recipe === "aws-user-personalization";
const prefix = "js-" + recipe.replace("aws-", "");
const roleArn = "arn:aws:iam::123456789012:role/PersonalizeRole";

const rows = (name) => {
  const [header, ...lines] = fs.readFileSync(path.join(directory, name), "utf8").trim().split(/\r?\n/);
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((value, i) => [names[i], value])));
};
const field = (name, type = "string", more = {}) => ({ name, type, ...more });
const say = (text) => console.log(text);

async function answered(campaignArn, userId, more = {}) {
  const answer = await send(runtimeSdk, "GetRecommendations", { campaignArn, userId, numResults: 20, ...more });
  assert.match(answer.recommendationId, /^RID-/);
  return answer.itemList;
}
const recommended = async (...asked) => (await answered(...asked)).map((item) => item.itemId);
// With the scores, where there are any: an event may leave the order as it is.
const scored = async (...asked) => (await answered(...asked)).map((item) => `${item.itemId} ${item.score?.toFixed(5)}`);

async function refused(name, call) {
  const error = await call().then(() => assert.fail(name + " was expected"), (thrown) => thrown);
  assert.equal(error.name, name, String(error));
  assert.ok(error.$metadata.requestId);
}

const { datasetGroupArn } = await control("CreateDatasetGroup", { name: prefix });
const group = await active("DescribeDatasetGroup", "datasetGroup", { datasetGroupArn });
assert.ok(group.creationDateTime instanceof Date && Math.abs(group.creationDateTime - Date.now()) < 600_000);

const fields = {
  Interactions: [field("USER_ID"), field("ITEM_ID"), field("EVENT_TYPE"), field("TIMESTAMP", "long")],
  Items: [field("ITEM_ID"), field("TITLE", ["null", "string"]), field("GENRES", ["null", "string"], { categorical: true })],
};
const schemas = {}, datasets = {};
for (const [datasetType, list] of Object.entries(fields)) {
  const schema = { type: "record", name: datasetType, namespace: "com.amazonaws.personalize.schema", fields: list, version: "1.0" };
  const name = `${prefix}-${datasetType}`;
  schemas[datasetType] = (await control("CreateSchema", { name, schema: JSON.stringify(schema) })).schemaArn;
  datasets[datasetType] = (await control("CreateDataset", { name, datasetType, datasetGroupArn, schemaArn: schemas[datasetType] })).datasetArn;
  await active("DescribeDataset", "dataset", { datasetArn: datasets[datasetType] });
}
for (const [datasetType, file] of [
  ["Interactions", personal ? "recent.csv" : "interactions.csv"], ["Items", personal ? "recent_items.csv" : "items.csv"],
]) {
  const { datasetImportJobArn } = await control("CreateDatasetImportJob", {
    jobName: `${prefix}-${datasetType}`, datasetArn: datasets[datasetType], roleArn,
    dataSource: { dataLocation: `s3://${bucket}/${file}` },
  });
  await active("DescribeDatasetImportJob", "datasetImportJob", { datasetImportJobArn });
}
say("the data is imported");

const { solutionArn } = await control("CreateSolution", {
  name: prefix, datasetGroupArn, recipeArn: `arn:aws:personalize:::recipe/${recipe}`, performAutoTraining: false,
  ...(personal && { solutionConfig: { algorithmHyperParameters: { hidden_dimension: "32" } } }),
});
await active("DescribeSolution", "solution", { solutionArn });
const { solutionVersionArn } = await control("CreateSolutionVersion", { solutionArn });
await active("DescribeSolutionVersion", "solutionVersion", { solutionVersionArn });
const { metrics } = await control("GetSolutionMetrics", { solutionVersionArn });
assert.ok(metrics.coverage > 0, JSON.stringify(metrics));
const { campaignArn } = await control("CreateCampaign", {
  name: prefix, solutionVersionArn, minProvisionedTPS: 1,
  // Without exploration, which draws anew for each answer, lists can be compared.
  ...(personal && { campaignConfig: { itemExplorationConfig: { explorationWeight: "0" } } }),
});
await active("DescribeCampaign", "campaign", { campaignArn });

const heldOut = rows("events.csv");
const users = [...new Set(heldOut.map((event) => event.USER_ID))];
const others = [...new Set(rows("recent.csv").map((row) => row.USER_ID))].filter((user) => !users.includes(user)).slice(-5);
const lists = () => Promise.all([...users.slice(0, 5), ...others].map((user) => scored(campaignArn, user)));
const before = await lists();
assert.ok(before.every((items) => items.length === 20));
say("the campaign answers");

const { trackingId, eventTrackerArn } = await control("CreateEventTracker", { name: prefix, datasetGroupArn });
await active("DescribeEventTracker", "eventTracker", { eventTrackerArn });
for (const event of heldOut)
  await send(eventsSdk, "PutEvents", {
    trackingId, userId: event.USER_ID, sessionId: "session-" + event.USER_ID,
    eventList: [{ eventType: event.EVENT_TYPE, itemId: event.ITEM_ID, sentAt: new Date(Number(event.TIMESTAMP) * 1000), properties: {} }],
  });
const after = await lists();
assert.deepEqual(after.slice(5), before.slice(5));
for (let i = 0; i < 5; ++i) (personal ? assert.notDeepEqual : assert.deepEqual)(after[i], before[i]);
say("users with events have other answers where the recipe reacts, users without the same");
await send(eventsSdk, "PutItems", {
  datasetArn: datasets.Items, items: [{ itemId: "new-film", properties: JSON.stringify({ title: "New", genres: "Drama" }) }],
});
const { filterArn } = await control("CreateFilter", {
  name: `${prefix}-seen`, datasetGroupArn,
  filterExpression: 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")',
});
await active("DescribeFilter", "filter", { filterArn });
const mine = new Set(heldOut.filter((event) => event.USER_ID === users[0]).map((event) => event.ITEM_ID));
for (const item of await recommended(campaignArn, users[0], { filterArn })) assert.ok(!mine.has(item), item);
say("events are in the next answer");

const second = (await control("CreateSolutionVersion", { solutionArn })).solutionVersionArn;
await active("DescribeSolutionVersion", "solutionVersion", { solutionVersionArn: second });
await control("UpdateCampaign", { campaignArn, solutionVersionArn: second });
await active("DescribeCampaign", "campaign", { campaignArn }, (found) => found.latestCampaignUpdate.status);
if (personal) assert.notDeepEqual((await lists()).slice(5), after.slice(5));

await refused("ResourceInUseException", () => control("DeleteSolution", { solutionArn }));
await refused("ResourceAlreadyExistsException", () => control("CreateDatasetGroup", { name: prefix }));
await refused("ResourceNotFoundException", () => recommended(campaignArn + "x", "1"));
await refused("InvalidInputException", () => recommended(campaignArn, "1", { numResults: 501 }));
await refused("InvalidInputException", () => control("CreateDatasetGroup", {}));

for (const [operation, input] of [
  ["DeleteCampaign", { campaignArn }], ["DeleteSolution", { solutionArn }], ["DeleteEventTracker", { eventTrackerArn }],
  ["DeleteFilter", { filterArn }], ["DeleteDataset", { datasetArn: datasets.Interactions }],
  ["DeleteDataset", { datasetArn: datasets.Items }], ["DeleteDatasetGroup", { datasetGroupArn }],
])
  await remove(operation, input);
for (const schemaArn of Object.values(schemas)) await control("DeleteSchema", { schemaArn });
say("the AWS SDK for JavaScript: everything is done and deleted");
