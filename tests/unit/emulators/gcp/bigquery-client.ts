import { BigQuery } from "@google-cloud/bigquery";

/*
 * The official client loads a part of itself in a way that a test cannot, so it is run beside it. What it is answered goes
 * to standard output, as JSON.
 */
async function main(): Promise<unknown> {
  const client = new BigQuery({ projectId: "p", autoRetry: false });
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => "no error",
      ({ name, code, errors }: Error & { code?: number; errors?: object[] }) => ({ name, code, errors }),
    );
  const [dataset] = await client.createDataset("d");
  const columns = ["id:string", "score:float", "time:timestamp", "count:integer"].join(",");
  const [table] = await dataset.createTable("t", { schema: columns });
  const duplicate = await failure(dataset.createTable("t", { schema: columns }));
  const missing = await failure(dataset.table("none").getMetadata());

  await table.insert([
    { id: "a", score: 0.5, time: client.timestamp("2026-01-01T00:00:00.123456Z"), count: 3 },
    { id: "b", score: null },
  ]);
  const raw = { insertId: "1", json: { id: "c" } };
  await table.insert([raw, raw], { raw: true });
  const partial = await failure(table.insert([{ id: "d" }, { id: "e", unknown: 1 }]));

  const [rows] = await table.getRows();
  const [queried] = await client.query("SELECT * FROM `p.d.t`");
  const [counted] = await client.query("SELECT COUNT(*) AS n FROM d.t");
  const other = await failure(client.query("SELECT id FROM d.t WHERE score > 1"));
  return { duplicate, missing, partial, rows, queried, counted, other };
}

main().then((answers) => process.stdout.write(JSON.stringify(answers)));
