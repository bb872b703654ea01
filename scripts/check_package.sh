#!/bin/sh
# Installs the Debian package in a plain Debian 12 of its own and uses it as its users would: files, user and
# directories, the unit, the service's own command line as its own user, the demo, removal. Needs root, debootstrap and
# the network.
#
#   sh scripts/check_package.sh            the package below build/package; built first if there is none
#   sh scripts/check_package.sh FILE.deb   another one
#   sh scripts/check_package.sh --image    does what the last stage of the Dockerfile does instead, and runs that
#
# PROFFER_DEBIAN_ROOT=DIR names a plain Debian 12 (as debootstrap --variant=minbase makes it) to copy; else one is made.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

image=no
package=
for option in "$@"; do
  case $option in
    --image) image=yes ;;
    -h | --help) sed -n '2,/^set/{/^set/!s/^# \{0,1\}//p;}' scripts/check_package.sh && exit 0 ;;
    -*) die "unknown option $option (--image is the only one)" ;;
    *) package=$option ;;
  esac
done

[ "$(id -u)" -eq 0 ] || die "only root can make a Debian root"
command -v debootstrap >/dev/null || die "debootstrap is missing"

build_package() {
  install_packages
  configure package
  build package
  quietly cpack --preset package || die "cpack failed"
}

root=
finish() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$root" ]; then
    for mount in proc dev sys; do umount -R -l "$root/$mount" 2>/dev/null || true; done
    if grep -q " $root/" /proc/mounts; then
      warn "something is still mounted below $root; it is left there"
    else
      rm -rf --one-file-system "$root"
    fi
  fi
  exit $status
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# A Debian root with this machine's way to the packages, and nothing else of it.
make_root() {
  root=$(mktemp -d "${TMPDIR:-/tmp}/proffer-root.XXXXXX")
  chmod 755 "$root"
  if [ -n "${PROFFER_DEBIAN_ROOT:-}" ]; then
    cp -a "$PROFFER_DEBIAN_ROOT/." "$root/"
  else
    mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
    quietly debootstrap --variant=minbase --include=ca-certificates bookworm "$root" ${mirror:+"$mirror"} ||
      die "debootstrap failed"
  fi
  rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d \
    /usr/share/keyrings /etc/resolv.conf /etc/hosts /etc/ssl/certs; do
    [ -e "$file" ] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -aL "$file" "$root$(dirname "$file")/" 2>/dev/null || true
  done
  # What an own program of this machine would do after each step of apt has no place there.
  rm -f "$root/etc/apt/apt.conf.d/"*docker*
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d"
}

inside() {
  # shellcheck disable=SC2046
  chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive $(env | grep -iE '^(https?|no)_proxy=' | tr '\n' ' ') "$@"
}

must() {
  what=$1
  shift
  if "$@"; then say "ok: $what"; else die "not so: $what"; fi
}

# The steps of the Dockerfile's last stage: its RUN, and what it says of the environment and the user.
last_stage() { sed -n '/^FROM/{h;d;};H;${x;p;}' Dockerfile; }
run_of_image() { last_stage | sed -n '/^RUN /,/[^\\]$/p' | sed 's/^RUN //'; }
environment_of_image() { last_stage | sed -n '/^ENV /,/[^\\]$/p' | sed -e 's/^ENV //' -e 's/\\$//' | tr -d '\n'; }
user_of_image() { last_stage | sed -n 's/^USER //p'; }

# serve_as USER ENVIRONMENT...: the server in the background; its log in the root's /tmp/log.
serve_as() {
  as=$1
  shift
  : >"$root/tmp/log"
  chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin "$@" /usr/bin/setpriv --reuid "${as%:*}" --regid "${as#*:}" \
    --clear-groups --no-new-privs sh -c 'cd /var/lib/proffer && exec proffer serve' >"$root/tmp/log" 2>&1 &
  server=$!
  waited=0
  until grep -q 'http://' "$root/tmp/log"; do
    kill -0 $server 2>/dev/null || { cat "$root/tmp/log" >&2; die "the server ended at once"; }
    [ $waited -lt 100 ] || die "the server did not start within 20 seconds"
    waited=$((waited + 1))
    sleep 0.2
  done
}

