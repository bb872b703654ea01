#!/bin/sh
# Shows what Proffer does, from nothing: installs what is missing, builds the program, makes up the data of a streaming
# service, starts a server for it on this machine, applies the manifests of examples/streaming, and asks for
# recommendations.
#
#   sh scripts/demo.sh              stops the server and removes its data at the end
#   sh scripts/demo.sh --keep       leaves the server up, and says how to stop it
#   sh scripts/demo.sh --installed  takes the proffer that is installed; installs and builds nothing
#
# Everything it writes is below build/ and a temporary directory. Running it again is fine.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

keep=no
installed=no
for option in "$@"; do
  case $option in
    --keep) keep=yes ;;
    --installed) installed=yes ;;
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/demo.sh && exit 0 ;;
    *) die "unknown option $option (--keep and --installed are known)" ;;
  esac
done

place=
server=
stop_server() {
  [ -n "$server" ] && kill "$server" 2>/dev/null || return 0
  waited=0
  while kill -0 "$server" 2>/dev/null && [ $waited -lt 50 ]; do
    waited=$((waited + 1))
    sleep 0.2
  done
  kill -9 "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
}
finish() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ $status -ne 0 ] || [ $keep = no ]; then
    stop_server
    if [ $status -ne 0 ] && [ -n "$place" ] && [ -s "$place/server.log" ]; then
      warn "The server's last words:"
      tail -n 20 "$place/server.log" >&2
    fi
    [ -z "$place" ] || rm -rf "$place"
  fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# Shows a command as it is typed, and runs it.
show() {
  say
  say "\$ proffer $*"
  "$proffer" "$@"
}

# A port on the loopback address that nobody listens on, from $1 upwards.
free_port() {
  port=$1
  while [ "$port" -lt $(($1 + 200)) ]; do
    grep -qi "^ *[0-9]*: [0-9a-f]*:$(printf %04x "$port") .* 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
    port=$((port + 1))
  done
  printf '%s\n' "$port"
}

# Starts the server on a free port; another may take the port meanwhile, then the next is tried.
start_server() {
  from=7420
  for attempt in 1 2 3 4 5; do
    port=$(free_port "$from")
    nohup "$proffer" serve --data "$place/data" --sources "$place/sources" --listen "127.0.0.1:$port" \
      </dev/null >"$place/server.log" 2>&1 &
    server=$!
    export PROFFER_SERVER="http://127.0.0.1:$port"
    waited=0
    while kill -0 "$server" 2>/dev/null; do
      if "$proffer" get all >/dev/null 2>&1; then return 0; fi
      [ $waited -lt 100 ] || die "the server did not answer within 20 seconds"
      waited=$((waited + 1))
      sleep 0.2
    done
    server=
    from=$((port + 1))
    [ "$attempt" -lt 5 ] || die "the server does not start"
  done
}

# Asks over HTTP with what every Debian has: bash can open connections.
ask_over_http() {
  body='{"recommenderArn": "streaming/most-popular", "userId": "u1", "numResults": 3}'
  say
  say "The same over HTTP, in the shape of Amazon Personalize's runtime API:"
  say
  say "\$ curl -H 'Content-Type: application/json' $PROFFER_SERVER/recommendations \\"
  say "    -d '$body'"
  command -v bash >/dev/null 2>&1 || return 0
  # shellcheck disable=SC2016
  bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf "POST /recommendations HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\n" "$1" >&3
    printf "Connection: close\r\nContent-Length: %s\r\n\r\n%s" "${#2}" "$2" >&3
    sed -e "1,/^\r*\$/d" <&3' bash "$port" "$body"
  say
}

if [ $installed = yes ]; then
  proffer=$(command -v proffer) || die "no proffer is installed: it is not on the path"
  called=proffer
else
  install_packages
  configure release
  build release --target proffer
  proffer=$PWD/build/release/proffer
  called=build/release/proffer
fi

place=$(mktemp -d "${TMPDIR:-/tmp}/proffer-demo.XXXXXX")
mkdir "$place/sources"

say
say "A streaming service with 2,000 people, 1,000 titles and 200,000 clicks and views, all made up:"
show generate streaming --users 2000 --items 1000 --interactions 200000 --seed 1 --out "$place/sources/data"

start_server
say
say "A server is up at $PROFFER_SERVER. Now the manifests: what there should be."
show apply -f examples/streaming --wait
show get all

say
say "What most people watched:"
show recommend streaming/most-popular --user u1 -n 10
ask_over_http

say
say "What to try next:"
say "  examples/streaming/*.yaml          what was applied: change it and apply it again"
say "  examples/movielens, examples/shop  real movies; a shop"
say "  $called --help       every command; docs/ says more"
if [ $keep = yes ]; then
  say
  say "The server is still up. Talk to it with:"
  say "  export PROFFER_SERVER=$PROFFER_SERVER"
  say "  $called recommend streaming/most-clicked --user u1"
  say "Stop it and remove its data with:"
  say "  kill $server && rm -rf $place"
else
  say "  sh scripts/demo.sh --keep          the same, and the server stays up"
fi
