import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { listen, readBody } from "../../../../../emulators/listen";
import { opened } from "../../opened";

export interface Pushed {
  headers: IncomingHttpHeaders;
  body: {
    message: { data?: string; messageId: string };
    subscription: string;
    deliveryAttempt?: number;
  };
  text: string;
  /** Whether the other side dropped the connection before it was answered. */
  dropped: boolean;
}

/** What a handler answers: a status, or nothing until it says so itself. */
export type Handle = (pushed: Pushed, response: ServerResponse) => number | undefined;

/** An endpoint that keeps what is pushed to it, in order. */
export async function pushEndpoint(handle: Handle = () => 204) {
  const requests: Pushed[] = [];
  const at = { once: 0, most: 0 };
  const { endpoint } = await opened(
    listen(async (request, response) => {
      at.most = Math.max(at.most, ++at.once);
      response.once("close", () => at.once--);
      const body = JSON.parse(String(await readBody(request)));
      const text = Buffer.from(body.message.data ?? "", "base64").toString();
      const pushed: Pushed = { headers: request.headers, body, text, dropped: false };
      response.once("close", () => {
        pushed.dropped = !response.writableFinished;
      });
      requests.push(pushed);
      const status = handle(pushed, response);
      if (status !== undefined) response.writeHead(status).end();
    }),
  );
  return { url: `${endpoint}/push`, requests, at };
}
