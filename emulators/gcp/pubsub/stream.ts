import type { ServerDuplexStream } from "@grpc/grpc-js";
import { asRpcError, RpcError } from "../../grpc";
import type { LiveSubscription } from "./broker";
import { toProto } from "./codec";
import { checkDeadline, extend } from "./deadlines";
import type { Lease } from "./leases";
import { notFound } from "./names";
import { received } from "./received";

export interface StreamRequest {
  subscription?: string;
  ackIds?: string[];
  modifyDeadlineAckIds?: string[];
  modifyDeadlineSeconds?: number[];
  streamAckDeadlineSeconds?: number;
  maxOutstandingMessages?: number;
  maxOutstandingBytes?: number;
}

export type StreamCall = ServerDuplexStream<StreamRequest, object>;

/** So that no single answer is larger than what a client with the default of gRPC takes. */
const MAX_BATCH_BYTES = 1_000_000;

/**
 * A streaming pull: messages as long as the client has room for them, by number and by bytes; acknowledgments and
 * deadlines come the other way. What is out when the stream ends comes again when its deadline is over.
 */
export function serveStream(call: StreamCall, find: (name: string | undefined) => LiveSubscription): void {
  let handle: ((request: StreamRequest) => void) | undefined;
  let stop: () => void = () => undefined;
  const fail = (thrown: unknown) => {
    stop();
    call.emit("error", asRpcError(thrown));
  };
  call.on("data", (request: StreamRequest) => {
    try {
      if (handle === undefined) {
        const subscription = find(request.subscription);
        const opened = openStream(call, subscription, request);
        const onDeleted = () => fail(notFound(subscription.settings.name));
        subscription.deleted.addEventListener("abort", onDeleted, { once: true });
        handle = opened.handle;
        stop = () => {
          subscription.deleted.removeEventListener("abort", onDeleted);
          opened.close();
        };
      } else if (request.subscription) {
        throw new RpcError("INVALID_ARGUMENT", "Only the first request of a stream names the subscription.");
      }
      handle(request);
    } catch (thrown) {
      fail(thrown);
    }
  });
  call.on("end", () => {
    stop();
    call.end();
  });
  call.on("cancelled", () => stop());
  call.on("error", () => stop());
}

function openStream(call: StreamCall, subscription: LiveSubscription, first: StreamRequest) {
  const { backlog } = subscription;
  const limits = {
    messages: positive(first.maxOutstandingMessages),
    bytes: positive(first.maxOutstandingBytes),
  };
  const out = { messages: 0, bytes: 0 };
  let deadline = checkDeadline(first.streamAckDeadlineSeconds ?? 0, 10);
  let isBlocked = false;

  const onEnd = ({ message }: Lease) => {
    out.messages--;
    out.bytes -= message.bytes;
    send(limits.messages);
  };
  const send = (share: number) => {
    for (let left = share; left > 0 && !isBlocked && out.bytes < limits.bytes; ) {
      const messages = Math.min(left, limits.messages - out.messages);
      const bytes = Math.min(MAX_BATCH_BYTES, limits.bytes - out.bytes);
      const leases = messages > 0 ? backlog.take({ messages, bytes, leaseMs: deadline * 1000, onEnd }) : [];
      if (leases.length === 0) return;
      left -= leases.length;
      out.messages += leases.length;
      for (const { message } of leases) out.bytes += message.bytes;
      write(leases);
    }
  };
  const write = (leases: readonly Lease[]) => {
    const { settings } = subscription;
    const subscriptionProperties = { messageOrderingEnabled: settings.enableMessageOrdering ?? false };
    const receivedMessages = leases.map((lease) => received(lease, settings));
    isBlocked = !call.write(toProto({ receivedMessages, subscriptionProperties }));
    if (!isBlocked) return;
    call.once("drain", () => {
      isBlocked = false;
      send(limits.messages);
    });
  };
  const leave = backlog.consume(send);
  return {
    handle: (request: StreamRequest) => {
      if (request.streamAckDeadlineSeconds) deadline = checkDeadline(request.streamAckDeadlineSeconds, 10);
      for (const id of request.ackIds ?? []) backlog.ack(id);
      const seconds = request.modifyDeadlineSeconds ?? [];
      for (const [i, id] of (request.modifyDeadlineAckIds ?? []).entries()) extend(backlog, id, seconds[i] ?? 0);
    },
    close: () => {
      isBlocked = true;
      leave();
    },
  };
}

/** Zero and less mean no limit. */
function positive(limit = 0): number {
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}
