import { isObject } from "../values";
import type { Answers, Subject } from "./dialect";

/** Where a cloud puts its resources' ids, names and other answers. `{x}` stands for an input, a fact or another output. */
export interface Templates {
  id: string;
  /** What only one resource may have at a time, if that is not the id. */
  name?: string;
  outputs?: Readonly<Record<string, unknown>>;
}

export interface TemplateOptions {
  templates: Templates;
  /** What the templates may use beyond the resource's own properties. */
  facts: Readonly<Record<string, unknown>>;
  /** Answers that no template gives, because every type has them. */
  own: (property: string) => unknown;
  known: ReadonlySet<string>;
}

/** The cloud's answers, from its templates. A template that is nothing but `{x}` keeps the value's type. */
export function templateAnswers({ type, inputs }: Subject, options: TemplateOptions): Answers {
  const { templates, facts, own, known } = options;

  const output = (property: string): unknown => own(property) ?? render(templates.outputs?.[property]);

  const render = (template: unknown): unknown => {
    if (Array.isArray(template)) return template.map(render);
    if (isObject(template)) return Object.fromEntries(Object.entries(template).map(([k, v]) => [k, render(v)]));
    if (typeof template !== "string") return template;
    const only = /^\{(\w+)\}$/.exec(template)?.[1];
    return only === undefined
      ? template.replace(/\{(\w+)\}/g, (_, name: string) => String(lookUp(name)))
      : lookUp(only);
  };

  const lookUp = (name: string): unknown => {
    const value = inputs[name] ?? facts[name] ?? output(name);
    if (value === undefined) throw new Error(`${type}: nothing is known of {${name}}`);
    return value;
  };

  return {
    get id() {
      return String(render(templates.id));
    },
    get names() {
      return [String(render(templates.name ?? templates.id))];
    },
    output,
    known,
  };
}