check_files() {
  inside dpkg -L proffer >"$root/tmp/files"
  for file in /usr/bin/proffer /usr/lib/systemd/system/proffer.service /usr/share/man/man1/proffer.1 \
    /usr/share/bash-completion/completions/proffer /etc/default/proffer /usr/share/doc/proffer/copyright; do
    must "the package has $file" grep -qx "$file" "$root/tmp/files"
  done
  must "it depends on what it is linked with" sh -c "dpkg-deb -f '$package' Depends | grep -q libsqlite3-0"
  must "the program runs" inside proffer version
  must "the completion script is bash" inside bash -n /usr/share/bash-completion/completions/proffer
}

check_service() {
  for directory in "" /data /sources; do
    must "the service's directory belongs to it: /var/lib/proffer$directory" \
      test "$(inside stat -c '%U %G %a' /var/lib/proffer$directory)" = "proffer proffer 750"
  done
  quietly inside apt-get install -y -q --no-install-recommends systemd man-db || die "no systemd to be had"
  must "systemd accepts the unit" inside systemd-analyze verify --man=no /usr/lib/systemd/system/proffer.service
  inside systemd-analyze security --offline=true --no-pager proffer.service 2>/dev/null | tail -n 1
  # shellcheck disable=SC2046
  serve_as "$(inside id -u proffer):$(inside id -g proffer)" \
    $(sed -n 's/^Environment=//p' "$root/usr/lib/systemd/system/proffer.service") PROFFER_LISTEN=127.0.0.1:7419
  must "the service answers" inside proffer get all --server http://127.0.0.1:7419
  kill $server
  must "and ends in good order" wait $server
}

check_demo() {
  useradd_in_root=$(inside useradd --create-home newcomer 2>&1) || die "$useradd_in_root"
  must "the demo runs from the package, for an ordinary user" \
    inside setpriv --reuid newcomer --regid newcomer --clear-groups \
    sh -c 'HOME=/home/newcomer sh /usr/share/proffer/scripts/demo.sh --installed'
}

check_removal() {
  quietly inside apt-get purge -y -q proffer || die "it cannot be removed"
  must "nothing is left but data" sh -c "! [ -e '$root/usr/bin/proffer' ] && ! [ -e '$root/etc/default/proffer' ]"
  must "data outlives a purge" test -e "$root/var/lib/proffer/data/control.db"
}

check_image() {
  say "The RUN step of the Dockerfile's last stage"
  run_of_image >"$root/tmp/steps"
  quietly inside sh -e /tmp/steps || die "the image's steps fail"
  must "the program runs" inside proffer version
  mkdir -p "$root/run/secrets"
  printf '0123456789abcdef0123456789abcdef\n' >"$root/run/secrets/proffer-token"
  chmod 444 "$root/run/secrets/proffer-token"
  sed -i 's/^/ /' "$root/tmp/steps"
  # shellcheck disable=SC2046
  serve_as "$(user_of_image)" $(environment_of_image) PROFFER_LISTEN=0.0.0.0:7418
  must "the container's server answers those who have the token" inside proffer get all \
    --server http://127.0.0.1:7418 --token-file /run/secrets/proffer-token
  must "and nobody else" sh -c "! chroot '$root' proffer get all --server http://127.0.0.1:7418 2>/dev/null"
  must "it does not run as root" test "$(ps -o uid= -p $server | tr -d ' ')" = 7420
  kill $server
  must "and ends in good order" wait $server
}

if [ -z "$package" ]; then
  package=$(find build/package -maxdepth 1 -name 'proffer_*_amd64.deb' 2>/dev/null | head -n 1)
  [ -n "$package" ] || build_package
  package=$(find build/package -maxdepth 1 -name 'proffer_*_amd64.deb' | head -n 1)
fi
[ -f "$package" ] || die "there is no $package"
make_root
cp "$package" "$root/tmp/proffer.deb"
if [ $image = yes ]; then
  check_image
  say "The image's root has $(du -smx --exclude=./proc --exclude=./dev "$root" | cut -f1) MB"
else
  quietly inside sh -c 'apt-get -q update && apt-get install -y -q --no-install-recommends /tmp/proffer.deb' ||
    die "the package does not install"
  check_files
  check_service
  check_demo
  check_removal
fi
say "All is well."
