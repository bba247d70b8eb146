import { createHash } from "node:crypto";
import { ApiFault } from "../../api-fault";
import { inBytes } from "../../byte-order";

/** What is kept of an object. */
export interface StoredObject {
  name: string;
  body: Buffer;
  /** Microseconds; higher than that of every object before it. */
  generation: number;
  contentType: string;
  contentEncoding: string | undefined;
  metadata: Readonly<Record<string, string>> | undefined;
}

export interface Bucket {
  readonly name: string;
  get(name: string): StoredObject | undefined;
  put(object: StoredObject): void;
  delete(name: string): void;
  /** In byte order, as the service lists them. */
  names(): readonly string[];
}

export function createBucket(bucketName: string): Bucket {
  const objects = new Map<string, StoredObject>();
  let sorted: readonly string[] | undefined;
  return {
    name: bucketName,
    get: (name) => objects.get(name),
    put: (object) => {
      if (!objects.has(object.name)) sorted = undefined;
      objects.set(object.name, object);
    },
    delete: (name) => {
      if (objects.delete(name)) sorted = undefined;
    },
    names: () => {
      sorted ??= [...objects.keys()].sort(inBytes);
      return sorted;
    },
  };
}

/** Throws 412 unless the object is of the generation that is asked for; 0 stands for no object at all. */
export function checkGeneration(query: URLSearchParams, object: StoredObject | undefined): void {
  const current = String(object?.generation ?? 0);
  const match = query.get("ifGenerationMatch");
  const other = query.get("ifGenerationNotMatch");
  if ((match !== null && match !== current) || (other !== null && other === current))
    throw new ApiFault(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
}

/** An object as the API shows it: https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export function resourceOf(bucket: Bucket, object: StoredObject): object {
  const { name, body, generation, contentType, contentEncoding, metadata } = object;
  const time = new Date(generation / 1_000).toISOString();
  return {
    kind: "storage#object",
    id: `${bucket.name}/${name}/${generation}`,
    name,
    bucket: bucket.name,
    generation: String(generation),
    metageneration: "1",
    contentType,
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(metadata === undefined ? {} : { metadata }),
    storageClass: "STANDARD",
    size: String(body.length),
    md5Hash: createHash("md5").update(body).digest("base64"),
    etag: Buffer.from(String(generation)).toString("base64"),
    timeCreated: time,
    updated: time,
  };
}
