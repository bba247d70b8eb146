import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { openIdentity } from "../../../emulators/azure/identity";
import { openScm } from "../../../emulators/azure/scm";
import { stackOf } from "./stack";

/** As the engine's own process takes it: @pulumi/pulumi/cmd/dynamic-provider. */
const LIFE_OF_CODE = `
  const provider = require("require-from-string")(process.env.PROVIDER).handler();
  const inputs = JSON.parse(process.env.INPUTS);
  const { id, outs } = await provider.create(inputs);
  const same = await provider.diff(id, outs, inputs);
  const other = await provider.diff(id, outs, { ...inputs, sha256: "other" });
  console.log(JSON.stringify({ id, outs, same, other }));
`;

describe("the code, by the provider in the stack's state,", () => {
  it("is deployed by another process, whose token stays there", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "code-"));
    const file = path.join(folder, "package.zip");
    const zip = Buffer.from("PK and the rest");
    writeFileSync(file, zip);
    const identity = await openIdentity();
    const scm = await openScm({ identity, style: "synchronous" });
    const { __provider: provider, ...inputs } = (await stackOf({})).get("code").inputs;
    const wanted = { ...inputs, file, sha256: createHash("sha256").update(zip).digest("hex") };

    const { stdout } = await promisify(execFile)(process.execPath, ["-e", `(async () => {${LIFE_OF_CODE}})()`], {
      env: {
        PATH: process.env["PATH"],
        PROVIDER: provider,
        INPUTS: JSON.stringify(wanted),
        SLUICE_SCM_ENDPOINT: scm.endpoint,
        ...identity.environment,
      },
    });
    const { id, outs, same, other } = JSON.parse(stdout);

    expect(id).toBe(inputs.site);
    expect(outs).toEqual(wanted);
    expect([same.changes, other.changes]).toEqual([false, true]);
    expect(scm.deployments.map(({ zip }) => zip)).toEqual([zip]);
    expect(stdout + provider).not.toContain(identity.token("https://management.azure.com"));
    await scm.close();
    await identity.close();
    rmSync(folder, { recursive: true });
  });

  it("is the same text each time, or every preview would show a change", async () => {
    const one = await stackOf({});
    const other = await stackOf({}, {});

    expect(other.get("code").inputs.__provider).toBe(one.get("code").inputs.__provider);
  });
});
