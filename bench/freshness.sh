#!/bin/sh
# The proof of freshness at its full count; the tests run a part of it each time.
#   sh bench/freshness.sh [BUILD]     BUILD: a directory with built tests, default build/dev
# For a recurrent network and for attention: 1,000 times an event is put, in order or late, or a user is deleted, and the
# next answer over HTTP compared with one from scratch. Minutes.
set -eu
build=${1:-build/dev}
for how in "whatever came in which order" "with states that are driven out"; do
  PROFFER_FRESHNESS=1000 "$build/tests/test_end_to_end" "answers over HTTP are those of the whole history\, $how"
done
