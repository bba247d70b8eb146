import type { ServiceDefinition } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import { listenGrpc, RpcError, type StatusName, unary } from "../../emulators/grpc";
import "./native-errors";

/** A publish request as it came. */
export interface PublishRequest {
  topic: string;
  messages: { data: Buffer; attributes: Record<string, string> }[];
}

/** Undefined takes the messages; `hang` never answers, `forget` names no message; else an error. */
export type PublishReply = undefined | "hang" | "forget" | { status: StatusName; message?: string };

export interface PubSubStub {
  /** `host:port`. */
  readonly endpoint: string;
  /** All requests so far. */
  readonly requests: readonly PublishRequest[];
  close(): Promise<void>;
}

/** Pub/Sub's publisher by gRPC, which does as the test says; `number` counts the requests from 0. */
export async function openPubSubStub(
  answer: (request: PublishRequest, number: number) => PublishReply | Promise<PublishReply>,
): Promise<PubSubStub> {
  const protos = fromJSON(require("@google-cloud/pubsub/build/protos/protos.json"), { longs: Number });
  const requests: PublishRequest[] = [];
  const publish = unary<PublishRequest, { messageIds: string[] }>(async (request) => {
    const reply = await answer(request, requests.push(request) - 1);
    if (reply === "hang") return new Promise(() => {});
    if (reply === "forget") return { messageIds: [] };
    if (reply !== undefined) throw new RpcError(reply.status, reply.message ?? "text of the service");
    return { messageIds: request.messages.map((_, i) => `${requests.length}-${i}`) };
  });
  const listener = await listenGrpc({
    services: [
      {
        definition: protos["google.pubsub.v1.Publisher"] as ServiceDefinition,
        implementation: { publish },
      },
    ],
    handle: (_, response) => void response.writeHead(404).end(),
  });
  return { endpoint: listener.endpoint, requests, close: () => listener.close() };
}
