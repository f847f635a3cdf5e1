/* One table (settings.def) is the settings file, the environment, --help and the README. Precedence:
 * command line, then environment NIGHTSHIFT_NAME, then file, then default. An unknown name is an error that
 * names it. Values: text, integer with bounds, or bool. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct settings {
#define SETTING_TEXT(name, value, help) const char *name;
#define SETTING_INT(name, value, min, max, help) int64_t name;
#define SETTING_BOOL(name, value, help) bool name;
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_INT
#undef SETTING_BOOL
};

void settings_default(struct settings *out);
/* "name = value" lines, # comments; refusals name file and line. */
bool settings_file(struct arena *arena, const char *path, struct settings *out, struct err *err) CHECKED;
bool settings_environment(struct arena *arena, struct settings *out, struct err *err) CHECKED;
bool settings_set(struct arena *arena, struct settings *out, const char *name, const char *value,
                  struct err *err) CHECKED;
/* The table as --help text, <= 80 columns. */
char *settings_help(struct arena *arena);
