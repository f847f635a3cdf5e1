/* The restore ticket: the service's word that this device may apply this one restore, once. Canonical JSON in
 * the envelope of TUF metadata, signed by the tenant's online key. Bytes in, facts out: no clock, no device.
 *
 * What only a device can tell is for it to check, before it opens a byte of the settings: that tenant and
 * device are its own, that the counter is above the one it stored last, that the ticket has not expired by
 * the service's clock, and that length and digest are those of the file it got. */
#pragma once

#include "signing/tuf.h"

#define TICKET_TYPE "restore-ticket"
#define TICKET_BYTES_MAX (16 * 1024) /* with its envelope */
#define TICKET_NAME_MAX 64           /* bytes of a tenant's name */
#define TICKET_DEVICE_MAX 256        /* bytes of a device's id */
#define TICKET_NUMBER_MAX ((INT64_C(1) << 53) - 1)

struct restore_ticket {
    const char *tenant, *device;
    const char *categories; /* "addressbook,network": of the table in snapshot.h, each once */
    const char *digest;     /* age_digest() of the sealed file as it is served, and its length */
    int64_t length;
    int64_t restore, backup; /* their ids */
    int64_t counter;         /* grows with every ticket of a device */
    int64_t expires_ms;      /* whole seconds are kept */
};

/* The canonical bytes, which are what is signed: tuf_envelope_write() goes around them. A ticket that no
 * device would read is refused by member. */
bool ticket_write(struct arena *arena, const struct restore_ticket *ticket, struct span *signed_bytes,
                  struct err *err) CHECKED;
/* The same from what is signed alone, whoever signs it. */
bool ticket_signed_read(struct arena *arena, struct span signed_bytes, struct restore_ticket *out,
                        struct err *err) CHECKED;
/* The form is strict: an unknown member is refused by name, and another spelling of the same facts is none of
 * ours. White space in the envelope does not count. ERR_FORBIDDEN when fewer distinct keys of `keys` than
 * their threshold signed it. */
bool ticket_read(struct arena *arena, struct span envelope, const struct tuf_keys *keys,
                 struct restore_ticket *out, struct err *err) CHECKED;
