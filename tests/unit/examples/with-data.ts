import { existsSync } from "node:fs";
import path from "node:path";
import { it } from "@jest/globals";

const FOLDER = process.env["OCCUPANCY_DATA"] ?? path.resolve(__dirname, "../../../../shared/data/occupancy");

/** Registers a test that needs a file of the occupancy data, which is not part of this repository. Without it, says why it is left out. */
export function itWithOccupancyData(name: string, file: string, test: (file: string) => Promise<void>): void {
  const found = path.join(FOLDER, file);
  if (existsSync(found)) {
    it(name, () => test(found));
    return;
  }
  const reason = `not run: ${file} is not there; set OCCUPANCY_DATA to its folder`;
  process.stderr.write(`occupancy: ${name}: ${reason}\n`);
  it.todo(`${name} (${reason})`);
}
