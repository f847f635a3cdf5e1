/* Rows into an array that grows in the arena. Private to store/. */
#pragma once

#include "base/arena.h"

struct rows {
    struct arena *arena;
    size_t size; /* of one */
    char *at;
    size_t count, room;
};

/* Room for one more, zeroed. Earlier rows may have moved. */
static inline void *rows_next(struct rows *rows)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? rows->room * 2 : 8;
        char *at = arena_take(rows->arena, room * rows->size);

        if (rows->count)
            memcpy(at, rows->at, rows->count * rows->size);
        rows->at = at;
        rows->room = room;
    }
    return rows->at + rows->size * rows->count++;
}
