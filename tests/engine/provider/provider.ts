import { setTimeout as sleep } from "node:timers/promises";
import type { Schema } from "../schemas/schema";
import { checkInputs, type Failure } from "./check";
import type { Cloud, Live } from "./cloud";
import type { Dialect, Subject } from "./clouds/dialect";
import { DEFAULTS, isDefault } from "./defaults";
import { diffInputs, type PropertyChange } from "./diff";
import { physicalName } from "./naming";
import { shapeOutputs } from "./outputs";
import { isRefusedInPlace, type ReplacementTable, replaces } from "./replacement";
import { hasUnknown, type Properties } from "./values";

export interface ProviderOptions {
  schema: Schema;
  table: ReplacementTable;
  dialect: Dialect;
  cloud: Cloud;
}

/** A resource as the engine speaks of it. */
export interface Reference {
  urn: string;
  type: string;
  id: string;
}

export interface Difference {
  changes: (PropertyChange & { replaces: boolean })[];
  deleteBeforeReplace: boolean;
}

export interface State {
  id: string;
  inputs: Properties;
  outputs: Properties;
}

/** A provider that does to its own small cloud what the real one does to the real cloud. */
export interface Provider {
  checkConfig(config: Properties): Failure[];
  /** Sets the provider's configuration: region, default tags. Before any resource. */
  configure(config: Properties): void;
  check(urn: string, type: string, before: Properties | undefined, inputs: Properties): Checked;
  diff(resource: Reference, before: Properties, after: Properties): Difference;
  /** Throws what the cloud refuses, also in a preview where the cloud would say so for certain. */
  create(urn: string, type: string, inputs: Properties, preview: boolean): Promise<State>;
  /** The resource as it is now; undefined if it is gone. */
  read(resource: Reference): State | undefined;
  update(resource: Reference, before: State, inputs: Properties, preview: boolean): Properties;
  delete(resource: Reference): void;
  /** Throws for a function that the stand-in does not answer. */
  invoke(token: string, args: Properties): Properties;
}

export interface Checked {
  inputs: Properties;
  failures: Failure[];
}

export function createProvider({ schema, table, dialect, cloud }: ProviderOptions): Provider {
  let config: Properties = {};

  const subject = (urn: string, type: string, inputs: Properties, previous?: Properties): Subject => {
    const siblings = previous ? 0 : cloud.list(type).filter((live) => live.urn === urn).length;
    return { type, urn, inputs, config, previous, siblings };
  };

  /** The inputs with a physical name, if the type has one and the program gave none. */
  const named = (urn: string, type: string, before: Properties | undefined, inputs: Properties): Properties => {
    const naming = schema.resources[type] && dialect.naming(type, inputs);
    const { [DEFAULTS]: _, ...given } = inputs;
    if (!naming || given[naming.property] !== undefined) return { ...given, [DEFAULTS]: [] };
    const kept = isDefault(before, naming.property) ? before?.[naming.property] : undefined;
    const name = kept ?? freeName((attempt) => physicalName(naming, urn, attempt), type, naming.property);
    return { ...given, [naming.property]: name, [DEFAULTS]: [naming.property] };
  };

  const freeName = (nameOf: (attempt: number) => string, type: string, property: string): string => {
    const taken = new Set(cloud.list(type).map((live) => live.inputs[property]));
    for (let attempt = 0; ; attempt++) {
      const name = nameOf(attempt);
      if (!taken.has(name) || nameOf(attempt + 1) === name) return name;
    }
  };

  const find = ({ urn, type, id }: Reference): Live | undefined =>
    cloud.list(type).find((live) => live.id === id && live.urn === urn) ?? cloud.get(type, id);

  return {
    checkConfig: dialect.checkConfig,

    configure(given) {
      config = given;
    },

    check(urn, type, before, inputs) {
      const failures = checkInputs(schema, type, inputs);
      if (failures.length > 0) return { inputs, failures };
      const withName = named(urn, type, before, inputs);
      const complete = { ...dialect.defaults(type, withName, { before, config, cloud }), ...withName };
      return { inputs: complete, failures: dialect.checkRules(type, complete) };
    },

    diff({ type }, before, after) {
      const found = diffInputs(before, after);
      const changes = found.map((change) => ({ ...change, replaces: replaces(table, type, change) }));
      const naming = dialect.naming(type, after);
      const replaced = changes.some((change) => change.replaces);
      const oldGoesFirst =
        dialect.deletesFirst(naming, before, after) || table.types[type]?.deleteBeforeReplace === true;
      return { changes, deleteBeforeReplace: replaced && oldGoesFirst };
    },

    async create(urn, type, inputs, preview) {
      const made = subject(urn, type, inputs);
      const answers = dialect.answer(made);
      const outputs = shapeOutputs(schema, type, inputs, {
        answer: answers.output,
        isUnknown: (property) => preview && !answers.known.has(property),
      });
      if (preview) return { id: "", inputs, outputs };
      if (hasUnknown(inputs)) throw new Error(`${urn} is created with unknown inputs`);

      const { id, names } = answers;
      for (const name of names) {
        const other = cloud.named(type, name);
        if (other) throw new Error(`409 Conflict: ${type} ${name} already exists, made as ${other.urn}`);
      }
      const refusal = dialect.refuseCreate({ ...made, inputs }, cloud);
      if (refusal !== undefined) throw new Error(refusal);
      const settle = dialect.settleMs(type);
      if (settle > 0) await sleep(settle);
      cloud.put({ type, id, urn, inputs, outputs, names });
      return { id, inputs, outputs };
    },

    read(resource) {
      const live = find(resource);
      return live && { id: live.id, inputs: live.inputs, outputs: live.outputs };
    },

    update(resource, before, inputs, preview) {
      const { urn, type } = resource;
      const live = find(resource);
      if (!live) throw new Error(`ResourceNotFoundException: ${type} ${resource.id} does not exist`);
      const changes = diffInputs(before.inputs, inputs);
      const refused = changes.find((change) => isRefusedInPlace(table, type, change));
      if (refused && !preview) throw new Error(`${type} ${resource.id}: ${refused.path} cannot be changed`);
      const changed = [...new Set(changes.map(({ path }) => path.split(/[.[]/)[0]!))];
      const answers = dialect.answer(subject(urn, type, inputs, before.outputs));
      const renewed = new Set(dialect.renewed(type, changed, inputs));
      const outputs = shapeOutputs(schema, type, inputs, {
        answer: (property) =>
          renewed.has(property) || answers.known.has(property)
            ? answers.output(property)
            : (before.outputs[property] ?? answers.output(property)),
        isUnknown: (property) => preview && renewed.has(property),
      });
      if (!preview) cloud.put({ ...live, inputs, outputs });
      return outputs;
    },

    delete(resource) {
      const live = find(resource);
      if (!live) return;
      const refusal = dialect.refuseDelete(live, cloud);
      if (refusal !== undefined) throw new Error(refusal);
      if (dialect.outlives(live)) return;
      for (const other of cloud.list()) if (dialect.contains(live, other)) cloud.remove(other);
      cloud.remove(live);
    },

    invoke(token, args) {
      const answer = dialect.invoke(token, args, config);
      if (!answer) throw new Error(`the stand-in provider does not answer ${token}`);
      return answer;
    },
  };
}
