import { openLocal } from "../../../adapters/local";
import { event, json, testPipeline } from "../records";

// A producer to be killed: produce.ts <directory> <events>. It never knows how far it came, so it always starts at the first event.
const [directory = "", count = "0"] = process.argv.slice(2);
const PER_CALL = 20;

async function main(): Promise<void> {
  const database = openLocal({ directory, pipeline: testPipeline });
  process.stdout.write("working\n");
  for (let sequence = 0; sequence < Number(count); sequence += PER_CALL) {
    const events = Array.from({ length: PER_CALL }, (_, i) => event(sequence + i));
    const keys = events.map(({ key }) => key);
    await database.ingest.publish({ keys, bodies: events.map(json), producer: { id: "producer", sequence } });
  }
  await database.close();
}

void main();
