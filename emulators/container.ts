import type { Clock } from "../shared/clock";

export interface ContainerRequest {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** How long it may take, milliseconds. */
  limitMs: number;
  clock: Pick<Clock, "sleep">;
}

export interface ContainerAnswer {
  /** 503 if the container breaks off. */
  status: number;
  type: string;
  body: Buffer;
}

/** Posts to a model's container, as the platform in front of it does. `late` if there is no answer in time. */
export async function callContainer(request: ContainerRequest): Promise<ContainerAnswer | "late"> {
  const { url, headers, body, limitMs, clock } = request;
  const answered = new AbortController();
  const late = new AbortController();
  clock.sleep(limitMs, answered.signal).then(
    () => late.abort(),
    () => {},
  );
  try {
    const response = await fetch(url, { method: "POST", headers, body: new Uint8Array(body), signal: late.signal });
    const type = response.headers.get("content-type") ?? "application/octet-stream";
    return { status: response.status, type, body: Buffer.from(await response.arrayBuffer()) };
  } catch (thrown) {
    return late.signal.aborted ? "late" : { status: 503, type: "", body: Buffer.from(String(thrown)) };
  } finally {
    answered.abort();
  }
}
