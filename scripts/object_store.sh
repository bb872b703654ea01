#!/bin/sh
# Reads and writes objects of a real S3-compatible server: fetches moto into a virtual environment below build/ with
# pip, starts it on a free port, and runs the test that wants it.
#
#   sh scripts/object_store.sh      after scripts/test.sh has built build/dev
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

for option in "$@"; do
  case $option in
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/object_store.sh && exit 0 ;;
    *) die "unknown option $option (there are none)" ;;
  esac
done

program=build/dev/tests/test_data
[ -x $program ] || die "there is no $program; run sh scripts/test.sh first"
place=$PWD/build/moto
if [ ! -x "$place/bin/moto_server" ]; then
  python3 -m venv "$place" || die "python3 makes no virtual environment; Debian has python3-venv"
  quietly "$place/bin/pip" install 'moto[server,s3]==5.2.5' || die "pip cannot install the server"
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$place/bin/moto_server" -H 127.0.0.1 -p "$port" >build/moto/log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing "$place/bin/python" - "$port" <<'END'
import sys
import time

import boto3

client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{sys.argv[1]}", region_name="us-east-1")
for attempt in range(100):
    try:
        client.create_bucket(Bucket="films")
        break
    except Exception:
        time.sleep(0.2)
else:
    sys.exit("the server does not answer")
END
PROFFER_TEST_S3=http://127.0.0.1:$port $program "objects of a real server*"
