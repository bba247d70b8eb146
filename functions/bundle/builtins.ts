import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const NAMESPACE = "builtin";

/**
 * Takes Node's own modules from `process.getBuiltinModule` instead of importing them. An import reads every export once,
 * lazy ones too: `import "node:http"` thereby loads undici for its WebSocket, 20 ms of each start that nobody needs.
 */
export const builtinsPlugin: Plugin = {
  name: "builtins",
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)*$/ }, ({ path: name, kind }) => {
      if (!isBuiltin(name)) return undefined;
      // esbuild would make a file of its own for each that is imported lazily: those are left to `withoutLazyBuiltins`.
      if (kind === "dynamic-import") return { path: name, external: true };
      return { path: name.replace(/^node:/, ""), namespace: NAMESPACE, sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path: name }) => ({
      contents: `module.exports = ${own(name)};`,
    }));
  },
};

/** The same for lazy imports, in the bundled text. */
export function withoutLazyBuiltins(code: string): string {
  return code.replace(/\bimport\("((?:node:)?[a-z_/]+)"\)/g, (whole, name: string) =>
    isBuiltin(name) ? `Promise.resolve(${own(name)})` : whole,
  );
}

function own(name: string): string {
  return `process.getBuiltinModule(${JSON.stringify(name)})`;
}
