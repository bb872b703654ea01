#!/bin/sh
# Fuzzes everything that reads foreign bytes, under address and undefined behaviour sanitizers: builds build/fuzz and
# runs each target for a time. Needs clang 14.
#
#   sh bench/fuzz.sh                            each target for 10 minutes
#   sh bench/fuzz.sh --seconds 30               for 30 seconds
#   sh bench/fuzz.sh --seconds 60 manifests csv  only these
#
# New inputs that reach new code are kept below build/fuzz/corpus, fuzz/corpus is what each run begins with. A finding
# ends the run with 1; the input that made it lies in build/fuzz/findings, and `build/fuzz/fuzz/fuzz_NAME FILE` shows it
# again.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

seconds=600
targets=
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2 && shift ;;
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' bench/fuzz.sh && exit 0 ;;
    -*) die "unknown option $1 (--seconds is the only one)" ;;
    *) targets="$targets $1" ;;
  esac
  shift
done
command -v clang++-14 >/dev/null || die "clang++-14 is missing; Debian has it in the package clang-14"

configure fuzz
if [ -n "$targets" ]; then
  # shellcheck disable=SC2046,SC2086
  build fuzz --target $(printf 'fuzz_%s ' $targets)
else
  build fuzz
fi
[ -n "$targets" ] || targets=$(find build/fuzz/fuzz -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sed 's/.*fuzz_//' | sort)
mkdir -p build/fuzz/findings
failed=
for target in $targets; do
  [ -x "build/fuzz/fuzz/fuzz_$target" ] || die "there is no target $target"
  mkdir -p "build/fuzz/corpus/$target"
  log=build/fuzz/findings/$target.log
  # What a target allocates is bounded, so that a small input cannot take all memory.
  words=
  [ ! -f "fuzz/$target.dict" ] || words=-dict=fuzz/$target.dict
  # shellcheck disable=SC2086
  if UBSAN_OPTIONS=print_stacktrace=1 "build/fuzz/fuzz/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=3000 \
    -timeout=25 -max_len=20000 -print_final_stats=1 $words -artifact_prefix="build/fuzz/findings/$target-" \
    "build/fuzz/corpus/$target" "fuzz/corpus/$target" >"$log" 2>&1; then
    say "ok: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s"
  else
    failed="$failed $target"
    warn "a finding in $target:"
    grep -E -A 12 'ERROR|runtime error|SUMMARY' "$log" | head -n 40 >&2 || tail -n 40 "$log" >&2
  fi
done
[ -z "$failed" ] || { warn "findings:$failed; the inputs are in build/fuzz/findings" && exit 1; }
