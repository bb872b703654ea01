#!/bin/sh
# Plays real clients of the service against build/dev: boto3 (Debian's, and the newest from PyPI in a virtual environment),
# the AWS SDK for JavaScript and the AWS command line, with the data of MovieLens. What they need is installed below
# build/conformance with pip and npm.
#
#   PROFFER_TEST_DATA=DIR sh scripts/conformance.sh        after scripts/test.sh has built build/dev
#   ... --s3                                               with the bucket on an S3-compatible server (moto)
#   ... --whole                                            User-Personalization learns from all ratings, as large as it
#                                                          is unless told otherwise, which takes minutes
#   PROFFER_CONFORMANCE_PROGRAM=FILE                       another program than build/dev/proffer
#
# The exit status is 77 if nothing could be played, which ctest counts as skipped.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

buckets=directory
for option in "$@"; do
  case $option in
    --s3) buckets=server ;;
    --whole) export PROFFER_CONFORMANCE_WHOLE=1 ;;
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/conformance.sh && exit 0 ;;
    *) die "unknown option $option (there are --s3 and --whole)" ;;
  esac
done

skip() {
  warn "SKIPPED: $*"
  exit 77
}

# The newest that runs on Node 18, which Debian 12 has.
sdk=3.958.0
program=${PROFFER_CONFORMANCE_PROGRAM:-$PWD/build/dev/proffer}
[ -x "$program" ] || skip "there is no $program; run sh scripts/test.sh first"
data=${PROFFER_TEST_DATA:-}/movielens-small
[ -r "$data/ratings.csv" ] || skip "PROFFER_TEST_DATA names no directory with movielens-small"
place=$PWD/build/conformance
mkdir -p "$place"

venv=$place/venv
if [ ! -x "$venv/bin/aws" ]; then
  python3 -m venv "$venv" || skip "python3 makes no virtual environment; Debian has python3-venv"
  quietly "$venv/bin/pip" install boto3 awscli "moto[server,s3]" || skip "pip cannot install boto3"
fi
[ -x "$venv/bin/aws" ] || skip "there is no $venv/bin/aws"

personal=aws-user-personalization
set -- "$venv/bin/python3 flow.py" "$personal $venv/bin/python3 flow.py" "$venv/bin/python3 faults.py" "sh read_only.sh $venv/bin/aws"
if /usr/bin/python3 -c 'import boto3' 2>/dev/null; then
  set -- "$@" "/usr/bin/python3 flow.py" "/usr/bin/python3 faults.py"
else
  warn "not played: Debian's boto3 (package python3-boto3)"
fi
if [ -x /usr/bin/aws ]; then
  set -- "$@" "sh read_only.sh /usr/bin/aws"
else
  warn "not played: Debian's AWS command line (package awscli)"
fi
if command -v npm >/dev/null 2>&1; then
  if [ ! -d "$place/node_modules/@aws-sdk" ]; then
    quietly npm install --prefix "$place" --no-audit --no-fund "@aws-sdk/client-personalize@$sdk" \
      "@aws-sdk/client-personalize-runtime@$sdk" "@aws-sdk/client-personalize-events@$sdk" || true
  fi
  if [ -d "$place/node_modules/@aws-sdk/client-personalize" ]; then
    set -- "$@" "node $PWD/tests/conformance/flow.mjs $place" "$personal node $PWD/tests/conformance/flow.mjs $place" \
      "node $PWD/tests/conformance/faults.mjs $place"
  else
    warn "not played: the AWS SDK for JavaScript, which npm cannot install"
  fi
else
  warn "not played: the AWS SDK for JavaScript (package npm)"
fi

if [ $buckets = server ]; then
  port=$("$venv/bin/python3" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  "$venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$place/moto.log" 2>&1 &
  moto=$!
  trap 'kill $moto 2>/dev/null || true' EXIT
  sleep 3
  "$venv/bin/python3" tests/conformance/run.py "$program" "$data" --endpoint "http://127.0.0.1:$port" "$@"
else
  "$venv/bin/python3" tests/conformance/run.py "$program" "$data" "$@"
fi
say "the conformance clients have all passed"
