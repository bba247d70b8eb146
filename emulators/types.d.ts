/** The parts that the emulators use of packages that ship no types. */

declare module "kinesalite" {
  import type { Server } from "node:http";

  interface KinesaliteOptions {
    createStreamMs?: number;
    deleteStreamMs?: number;
    updateStreamMs?: number;
    shardLimit?: number;
  }

  /** Kinesis Data Streams in memory, as a server that does not listen yet. */
  export default function kinesalite(options?: KinesaliteOptions): Server;
}

declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  /** DynamoDB in memory, as a server that does not listen yet. */
  export default function dynalite(options?: DynaliteOptions): Server;
}
