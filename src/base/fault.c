#include "base/fault.h"

#ifdef FAULTS

#include <errno.h>
#include <stdatomic.h>

static atomic_int left; /* FAULT()s until the one that fires; 0 or less: none */
static atomic_bool fired;

void fault_arm(int nth)
{
    atomic_store(&fired, false);
    atomic_store(&left, nth);
}

bool fault_fired(void)
{
    return atomic_load(&fired);
}

bool fault_reached(const char *where)
{
    (void)where;
    if (atomic_load(&left) <= 0 || atomic_fetch_sub(&left, 1) != 1)
        return false;
    atomic_store(&fired, true);
    errno = EIO;
    return true;
}

#endif
