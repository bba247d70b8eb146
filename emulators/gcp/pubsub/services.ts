import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { GrpcOptions, Method } from "../../grpc";
import { unary } from "../../grpc";
import type { Broker } from "./broker";
import { fromProto, toProto } from "./codec";
import type { PublisherMethods } from "./publisher";
import { type StreamCall, serveStream } from "./stream";
import type { SubscriberMethods } from "./subscriber";

export interface ServicesOptions {
  publisher: PublisherMethods;
  subscriber: SubscriberMethods;
  broker: Broker;
}

/** The two services as gRPC has them, by the descriptions that Google's own client brings. */
export function services({ publisher, subscriber, broker }: ServicesOptions): GrpcOptions["services"] {
  const protos = fromJSON(require("@google-cloud/pubsub/build/protos/protos.json"), { longs: Number, enums: String });
  const definition = (name: string) => protos[`google.pubsub.v1.${name}`] as ServiceDefinition;
  const streamingPull = (call: StreamCall) => serveStream(call, (name) => broker.subscription(name));
  return [
    { definition: definition("Publisher"), implementation: handlers(publisher) },
    { definition: definition("Subscriber"), implementation: { ...handlers(subscriber), streamingPull } },
  ];
}

function handlers(methods: object): UntypedServiceImplementation {
  const handlers: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(methods) as [string, Method<object, object>][])
    handlers[name] = unary(async (request: object, signal) =>
      toProto(await method(fromProto<object>(request), signal)),
    );
  return handlers;
}
