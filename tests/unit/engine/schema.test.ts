import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { TEMPLATES as AWS } from "../../engine/provider/clouds/aws/values";
import { TEMPLATES as AZURE } from "../../engine/provider/clouds/azure/values";
import { TEMPLATES as GCP } from "../../engine/provider/clouds/gcp/values";
import aws from "../../engine/schemas/aws.json";
import { generateSchema } from "../../engine/schemas/generate";
import { parseType, propertiesOf, type Schema } from "../../engine/schemas/schema";
import { RESOURCE_TYPES } from "../../engine/schemas/types";

const ENGINE = path.resolve(__dirname, "../../engine");

describe.each(Object.keys(RESOURCE_TYPES))("the schema of %s", (name) => {
  // The declarations of an SDK have up to 17 MB: they are read once.
  const generated = generateSchema(name);

  it("is what the installed SDK declares: else run tests/engine/schemas/generate.ts", () => {
    const committed = readFileSync(path.join(ENGINE, "schemas", `${name}.json`), "utf8");

    expect(committed).toBe(generated);
  });

  it("has a replacement entry for each type, and no others", () => {
    const table = JSON.parse(readFileSync(path.join(ENGINE, "replacement", `${name}.json`), "utf8")) as typeof TABLE;

    expect(Object.keys(table.types).sort()).toEqual([...RESOURCE_TYPES[name]!].sort());
    expect(table.sdk).toBe((JSON.parse(generated) as { sdk: string }).sdk);
  });

  it("has an input for each path of the replacement table", () => {
    const table = JSON.parse(readFileSync(path.join(ENGINE, "replacement", `${name}.json`), "utf8")) as typeof TABLE;

    const schema = JSON.parse(generated) as Schema;

    const strange = Object.entries(table.types).flatMap(([type, entry]) =>
      [
        ...entry.replace,
        ...(entry.whenAddedOrRemoved ?? []),
        ...(entry.whenDecreased ?? []),
        ...(entry.refusedInPlace ?? []),
      ]
        .filter((property) => !isInput(schema, type, property))
        .map((property) => `${type} ${property}`),
    );

    expect(strange).toEqual([]);
  });
});

describe.each([
  ["aws", AWS],
  ["azure-native", AZURE],
  ["gcp", GCP],
])("the dialect of %s", (name, templates) => {
  it("knows what the cloud answers for each type", () => {
    expect(Object.keys(templates).sort()).toEqual([...RESOURCE_TYPES[name]!].sort());
  });
});

describe("the schema of aws", () => {
  it("says what is required, and keeps inputs and outputs of one name apart", () => {
    const mapping = aws.resources["aws:lambda/eventSourceMapping:EventSourceMapping"];

    expect(mapping.inputs.functionName).toBe("string");
    expect(mapping.inputs["batchSize?"]).toBe("number");
    expect(mapping.inputs).not.toHaveProperty("uuid");
    expect(mapping.outputs.uuid).toBe("string");
    expect(aws.outputTypes["lambda.FunctionVpcConfig"].vpcId).toBe("string");
    expect(aws.inputTypes["lambda.FunctionVpcConfig"]["vpcId?"]).toBe("string");
  });
});

describe("the schema's notation", () => {
  it("reads arrays of unions, maps and nested types", () => {
    expect(parseType("(string | resource)[]")).toEqual({
      kind: "array",
      of: { kind: "union", of: [{ kind: "string" }, { kind: "resource" }] },
    });
    expect(parseType("Record<string[]>")).toEqual({ kind: "record", of: { kind: "array", of: { kind: "string" } } });
    expect(parseType('("Managed" | string)[]')).toEqual({
      kind: "array",
      of: { kind: "union", of: [{ kind: "literal", text: "Managed" }, { kind: "string" }] },
    });
    expect(parseType("lambda.Code[]")).toEqual({ kind: "array", of: { kind: "nested", name: "lambda.Code" } });
  });

  it("refuses what it does not have", () => {
    expect(() => parseType("bigint")).toThrow('"bigint" is not a type');
  });

  it("tells required properties from those that may be absent", () => {
    expect(propertiesOf({ "a?": "string", b: "number" })).toEqual([
      { name: "a", required: false, type: { kind: "string" } },
      { name: "b", required: true, type: { kind: "number" } },
    ]);
  });
});

declare const TABLE: {
  sdk: string;
  types: Record<
    string,
    { replace: string[]; whenAddedOrRemoved?: string[]; whenDecreased?: string[]; refusedInPlace?: string[] }
  >;
};

/** Whether a path such as `attributes[*].name` leads to an input of a type. */
function isInput({ resources, inputTypes }: Schema, type: string, property: string): boolean {
  const leads = (declared: Record<string, string> | undefined, [step = "", ...rest]: string[]): boolean => {
    const name = step.replace("[*]", "");
    const text = declared?.[name] ?? declared?.[`${name}?`];
    if (text === undefined) return false;
    // A list may be named as a whole, at the end of a path.
    if (rest.length === 0) return text.endsWith("[]") || !step.endsWith("[*]");
    if (text.endsWith("[]") !== step.endsWith("[*]")) return false;
    return text.split(" | ").some((alternative) => leads(inputTypes[alternative.replace("[]", "")], rest));
  };
  return leads(resources[type]?.inputs, property.split("."));
}
