/** The statements that create one kind of file. */
export type FileSchema = string;

/** `PRAGMA application_id`: "Slui". Tells our files from other SQLite databases. */
export const APPLICATION_ID = 0x536c7569;

/** `PRAGMA user_version`: raised whenever a table below changes. */
export const SCHEMA_VERSION = 1;

/** Who works on what. Small and rarely written. */
export const CONTROL: FileSchema = `
  CREATE TABLE workers (
    consumer_group TEXT NOT NULL, worker TEXT NOT NULL, process TEXT NOT NULL,
    joined_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, worker)
  ) WITHOUT ROWID;
  -- A lease holds as long as its owner's row in \`workers\` lives; every new owner raises the epoch.
  CREATE TABLE leases (
    consumer_group TEXT NOT NULL, partition INTEGER NOT NULL, owner TEXT, epoch INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, partition)
  ) WITHOUT ROWID;
  CREATE TABLE runs (
    id TEXT PRIMARY KEY, arguments_hash TEXT NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER, summary TEXT
  ) WITHOUT ROWID;
`;

/** The events of one partition. */
export const LOG: FileSchema = `
  -- total: events in this message and all before it, so that a lag in events is one subtraction.
  CREATE TABLE log (
    position INTEGER PRIMARY KEY, count INTEGER NOT NULL, total INTEGER NOT NULL, appended_at INTEGER NOT NULL, body BLOB NOT NULL
  );
  -- Survives retention: positions go on where they stopped even when no row is left.
  CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, total INTEGER NOT NULL, appended_at INTEGER NOT NULL
  );
  INSERT INTO head VALUES (1, 0, 0, 0);
  CREATE TABLE producers (producer TEXT PRIMARY KEY, next_sequence INTEGER NOT NULL) WITHOUT ROWID;
`;

/** What became of the events of one partition. */
export const STORE: FileSchema = `
  -- The pipeline's prediction fields are added as further columns; \`fields\` says which. No index but the row number:
  -- see seen.ts.
  CREATE TABLE predictions (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL, truth REAL, features BLOB NOT NULL,
    version_id INTEGER NOT NULL, stored_at INTEGER NOT NULL
  );
  CREATE TABLE fields (name TEXT PRIMARY KEY, column_name TEXT NOT NULL UNIQUE) WITHOUT ROWID;
  CREATE TABLE versions (id INTEGER PRIMARY KEY, model TEXT NOT NULL, pipeline TEXT NOT NULL, UNIQUE (model, pipeline));
  -- Sorted runs of (hash of id, seq), 12 bytes each, in pages; state 0: being built, 1: live, 2: to be deleted.
  CREATE TABLE seen_runs (
    run INTEGER PRIMARY KEY AUTOINCREMENT, level INTEGER NOT NULL, state INTEGER NOT NULL, writer TEXT NOT NULL,
    first_page INTEGER NOT NULL, pages INTEGER NOT NULL, count INTEGER NOT NULL, base_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL, started_seq INTEGER NOT NULL, bloom BLOB, fences BLOB
  );
  CREATE TABLE seen_pages (page INTEGER PRIMARY KEY, pairs BLOB NOT NULL);
  -- position: the last message that is done. attempts, attempt_to: how often the messages after it up to there were delivered.
  CREATE TABLE checkpoints (
    consumer_group TEXT PRIMARY KEY, position INTEGER NOT NULL, total INTEGER NOT NULL, epoch INTEGER NOT NULL,
    attempts INTEGER NOT NULL, attempt_to INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE dead_letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, code TEXT NOT NULL, stage TEXT NOT NULL, message TEXT NOT NULL,
    attempts INTEGER NOT NULL, source TEXT NOT NULL, source_partition TEXT NOT NULL, source_offset TEXT NOT NULL,
    source_index INTEGER NOT NULL, key TEXT, event_id TEXT, pipeline TEXT NOT NULL, pipeline_version TEXT NOT NULL,
    model_version TEXT NOT NULL, failed_at INTEGER NOT NULL, body BLOB NOT NULL
  );
  CREATE TABLE dead_letter_counts (code TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE actions (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, event_id TEXT NOT NULL, key TEXT NOT NULL,
    time INTEGER NOT NULL, prediction TEXT NOT NULL, published_at INTEGER NOT NULL
  );
`;
