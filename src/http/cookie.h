/* Cookies: one to read, one to set. */
#pragma once

#include "http/http.h"

/* The value of the first cookie of that name, or NULL. */
const char *cookie_read(const struct req *req, const char *name);
/* The value of a Set-Cookie header. max_age_s 0 takes the cookie back. Path=/ so that __Host- names work. */
char *cookie_write(struct arena *arena, const char *name, const char *value, int64_t max_age_s);
