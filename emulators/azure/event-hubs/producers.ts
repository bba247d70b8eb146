import { type EventContext, type Message, message } from "rhea";
import { sendError } from "./errors";
import type { createSendFaults, SendFault } from "./faults";
import { PARTITION_KEY } from "./hub";
import { type Found, find, type Service } from "./service";

/** Links on which clients send. */
export interface Producers {
  /** A client opens a link. */
  opened(context: EventContext): void;
  /** A client sends on it. */
  sent(context: EventContext): void;
}

export interface ProducersOptions {
  service: Service;
  faults: ReturnType<typeof createSendFaults>;
  maxMessageBytes: number;
}

/** A transfer of many events: its body holds an encoded message per event. */
const BATCH_FORMAT = 0x80013700;

interface Transfer {
  /** Of the batch's envelope, for all its events. */
  partitionKey: string | undefined;
  messages: Message[];
  bytes: number;
}

export function createProducers({ service, faults, maxMessageBytes }: ProducersOptions): Producers {
  const links = new WeakMap<object, Found>();

  const append = ({ hub, address }: Found, { partitionKey, messages }: Transfer) => {
    hub.appendMessages(messages, address.partition ?? hub.choose(partitionKey));
    service.stats.sends++;
  };
  const perform = async (fault: SendFault, context: EventContext, found: Found, transfer: Transfer): Promise<void> => {
    const { delivery, receiver, connection } = context;
    switch (fault.kind) {
      case "pass":
        if (transfer.bytes > maxMessageBytes) return delivery?.reject(sendError("tooLarge"));
        append(found, transfer);
        return delivery?.accept();
      case "delay":
        await service.clock.sleep(fault.ms);
        return receiver?.is_open() ? perform(fault.next ?? { kind: "pass" }, context, found, transfer) : undefined;
      case "refuse":
        return delivery?.reject(sendError(fault.error));
      case "hang":
        return;
      case "detach":
        return receiver?.close({ condition: "amqp:link:detach-forced", description: "The link was force detached." });
      case "drop":
        return void connection["socket"].destroy();
      case "lose":
        append(found, transfer);
        return void connection["socket"].destroy();
    }
  };

  return {
    opened: ({ receiver, connection }) => {
      if (!receiver) return;
      const found = find(service, connection, receiver.target?.address, "Send");
      if ("refused" in found) return receiver.close(found.refused);
      links.set(receiver, found);
    },
    sent: (context) => {
      const found = context.receiver && links.get(context.receiver);
      if (!found) return;
      const transfer = read(context);
      const { hub, address } = found;
      const { bytes } = transfer;
      const send = { hub: hub.name, partition: address.partition, events: transfer.messages.length, bytes };
      void perform(faults.next(send), context, found, transfer);
    },
  };
}

function read({ delivery, message: given }: EventContext): Transfer {
  if (delivery?.format !== BATCH_FORMAT) {
    const single = given as Message;
    return { partitionKey: keyOf(single), messages: [single], bytes: message.encode(single).length };
  }
  const encoded = given as unknown as Buffer;
  const envelope = message.decode(encoded) as unknown as Message;
  const sections: Buffer[] = [envelope.body.content].flat();
  const messages = sections.map((section) => message.decode(section) as unknown as Message);
  return { partitionKey: keyOf(envelope), messages, bytes: encoded.length };
}

function keyOf({ message_annotations }: Message): string | undefined {
  return message_annotations?.[PARTITION_KEY];
}
