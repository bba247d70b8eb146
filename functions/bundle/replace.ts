import path from "node:path";
import type { Plugin } from "esbuild";

/** A file below node_modules, with slashes, and the file that takes its place. */
export type Replacements = Readonly<Record<string, string>>;

/** Swaps parts of packages for something smaller. A file that a newer version of its package no longer has is simply not swapped. */
export function replacePlugin(replacements: Replacements): Plugin {
  return {
    name: "replace",
    setup(build) {
      for (const [replaced, file] of Object.entries(replacements)) {
        const below = `node_modules/${replaced}`.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("/", "[\\\\/]");
        build.onLoad({ filter: new RegExp(`[\\\\/]${below}$`) }, () => ({
          contents: `export * from ${JSON.stringify(file)};`,
          resolveDir: path.dirname(file),
        }));
      }
    },
  };
}
