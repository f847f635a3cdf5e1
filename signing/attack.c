#include "signing/attack.h"

#include "base/text.h"

/* clang-format off */
const char *const attack_name[ATTACK__MAX] = {
    [ATTACK_NONE]              = "none",
    [ATTACK_MALFORMED]         = "malformed",
    [ATTACK_BAD_SIGNATURE]     = "bad-signature",
    [ATTACK_WRONG_DEVICE]      = "wrong-device",
    [ATTACK_ROLLBACK]          = "rollback",
    [ATTACK_FREEZE]            = "freeze",
    [ATTACK_MIX_AND_MATCH]     = "mix-and-match",
    [ATTACK_ENDLESS_DATA]      = "endless-data",
    [ATTACK_NOT_ASSIGNED]      = "not-assigned",
    [ATTACK_PARTIAL_BUNDLE]    = "partial-bundle",
    [ATTACK_UNKNOWN_TARGET]    = "unknown-target",
    [ATTACK_MISMATCH_LENGTH]   = "mismatch-length",
    [ATTACK_MISMATCH_HASH]     = "mismatch-hash",
    [ATTACK_MISMATCH_HARDWARE] = "mismatch-hardware",
    [ATTACK_MISMATCH_MODULE]   = "mismatch-module",
    [ATTACK_MISMATCH_VERSION]  = "mismatch-version",
    [ATTACK_MISMATCH_COUNTER]  = "mismatch-counter",
    [ATTACK_WRONG_HARDWARE]    = "wrong-hardware",
    [ATTACK_OLD_RELEASE]       = "old-release",
};
/* clang-format on */

bool attack_parse(const char *name, enum attack *out)
{
    for (enum attack attack = ATTACK_NONE + 1; attack < ATTACK__MAX; attack++)
        if (text_equal(name, attack_name[attack])) {
            *out = attack;
            return true;
        }
    return false;
}
