import path from "node:path";
import type { Plugin } from "esbuild";

/** What the user's code must name to get at another language's messages. */
const NAMES_LOCALES = /\blocales\b/;

/**
 * Finds zod, and leaves its messages in some forty languages out. `import { z } from "zod"` reads zod through one object, of which
 * esbuild can drop nothing: the languages then are more than half of the function (455 kB). English stays, it is the default.
 *
 * A pipeline outside this project without its own zod gets ours, as it does on the command line.
 */
export function zodPlugin({ allLocales }: { allLocales: boolean }): Plugin {
  return {
    name: "zod",
    setup(build) {
      build.onResolve({ filter: /^zod(\/|$)/ }, async ({ path: name, pluginData, ...place }) => {
        if (pluginData === ASKING) return undefined;
        const found = await build.resolve(name, { ...place, pluginData: ASKING });
        return found.errors.length === 0
          ? found
          : build.resolve(name, { ...place, resolveDir: __dirname, pluginData: ASKING });
      });
      if (allLocales) return;
      build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, ({ path: file }) => ({
        contents: `export { default as en } from "./en${path.extname(file)}";`,
        resolveDir: path.dirname(file),
      }));
    },
  };
}

const ASKING = Symbol("the default resolution is being asked");

/** Whether a source of the user's may ask zod for another language. */
export function namesLocales(source: string): boolean {
  return NAMES_LOCALES.test(source);
}
