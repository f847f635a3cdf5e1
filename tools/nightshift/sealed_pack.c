#include "tools/nightshift/sealed.h"

#include <sys/stat.h>

#include "base/file.h"
#include "signing/age_header.h"
#include "signing/age_stream.h"

bool sealed_wrap(struct cli *cli, struct span bytes, const struct age_identity *by, const char *const *to,
                 size_t count, struct span *header, struct err *err)
{
    struct age_recipient recipients[AGE_STANZAS_MAX];
    struct age_by who = {&by, 1};
    size_t payload_at;

    if (count > AGE_STANZAS_MAX)
        return FAIL(err, ERR_TOO_LARGE, "more than %d recipients", AGE_STANZAS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!age_recipient_parse(span_of(to[i]), &recipients[i], err))
            return false;
    if (bytes.size > AGE_HEADER_MAX)
        bytes.size = AGE_HEADER_MAX;
    return age_rewrap(cli->arena, bytes, &who, &(struct age_to){recipients, count, NULL}, header, &payload_at,
                      err);
}

/* ---- anew ---------------------------------------------------------------------------------------- */

static bool to_file(void *to, struct span bytes, struct err *err)
{
    return file_write_all(*(int *)to, bytes, err);
}

static bool seal(struct span plain, const struct age_recipient *to, int fd, struct err *err)
{
    AUTO(age_seal_freep) struct age_seal *machine = NULL;
    struct age_to who = {to, 1, NULL};

    return age_seal_begin(&who, &(struct age_sink){to_file, &fd}, &machine, err) &&
           age_seal_push(machine, plain, err) && age_seal_end(machine, err);
}

bool sealed_pack(struct cli *cli, const struct snapshot *snapshot, const char *to, int *fd, int64_t *size,
                 struct err *err)
{
    struct age_recipient recipient;
    struct snapshot written;
    struct span plain;
    struct stat stat;
    int tar, made;

    if (!age_recipient_parse(span_of(to), &recipient, err) ||
        !memory_file(cli->arena, "settings", &tar, err) ||
        !snapshot_write(cli->arena, snapshot, tar, &written, err) ||
        !memory_map(cli->arena, tar, &plain, err) || !memory_file(cli->arena, "sealed", &made, err) ||
        !seal(plain, &recipient, made, err))
        return err_within(err, "packing the settings for the device");
    if (fstat(made, &stat) != 0)
        return FAIL_ERRNO(err, "packing the settings");
    *fd = made;
    *size = stat.st_size;
    return true;
}
