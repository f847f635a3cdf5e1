/* What the service itself may touch, from its settings: its data, the files its settings name, time zones. How that is
 * enforced is base/confine.h. */
#pragma once

#include "base/arena.h"
#include "base/confine.h"
#include "base/settings.h"
#include "signing/parser.h"

#define SANDBOX_FOLDERS_MAX 4

/* The user of the setting `user`, or root without most of its rights and a line that says so; before anything is opened or made. */
bool sandbox_user(const struct settings *settings, struct err *err) CHECKED;
/* Who takes strangers' archives apart; before anything is open and any thread is started. */
bool sandbox_parser(const struct settings *settings, struct parser **out, struct err *err) CHECKED;
/* Files and ports, once the store is open (it looks at the folder above it) and before any thread is started. */
bool sandbox_begin(struct arena *arena, const struct settings *settings, struct err *err) CHECKED;
/* Once the service listens. */
bool sandbox_close(const struct settings *settings, struct err *err) CHECKED;
/* A tool beside the service (--check, --copy, --drill): it reads what it is pointed at, wherever links lead, writes below
 * `folders` (NULL: passed over) and nowhere else; no network, no program. `sandbox` as the setting, NULL: on. */
bool sandbox_tool(const char *const *folders, size_t count, const char *sandbox, struct err *err) CHECKED;
