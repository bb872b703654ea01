#!/bin/sh
# Makes what older_dump_test.cpp restores: the dump of a small server by some program, and what that answered.
#
#   sh tests/end_to_end/older/make.sh PROGRAM EXAMPLE NAME
#
# PROGRAM is an older proffer, EXAMPLE the directory examples/streaming of its time; NAME.tar.zst and NAME.answers are
# written beside this script. A format that was released must have its dump here: make one before the format changes.
set -eu
program=$1
example=$2
target=$(cd "$(dirname "$0")" && pwd)/$3
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$place"' EXIT

cp -r "$example" "$place/streaming"
rm -rf "$place/streaming/data"
"$program" generate streaming --users 60 --items 40 --interactions 900 --seed 11 --out "$place/streaming/data" >/dev/null
"$program" serve --data "$place/data" --sources "$place/streaming" --listen 127.0.0.1:0 >"$place/log" 2>&1 &
server=$!
until grep -q 'http://127' "$place/log"; do sleep 0.1; done
PROFFER_SERVER=$(sed -n 's/.*\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$place/log" | head -n 1)
export PROFFER_SERVER
"$program" apply -f "$place/streaming" --wait >/dev/null

# One line a question: target, user, number of results; then the items and their scores.
for name in most-popular most-clicked; do
  for user in u1 u2 u7 u13 nobody; do
    printf 'streaming/%s %s 8 ' $name $user
    "$program" recommend streaming/$name --user $user -n 8 -o json | tr -d '\n' |
      sed -e 's/"recommendationId": *"[^"]*"/"recommendationId":""/' -e 's/  */ /g'
    printf '\n'
  done
done >"$target.answers"
"$program" dump "$place/dump.tar"
zstd -q -19 -f "$place/dump.tar" -o "$target.tar.zst"
ls -l "$target.tar.zst" "$target.answers"
