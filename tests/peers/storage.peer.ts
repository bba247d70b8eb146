import { afterAll, beforeAll } from "@jest/globals";
import { openStorage, type StorageEmulator } from "../../emulators/gcp/storage";
import { storagePeer } from "./peers";
import { storageRules } from "./storage-rules";

let emulator: StorageEmulator;

beforeAll(async () => {
  emulator = await openStorage();
});

afterAll(() => emulator.close());

storageRules({ name: "our emulator", endpoint: () => emulator.endpoint });

storageRules({ name: "fake-gcs-server", endpoint: storagePeer });
