import { existsSync } from "node:fs";
import path from "node:path";
import { unless } from "./contract";

const FOLDER = process.env["OCCUPANCY_DATA"] ?? path.resolve(__dirname, "../../../shared/data/occupancy");

/** Registers a test that needs a file of the occupancy data, which is not part of this repository. Without it, says why it is skipped. */
export function itWithOccupancyData(title: string, file: string, run: (file: string) => Promise<void>): void {
  const found = path.join(FOLDER, file);
  const reason = existsSync(found) ? undefined : `${file} is not there; set OCCUPANCY_DATA to its folder`;
  unless(reason)(title, () => run(found));
}
