#!/bin/sh
# The proofs of crash safety at their full count; the tests run a part of it each time.
#   sh bench/crash.sh [BUILD]     BUILD: a directory with built tests, default build/dev
# 1,000 moments of a power cut, 500 faults of a disk, 500 flipped bits; 200 times kill -9 of a server at work, 200 times
# while events stream in, 100 times while it is dumped and 100 times of a restore. About twenty minutes.
set -eu
build=${1:-build/dev}
PROFFER_CRASH_POINTS=1000 PROFFER_FAULT_POINTS=500 "$build/tests/test_crash" 2>/dev/null
PROFFER_KILLS=200 "$build/tests/test_end_to_end" -w NoTests "a server that is killed again and again ends where one that is not does"
PROFFER_LIVE_KILLS=200 "$build/tests/test_end_to_end" -w NoTests "every acknowledged event outlives kill -9\, once"
PROFFER_DUMP_KILLS=100 "$build/tests/test_end_to_end" -w NoTests "a dump that is killed\, or whose server is\, leaves a whole one or none"
PROFFER_DUMP_KILLS=100 "$build/tests/test_end_to_end" -w NoTests "a restore that is killed is refused by servers until it is run again"
