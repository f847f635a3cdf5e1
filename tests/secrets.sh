#!/bin/sh
# Silent when secrets are compared in constant time and rest as digests only. Timing cannot be tested well, the ways to it
# can: who shows a token is looked up by its digest, and where two secrets or their digests meet, ident_equal (sodium_memcmp)
# compares them. Of the text alone: what a comparison is given by another name it does not see.
cd "$(dirname "$0")/.." || exit 2
bad=0
blame() {
    echo "$1:"
    echo "$2" | sed 's/^/    /'
    bad=1
}

# What a secret is called, and what may be behind that: its digest, a member of it.
SECRET='[a-z_]*(token|secret|nonce|cookie|password|passphrase|claim_code|gateway|\bmac|seed)(_hash|_digest)?'
LEAKY='(memcmp|bcmp|strcmp|strncmp|strcasecmp|strncasecmp|text_equal|text_starts|text_ends|strstr)'

# hasty [WORDS]: the lines of stdin in which a comparison that stops at the first difference is given a secret, or what is
# called one of WORDS
hasty() {
    secret="($SECRET${1:+|$1})"
    sed -E 's/(sodium_memcmp|ident_equal)\(/steady(/g' | grep -E "$LEAKY\(([^;]*[^a-z_\"])?$secret(->bytes|\.bytes|\.at|->at|\[[^]]*\])?( *[,)]|->hash)"
}

# ---- the rule bites: these are found, and those are not
sown='    return text_equal(token, kept) && ident_equal(digest, hash);
if (strcmp(token, row.token_hash) == 0)
return memcmp(mac, header->mac, sizeof(mac)) == 0 ||
return text_equal(done.restore.nonce_hash, nonce_hash);
    (text_equal(x, y) && text_equal(shown, tenant->gateway_hash))
    while (strncmp(shown->password, kept, 8))
return !memcmp(a.bytes, key->seed.bytes, 32);'
fine='return text_equal(scheme, "TargetToken");
if (text_equal(name, "password"))
return ident_equal(digest, device->token_hash);
return sodium_memcmp(mac, header->mac, sizeof(mac)) == 0 ||
json_text(json, "token_hash", digest);'
found=$(echo "$sown" | hasty | wc -l)
[ "$found" = "$(echo "$sown" | wc -l)" ] || blame "of the comparisons sown here not all are found" "$(echo "$sown" | hasty)"
[ -z "$(echo "$fine" | hasty)" ] || blame "what is fine is found" "$(echo "$fine" | hasty)"

# ---- the tree
lines=$(grep -rnE "$LEAKY\(" --include='*.c' --include='*.h' src store signing tools | hasty)
[ -z "$lines" ] || blame "a secret is compared by what stops at the first difference; use ident_equal (base/ident.h)" "$lines"
# Where digests of what was shown are made, no digest is compared otherwise, whatever it is called.
lines=$(grep -nE "$LEAKY\(" $(grep -rlE 'ident_digest\(' --include='*.c' src tools) | hasty 'digest|hash')
[ -z "$lines" ] || blame "a digest of a secret is compared by what stops at the first difference" "$lines"

# ---- the two that compare in constant time
lines=$(grep -rlE 'sodium_memcmp\(' src store signing tools | grep -v -x -e src/base/ident.c -e signing/age_wrap.c)
[ -z "$lines" ] || blame "sodium_memcmp is for base/ident.c, and for the MAC of an age header" "$lines"
grep -q 'sodium_memcmp(a, b, size) == 0' src/base/ident.c || blame "ident_equal" "no longer compares by sodium_memcmp"

# ---- at rest
lines=$(grep -nE '^ +[a-z_]*(token|secret|nonce|password|passphrase|cookie|claim_code) +(TEXT|BLOB|BYTEA)' store/schema/*.sql)
[ -z "$lines" ] || blame "a secret rests as it is; keep its digest, in a column called ..._hash" "$lines"
lines=$(grep -nE '(WHERE|AND) [a-z_.]*(token|secret|nonce|password|passphrase|cookie|code) *= *\$' store/sql/*.def)
[ -z "$lines" ] || blame "somebody is looked up by a secret; look up its digest" "$lines"

# ---- whoever is looked up by a digest is so by one that was made in that file, of what was shown
for file in $(grep -rlE 'store_(operator|claim)_find\(' src/domain); do
    grep -q 'ident_digest(' "$file" || blame "who finds by a digest makes it of what was shown" "$file"
    lines=$(grep -nE 'store_(operator|claim)_find\(' "$file" | grep -v 'digest')
    [ -z "$lines" ] || blame "$file finds by something else than a digest" "$lines"
done
exit $bad
