import type { PushHandler } from "./requests";

/**
 * Has functions-framework end without loss. On SIGTERM it ends the process at once, with up to 80 requests under way
 * whose messages would all come again; so, once it listens, its way to end is replaced by one that waits for them.
 */
export function endWithoutLoss({ handle, close }: PushHandler): PushHandler["handle"] {
  let replaced = false;
  return (request, response) => {
    if (!replaced) {
      replaced = true;
      process.removeAllListeners("SIGTERM").once("SIGTERM", () => {
        close().finally(() => process.exit(0));
      });
    }
    return handle(request, response);
  };
}
