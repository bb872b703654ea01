// The three clients of the AWS SDK for JavaScript, taken from where scripts/conformance.sh installed them.
import { createRequire } from "node:module";
import path from "node:path";

const [place, url] = process.argv.slice(2);
const require = createRequire(path.join(place, "package.json"));
export const personalizeSdk = require("@aws-sdk/client-personalize");
export const runtimeSdk = require("@aws-sdk/client-personalize-runtime");
export const eventsSdk = require("@aws-sdk/client-personalize-events");

const options = {
  endpoint: url,
  region: "eu-central-1",
  maxAttempts: 1,
  credentials: {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  },
};
const clients = new Map([
  [personalizeSdk, new personalizeSdk.PersonalizeClient(options)],
  [runtimeSdk, new runtimeSdk.PersonalizeRuntimeClient(options)],
  [eventsSdk, new eventsSdk.PersonalizeEventsClient(options)],
]);

/** send(personalizeSdk, "CreateSchema", {...}) */
export function send(sdk, operation, input = {}) {
  return clients.get(sdk).send(new sdk[operation + "Command"](input));
}
export const control = (operation, input) => send(personalizeSdk, operation, input);
export const sleep = (millis) => new Promise((done) => setTimeout(done, millis));

/** Polls until the status is ACTIVE. */
export async function active(operation, member, input, status = (found) => found.status) {
  for (let i = 0; i < 900; ++i) {
    const found = (await control(operation, input))[member];
    if (status(found) === "ACTIVE") return found;
    if (String(status(found)).includes("FAILED")) throw new Error(JSON.stringify(found));
    await sleep(200);
  }
  throw new Error(`${operation} ${JSON.stringify(input)} does not become ACTIVE`);
}

/** Deletes, as soon as nothing stands against it, and waits until it is gone. */
export async function remove(operation, input) {
  for (let i = 0; i < 900; ++i) {
    try {
      await control(operation, input);
    } catch (error) {
      if (error.name === "ResourceNotFoundException") return;
      if (error.name !== "ResourceInUseException") throw error;
    }
    await sleep(100);
  }
  throw new Error(`${operation} ${JSON.stringify(input)} does not go`);
}
