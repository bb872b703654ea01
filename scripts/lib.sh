# What scripts/demo.sh and scripts/test.sh share. POSIX sh; sourced with the current directory at the project's root.

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "$(basename "$0"): $*"
  exit 2
}

# The names of packages to install, one a line: those in scripts/packages, and in the files of $more_packages.
more_packages=
wanted_packages() {
  # shellcheck disable=SC2086
  sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' scripts/packages $more_packages
}

missing_packages() {
  wanted_packages | while read -r package; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) in
      installed) ;;
      *) printf '%s\n' "$package" ;;
    esac
  done
}

# Says exactly what to install, and gives up.
cannot_install() {
  warn "$1"
  warn "Please install these packages, then run this script again:"
  warn
  # shellcheck disable=SC2086
  warn "  apt-get install --no-install-recommends" $2
  exit 2
}

# Runs a command as root: directly, or through sudo if it asks nothing or somebody is there to answer.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

may_be_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  [ -t 0 ] || sudo -n true 2>/dev/null
}

# Installs what wanted_packages names and is not there. PROFFER_NO_INSTALL=1 leaves the machine as it is.
install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    [ "${PROFFER_NO_INSTALL:-}" = 1 ] && return 0
    warn "This is no Debian system. With the same libraries from elsewhere, set PROFFER_NO_INSTALL=1."
    cannot_install "Debian 12 calls them so:" "$(wanted_packages | tr '\n' ' ')"
  fi
  missing=$(missing_packages | tr '\n' ' ')
  [ -z "$missing" ] && return 0
  [ "${PROFFER_NO_INSTALL:-}" = 1 ] && cannot_install "Packages are missing, and PROFFER_NO_INSTALL is set." "$missing"
  may_be_root || cannot_install "Packages are missing, and only root may install them." "$missing"

  # shellcheck disable=SC2086
  say "Installing $(set -- $missing; echo $#) Debian packages: $missing"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 update >"$log" 2>&1 ||
    ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
      install --no-install-recommends $missing >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    cannot_install "Installing failed; the last words of apt-get stand above." "$missing"
  fi
  rm -f "$log"
}

# Runs a step that has much to say: all of it on a terminal, else only if it fails.
quietly() {
  if [ -t 1 ]; then
    "$@"
    return
  fi
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    status=$?
    tail -n 100 "$log" >&2
    rm -f "$log"
    return "$status"
  fi
}

# configure PRESET [cmake options]
configure() {
  preset=$1
  shift
  say "Configuring build/$preset"
  log=$(mktemp)
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    die "cmake cannot configure the preset $preset; deleting build/$preset may help"
  fi
  rm -f "$log"
}

# build PRESET [cmake --build options]
build() {
  say "Building build/$1 on $(nproc) cores; this takes some minutes the first time"
  begun=$(date +%s)
  preset=$1
  shift
  quietly cmake --build --preset "$preset" "$@" || die "the build failed"
  say "Built in $(($(date +%s) - begun)) s"
}
