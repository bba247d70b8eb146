import path from "node:path";
import type { Replacements } from "../../bundle/replace";

/** What of the AWS SDK a function does without. */
export const SDK_REPLACEMENTS: Replacements = {
  "@aws-sdk/credential-provider-node/dist-es/index.js": path.join(__dirname, "credentials.ts"),
  "@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js": path.join(__dirname, "logger.ts"),
  "@smithy/core/dist-es/submodules/config/node-config-provider/configLoader.js": path.join(__dirname, "config.ts"),
};
