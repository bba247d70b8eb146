import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import type { Answer } from "../http-faults/fault";
import { send } from "../http-faults/forward";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { jsonAnswer } from "./api-fault";
import { authorize, refuseManagement } from "./cosmos/authorize";
import { type Budget, createBudget } from "./cosmos/budget";
import { type Container, type ContainerSettings, createContainer } from "./cosmos/container";
import type { Json } from "./cosmos/document";
import { documentsRequest } from "./cosmos/documents";
import { asCosmosFault, CosmosFault, cosmosFaultAnswer } from "./cosmos/fault";
import { accountResource, containerResource, databaseResource, rangesResource } from "./cosmos/resources";
import type { IdentityEmulator } from "./identity";

export interface CosmosOptions extends ListenOptions {
  /** Whose tokens are asked for. Default: nobody is asked for a token. */
  identity?: Pick<IdentityEmulator, "refusal"> | undefined;
  /** Request units per second of each container; who wants more is answered 429. Default: endless. */
  throughput?: number | undefined;
  clock?: Pick<Clock, "now" | "monotonic"> | undefined;
}

/**
 * The data plane of Cosmos DB for NoSQL in this process, in memory, over REST: documents, conditions, transactional batches
 * and bulks, queries of one partition or all, time to live, request units and their limit. The official client works with
 * it, if `enableEndpointDiscovery` is false.
 *
 * Not as in the service: databases and containers are made by `createContainer` alone, a container has one physical
 * partition and one partition key path, request units do not grow with indexes, and there are no patches, stored
 * procedures, change feeds, hierarchical keys.
 */
export interface CosmosEmulator extends Listener {
  /** Makes `database/container`, unless it is there. Returns its URL. */
  createContainer(path: string, settings?: ContainerSettings): string;
  /** What is in `database/container` now, with the system properties. */
  documents(path: string): readonly Json[];
  /** Request units of all requests so far. */
  readonly charge: number;
  readonly requests: number;
}

const ROUTE = /^\/dbs\/([^/]+)(?:\/colls\/([^/]+)(?:\/(docs|pkranges)(?:\/([^/]+))?)?)?\/?$/;

export async function openCosmos(options: CosmosOptions = {}): Promise<CosmosEmulator> {
  const { identity, throughput, clock = systemClock } = options;
  const containers = new Map<string, { container: Container; budget: Budget }>();
  let charge = 0;
  let requests = 0;

  async function route(request: IncomingMessage, body: Buffer): Promise<Answer> {
    authorize(identity, request);
    const { method = "GET", url = "/", headers } = request;
    const path = url.split("?", 1)[0] ?? "/";
    if (path === "/" && method === "GET") return jsonAnswer(200, accountResource(`http://${headers.host}/`));
    const [, database, collection, kind, id] = ROUTE.exec(path)?.map(decoded) ?? [];
    if (kind === undefined && method !== "GET") refuseManagement(request);
    if (database !== undefined && collection === undefined && isDatabase(database))
      return jsonAnswer(200, databaseResource(database));
    const found = containers.get(`${database}/${collection}`);
    if (found === undefined) throw new CosmosFault(404, "Owner resource does not exist.", { substatus: 1003 });
    if (kind === undefined) return jsonAnswer(200, containerResource(found.container));
    if (kind === "pkranges") return jsonAnswer(200, rangesResource(found.container));
    return documentsRequest({ ...found, method, id, headers, body });
  }

  function isDatabase(name: string): boolean {
    return [...containers.values()].some(({ container }) => container.database === name);
  }

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    requests++;
    const answer = await route(request, body).catch((thrown) => cosmosFaultAnswer(asCosmosFault(thrown)));
    charge += Number(answer.headers["x-ms-request-charge"] ?? 0);
    const common = { "x-ms-activity-id": randomUUID(), "x-ms-session-token": `0:-1#${requests}` };
    send(response, { ...answer, headers: { ...common, ...answer.headers } });
  }, options);

  return {
    ...listener,
    createContainer: (path, settings = {}) => {
      const [database = "", id = ""] = path.split("/");
      if (!containers.has(path)) {
        const container = createContainer([database, id, containers.size + 1], settings, clock);
        containers.set(path, { container, budget: createBudget(throughput, clock) });
      }
      return `${listener.endpoint}/dbs/${database}/colls/${id}`;
    },
    documents: (path) => containers.get(path)?.container.list() ?? [],
    get charge() {
      return charge;
    },
    get requests() {
      return requests;
    },
  };
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return part;
  }
}
