import { accountSas } from "./sas";

/** What is in the account, past the front: for tests. */
export interface Inspector {
  /** Makes a container or a queue, unless it is there. */
  create(service: string, name: string, query: string): Promise<void>;
  blobs(container: string, prefix: string): Promise<{ name: string; body: Buffer }[]>;
  /** At most 32, which stay where they are. */
  messages(queue: string): Promise<string[]>;
}

const VERSION = { "x-ms-version": "2021-12-02" };
const MAX_PEEKED = 32;

/** For the URLs of the two services, each with the account. */
export function createInspector({ blob, queue }: { blob: string; queue: string }): Inspector {
  const sas = accountSas();
  const call = async (url: string, query: string, method = "GET") => {
    const response = await fetch(`${url}?${query}${query === "" ? "" : "&"}${sas}`, { method, headers: VERSION });
    const isThere = method === "PUT" && response.status === 409;
    if (!response.ok && !isThere) throw new Error(`Azurite answered ${response.status}: ${await response.text()}`);
    return response;
  };
  const list = async (url: string, query: string) => {
    const { XMLParser } = await import("fast-xml-parser");
    const parser = new XMLParser({ isArray: (tag) => ["Blob", "QueueMessage"].includes(tag), parseTagValue: false });
    return parser.parse(await (await call(url, query)).text());
  };

  return {
    create: async (service, name, query) => void (await call(`${service}/${name}`, query, "PUT")),
    blobs: async (container, prefix) => {
      const names: string[] = [];
      let marker = "";
      do {
        const query = new URLSearchParams({ restype: "container", comp: "list", prefix, marker }).toString();
        const { Blobs, NextMarker } = (await list(`${blob}/${container}`, query)).EnumerationResults;
        names.push(...((Blobs?.Blob ?? []) as { Name: string }[]).map(({ Name }) => Name));
        marker = String(NextMarker ?? "");
      } while (marker !== "");
      return Promise.all(
        names.map(async (name) => {
          const response = await call(`${blob}/${container}/${name.split("/").map(encodeURIComponent).join("/")}`, "");
          return { name, body: Buffer.from(await response.arrayBuffer()) };
        }),
      );
    },
    messages: async (name) => {
      const query = `peekonly=true&numofmessages=${MAX_PEEKED}`;
      const { QueueMessagesList } = await list(`${queue}/${name}/messages`, query);
      return ((QueueMessagesList?.QueueMessage ?? []) as { MessageText: string }[]).map(
        ({ MessageText }) => MessageText,
      );
    },
  };
}
