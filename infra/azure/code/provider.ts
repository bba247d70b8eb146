import type { dynamic } from "@pulumi/pulumi";
import { type Pause, publish } from "./api";
import type { CodePackage } from "./package";

type Provider = dynamic.ResourceProvider<CodePackage, CodePackage>;

/** Puts a package on an app, whenever its bytes are others. It goes with the app. */
export function codeProvider(pause: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))): Provider {
  return {
    async create(wanted) {
      await publish(pause, wanted);
      return { id: wanted.site, outs: wanted };
    },

    async diff(_id, is, wanted) {
      const replaces = is.site === wanted.site ? [] : ["site"];
      return { changes: replaces.length > 0 || is.sha256 !== wanted.sha256, replaces, deleteBeforeReplace: false };
    },

    async update(_id, _is, wanted) {
      await publish(pause, wanted);
      return { outs: wanted };
    },
  };
}
