import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { LIMITS, type NameKind, nameOf, UNIQUE_LIMITS, type UniqueKind, uniqueNameOf } from "../../../infra/naming";

const kinds = Object.keys(LIMITS) as NameKind[];
const kind = fc.constantFrom(...kinds);
/** What Pulumi takes as the name of a project or a stack. */
const given = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/);
/** Names that a careless rule would confuse. */
const confusing = fc.stringMatching(/^[ab-]{1,4}$/);
const part = fc.constantFrom("stream", "bucket-public-access-block", "alarm-ingest-throttles");

describe("names of resources", () => {
  it("are the project, the stack and the part where that is a name", () => {
    expect(nameOf("function", { project: "sluice", stack: "aws" }, "worker")).toBe("sluice-aws-worker");
  });

  it("keep the length and the characters that their kind allows, whatever project and stack are called", () => {
    fc.assert(
      fc.property(kind, given, given, part, (kind, project, stack, part) => {
        // Nobody gives a short name a part that leaves no room for the stack.
        fc.pre(part.length + 10 < LIMITS[kind]);
        const name = nameOf(kind, { project, stack }, part);

        expect(name.length).toBeLessThanOrEqual(LIMITS[kind]);
        expect(name).toMatch(/^[a-z][a-z0-9-]*[a-z]$/);
        expect(name.endsWith(`-${part}`)).toBe(true);
      }),
    );
  });

  it("leave Pulumi room for its own digits below the 63 characters of a bucket", () => {
    expect(LIMITS.logical + "-1234567".length).toBe(63);
  });

  it("never collide between two stacks", () => {
    fc.assert(
      fc.property(
        confusing,
        confusing,
        confusing,
        confusing,
        part,
        (project, stack, otherProject, otherStack, part) => {
          fc.pre(project !== otherProject || stack !== otherStack);

          const one = nameOf("function", { project, stack }, part);
          const other = nameOf("function", { project: otherProject, stack: otherStack }, part);

          expect(one).not.toBe(other);
        },
      ),
    );
  });

  it("never collide where only the end that was cut off differs", () => {
    const long = "x".repeat(100);

    const one = nameOf("logical", { project: "sluice", stack: `${long}1` }, "stream");
    const other = nameOf("logical", { project: "sluice", stack: `${long}2` }, "stream");

    expect(one).not.toBe(other);
  });

  it("are the same each time", () => {
    const name = { project: "Sluice", stack: "prod-eu" };

    expect(nameOf("logical", name, "stream")).toBe(nameOf("logical", { ...name }, "stream"));
  });
});

describe("names that nobody else may have", () => {
  const unique = fc.constantFrom(...(Object.keys(UNIQUE_LIMITS) as UniqueKind[]));

  it("keep the length and the characters that their kind allows, whatever project and stack are called", () => {
    fc.assert(
      fc.property(unique, given, given, fc.constantFrom("hub", "worker", "actions"), (kind, project, stack, part) => {
        const name = uniqueNameOf(kind, { project, stack }, part, "seed");

        const { most, dash } = UNIQUE_LIMITS[kind];
        expect(name.length).toBeLessThanOrEqual(most);
        expect(name.length).toBeGreaterThanOrEqual(6);
        expect(name).toMatch(dash === "" ? /^[a-z][a-z0-9]+$/ : /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/);
      }),
    );
  });

  it("say whose they are as far as there is room", () => {
    expect(uniqueNameOf("site", { project: "sluice", stack: "azure" }, "worker", "seed")).toMatch(
      /^sluice-azure-worker-[a-z0-9]{10}$/,
    );
  });

  it("differ between two deployments of the same stack, and are the same within one", () => {
    const name = { project: "sluice", stack: "azure" };

    const one = uniqueNameOf("storage", name, "data", "subscription/group1");
    const other = uniqueNameOf("storage", name, "data", "subscription/group2");

    expect(one).not.toBe(other);
    expect(uniqueNameOf("storage", { ...name }, "data", "subscription/group1")).toBe(one);
  });
});
