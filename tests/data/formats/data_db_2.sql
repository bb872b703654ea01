-- data.db of format 2, with four rows that were put: an event with an id, an event of a session without a user, an item, an event.
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('data_version',2);
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
INSERT INTO dataset VALUES('122fb9cb-89e2-4a9b-96b3-79797fbef3b6','items','ITEMS','{"fields":[{"name":"ITEM_ID","types":[0],"categorical":false,"textual":false},{"name":"GENRES","types":[0],"categorical":true,"textual":false}],"orderColumn":""}','','','{"rowsRead":0,"rowsKept":0,"rowsFiltered":0,"duplicates":0,"rowsBad":0,"badPerKind":{},"badRows":[],"perEventType":{},"ignoredColumns":[],"bytes":0,"newUsers":0,"newItems":0,"firstTime":0,"lastTime":0,"fingerprint":"","dataVersion":0}','{"rows":0,"users":0,"items":0,"perEventType":{},"firstTime":0,"lastTime":0,"segments":0,"bytes":0,"fingerprint":""}',0,0,-142109455955992489);
INSERT INTO dataset VALUES('fc2b2db0-7bbd-469e-a813-1a10812882e2','interactions','INTERACTIONS','{"fields":[{"name":"USER_ID","types":[0],"categorical":false,"textual":false},{"name":"ITEM_ID","types":[0],"categorical":false,"textual":false},{"name":"TIMESTAMP","types":[2],"categorical":false,"textual":false},{"name":"EVENT_TYPE","types":[0],"categorical":false,"textual":false}],"orderColumn":""}','','','{"rowsRead":0,"rowsKept":0,"rowsFiltered":0,"duplicates":0,"rowsBad":0,"badPerKind":{},"badRows":[],"perEventType":{},"ignoredColumns":[],"bytes":0,"newUsers":0,"newItems":0,"firstTime":0,"lastTime":0,"fingerprint":"","dataVersion":0}','{"rows":0,"users":0,"items":0,"perEventType":{},"firstTime":0,"lastTime":0,"segments":0,"bytes":0,"fingerprint":""}',0,0,-8082541424256440307);
CREATE TABLE log (
  sequence INTEGER PRIMARY KEY, dataset TEXT NOT NULL, time INTEGER NOT NULL, hash BLOB NOT NULL, waiting INTEGER NOT NULL,
  body BLOB NOT NULL, checksum INTEGER NOT NULL);
INSERT INTO log VALUES(1,'fc2b2db0-7bbd-469e-a813-1a10812882e2',1700000001,X'561e4ecf45fb0d452b2cc31ee93406f3',0,X'010200000073310203000000616e6e03040000006c616d7004040000005669657705020000006531',3133932184337593201);
INSERT INTO log VALUES(2,'fc2b2db0-7bbd-469e-a813-1a10812882e2',1700000002,X'6cf815a76051b484d18e7e87c12769c3',1,X'0102000000733203040000006465736b040400000056696577',8484657231973993003);
INSERT INTO log VALUES(3,'122fb9cb-89e2-4a9b-96b3-79797fbef3b6',0,X'4bbead2498773338a69974f92f989c19',0,X'0c040000006c616d70090600000047454e5245530a090000004c696768747c4e6577',5965933436815006200);
INSERT INTO log VALUES(4,'fc2b2db0-7bbd-469e-a813-1a10812882e2',1700000003,X'ae438ff2a6c5257068fff10e516785d9',0,X'010200000073330203000000626f620304000000736f6661040400000056696577',526893044973335836);
CREATE TABLE deleted_user (
  hash TEXT PRIMARY KEY, sequence INTEGER NOT NULL, segment INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
DELETE FROM sqlite_sequence;
CREATE UNIQUE INDEX log_once ON log (time, hash);
CREATE INDEX log_waiting ON log (sequence) WHERE waiting = 1;
PRAGMA user_version = 2;
