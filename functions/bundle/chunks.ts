import type { Plugin } from "esbuild";

/** What the entry imports everything from that is loaded at the start. */
export const CORE = "sluice:core";

/** Files as esbuild wrote them: name to text. */
export type Texts = ReadonlyMap<string, string>;

/** One file of a bundle. */
export interface BuiltFile {
  name: string;
  contents: string;
}

const CHUNK = /chunk-[A-Z0-9]{8}\.mjs/g;

/**
 * Keeps what is loaded at the start in one file. esbuild splits code by who needs it, which makes a file for each
 * combination of the entry and the parts that are imported lazily, and each file costs a start about 1 ms. So every lazy
 * part also imports the core: then all of the core has the same combination.
 */
export function corePlugin(core: string, resolveDir: string): Plugin {
  return {
    name: "core",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${CORE}$`) }, () => ({ path: CORE, namespace: "core" }));
      build.onLoad({ filter: /./, namespace: "core" }, () => ({ contents: core, resolveDir }));

      build.onResolve({ filter: /./ }, async ({ path: name, kind, pluginData, ...place }) => {
        if (kind !== "dynamic-import" || pluginData === ASKING) return undefined;
        const found = await build.resolve(name, { ...place, kind, pluginData: ASKING });
        return found.external || found.errors.length > 0 ? found : { path: found.path, namespace: "lazy" };
      });
      build.onLoad({ filter: /./, namespace: "lazy" }, ({ path: file }) => ({
        contents: `import ${JSON.stringify(CORE)}; export * from ${JSON.stringify(file)};`,
        resolveDir,
      }));
    },
  };
}

const ASKING = Symbol("the default resolution is being asked");

/**
 * esbuild names chunks by a hash that depends on where the sources lie. Numbered in the order in which the entry reaches
 * them, they have the same names everywhere. Those that it does not reach are left out.
 */
export function numberChunks(texts: Texts, entry: string): BuiltFile[] {
  const order = [entry];
  for (const name of order)
    for (const [found] of texts.get(name)?.matchAll(CHUNK) ?? [])
      if (texts.has(found) && !order.includes(found)) order.push(found);
  const names = new Map(order.map((name, i) => [name, i === 0 ? name : `chunk-${i}.mjs`]));
  return [...names].map(([from, name]) => ({
    name,
    contents: (texts.get(from) ?? "").replace(CHUNK, (found) => names.get(found) ?? found),
  }));
}
