#!/bin/sh
# curl, wget and aria2c fetch a TUF target and a device's artifact whole over a line that cuts them.
. "$(dirname "$0")/../support/service.sh"
need python3 wget aria2c sha256sum awk
service_start

size=6000000
mkdir "$WORK/in"
random_file "$WORK/in/system.img" $size
sha256=$(sha256sum <"$WORK/in/system.img" | cut -d' ' -f1)
release=$(make_release "$WORK/in" 1.0) || die "no release"
token=$(device_make mfp-1 plain) || die "no device"
assign mfp-1 "$release" >/dev/null || die "no action"
href=$(ddi "$token" GET /mfp-1 | jq -r ._links.deploymentBase.href)
artifact=$(curl -sS --cacert "$CA" -H "Authorization: TargetToken $token" "$href" |
    jq -r '.deployment.chunks[0].artifacts[0]._links.download.href') || die "no artifact"
artifact=${artifact#"$URL"}
target=/$TENANT/tuf/image/targets/demo/1.0/$sha256.system.img
who="Authorization: TargetToken $token"

is_whole() {
    [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$sha256" ]
}

was_cut() {
    grep -q '^cut ' "$line"
}

# went_on FROM: a request asked for the rest only
went_on() {
    grep -E "bytes=$1" "$line"
}

for path in "$target" "$artifact"; do
    case $path in
    *tuf*) what="TUF target" ;;
    *) what=artifact ;;
    esac
    rm -f "$WORK"/got*

    line_start "curl${what%% *}" --times 2 --at 45
    curl -sS --cacert "$CA" -H "$who" -o "$WORK/got" "$LINE_URL$path" >>"$WORK/cli.log" 2>&1
    expect "$what: the line cuts curl" was_cut
    expect "$what: curl has less than it wants" test "$(stat -c %s "$WORK/got")" -lt $size
    curl -sS --cacert "$CA" -H "$who" -C - -o "$WORK/got" "$LINE_URL$path" >>"$WORK/cli.log" 2>&1
    expect "$what: curl -C - goes on until it is cut again" is 2 grep -c '^cut ' "$line"
    expect "$what: curl -C - fetches the rest" \
        curl -sS --fail --cacert "$CA" -H "$who" -C - -o "$WORK/got" "$LINE_URL$path"
    expect "$what: and has it whole" is_whole "$WORK/got"
    expect "$what: having asked for the rest only" went_on '[1-9][0-9]*-'

    line_start "wget${what%% *}" --times 2 --at 50
    expect "$what: wget -c fetches it over a line that cuts twice" wget -q -c --waitretry=0 --tries=5 \
        --ca-certificate="$CA" --header="$who" -O "$WORK/got.wget" "$LINE_URL$path"
    expect "$what: and has it whole, after cuts" eval 'is_whole "$WORK/got.wget" && was_cut && went_on "[1-9][0-9]*-"'

    line_start "aria${what%% *}" --times 3 --at 40
    expect "$what: aria2c fetches eight parts at once" aria2c -q -x8 -s8 -k1M --retry-wait=1 --max-tries=10 \
        --ca-certificate="$CA" --header="$who" --no-conf -d "$WORK" -o got.aria "$LINE_URL$path"
    expect "$what: and has it whole, after cuts" eval 'is_whole "$WORK/got.aria" && was_cut'
    expect "$what: in bounded ranges" went_on '[0-9]+-[0-9]+'
done

# ---- what is complete, and several parts at once -----------------------------------------------------

head_of() {
    curl -sS --cacert "$CA" -H "$who" -o "$WORK/body" -D "$WORK/head" "$@"
}

cp "$WORK/in/system.img" "$WORK/complete"
expect "curl -C - on a complete file is content" \
    curl -sS --cacert "$CA" -C - -o "$WORK/complete" "$URL$target"
expect "and leaves it as it is" is_whole "$WORK/complete"
head_of -r "$size-" "$URL$target"
expect "the answer behind it is 416" grep -E '^HTTP/1.1 416' "$WORK/head"
expect "with the size" grep -iE "^content-range: bytes \*/$size" "$WORK/head"

part() {
    tail -c +$(($1 + 1)) "$WORK/in/system.img" | head -c $(($2 - $1 + 1))
}

head_of -r 100-299 "$URL$target"
part 100 299 >"$WORK/part"
expect "one range is 206" grep -E '^HTTP/1.1 206' "$WORK/head"
expect "and the right bytes" same_bytes "$WORK/body" "$WORK/part"
head_of -r -1000 "$URL$target"
part $((size - 1000)) $((size - 1)) >"$WORK/part"
expect "the last thousand are the last thousand" same_bytes "$WORK/body" "$WORK/part"

head_of -r 0-9,100000-100499,-16 "$URL$target"
expect "three ranges are 206" grep -E '^HTTP/1.1 206' "$WORK/head"
boundary=$(tr -d '\r' <"$WORK/head" | sed -n 's/^[Cc]ontent-[Tt]ype: multipart\/byteranges; boundary=//p')
expect "with a boundary in plain sight" test -n "$boundary"
python3 - "$WORK/body" "$boundary" "$WORK/in/system.img" >"$WORK/parts" <<'END'
import sys

body, file = open(sys.argv[1], "rb").read(), open(sys.argv[3], "rb").read()
mark = b"--" + sys.argv[2].encode()
pieces = body.split(b"\r\n" + mark if not body.startswith(mark) else mark)
for piece in pieces[1:-1]:
    head, data = piece.lstrip(b"\r\n").split(b"\r\n\r\n", 1)
    field = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-range: bytes ")][0]
    first, last = map(int, field.split(b" ")[-1].split(b"/")[0].split(b"-"))
    data = data[: last - first + 1]
    print(first, last, "right" if data == file[first : last + 1] else "WRONG")
END
expect "and each part is the right bytes" is "0 9 right 100000 100499 right $((size - 16)) $((size - 1)) right" \
    sh -c "tr '\n' ' ' <'$WORK/parts' | sed 's/ *$//'"
etag=$(tr -d '\r' <"$WORK/head" | sed -n 's/^[Ee][Tt]ag: //p')
head_of -r 0-9 -H "If-Range: $etag" "$URL$target"
expect "If-Range with its ETag gives the range" grep -E '^HTTP/1.1 206' "$WORK/head"
head_of -r 0-9 -H 'If-Range: "another"' "$URL$target"
expect "If-Range with another gives it all" grep -E '^HTTP/1.1 200' "$WORK/head"
head_of -I "$URL$artifact"
expect "HEAD tells the size" grep -iE "^content-length: $size" "$WORK/head"
verdict
