import { expect, it } from "@jest/globals";
import type { Actions, Archive, DeadLetter, DeadLetterStore, Ingest, Store } from "sluice";
import { all, letter, rowBatch } from "../../../support/records";

/** Everything that a pipeline uses of a cloud. */
interface Deployment {
  readonly ingest: Ingest;
  readonly store: Store;
  readonly deadLetters: DeadLetterStore & { get(id: string): Promise<DeadLetter | undefined> };
  readonly actions: Actions;
  readonly archive: Archive;
  close(): Promise<void>;
}

export const PORTS = ["ingest", "store", "deadLetters", "actions", "archive"] as const;

/** How every cloud's adapters come into being; `bare` runs a test where nobody has credentials. */
export function opensLate(open: () => Deployment, bare: (test: () => Promise<void>) => Promise<void>): void {
  it("needs neither credentials nor services before something is used", () =>
    bare(async () => {
      const deployment = open();

      await expect(deployment.close()).resolves.toBeUndefined();
    }));

  it("makes each adapter once", async () => {
    const deployment = open();

    for (const name of PORTS) expect(deployment[name]).toBe(deployment[name]);
    await deployment.close();
  });
}

/** That what the stores take is there, by whose clock. */
export async function expectStored({ store, deadLetters, archive }: Deployment, storedAt: number): Promise<void> {
  await store.write(rowBatch(2));
  await deadLetters.put([letter(1)]);

  expect(await store.read("k1", "e1")).toMatchObject({ id: "e1", storedAt });
  expect(await deadLetters.get(letter(1).id)).toMatchObject({ id: letter(1).id });
  expect(await all(archive.read({}))).toEqual([]);
}

type WithClients<Client> = Readonly<
  Record<"store" | "deadLetters" | "actions" | "archive", { readonly client: Client }>
>;

/** That one client serves all the ports which speak HTTP. */
export function takesClients<Client>(
  client: () => Client,
  open: (options: WithClients<Client>) => WithClients<Client> & Pick<Deployment, "close">,
): void {
  it("uses the clients that it was given", async () => {
    const given = { client: client() };
    const deployment = open({ store: given, deadLetters: given, actions: given, archive: given });

    for (const name of ["store", "deadLetters", "actions", "archive"] as const)
      expect(deployment[name].client).toBe(given.client);
    await deployment.close();
  });
}
