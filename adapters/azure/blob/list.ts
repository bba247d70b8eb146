import { SluiceError } from "../../../shared/errors";
import type { ObjectPage } from "../../objects";
import type { ErrorPlace } from "../../place";
import type { ListedBlob } from "../blob";

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs#response-body */
interface Results {
  EnumerationResults?: {
    Blobs?: "" | { Blob?: Blob[]; BlobPrefix?: { Name: Name }[] };
    NextMarker?: string;
  };
}

interface Blob {
  Name: Name;
  Properties: { "Last-Modified": string; "Content-Length": string; Etag: string };
}

/** XML does not have every character: a name that holds such a one is percent-encoded, and says so. */
type Name = string | { "#text": string; "@Encoded"?: string };

/** Reads an answer of List Blobs, and where the next page begins: nowhere if that is empty. */
export async function readList(
  body: Uint8Array,
  place: ErrorPlace,
): Promise<{ page: ObjectPage<ListedBlob>; next: string }> {
  // Loaded when there is something to list: a function's every start would pay for it.
  const { XMLParser } = await import("fast-xml-parser");
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    isArray: (name) => name === "Blob" || name === "BlobPrefix",
  });
  const results = (parser.parse(Buffer.from(body)) as Results).EnumerationResults;
  if (results === undefined) throw unreadable(place);
  const { Blob: blobs = [], BlobPrefix: folders = [] } = results.Blobs || {};
  return {
    page: { objects: blobs.map(listed), folders: folders.map(({ Name: name }) => nameOf(name)) },
    next: results.NextMarker ?? "",
  };
}

function listed({ Name: name, Properties: properties }: Blob): ListedBlob {
  const { Etag: etag } = properties;
  return {
    key: nameOf(name),
    bytes: Number(properties["Content-Length"]),
    modifiedAt: Date.parse(properties["Last-Modified"]),
    // Without the quotes here that it has in a header.
    etag: etag.startsWith('"') ? etag : `"${etag}"`,
  };
}

function nameOf(name: Name): string {
  if (typeof name === "string") return name;
  return name["@Encoded"] === "true" ? decodeURIComponent(name["#text"]) : name["#text"];
}

/** A page of some proxy instead of the service's XML. */
function unreadable({ stage, adapter, coordinates }: ErrorPlace): SluiceError {
  return new SluiceError("unavailable", stage, "The answer is no list of blobs.", {
    adapter,
    coordinates: coordinates ?? {},
  });
}
