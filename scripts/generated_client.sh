#!/bin/sh
# Exercises a client that a public generator makes of /openapi.json: fetches openapi-python-client into a virtual
# environment below build/ with pip, and runs the test that wants it.
#
#   sh scripts/generated_client.sh      after scripts/test.sh has built build/dev
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

for option in "$@"; do
  case $option in
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/generated_client.sh && exit 0 ;;
    *) die "unknown option $option (there are none)" ;;
  esac
done

program=build/dev/tests/test_http
[ -x $program ] || die "there is no $program; run sh scripts/test.sh first"
place=$PWD/build/generator
if [ ! -x "$place/bin/openapi-python-client" ]; then
  python3 -m venv "$place" || die "python3 makes no virtual environment; Debian has python3-venv"
  quietly "$place/bin/pip" install openapi-python-client==0.29.1 || die "pip cannot install the generator"
fi
PROFFER_OPENAPI_GENERATOR=$place/bin/openapi-python-client $program "a client that*"
