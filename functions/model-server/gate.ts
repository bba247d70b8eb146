/** How much a server takes on at once. */
export interface GateLimits {
  /** Requests under way, waiting ones included. */
  maxRequests: number;
  /** Bytes of their bodies together. */
  maxBytes: number;
}

export interface Gate {
  /** Requests under way. */
  readonly requests: number;
  /** Lets a request in, or answers undefined while the server is full. */
  enter(): Visit | undefined;
}

/** One request's share. */
export interface Visit {
  /** Counts bytes of the body that arrived; false if they are too many for now. */
  take(bytes: number): boolean;
  leave(): void;
}

/** The bounds of the queue, in requests and in memory: what is over them is better off with another instance. */
export function createGate({ maxRequests, maxBytes }: GateLimits): Gate {
  let requests = 0;
  let held = 0;

  return {
    get requests() {
      return requests;
    },
    enter() {
      if (requests >= maxRequests) return undefined;
      requests++;
      let own = 0;
      return {
        take(bytes) {
          if (held + bytes > maxBytes) return false;
          held += bytes;
          own += bytes;
          return true;
        },
        leave() {
          requests--;
          held -= own;
        },
      };
    },
  };
}
