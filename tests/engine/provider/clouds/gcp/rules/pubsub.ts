import type { Failure } from "../../../check";
import { isObject, type Properties, UNKNOWN } from "../../../values";
import { at, between, failIf, matches, type Rule } from "../../rule";
import { seconds } from "./seconds";

const NAME = /^[A-Za-z][\w.~+%-]{2,254}$/;
const DAY = 86_400;
const ATTEMPTS = "deadLetterPolicy.maxDeliveryAttempts";

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions and projects.topics */
export const PUBSUB: Readonly<Record<string, Rule>> = {
  "gcp:pubsub/topic:Topic": (inputs) => [
    matches(inputs["name"], "name", NAME),
    seconds(inputs, "messageRetentionDuration", 600, 31 * DAY),
  ],
  "gcp:pubsub/subscription:Subscription": (inputs) => [
    matches(inputs["name"], "name", NAME),
    matches(inputs["topic"], "topic", /^(?:projects\/[^/]+\/topics\/)?[^/]+$/),
    between(inputs["ackDeadlineSeconds"], "ackDeadlineSeconds", 10, 600),
    seconds(inputs, "messageRetentionDuration", 600, 31 * DAY),
    seconds(inputs, "retryPolicy.minimumBackoff", 0, 600),
    seconds(inputs, "retryPolicy.maximumBackoff", 0, 600),
    between(at(inputs, ATTEMPTS), ATTEMPTS, 5, 100),
    oneDestination(inputs),
    ...expiration(inputs),
    ...push(inputs),
    ...cloudStorage(inputs),
  ],
};

function oneDestination(inputs: Properties): Failure | undefined {
  const given = ["bigqueryConfig", "cloudStorageConfig", "pushConfig"].filter((name) => inputs[name] !== undefined);
  return failIf(
    given.length > 1,
    given[1] ?? "",
    `a subscription delivers in one way, and not in ${given.join(" and ")}`,
  );
}

/** "" is never; otherwise longer than what it keeps. */
function expiration(inputs: Properties): (Failure | undefined)[] {
  if (at(inputs, "expirationPolicy.ttl") === "") return [];
  return [seconds(inputs, "expirationPolicy.ttl", DAY, 365 * DAY)];
}

function push(inputs: Properties): (Failure | undefined)[] {
  const config = inputs["pushConfig"];
  if (!isObject(config)) return [];
  return [
    matches(config["pushEndpoint"], "pushConfig.pushEndpoint", /^https:\/\/[\w.-]+/),
    failIf(
      inputs["enableExactlyOnceDelivery"] === true,
      "enableExactlyOnceDelivery",
      "exactly-once delivery is not supported for push subscriptions",
    ),
  ];
}

function cloudStorage(inputs: Properties): (Failure | undefined)[] {
  const config = inputs["cloudStorageConfig"];
  if (!isObject(config)) return [];
  const deadline = inputs["ackDeadlineSeconds"] ?? 10;
  const longest = deadline === UNKNOWN ? 600 : Math.min(600, Number(deadline));
  return [
    seconds(inputs, "cloudStorageConfig.maxDuration", 60, longest),
    between(config["maxBytes"], "cloudStorageConfig.maxBytes", 1000, 10 * 1024 ** 3),
    between(config["maxMessages"], "cloudStorageConfig.maxMessages", 1000, Number.POSITIVE_INFINITY),
    matches(config["filenameSuffix"], "cloudStorageConfig.filenameSuffix", /[^/]$/),
  ];
}
