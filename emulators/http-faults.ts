import { Agent, type IncomingMessage, type ServerResponse } from "node:http";
import type { Clock } from "../shared/clock";
import { systemClock } from "./clock";
import type { Fault, Outcome, Rule } from "./http-faults/fault";
import { forward, send } from "./http-faults/forward";
import { type Listener, type ListenOptions, listen, readBody } from "./listen";

export type { Answer, Fault, Outcome, RequestHead, Rule, Split } from "./http-faults/fault";

export interface HttpFaultsOptions extends ListenOptions {
  /** Base URL of the service behind. */
  target: string;
  /** Asked for each request; undefined answers "pass". Default: everything passes. */
  rule?: Rule | undefined;
  clock?: Clock | undefined;
}

/**
 * A reverse proxy that does harm on demand. What passes is streamed as it is, both ways, over kept connections; the Host
 * header stays the client's, so that a signature stays valid.
 */
export interface HttpFaults extends Listener {
  /** For requests that come from now on. */
  set(rule: Rule | undefined): void;
  /** What became of the requests so far. */
  readonly requests: Readonly<Record<Outcome, number>>;
}

export async function openHttpFaults(options: HttpFaultsOptions): Promise<HttpFaults> {
  const { target, clock = systemClock } = options;
  const agent = new Agent({ keepAlive: true });
  const requests: Record<Outcome, number> = {
    pass: 0,
    reply: 0,
    delay: 0,
    lose: 0,
    reset: 0,
    rewrite: 0,
    split: 0,
  };
  let rule = options.rule;
  let index = 0;

  const listener = await listen(async (request, response) => {
    const { method = "GET", url: path = "/", headers } = request;
    const fault = rule?.({ method, path, headers, index: index++ }) ?? { kind: "pass" };
    requests[fault.kind]++;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      await perform(fault, request, response, gone.signal);
    } catch {
      // The service is not there, or the client is not any more: for the other side a broken connection, as without a proxy.
      request.socket.destroy();
    }
  }, options);

  async function perform(
    fault: Fault,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const up = (body?: Buffer | string) => forward({ target, agent, request, body, signal });
    switch (fault.kind) {
      case "pass":
        return (await up()).pipe(response);
      case "delay":
        await clock.sleep(fault.ms, signal);
        return perform(fault.next ?? { kind: "pass" }, request, response, signal);
      case "reset":
        request.socket.resetAndDestroy();
        return;
      case "reply":
        if ((await readBody(request)) !== undefined) send(response, fault.answer);
        return;
      case "lose":
        await (await up()).read();
        request.socket.destroy();
        return;
      case "rewrite":
        return send(response, fault.change(await (await up()).read()));
      case "split": {
        const body = await readBody(request);
        if (body === undefined) return;
        const { rest, merge } = fault.split(body);
        return send(response, merge(rest === undefined ? undefined : await (await up(rest)).read()));
      }
    }
  }

  return {
    ...listener,
    set: (next) => {
      rule = next;
    },
    requests,
    close: async () => {
      agent.destroy();
      await listener.close();
    },
  };
}
