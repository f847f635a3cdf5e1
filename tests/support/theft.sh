# What a thief holds, what he tries and what comes of it: the rows of the theft matrix. After service.sh; starts a service
# with a family of two engineers, releases of it, and a thief's server in front.
#
#   row STOLEN WHAT RESULT FILE TARGET [OPTION of lies.py...]   one row, with a machine of its own: $name
#   $evil $old $next $other                                     a FILE and TARGET of his own; what he says of releases

need python3
[ -x "$BIN_DIR/nightshift-agent" ] && [ -x "$BIN_DIR/tests/thief" ] || skip "agent or thief are not built"
service_start
trust=$DIR/trust/$TENANT
mkdir -p "$WORK/keys" "$WORK/in"
for n in 1 2; do
    ns key make "$WORK/keys/engineer-$n.key" --name "engineer-$n" >>"$WORK/cli.log" 2>&1 || die "no key"
done
ns key make "$WORK/own.key" --name thief >>"$WORK/cli.log" 2>&1 || die "no key"
ns family add duo --model duo-1 --model duo-2 --threshold 2 >>"$WORK/cli.log" 2>&1 || die "no family"
for n in 1 2; do
    ns family key-add duo "$WORK/keys/engineer-$n.key.pub" >>"$WORK/cli.log" 2>&1 || die "no engineer"
done
liar_start

# duo VERSION COUNTER [OPTION...]: a release that both engineers signed; its id
duo() {
    package=$WORK/duo-$1.tar version=$1 counter=$2
    shift 2
    random_file "$WORK/in/system.img" 30000 && cp "$WORK/in/system.img" "$WORK/system-$version.img" &&
        ns package build "$WORK/in" --family duo --version "$version" --counter "$counter" --out "$package" "$@" \
            >>"$WORK/cli.log" 2>&1 &&
        release=$(ns release add "$package" --json 2>>"$WORK/cli.log" | jq -re .id) &&
        ns release sign "$release" --key "$WORK/keys/engineer-1.key" >>"$WORK/cli.log" 2>&1 &&
        ns release sign "$release" --key "$WORK/keys/engineer-2.key" >>"$WORK/cli.log" 2>&1 &&
        ns release publish "$release" >>"$WORK/cli.log" 2>&1
}

agent() {
    name=$1
    shift
    "$BIN_DIR/nightshift-agent" --dir "$WORK/$name" --url "$LIAR_URL" --ca "$CA" --id "$name" --family duo \
        --model duo-1 --component system=1.0 --no-backups --once "$@" >>"$WORK/$name.log" 2>&1
}

turns() {
    for turn in 1 2 3 4 5; do
        agent "$1" || [ $? = 75 ] || return 0
    done
}

# machine NAME: runs 5.0, release counter 2, and has seen the metadata of that day
machine() {
    claim=$(api POST /claims "{\"controller_id\":\"$1\"}" | jq -re '.claims[0].code') &&
        mkdir -p "$WORK/$1/install.d" &&
        printf '#!/bin/sh\nsha256sum <"$2" | cut -d" " -f1 >>"%s"\n' "$WORK/$1.flashed" >"$WORK/$1/install.d/10-flash" &&
        chmod +x "$WORK/$1/install.d/10-flash" && : >"$WORK/$1.flashed" && lies '[]' &&
        agent "$1" --claim "$claim" && action=$(assign "$1" "$current") && turns "$1" &&
        [ "$(action_state "$action")" = healthy ]
}

rows=0
# row STOLEN WHAT RESULT FILE TARGET [OPTION of lies.py...]
row() {
    stolen=$1 what=$2 result=$3 file=$4 target=$5 rows=$((rows + 1))
    shift 5
    name=mfp-$rows
    machine $name || { expect "$name is set up" false; return; }
    sha256=$(sha256sum <"$file" | cut -d' ' -f1)
    python3 "$SOURCE_DIR/tests/theft/lies.py" --url "$URL" --liar "$LIAR_URL" --ca "$CA" --token "$(cat "$WORK/$name/token")" \
        --tenant "$TENANT" --device $name --model duo-1 --trust "$trust" --keys "$WORK/keys" \
        --thief "$BIN_DIR/tests/thief" --work "$WORK" --target "$target" --bytes "$file" "$@" >"$WORK/rules.new" 2>"$WORK/refused" ||
        { expect "the thief of row $rows gets to work" false; return; }
    mv "$WORK/rules.new" "$WORK/rules.json"
    turns $name
    if [ "$result" = installs ]; then
        expect "[$stolen] $what: conceded, it installs" grep -q "$sha256" "$WORK/$name.flashed"
    else
        expect "[$stolen] $what: refused, $result" grep -q "refused, $result" "$WORK/$name.log"
        expect "[$stolen] $what: nothing was flashed" sh -c "! grep -q '$sha256' '$WORK/$name.flashed'"
    fi
}

duo 4.0 1 || die "no old release"
duo 5.0 2 || die "no current release"
current=$release
duo 5.1 2 || die "no next release"
duo 5.2 2 --model duo-2 || die "no release for the other model"
random_file "$WORK/evil.img" 30000
evil="$WORK/evil.img duo/9.0/system.img"
custom='{"hardware_ids":["duo-1","duo-2"],"min_from":"","module":"system","release_counter":'
old=$custom'1,"version":"4.0"}' next=$custom'2,"version":"5.1"}'
other='{"hardware_ids":["duo-2"],"min_from":"","module":"system","release_counter":2,"version":"5.2"}'
