#!/bin/sh
# Fetches the MovieLens data set "latest-small" into data/ beside this script:
#
#   sh examples/movielens/get-data.sh                       downloads it (1 MB) from GroupLens
#   MOVIELENS_DIR=DIR sh examples/movielens/get-data.sh     copies it from DIR, where ratings.csv and movies.csv are
#
# Running it again replaces the files. Downloading takes curl or wget, and unzip, bsdtar or python3.
set -eu
cd "$(dirname "$0")"
[ -z "${MOVIELENS_DIR:-}" ] || case $MOVIELENS_DIR in /*) ;; *) MOVIELENS_DIR=$OLDPWD/$MOVIELENS_DIR ;; esac

url=https://files.grouplens.org/datasets/movielens/ml-latest-small.zip
files="ratings.csv movies.csv"

new=$(mktemp -d ./data.XXXXXX)
trap 'rm -rf "$new"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  printf 'get-data.sh: %s\n' "$*" >&2
  exit 2
}

download() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --location --silent --show-error --retry 3 --output "$1" "$url"
  elif command -v wget >/dev/null 2>&1; then
    wget --quiet --tries=3 --output-document="$1" "$url"
  else
    fail "needs curl or wget (apt-get install curl), or a copy of the data set named by MOVIELENS_DIR"
  fi || fail "cannot download $url; a copy of the data set will do, named by MOVIELENS_DIR"
}

unpack() {
  if command -v unzip >/dev/null 2>&1; then
    unzip -q -j "$1" -d "$new"
  elif command -v bsdtar >/dev/null 2>&1; then
    bsdtar -x -f "$1" -C "$new" --strip-components 1
  elif command -v python3 >/dev/null 2>&1; then
    python3 -m zipfile -e "$1" "$new" && mv "$new"/ml-latest-small/* "$new"
  else
    fail "needs unzip (apt-get install unzip)"
  fi || fail "what $url sent is no zip file"
}

if [ -n "${MOVIELENS_DIR:-}" ]; then
  for file in $files README.txt; do
    [ ! -f "$MOVIELENS_DIR/$file" ] || cp "$MOVIELENS_DIR/$file" "$new/"
  done
else
  download "$new/archive.zip"
  unpack "$new/archive.zip"
fi
for file in $files; do
  [ -s "$new/$file" ] || fail "there is no $file in ${MOVIELENS_DIR:-$url}"
done

mkdir -p data
for file in $files README.txt; do
  [ ! -f "$new/$file" ] || mv -f "$new/$file" data/
done
printf 'examples/movielens/data: %s ratings of %s movies\n' \
  "$(($(wc -l <data/ratings.csv) - 1))" "$(($(wc -l <data/movies.csv) - 1))"
