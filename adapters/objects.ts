/** An object of a bucket, or a blob of a container. */
export interface ListedObject {
  key: string;
  bytes: number;
  /** Milliseconds since 1970; the services keep whole seconds. */
  modifiedAt: number;
}

export interface Listing {
  prefix: string;
  /** Only keys behind this one. A service that cannot begin there gives the others too. */
  after?: string | undefined;
  /** Only keys without a further slash behind the prefix. */
  flat?: boolean | undefined;
}

export interface ObjectPage<Listed extends ListedObject = ListedObject> {
  objects: Listed[];
  /** Prefixes that end with the next slash, of a flat listing. */
  folders: string[];
}

/** What holds objects by name, as far as reading goes. */
export interface Objects<Listed extends ListedObject = ListedObject> {
  /** In the order of their keys. Objects may be deleted meanwhile. */
  pages(listing: Listing, signal: AbortSignal | undefined): AsyncGenerator<ObjectPage<Listed>>;
  /** An object's text; undefined if it is not there, or no longer. */
  text(key: string, signal: AbortSignal | undefined): Promise<string | undefined>;
}

/** Objects in the order of their keys, page by page. */
export async function* listObjects<Listed extends ListedObject>(
  objects: Pick<Objects<Listed>, "pages">,
  listing: Listing,
  signal: AbortSignal | undefined,
): AsyncGenerator<Listed[]> {
  for await (const page of objects.pages(listing, signal)) yield page.objects;
}

/** The "folders" so many levels below a prefix; a folder on the way that holds objects itself comes as a flat one. */
export async function listFolders(
  objects: Pick<Objects, "pages">,
  prefix: string,
  levels: number,
  signal: AbortSignal | undefined,
): Promise<Listing[]> {
  if (levels === 0) return [{ prefix }];
  const folders: string[] = [];
  let holdsObjects = false;
  for await (const page of objects.pages({ prefix, flat: true }, signal)) {
    folders.push(...page.folders);
    holdsObjects ||= page.objects.length > 0;
  }
  const found: Listing[] = holdsObjects ? [{ prefix, flat: true }] : [];
  for (const folder of folders) found.push(...(await listFolders(objects, folder, levels - 1, signal)));
  return found;
}
