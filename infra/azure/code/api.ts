import { accessToken } from "./credentials";
import type { CodePackage } from "./package";

export type Pause = (ms: number) => Promise<void>;

/** Why a package was not taken. */
interface Refusal {
  reason: string;
  /** The same may be taken later. */
  mayPass: boolean;
}

interface Answer {
  status: number;
  text: string;
}

/*
 * All of this becomes text in the stack's state, to be run by another process. So it refers to nothing that is not a
 * function, a literal or loaded within a function; and a token is fetched where it is used, or it would be in the state.
 */

/**
 * Hands a package to the app and waits until it is there: https://learn.microsoft.com/azure/azure-functions/functions-deployment-technologies#one-deploy
 * A new app, or an identity with new rights, takes minutes until its services know of it: what may pass is tried again.
 */
export async function publish(pause: Pause, { site, file, sha256 }: CodePackage): Promise<void> {
  const zip = packageOf(file, sha256);
  const most = 16;
  for (let attempt = 1; ; attempt++) {
    const refusal = await publishOnce(pause, site, zip);
    if (refusal === undefined) return;
    if (!refusal.mayPass || attempt === most)
      throw new Error(`The code could not be deployed to ${new URL(site).host}: ${refusal.reason}`);
    await pause(Math.min(2_500 * 2 ** attempt, 30_000));
  }
}

async function publishOnce(pause: Pause, site: string, zip: Uint8Array): Promise<Refusal | undefined> {
  const answer = await call(site, "POST", "/api/publish?type=zip&RemoteBuild=false", zip);
  if (answer.status === 200) return undefined;
  if (answer.status !== 202) return refusalOf(answer);
  const id = answer.text.trim().replace(/^"|"$/g, "");
  return await ended(pause, site, id === "" ? "latest" : id);
}

/** States of a deployment, of which only one is good: https://github.com/projectkudu/kudu/wiki/REST-API#deployment */
async function ended(pause: Pause, site: string, id: string): Promise<Refusal | undefined> {
  const every = 3_000;
  const longest = 15 * 60_000;
  const underWay = [0, 1, 2];
  const succeeded = 4;
  for (let waited = 0; waited < longest; waited += every) {
    await pause(every);
    const answer = await call(site, "GET", `/api/deployments/${encodeURIComponent(id)}`);
    // It is noted some time after it was taken, and by a site that restarts in between.
    if (answer.status !== 200) continue;
    const { status, status_text: text = "" } = JSON.parse(answer.text) as { status: number; status_text?: string };
    if (status === succeeded) return undefined;
    if (underWay.includes(status)) continue;
    return {
      reason: `deployment ${id} ended with status ${status}. ${text}`.trim(),
      // The app's identity may not write to the code's container yet.
      mayPass: /forbidden|not authorized|authorizationpermissionmismatch|\b403\b/i.test(text),
    };
  }
  return { reason: `deployment ${id} does not end.`, mayPass: false };
}

function refusalOf({ status, text }: Answer): Refusal {
  const hints: Record<number, string> = {
    401: " Whoever deploys needs the role Website Contributor on the app.",
    403: " Whoever deploys needs the role Website Contributor on the app.",
    404: " The app is not known there.",
    409: " Another deployment is under way.",
  };
  return {
    reason: `${status || "no answer:"} ${text.slice(0, 500)}${hints[status] ?? ""}`,
    mayPass: [0, 401, 403, 404, 408, 409, 429].includes(status) || status >= 500,
  };
}

/** @returns status 0 where there was no answer: a new app's name takes a while until it is known. */
async function call(site: string, method: "GET" | "POST", path: string, body?: Uint8Array): Promise<Answer> {
  // The variable leads to an emulator.
  const base = process.env["SLUICE_SCM_ENDPOINT"] ?? site;
  const { protocol, hostname } = new URL(base);
  if (protocol !== "https:" && !["127.0.0.1", "localhost", "[::1]"].includes(hostname))
    throw new Error(`A token does not go to ${base}: it is neither https nor this machine.`);
  const headers = { authorization: `Bearer ${await accessToken()}`, "content-type": "application/zip" };
  try {
    const signal = AbortSignal.timeout(300_000);
    const response = await fetch(base + path, { method, headers, signal, ...(body && { body }) } as RequestInit);
    return { status: response.status, text: await response.text() };
  } catch (thrown) {
    // What `fetch` throws says why in its cause alone.
    const { message, cause } = thrown as Error & { cause?: { code?: string; message?: string } };
    return { status: 0, text: [message, cause?.code, cause?.message].filter(Boolean).join(": ") };
  }
}

/** The very package that was planned with. */
function packageOf(file: string, sha256: string): Uint8Array {
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  const { createHash } = require("node:crypto") as typeof import("node:crypto");
  const zip = readFileSync(file);
  const found = createHash("sha256").update(zip).digest("hex");
  if (found === sha256) return zip;
  throw new Error(`${file} is not the package that was planned with: its sha256 is ${found} instead of ${sha256}.`);
}
