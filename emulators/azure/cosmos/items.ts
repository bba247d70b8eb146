import { readCharge, writeCharge } from "./charge";
import type { Container, Stored } from "./container";
import { checkDocument, checkedId, checkPartition, type Json } from "./document";
import { CosmosFault } from "./fault";

export type ItemVerb = "Create" | "Upsert" | "Replace" | "Read" | "Delete";

/** What is to be done with one document. */
export interface ItemCall {
  verb: ItemVerb;
  /** Partition key in its one form: see `keyOf`. */
  key: string;
  /** In the address; Create and Upsert have it in the document alone. */
  id?: string | undefined;
  document?: Json | undefined;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export interface ItemResult {
  status: number;
  /** Absent after Delete. */
  stored?: Stored | undefined;
  charge: number;
}

/** Does it, or throws a CosmosFault with what it cost. */
export function runItem(container: Container, call: ItemCall): ItemResult {
  if (call.verb === "Read" || call.verb === "Delete") return existing(container, call);
  const { verb, key, document = {} } = call;
  const id = checkedId(document["id"]);
  checkDocument(document, Buffer.byteLength(JSON.stringify(document)));
  checkPartition(document, container.partitionKey, key);
  const old = container.get(key, verb === "Replace" ? String(call.id) : id);
  if (verb === "Create" && old !== undefined)
    throw new CosmosFault(409, "Entity with the specified id already exists in the system.", chargeOf(old));
  if (verb === "Replace") {
    if (old === undefined) throw notFound();
    if (call.id !== id) throw new CosmosFault(400, "The id of the document is not that of the address.");
  }
  checkConditions(call, old);
  const stored = container.put(key, document);
  return { status: old === undefined ? 201 : 200, stored, charge: writeCharge(stored.bytes) };
}

function existing(container: Container, call: ItemCall): ItemResult {
  const id = String(call.id);
  const stored = container.get(call.key, id);
  if (stored === undefined) throw notFound();
  if (call.verb === "Read") {
    if (call.ifNoneMatch === stored.etag) throw new CosmosFault(304, "Not modified.", chargeOf(stored));
    return { status: 200, stored, ...chargeOf(stored) };
  }
  checkConditions(call, stored);
  container.delete(call.key, id);
  return { status: 204, charge: writeCharge(stored.bytes) };
}

/** If-Match says nothing of a document that is not there: an upsert then makes it. */
function checkConditions({ ifMatch, ifNoneMatch }: ItemCall, old: Stored | undefined): void {
  if (old === undefined) return;
  const isOther = ifMatch !== undefined && ifMatch !== "*" && ifMatch !== old.etag;
  const isSame = ifNoneMatch === "*" || ifNoneMatch === old.etag;
  if (isOther || isSame) throw new CosmosFault(412, "One of the specified pre-condition is not met.", chargeOf(old));
}

function notFound(): CosmosFault {
  return new CosmosFault(404, "Resource Not Found.", { charge: readCharge(0) });
}

function chargeOf({ bytes }: Stored): { charge: number } {
  return { charge: readCharge(bytes) };
}
