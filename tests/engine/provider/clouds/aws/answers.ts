import { createHash } from "node:crypto";
import { hasUnknown, isArchive, isAsset, type Properties } from "../../values";
import type { Answers, Subject } from "../dialect";
import { templateAnswers } from "../template";
import { ACCOUNT, defaultTags, regionOf } from "./config";
import { TEMPLATES } from "./values";

/** Known before an update: they follow from the program and the provider's configuration alone. */
const KNOWN = new Set(["region", "tagsAll"]);

/** Inputs that end up in a published version of a function. Concurrency, tags and the like do not. */
const CODE = ["code", "imageUri", "s3Bucket", "s3Key", "s3ObjectVersion"];
const NOT_VERSIONED = new Set(["publish", "reservedConcurrentExecutions", "skipDestroy", "tags"]);

/** What AWS answers for a resource: its id, its ARN and what else only AWS knows. */
export function answer(subject: Subject): Answers {
  const { type, inputs, config } = subject;
  const templates = TEMPLATES[type];
  if (!templates) throw new Error(`tests/engine/provider/clouds/aws/values.ts has no id for ${type}`);
  return templateAnswers(subject, {
    templates,
    facts: factsOf(subject),
    own: (property) => {
      if (property === "region") return regionOf(config, inputs);
      if (property === "tagsAll") return { ...defaultTags(config), ...(inputs["tags"] as Properties | undefined) };
      return undefined;
    },
    known: KNOWN,
  });
}

/** Outputs that an update changes, as the provider's CustomizeDiff marks them. */
export function renewed(type: string, changed: readonly string[], inputs: Properties): readonly string[] {
  switch (type) {
    case "aws:lambda/function:Function": {
      const code = changed.some((key) => CODE.includes(key)) ? ["codeSha256", "sourceCodeHash", "sourceCodeSize"] : [];
      const versioned = changed.some((key) => !NOT_VERSIONED.has(key)) && inputs["publish"] === true;
      return [...code, "lastModified", ...(versioned ? ["qualifiedArn", "qualifiedInvokeArn", "version"] : [])];
    }
    case "aws:lambda/eventSourceMapping:EventSourceMapping":
      return changed.includes("functionName") ? ["functionArn", "lastModified"] : ["lastModified"];
    case "aws:dynamodb/table:Table":
      return changed.some((key) => key.startsWith("stream")) ? ["streamArn", "streamLabel"] : [];
    case "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream":
      return ["versionId"];
    case "aws:kms/alias:Alias":
      return changed.includes("targetKeyId") ? ["targetKeyArn"] : [];
    case "aws:s3/bucketObjectv2:BucketObjectv2":
      return ["etag", "versionId"];
    default:
      return [];
  }
}

/** What the templates may use beyond the resource's own properties. */
function factsOf({ type, urn, inputs, config, previous, siblings }: Subject): Record<string, string> {
  const digest = hash(`${urn}#${siblings}`);
  // An unpublished function's version is a name, `$LATEST`.
  const revision = (Number(previous?.["version"] ?? previous?.["versionId"]) || 0) + 1;
  const published = type !== "aws:lambda/function:Function" || inputs["publish"] === true;
  return {
    account: ACCOUNT,
    region: regionOf(config, inputs),
    digest: digest.slice(0, 12),
    DIGEST: digest.slice(0, 17).toUpperCase(),
    uuid: digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5"),
    date: "2026-01-01T00:00:00.000",
    revision: String(revision),
    version: published ? String(revision) : "$LATEST",
    codeHash: contentHash(inputs["code"], inputs),
    contentHash: contentHash(inputs["source"] ?? inputs["content"], inputs).slice(0, 32),
    // A function may be named by its name, its ARN or an alias's ARN.
    function: String(inputs["functionName"] ?? inputs["function"] ?? "").replace(/^arn:.*?:function:/, ""),
    // A key may be named by its id or its ARN.
    targetKey: String(inputs["targetKeyId"] ?? "").replace(/^arn:.*:key\//, ""),
    eventBusName: "default",
  };
}

function contentHash(content: unknown, inputs: Properties): string {
  if (isAsset(content) || isArchive(content)) return hash(String(content.hash ?? ""));
  return hasUnknown(content) ? "" : hash(JSON.stringify(content ?? inputs["imageUri"] ?? inputs["s3Key"] ?? ""));
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
