# Sourced by tools/demo: who may release firmware is taken out of the service's hands, and one who may no longer is
# refused. Each signature is made where no network is. A service of its own that keeps true time; needs $bin, $demo_dir
# and say().

vault_dir=$demo_dir/vault

vault_ns() { "$bin/nightshift" "$@" --dir "$vault_dir/service" 2>>"$vault_dir/cli.log"; }

# A command on a machine that has no network, where the system lets us show one; else one that is given no way out.
vault_alone() {
    local offline=
    ! unshare -rn true 2>/dev/null || offline="unshare -rn"
    # shellcheck disable=SC2086
    $offline "$bin/nightshift" "$@" 2>"$vault_dir/said"
}

vault_key() { # NAME: its own machine's key
    "$bin/nightshift" key make "$vault_dir/$1.key" --name "$1" >/dev/null 2>&1
    "$bin/nightshift" key show "$vault_dir/$1.key" --json | jq -r .keyid
}

# The bytes travel to each machine, and the signatures back: vault_sign ROLE KEY-FILE...
vault_sign() {
    local role=$1 key
    shift
    vault_ns trust show "$role" --out "$vault_dir/to-sign" --before "$vault_dir/in-force"
    for key in "$@"; do
        vault_alone trust sign "$key" "$vault_dir/to-sign" --before "$vault_dir/in-force" >"$vault_dir/signature" || return 1
        vault_ns trust submit "$role" "$vault_dir/signature" >/dev/null || return 1
    done
    sed 's/^/    /' "$vault_dir/said" | grep -v 'next:\|note:'
}

vault_custody() {
    vault_ns trust status --json | jq -r '.roles[] | "    \(.role) \(.version): \(.threshold) of \(.keys | length) keys, \(.custody)"'
}

# vault_release VERSION: its id
vault_release() {
    head -c 200000 /dev/urandom >"$vault_dir/fw-$1.swu"
    vault_ns release add "$vault_dir/fw-$1.swu" --family mfp-8000 --version "$1" --json | jq -r .id
}

vault_start() {
    mkdir -p "$vault_dir"
    "$bin/nightshift" dev --dir "$vault_dir/service" --port 0 --json >"$vault_dir/service.json" 2>"$vault_dir/service.log" &
    vault_pid=$!
    for _ in $(seq 300); do
        [ -s "$vault_dir/service.json" ] && return 0
        sleep 0.1
    done
    return 1
}

vault_officers() {
    local officers=$vault_dir/service/trust/DEFAULT
    say "three security officers hold root, two of them must sign; targets goes from the service to three managers"
    for who in tom una vic; do vault_key $who >/dev/null; done
    vault_ns trust stage root --add-targets "$vault_dir/tom.key.pub" --add-targets "$vault_dir/una.key.pub" \
        --add-targets "$vault_dir/vic.key.pub" --targets-threshold 2 \
        --remove-targets "$("$bin/nightshift" key show "$officers/targets.key" --json | jq -r .keyid)" >/dev/null || return 1
    vault_sign root "$officers/root-1.key" "$officers/root-2.key" || return 1
    ! vault_ns trust publish >/dev/null || return 1
    echo "    alone it is refused: $(grep -o 'publish gate.*' "$vault_dir/cli.log" | tail -1)"
    vault_ns trust stage targets >/dev/null && vault_sign targets "$vault_dir/tom.key" "$vault_dir/una.key" >/dev/null &&
        vault_ns trust publish >/dev/null || return 1
    vault_custody
    [ "$(vault_ns trust status --json | jq -r '.roles[] | select(.role == "targets") | .custody')" = offline ]
}

vault_family() {
    say "a family that needs two of its three engineers; the managers let it in"
    vault_ns family add mfp-8000 --model MFP-8010 --threshold 2 >/dev/null
    for who in ada bob cyd; do
        vault_key $who >/dev/null
        vault_ns family key-add mfp-8000 "$vault_dir/$who.key.pub" >/dev/null || return 1
    done
    vault_sign targets "$vault_dir/una.key" "$vault_dir/vic.key" && vault_ns trust publish >/dev/null || return 1
    release=$(vault_release 1.0)
    vault_ns release to-sign "$release" --out "$vault_dir/release" >/dev/null
    for who in ada bob; do
        vault_alone key sign "$vault_dir/$who.key" "$vault_dir/release" >"$vault_dir/signature" &&
            vault_ns release hand-in "$release" "$vault_dir/signature" >/dev/null || return 1
    done
    vault_ns release publish "$release" --json |
        jq -re '"    release \(.family) \(.version), signed on two machines without a network, is \(.state)"'
}

vault_revoke() {
    say "bob leaves: his key is revoked"
    vault_ns family key-revoke mfp-8000 "$("$bin/nightshift" key show "$vault_dir/bob.key" --json | jq -r .keyid)" >/dev/null
    vault_sign targets "$vault_dir/tom.key" "$vault_dir/vic.key" && vault_ns trust publish >/dev/null || return 1
    release=$(vault_release 1.1)
    vault_ns release to-sign "$release" --out "$vault_dir/release" >/dev/null
    vault_alone key sign "$vault_dir/bob.key" "$vault_dir/release" >"$vault_dir/signature"
    ! vault_ns release hand-in "$release" "$vault_dir/signature" >/dev/null || return 1
    echo "    release 1.1, signed by bob, is refused: $(grep -o 'key .* revoked' "$vault_dir/cli.log" | tail -1 | cut -c1-16)... is not registered, or was revoked"
    vault_ns audit verify >/dev/null && vault_ns audit list --limit 500 --json |
        jq -r '[.items[] | select(.what | startswith("trust.") or startswith("family.key"))] | "    audit log: \(length) records of this ceremony, chain verified"'
}

ceremony() {
    vault_start || return 1
    vault_officers && vault_family && vault_revoke
    local rc=$?
    kill $vault_pid
    wait $vault_pid 2>/dev/null || true
    return $rc
}
