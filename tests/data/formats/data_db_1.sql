-- data.db of format 1: two users, one item, and a dataset of items that was imported without rows.
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('data_version', 0);
-- Names in blocks: `first` is the index of the first one, `names` a u32 length and the bytes for each.
CREATE TABLE dictionary (
  kind INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, names BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (kind, first));
CREATE TABLE segment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, file TEXT NOT NULL, state INTEGER NOT NULL,
  incremental INTEGER NOT NULL, source TEXT NOT NULL, definition TEXT NOT NULL, job INTEGER NOT NULL, attempt INTEGER NOT NULL,
  rows INTEGER NOT NULL, bytes INTEGER NOT NULL, hash TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE source (
  dataset TEXT NOT NULL, file TEXT NOT NULL, incremental INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
  looked INTEGER NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (dataset, incremental, file, definition)) WITHOUT ROWID;
CREATE TABLE dataset (
  uid TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, fields TEXT NOT NULL, fingerprint TEXT NOT NULL,
  definition TEXT NOT NULL, report TEXT NOT NULL, figures TEXT NOT NULL, job INTEGER NOT NULL, attempt INTEGER NOT NULL,
  checksum INTEGER NOT NULL) WITHOUT ROWID;
UPDATE meta SET value = 3;
INSERT INTO dictionary VALUES (0, 0, 2, X'03000000616e6e03000000626f62', -673070401790274407);
INSERT INTO dictionary VALUES (1, 0, 1, X'040000006c616d70', 6810598326978071861);
INSERT INTO dataset VALUES ('items-uid', 'items', 'ITEMS', '{"fields":[{"name":"ITEM_ID","types":[0],"categorical":false,"textual":false},{"name":"GENRES","types":[0,6],"categorical":true,"textual":false}],"orderColumn":""}', 'f', 'd', '{}', '{}', 1, 1, 1459941671596416729);
PRAGMA user_version = 1;
