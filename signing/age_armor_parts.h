/* What reading and writing armor share. Nobody else looks. */
#pragma once

#include "signing/age_armor.h"
#include "signing/age_parts.h"

#define AGE_ARMOR_BEGIN "-----BEGIN AGE ENCRYPTED FILE-----"
#define AGE_ARMOR_END "-----END AGE ENCRYPTED FILE-----"
#define AGE_ARMOR_LINE_CHARS 64
#define AGE_ARMOR_LINE_BYTES 48
