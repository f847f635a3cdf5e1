# Sourced by tools/demo, tools/test and tools/bench: installs what is missing, builds one kind of tree.
# Debian packages only; safe to run again; as root or with sudo.

here=$(cd "$(dirname "$0")/.." && pwd)
build_root=${NIGHTSHIFT_BUILD:-$here/.build}

packages_build="gcc clang cmake ninja-build pkg-config libc6-dev libmicrohttpd-dev libgnutls28-dev libsqlite3-dev
    libsodium-dev libarchive-dev libjansson-dev libcurl4-openssl-dev libical-dev libzstd-dev libcmocka-dev tzdata
    ca-certificates"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

# install_packages NAME...: only those that are not there yet
install_packages() {
    missing=
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "these packages are missing and sudo is not there:$missing" >&2; exit 1; }
        as_root=sudo
    fi
    say "installing:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# build KIND [TARGET]: configures tools/cmake/KIND.cmake once, then builds; prints progress
build() {
    kind=$1
    shift
    dir=$build_root/$kind
    if [ ! -f "$dir/build.ninja" ]; then
        say "configuring $kind"
        cmake -C "$here/tools/cmake/$kind.cmake" -G Ninja -S "$here" -B "$dir" >&2
    fi
    say "building $kind"
    ninja -C "$dir" "$@" >&2
}
