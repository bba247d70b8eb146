import type { IdentityEmulator } from "./identity";
import { openFront } from "./storage/front";
import { createInspector } from "./storage/inspect";
import { ACCOUNT, KEY } from "./storage/sas";
import { startServers } from "./storage/servers";

export interface StorageOptions {
  /** Whose tokens are asked for. Default: nobody is asked for a token. */
  identity?: Pick<IdentityEmulator, "refusal"> | undefined;
  /** Lines that Azurite writes. Default: dropped. */
  onLog?: ((line: string) => void) | undefined;
}

/** Blob Storage and Queue Storage: Azurite, in memory, in a process of its own, behind a front that asks for tokens. */
export interface StorageEmulator {
  /** URLs with the account: `http://127.0.0.1:port/devstoreaccount1`. */
  readonly blob: string;
  readonly queue: string;
  /** Past the front, with the account's key: for the official clients. */
  readonly connectionString: string;
  /** Both make what is not there, and return its URL. */
  createContainer(name: string): Promise<string>;
  createQueue(name: string): Promise<string>;
  /** In the order of their names. */
  blobs(container: string, prefix?: string): Promise<{ name: string; body: Buffer }[]>;
  /** Texts as they were sent, at most 32; they stay where they are. */
  messages(queue: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Takes more than a second, most of it in the other process. */
export async function openStorage({ identity, onLog = () => {} }: StorageOptions = {}): Promise<StorageEmulator> {
  const servers = await startServers(onLog);
  const direct = { blob: `${servers.blob}/${ACCOUNT}`, queue: `${servers.queue}/${ACCOUNT}` };
  const inspector = createInspector(direct);
  const [blobs, queues] = await Promise.all([
    openFront({ target: servers.blob, identity }),
    openFront({ target: servers.queue, identity }),
  ]);
  const blob = `${blobs.endpoint}/${ACCOUNT}`;
  const queue = `${queues.endpoint}/${ACCOUNT}`;
  return {
    blob,
    queue,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${direct.blob};QueueEndpoint=${direct.queue};`,
    createContainer: async (name) => {
      await inspector.create(direct.blob, name, "restype=container");
      return `${blob}/${name}`;
    },
    createQueue: async (name) => {
      await inspector.create(direct.queue, name, "");
      return `${queue}/${name}`;
    },
    blobs: (container, prefix = "") => inspector.blobs(container, prefix),
    messages: inspector.messages,
    close: async () => {
      await Promise.all([blobs.close(), queues.close()]);
      await servers.close();
    },
  };
}
