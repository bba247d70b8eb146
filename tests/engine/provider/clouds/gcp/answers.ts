import { createHash } from "node:crypto";
import { isArchive, isAsset, isObject, type Properties } from "../../values";
import type { Answers, Subject } from "../dialect";
import { templateAnswers } from "../template";
import { locationOf, PROJECT_NUMBER, projectOf } from "./config";
import { TEMPLATES } from "./values";

/** Known before an update: they follow from the program and the provider's configuration alone. */
const KNOWN = new Set(["deletionPolicy", "effectiveLabels", "project", "pulumiLabels"]);
/** The provider works these out before it makes the account: CustomizeDiff in resource_google_service_account.go. */
const KNOWN_OF_ACCOUNT = new Set([...KNOWN, "email", "member", "name"]);

/** What Google answers for a resource: its id, its names and what else only Google knows. */
export function answer(subject: Subject): Answers {
  const { type, inputs, config } = subject;
  const templates = TEMPLATES[type];
  if (!templates) throw new Error(`tests/engine/provider/clouds/gcp/values.ts has no id for ${type}`);
  const labels = inputs["labels"] as Properties | undefined;
  return templateAnswers(subject, {
    templates,
    facts: factsOf(subject),
    own: (property) => {
      switch (property) {
        case "project":
          return projectOf(config, inputs);
        case "location":
          return locationOf(config, inputs);
        case "effectiveLabels":
        case "pulumiLabels":
          return { ...labels, "goog-pulumi-provisioned": "true" };
        case "deletionPolicy":
          return templates.outputs?.["deletionPolicy"] ?? "DELETE";
        default:
          return undefined;
      }
    },
    known: type === "gcp:serviceaccount/account:Account" ? KNOWN_OF_ACCOUNT : KNOWN,
  });
}

/** What the templates may use beyond the resource's own properties. */
function factsOf({ type, urn, inputs, siblings }: Subject): Record<string, unknown> {
  const digest = hash(`${urn}#${siblings}`);
  const content = hash(contentOf(inputs["source"] ?? inputs["content"]));
  const condition = inputs["condition"];
  return {
    projectNumber: PROJECT_NUMBER,
    digest: digest.slice(0, 10),
    etag: digest.slice(0, 12),
    number: `1${BigInt(`0x${digest.slice(0, 14)}`)}`.slice(0, 18),
    uuid: digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5"),
    contentHash: content.slice(0, 32),
    // Each upload has another one; the same content may have the same here, because nothing tells the difference.
    generation: Number.parseInt(content.slice(0, 12), 16),
    conditionTitle: isObject(condition) ? `/${String(condition["title"])}` : "",
    serviceName: type === "gcp:projects/serviceIdentity:ServiceIdentity" ? String(inputs["service"]).split(".")[0] : "",
  };
}

function contentOf(content: unknown): string {
  return isAsset(content) || isArchive(content) ? String(content.hash ?? "") : JSON.stringify(content ?? "");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
