// The tables of control.db, as migrations: entry i takes format i to i + 1. Never change an entry that was
// released. docs/formats.md describes them.
#pragma once

#include <array>
#include <string_view>

namespace proffer::store {

inline constexpr std::array<std::string_view, 1> kControlMigrations{R"sql(
CREATE TABLE counter(
  name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE resource(
  kind TEXT NOT NULL, grp TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL, generation INTEGER NOT NULL,
  resource_version INTEGER NOT NULL, deleting INTEGER NOT NULL, managed_by TEXT NOT NULL, body TEXT NOT NULL,
  checksum INTEGER NOT NULL, PRIMARY KEY(kind, grp, name));
CREATE TABLE queued_resource(
  kind TEXT NOT NULL, grp TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY(kind, grp, name));
CREATE TABLE journal(
  sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, grp TEXT NOT NULL, name TEXT NOT NULL, level INTEGER NOT NULL,
  reason TEXT NOT NULL, message TEXT NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX journal_about ON journal(kind, grp, name, sequence);
CREATE TABLE job(
  id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, owner_uid TEXT NOT NULL, state INTEGER NOT NULL,
  attempt INTEGER NOT NULL, not_before INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX job_owner ON job(owner_uid, type, id);
CREATE INDEX job_state ON job(state, not_before);
CREATE TABLE file(
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, state INTEGER NOT NULL, job INTEGER NOT NULL,
  attempt INTEGER NOT NULL, group_uid TEXT NOT NULL, size INTEGER NOT NULL, content TEXT NOT NULL,
  checksum INTEGER NOT NULL);
CREATE INDEX file_group ON file(group_uid);
CREATE TABLE route(
  grp TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY(grp, name));
CREATE TABLE group_route(
  group_uid TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL);
)sql"};

}  // namespace proffer::store
