#!/bin/sh
# Silent when every include points down and every library is known only by its own files.
cd "$(dirname "$0")/.." || exit 2
bad=0

while read -r room allowed; do
    case "$room" in '#'* | '') continue ;; esac
    dir=$room
    [ -d "src/$room" ] && dir=src/$room
    for seen in $(grep -rhoE '^#include "[a-z_]+/' "$dir" | sed 's/.*"//;s,/,,' | sort -u); do
        case " $allowed " in
        *" $seen "*) ;;
        *)
            echo "$room may not include $seen:"
            grep -rn "#include \"$seen/" "$dir"
            bad=1
            ;;
        esac
    done
done <tests/rooms.txt

# header -> the files that may know it (a shell pattern each)
pin() {
    header=$1
    shift
    for file in $(grep -rlE "#include <$header" src store signing tools 2>/dev/null); do
        ok=0
        for pattern in "$@"; do
            # shellcheck disable=SC2254
            case "$file" in $pattern) ok=1 ;; esac
        done
        [ $ok = 1 ] || { echo "$file may not know <$header>"; bad=1; }
    done
}
pin microhttpd.h 'src/http/mhd*.c' 'src/http/mhd*.h'
pin gnutls/ 'src/http/tls*' src/base/hash.c tools/common/cert.c tools/common/verify.c
pin sqlite3.h 'store/db_sqlite*.[ch]'
pin jansson.h src/base/json_read.c src/base/json_write.c
pin sodium.h src/base/ident.c 'signing/*.c'
pin archive 'signing/package*.c'
pin curl/ tools/common/client.c 'tools/fleet/loop*' 'tools/bench/*'
pin seccomp.h src/base/confine_calls.c
pin libical src/domain/zone.c

exit $bad
