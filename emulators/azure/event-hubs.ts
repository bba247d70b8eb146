import type { AddressInfo, Socket } from "node:net";
import { type Container, create_container, type EventContext } from "rhea";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import type { ListenOptions } from "../listen";
import { CBS, MANAGEMENT } from "./event-hubs/address";
import { answerClaim } from "./event-hubs/cbs";
import { createConsumers } from "./event-hubs/consumers";
import { createSendFaults, type SendFaults } from "./event-hubs/faults";
import { createHub, type Hub, type HubOptions } from "./event-hubs/hub";
import { answerRead } from "./event-hubs/management";
import { createProducers } from "./event-hubs/producers";
import { type Claim, type EventHubsStats, reply, type Service } from "./event-hubs/service";

export type { SendError } from "./event-hubs/errors";
export type { Send, SendFault, SendFaults, SendRule } from "./event-hubs/faults";
export type { Draft, Hub, HubCounts, HubEvent, HubOptions } from "./event-hubs/hub";
export { partitionOfKey } from "./event-hubs/partition-key";
export type { Claim, EventHubsStats } from "./event-hubs/service";

export interface EventHubsOptions extends ListenOptions {
  clock?: Clock | undefined;
  /** Of one transfer, which is one event or one batch. Default 1,048,576, the limit of the Standard tier. */
  maxMessageBytes?: number | undefined;
  /** Whether a token is good. Default: any is. Without a token no link is opened. */
  checkToken?: ((claim: Claim) => boolean) | undefined;
}

/**
 * An Event Hubs namespace in memory, over AMQP 1.0 without TLS, for the official clients with `UseDevelopmentEmulator=true`:
 * partitions, keys, batches, properties, consumers with positions, epochs and runtime metrics. Not emulated: retention,
 * throughput units, schema registry, Kafka, idempotent producers, the rights within a token.
 */
export interface EventHubsEmulator {
  readonly port: number;
  /** `host:port`. */
  readonly endpoint: string;
  /** Of the namespace: a client names the hub besides. */
  readonly connectionString: string;
  /** Throws if the name is taken. */
  createHub(options: HubOptions): Hub;
  /** Throws if there is none. */
  hub(name: string): Hub;
  readonly faults: SendFaults;
  readonly stats: Readonly<EventHubsStats>;
  /** Ends every connection at once, and takes new ones. */
  dropConnections(): void;
  close(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 1_048_576;
/** Transfers that a client may have out before it waits. */
const CREDITS = 300;

export async function openEventHubs(options: EventHubsOptions = {}): Promise<EventHubsEmulator> {
  const { host = "127.0.0.1", port = 0, clock = systemClock, maxMessageBytes = MAX_MESSAGE_BYTES } = options;
  const stats: EventHubsStats = { connections: 0, sends: 0, received: 0, stolen: 0 };
  const service: Service = {
    clock,
    hubs: new Map(),
    checkToken: options.checkToken ?? (() => true),
    claims: new WeakMap(),
    stats,
  };
  const faults = createSendFaults();
  const consumers = createConsumers(service);
  const container = create_container({ id: "event-hubs" });
  route(container, { service, consumers, producers: createProducers({ service, faults, maxMessageBytes }) });

  const sockets = new Set<Socket>();
  const server = container.listen({
    host,
    port,
    receiver_options: { autoaccept: false, credit_window: CREDITS, max_message_size: maxMessageBytes },
  });
  server.on("connection", (socket: Socket) => {
    stats.connections++;
    // Answers are small, and nobody wants to wait for the next one.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", resolve);
  });
  const endpoint = `${host}:${(server.address() as AddressInfo).port}`;
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  let closed: Promise<void> | undefined;

  return {
    port: (server.address() as AddressInfo).port,
    endpoint,
    connectionString: `Endpoint=sb://${endpoint};SharedAccessKeyName=emulator;SharedAccessKey=emulator;UseDevelopmentEmulator=true`,
    createHub: (wanted) => {
      const key = wanted.name.toLowerCase();
      if (service.hubs.has(key)) throw new Error(`there is a hub ${wanted.name} already`);
      const hub = createHub(wanted, clock);
      service.hubs.set(key, hub);
      hub.onAppend((partition) => consumers.appended(hub, partition));
      return hub;
    },
    hub: (name) => {
      const hub = service.hubs.get(name.toLowerCase());
      if (!hub) throw new Error(`there is no hub ${name}`);
      return hub;
    },
    faults,
    stats,
    dropConnections,
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        dropConnections();
      });
      return closed;
    },
  };
}

interface Routes {
  service: Service;
  consumers: ReturnType<typeof createConsumers>;
  producers: ReturnType<typeof createProducers>;
}

/** Hands what happens on a connection to whoever serves the link's address. */
function route(container: Container, { service, consumers, producers }: Routes): void {
  const isOwn = (address: unknown) => address === CBS || address === MANAGEMENT;
  container.sasl_server_mechanisms.enable_anonymous();
  container.on("receiver_open", (context: EventContext) => {
    const { receiver } = context;
    if (!receiver) return;
    receiver.set_target(receiver.target);
    receiver.set_source(receiver.source);
    if (!isOwn(receiver.target?.address)) producers.opened(context);
  });
  container.on("sender_open", (context: EventContext) => {
    const { sender } = context;
    if (!sender) return;
    sender.set_source(sender.source);
    sender.set_target(sender.target);
    if (!isOwn(sender.source?.address)) consumers.opened(context);
  });
  container.on("message", (context: EventContext) => {
    const address = context.receiver?.target?.address;
    if (!isOwn(address)) {
      producers.sent(context);
      return;
    }
    context.delivery?.accept();
    reply(context, address === CBS ? answerClaim(context, service) : answerRead(context, service));
  });
  container.on("sendable", (context: EventContext) => consumers.sendable(context));
  container.on("sender_close", (context: EventContext) => consumers.closed(context));
  container.on("disconnected", (context: EventContext) => consumers.disconnected(context));
  container.on("connection_close", (context: EventContext) => consumers.disconnected(context));
  // A client that breaks off is none of the server's errors; without a listener it would end the process.
  for (const event of [
    "error",
    "connection_error",
    "session_error",
    "sender_error",
    "receiver_error",
    "protocol_error",
  ]) {
    container.on(event, () => {});
  }
}
