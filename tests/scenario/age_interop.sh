#!/bin/sh
# Debian's age and our age room open each other's files: sizes around every chunk boundary, armor, several recipients,
# passphrases, key files; what is wrapped anew opens in age with its payload byte for byte.
HERE=$(cd "$(dirname "$0")/../.." && pwd)
tool=$BIN_DIR/tests/age_tool
export LC_ALL=C PYTHONDONTWRITEBYTECODE=1

skip() {
    echo "skipped: $1"
    exit 77
}
[ -x "$tool" ] || skip "age_tool is not built"
for program in age age-keygen; do
    command -v $program >/dev/null || skip "there is no $program"
done

W=$(mktemp -d) || exit 1
trap 'rm -rf "$W"' EXIT
cd "$W" || exit 1
umask 077
passed=0
failures=0

# expect SENTENCE COMMAND...
expect() {
    sentence=$1
    shift
    if "$@" >said 2>&1; then
        passed=$((passed + 1))
    else
        echo "failed: $sentence"
        sed 's/^/    /' said | head -5
        failures=$((failures + 1))
    fi
}

refuses() {
    start=$1
    shift
    ! "$@" >out 2>why && grep -q "^$start" why && [ ! -s out ]
}

ours=$("$tool" keygen ours.key) || exit 1
other=$("$tool" keygen other.key) || exit 1
age-keygen -o theirs.key 2>/dev/null || exit 1
theirs=$(age-keygen -y theirs.key)

expect "age-keygen reads our key file" test "$(age-keygen -y ours.key)" = "$ours"
printf '# made by hand\r\n\r\n' >commented.key
grep AGE- theirs.key >>commented.key
expect "ours reads age-keygen's, and comments" sh -c "echo x | age -r $theirs | '$tool' open -i commented.key"

# ---- sizes, both ways, binary and armor ----------------------------------------------------------------

sizes="0 1 2 15 16 17 47 48 49 65519 65520 65521 65535 65536 65537 65552 131055 131071 131072 131073 196607 196608 196609 1000003"
seal_open() {
    age $1 -r "$ours" <plain >a.age && "$tool" open $1 -i ours.key <a.age >a.out && cmp plain a.out
}
open_seal() {
    "$tool" seal $1 -n $2 "$theirs" <plain >b.age && age -d -i theirs.key <b.age >b.out && cmp plain b.out
}
for size in $sizes; do
    head -c "$size" /dev/urandom >plain
    for form in "" -a; do
        expect "$size bytes $form by age open here" seal_open "$form"
        expect "$size bytes $form of ours open in age" open_seal "$form" 4093
    done
    expect "ours are as long as age's for $size bytes" test "$(age -r "$ours" <plain | wc -c)" = \
        "$("$tool" seal "$ours" <plain | wc -c)"
done
expect "age's armor is ours, byte for byte" sh -c "age -a -r $ours <plain >c.asc; '$tool' dearmor <c.asc | '$tool' armor | cmp - c.asc"

# ---- several recipients, strangers, damage ---------------------------------------------------------------

head -c 200000 /dev/urandom >plain
age -r "$theirs" -r "$other" -r "$ours" <plain >many.age
expect "age's file for three opens here" sh -c "'$tool' open -i ours.key <many.age | cmp - plain"
expect "and its header counts them" sh -c "'$tool' stanzas <many.age | grep -x 'X25519 3 scrypt 0 other 0'"
"$tool" seal "$ours" "$other" "$theirs" <plain >many.age
expect "our file for three opens in age" sh -c "age -d -i theirs.key <many.age | cmp - plain"
expect "with two keys, of which one fits, ours opens it" \
    sh -c "'$tool' keygen no.key && '$tool' open -i no.key -i other.key <many.age | cmp - plain"
"$tool" seal "$ours" <plain >one.age
expect "age refuses what is sealed to another" sh -c "! age -d -i theirs.key <one.age"
age -r "$theirs" <plain >one.age
expect "so do we, with the reason" refuses "age recipient:" "$tool" open -i ours.key <one.age
head -c 100000 many.age >cut.age
expect "age refuses our file when it is cut" sh -c "! age -d -i theirs.key <cut.age >/dev/null"
if command -v ssh-keygen >/dev/null && ssh-keygen -q -t ed25519 -N '' -f ssh 2>/dev/null; then
    age -R ssh.pub -r "$ours" <plain >mixed.age
    expect "stanzas of unknown kinds are read over" sh -c "'$tool' open -i ours.key <mixed.age | cmp - plain"
    expect "and counted" sh -c "'$tool' stanzas <mixed.age | grep -x 'X25519 1 scrypt 0 other 1'"
fi

# ---- header re-wrap ----------------------------------------------------------------------------------------

payload() {
    tail -c "$(($("$tool" seal "$ours" <plain | wc -c) - $("$tool" seal "$ours" </dev/null | wc -c) + 32))" "$1"
}
for maker in age ours; do
    if [ $maker = age ]; then age -r "$ours" <plain >old.age; else "$tool" seal "$ours" <plain >old.age; fi
    "$tool" rewrap -i ours.key "$theirs" "$other" <old.age >new.age
    expect "a file of $maker, wrapped anew, opens in age" sh -c "age -d -i theirs.key <new.age | cmp - plain"
    expect "its payload is the old one" sh -c "! cmp -s old.age new.age"
    payload old.age >old.payload
    payload new.age >new.payload
    expect "byte for byte" cmp old.payload new.payload
    expect "the old recipient is gone from the new header" refuses "age recipient:" "$tool" open -i ours.key <new.age
done
expect "a stranger cannot wrap anew" refuses "age recipient:" "$tool" rewrap -i other.key "$other" <old.age

# ---- passphrases, which age asks for on its terminal ---------------------------------------------------------

if command -v python3 >/dev/null; then
    type="python3 $HERE/tests/age/type_to.py"
    phrase="correct horse battery staple"
    printf %s "$phrase" >phrase
    printf wrong >wrong
    expect "age seals with a passphrase" $type "$phrase" age -p -o p.age plain
    expect "it opens here" sh -c "'$tool' open -p phrase <p.age | cmp - plain"
    expect "not with another" refuses "age recipient:" "$tool" open -p wrong <p.age
    "$tool" seal -p phrase -w 12 <plain >q.age
    expect "age asks for the passphrase of ours" $type "$phrase" age -d -o q.out q.age
    expect "and opens it" cmp plain q.out
    "$tool" seal -a -p phrase -w 18 <plain >q.age
    expect "armored too, at age's own work" $type "$phrase" age -d -o r.out q.age
    expect "and opens that" cmp plain r.out
    sealed=$("$tool" keygen -p phrase sealed.key)
    expect "our sealed key file is armor" grep -q "BEGIN AGE ENCRYPTED FILE" sealed.key
    age -r "$sealed" -o s.age plain
    expect "age opens with our sealed key file" $type "$phrase" age -d -i sealed.key -o s.out s.age
    expect "to the byte" cmp plain s.out
    expect "age seals a key file" $type "$phrase" age -p -a -o theirs.sealed theirs.key
    chmod 600 theirs.sealed
    age -r "$theirs" <plain >t.age
    expect "ours opens with it" sh -c "'$tool' open -p phrase -i theirs.sealed <t.age | cmp - plain"
else
    echo "not tried: passphrases with age, there is no python3 to hold a terminal"
fi

echo "$passed passed, $failures failed, with age $(age --version)"
[ $failures = 0 ]
