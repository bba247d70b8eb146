import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** Resolves with the status of the answer; with 0 if there was none. Never rejects. */
export type Post = (
  url: string,
  body: string,
  authorization: string | undefined,
  signal: AbortSignal,
) => Promise<number>;

export interface Poster {
  post: Post;
  /** Requests without an answer yet. */
  readonly pending: number;
  close(): void;
}

/** Posts JSON over kept connections. An abort drops the connection. */
export function createPoster(): Poster {
  const http = new HttpAgent({ keepAlive: true });
  const https = new HttpsAgent({ keepAlive: true });
  let pending = 0;

  const post: Post = (url, body, authorization, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(0);
      pending++;
      const finish = (status: number) => {
        pending--;
        resolve(status);
      };
      const isSecure = url.startsWith("https:");
      const call = (isSecure ? httpsRequest : httpRequest)(url, {
        method: "POST",
        agent: isSecure ? https : http,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "user-agent": "CloudPubSub-Google",
          ...(authorization !== undefined && { authorization }),
        },
      });
      let status = 0;
      const drop = () => call.destroy();
      signal.addEventListener("abort", drop, { once: true });
      call.on("close", () => {
        signal.removeEventListener("abort", drop);
        finish(status);
      });
      // Whatever it is, the message was not acknowledged.
      call.on("error", () => undefined);
      // 102 comes before the answer, and settles it.
      call.on("information", (information) => {
        if (information.statusCode === 102) status = 102;
      });
      call.on("response", (response) => {
        status ||= response.statusCode ?? 0;
        response.on("error", () => undefined);
        response.resume();
      });
      call.end(body);
    });

  return {
    post,
    get pending() {
      return pending;
    },
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}
