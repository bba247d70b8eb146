import type { SQLInputValue } from "node:sqlite";
import type { PredictionValue, RowBatch, StoredPrediction } from "../../../shared/ports";
import type { Db } from "./database";

/** A prediction field and the column that holds it. */
export interface Field {
  name: string;
  column: string;
}

const OWN_COLUMNS = ["seq", "id", "key", "time", "truth", "features", "version_id", "stored_at"];

/** Rows per INSERT statement: 1.4 times as many rows a second as one by one, and no more gain beyond. */
const ROWS_PER_STATEMENT = 25;

/** All fields the table has, in the order they were added. */
export function readFields(store: Db): Field[] {
  return store.prepare('SELECT name, column_name AS "column" FROM fields ORDER BY name').all() as unknown as Field[];
}

/**
 * Adds columns for fields that are new. Call inside a transaction. A column has no type, so that it keeps what it is
 * given: numbers as they are, booleans as integers. Names in SQL do not tell upper from lower case; ours do, so a field
 * whose name is taken that way gets a number behind it.
 */
export function ensureFields(store: Db, names: readonly string[]): Field[] {
  const fields = readFields(store);
  const taken = new Set([...OWN_COLUMNS, ...fields.map(({ column }) => column.toLowerCase())]);
  return names.map((name) => {
    const known = fields.find((field) => field.name === name);
    if (known) return known;
    let column = name;
    for (let i = 2; taken.has(column.toLowerCase()); i++) column = `${name}_${i}`;
    taken.add(column.toLowerCase());
    store.prepare(`ALTER TABLE predictions ADD COLUMN "${column}"`).run();
    store.prepare("INSERT INTO fields (name, column_name) VALUES (?, ?)").run(name, column);
    return { name, column };
  });
}

/** The number of a pair of versions, given out at its first use. Call inside a transaction. */
export function versionId(store: Db, model: string, pipeline: string): number {
  const find = store.prepare("SELECT id FROM versions WHERE model = ? AND pipeline = ?");
  const known = find.get(model, pipeline);
  if (known) return Number(known["id"]);
  return Number(
    store.prepare("INSERT INTO versions (model, pipeline) VALUES (?, ?)").run(model, pipeline).lastInsertRowid,
  );
}

/** Inserts the rows at `indices` as `firstSeq`, `firstSeq + 1` and so on. */
export function insertRows(
  store: Db,
  rows: RowBatch,
  indices: readonly number[],
  firstSeq: number,
  constant: { fields: readonly Field[]; versionId: number; storedAt: number },
): void {
  const { fields } = constant;
  const names = fields.map(({ name }) => name);
  const width = rows.features.width;
  const { buffer, byteOffset } = rows.features.data;

  for (let from = 0; from < indices.length; from += ROWS_PER_STATEMENT) {
    const count = Math.min(ROWS_PER_STATEMENT, indices.length - from);
    const values: SQLInputValue[] = [firstSeq + from, constant.versionId, constant.storedAt];
    for (let i = from; i < from + count; i++) {
      const index = indices[i]!;
      // The matrix as it lies in memory: little-endian float32 on every machine Node's ONNX runtime exists for.
      const features = new Uint8Array(buffer, byteOffset + index * width * 4, width * 4);
      const truth = rows.truths?.[index] ?? null;
      values.push(rows.ids[index]!, rows.keys[index]!, rows.times[index]!, truth, features);
      const prediction = rows.predictions[index]!;
      for (const name of names) values.push(stored(prediction[name]));
    }
    store.prepare(insertSql(fields, count)).run(...values);
  }
}

const statements = new WeakMap<readonly Field[], string[]>();

/** What all rows share is bound once: a third fewer values to hand over. */
function insertSql(fields: readonly Field[], rows: number): string {
  let known = statements.get(fields);
  if (!known) {
    known = [];
    statements.set(fields, known);
  }
  known[rows] ??= `INSERT INTO predictions (seq, version_id, stored_at, id, key, time, truth, features
    ${fields.map(({ column }) => `, "${column}"`).join("")})
    VALUES ${Array.from({ length: rows }, (_, row) => `(?1 + ${row}, ?2, ?3${", ?".repeat(5 + fields.length)})`).join(", ")}`;
  return known[rows];
}

/** Numbers are stored as REAL and booleans as INTEGER, so that each comes back as what it was. */
function stored(value: PredictionValue | undefined): SQLInputValue {
  if (value === true) return 1n;
  if (value === false) return 0n;
  return value ?? null;
}

/** Reads rows of `predictions` with further SQL after the FROM clause, such as a WHERE with its values. */
export function selectRows(
  store: Db,
  clause: string,
  ...values: SQLInputValue[]
): (StoredPrediction & { seq: number })[] {
  const fields = readFields(store);
  const sql = `SELECT seq, predictions.id, key, time, truth, features, stored_at, model, pipeline
    ${fields.map(({ column }) => `, predictions."${column}"`).join("")}
    FROM predictions JOIN versions ON versions.id = version_id ${clause}`;
  return store
    .reader(sql)
    .all(...values)
    .map((row) => toPrediction(row as unknown as unknown[], fields));
}

function toPrediction(row: unknown[], fields: readonly Field[]): StoredPrediction & { seq: number } {
  const [seq, id, key, time, truth, features, storedAt, modelVersion, pipelineVersion, ...values] = row;
  return {
    seq: Number(seq),
    id: String(id),
    key: String(key),
    time: Number(time),
    prediction: Object.fromEntries(fields.map(({ name }, i) => [name, loaded(values[i])])),
    truth: truth === null ? null : Number(truth),
    features: toFloats(features as Uint8Array),
    modelVersion: String(modelVersion),
    pipelineVersion: String(pipelineVersion),
    storedAt: Number(storedAt),
  };
}

function loaded(value: unknown): PredictionValue {
  return typeof value === "bigint" ? value !== 0n : (value as PredictionValue);
}

function toFloats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
