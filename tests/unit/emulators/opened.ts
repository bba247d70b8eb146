import { afterEach } from "@jest/globals";

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  // Last opened, first closed: a proxy before what is behind it.
  for (const server of open.splice(0).reverse()) await server.close();
});

/** Waits for a server and closes it after the test. */
export async function opened<Server extends { close(): Promise<void> }>(
  opening: Promise<Server> | Server,
): Promise<Server> {
  const server = await opening;
  open.push(server);
  return server;
}
