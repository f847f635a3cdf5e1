# Sourced by tools/demo, tools/test and tools/bench: installs what is missing, builds one kind of tree.
# Debian packages only; safe to run again; as root or with sudo.

case ${BASH_SOURCE:-} in
"") here=$(dirname -- "$0")/.. ;;
*) here=$(dirname -- "$BASH_SOURCE")/../.. ;;
esac
[ -f "$here/tools/lib/setup.sh" ] || here=. # sourced by hand, in a shell that does not say from where
here=$(cd "$here" && pwd)
build_root=${NIGHTSHIFT_BUILD:-$here/.build}

packages_build="gcc cmake ninja-build pkg-config libc6-dev libmicrohttpd-dev libgnutls28-dev libsqlite3-dev
    libsodium-dev libarchive-dev libjansson-dev libcurl4-openssl-dev libical-dev libzstd-dev libseccomp-dev libcmocka-dev
    tzdata ca-certificates"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }

# install_packages NAME...: only those that are not there yet
apt_lists=old
install_packages() {
    missing=
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing="$missing $name"
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || {
            printf 'these packages are missing, and there is no sudo to install them. As root, once:\n%s\n' \
                "    apt-get update; apt-get install --no-install-recommends$missing" >&2
            return 1
        }
        as_root=sudo
    fi
    say "installing:$missing"
    [ $apt_lists = fresh ] || $as_root apt-get update -qq || return 1
    apt_lists=fresh
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# try_packages NAME...: each for itself; what cannot be had is said, and the tests that need it are skipped
try_packages() {
    for optional in "$@"; do
        { apt-cache show "$optional" >/dev/null 2>&1 && install_packages "$optional"; } ||
            say "there is no $optional; tests that need it are skipped"
    done
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
