#!/bin/sh
# Installs what is missing, builds Proffer and runs every test. The exit status is 0 if all pass.
#
#   sh scripts/test.sh              the tests, of a build for developing (build/dev)
#   sh scripts/test.sh --sanitize   also all tests under address and undefined behaviour sanitizers (build/asan),
#                                   the concurrent ones under the thread sanitizer (build/tsan), and half a minute of
#                                   fuzzing of the filter language (build/fuzz, by clang 14)
#   sh scripts/test.sh --fuzz       also fuzz every reader of foreign bytes for half a minute each
#
# CI=true makes warnings errors. PROFFER_TEST_DATA=DIR names a directory with data sets (DIR/movielens-small) for the
# tests that want real data; without it they are skipped and say so.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

sanitize=no
fuzz=no
for option in "$@"; do
  case $option in
    --sanitize) sanitize=yes ;;
    --fuzz) fuzz=yes ;;
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/test.sh && exit 0 ;;
    *) die "unknown option $option (there are --sanitize and --fuzz)" ;;
  esac
done

werror=OFF
case ${CI:-} in '' | 0 | false | no) ;; *) werror=ON ;; esac
[ -z "${PROFFER_TEST_DATA:-}" ] || PROFFER_TEST_DATA=$(cd "$PROFFER_TEST_DATA" && pwd) || die "PROFFER_TEST_DATA is no directory"
[ -z "${PROFFER_TEST_DATA:-}" ] || export PROFFER_TEST_DATA

# run_tests PRESET [command before ctest]... -- [ctest options]
# One more at a time than there are cores: some of them wait.
run_tests() {
  preset=$1
  shift
  before=
  while [ "$1" != -- ]; do
    before="$before $1"
    shift
  done
  shift
  say "Running the tests of build/$preset"
  # shellcheck disable=SC2086
  $before ctest --preset "$preset" --no-tests=error -j "$(($(nproc) + 1))" "$@"
}

[ "$sanitize$fuzz" = nono ] || more_packages=scripts/packages-clang
install_packages
configure dev -DPROFFER_WERROR=$werror
build dev
run_tests dev --

if [ $sanitize = yes ]; then
  # Warnings are judged in the build above: with sanitizers g++ 12 warns of what cannot happen in its own headers.
  configure asan -DPROFFER_WERROR=OFF
  build asan
  # A simulated year, thousands of random filters, dozens of power cuts and faults are minutes of work; with sanitizers a
  # part of each shows the same code.
  export PROFFER_YEAR_DAYS="${PROFFER_YEAR_DAYS:-15}" PROFFER_AGREEMENT_QUADRUPLES="${PROFFER_AGREEMENT_QUADRUPLES:-500}" \
    PROFFER_CRASH_POINTS="${PROFFER_CRASH_POINTS:-15}" PROFFER_FAULT_POINTS="${PROFFER_FAULT_POINTS:-15}"
  ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=1} run_tests asan --

  configure tsan -DPROFFER_WERROR=OFF
  build tsan --target concurrent_tests
  # Newer kernels place memory where the thread sanitizer of g++ 12 does not expect it, unless told not to.
  fixed_addresses=
  if setarch -R true 2>/dev/null; then fixed_addresses='setarch -R'; fi
  # shellcheck disable=SC2086
  TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:suppressions=$PWD/tests/tsan.suppressions} run_tests tsan $fixed_addresses -- -L concurrent
fi

targets=
[ $sanitize = no ] || targets=filter
[ $fuzz = no ] || targets=
if [ "$sanitize$fuzz" != nono ]; then
  # shellcheck disable=SC2086
  sh bench/fuzz.sh --seconds "${PROFFER_FUZZ_SECONDS:-30}" $targets
fi
