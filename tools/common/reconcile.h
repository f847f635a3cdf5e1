/* A device's own log of what it asked against the service's log of what it was asked, line by line. What the
 * service heard in a device's name and the device never said is somebody else with its credentials; what the
 * device said and the service never heard went elsewhere. Knows no file and no network.
 *
 *   the device's line    {"at":"...Z","method":"GET","path":"/T/controller/v1/ID","status":200,"request":"16
 * hex digits"} request "": it saw no answer, or downloaded; then the path must do the service's line   TIME
 * info request method=GET path=... status=200 ... who=ID peer=... req=16 hex digits
 *
 * Only what lies between the first and the last line that both have is held against the device: logs begin
 * and end at different times, and no two clocks agree. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define RECONCILE_LINES_MAX 5000000

struct reconciled {
    int64_t agreed;      /* lines that both have, alike */
    int64_t unheard;     /* the device has, the service has not */
    int64_t unsaid;      /* the service has in its name, the device has not */
    int64_t different;   /* both have, with another method, path or status */
    struct buf findings; /* a line for each of the first RECONCILE_FINDINGS_MAX */
};
#define RECONCILE_FINDINGS_MAX 50

/* ERR_INVALID: a line of the device's log is none, by number. Lines of the service's log that speak of other
 * things are passed over. */
bool reconcile(struct arena *arena, const char *device, struct span device_log, struct span service_log,
               struct reconciled *out, struct err *err) CHECKED;
