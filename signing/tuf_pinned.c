#include "signing/tuf_client_parts.h"

#include "base/text.h"

static bool device_check(struct tuf_client *client, const struct tuf_pin *pin, const struct tuf_file *file,
                         struct err *err)
{
    if (!pin->is_device_bound || !client->io.device || text_equal(client->io.device, file->device))
        return true;
    return TUF_ATTACK(client, ATTACK_WRONG_DEVICE, err, ERR_FORBIDDEN, "made for another device");
}

static bool file_check(struct tuf_client *client, const struct tuf_pin *pin, struct span bytes,
                       struct tuf_file *out, struct err *err)
{
    struct tuf_file file;

    if (!tuf_file_read(client->arena, bytes, pin->type, &file, err))
        return tuf_attacked(client, ATTACK_MALFORMED);
    file.verifier = client->io.verifier;
    if (!tuf_file_verify(&file, pin->keys, err))
        return tuf_attacked(client, ATTACK_BAD_SIGNATURE);
    if (!device_check(client, pin, &file, err))
        return false;
    *out = file;
    return true;
}

/* A local file that no longer verifies is as good as none: that is what key rotation does to it. */
bool tuf_local_get(struct tuf_client *client, const struct tuf_pin *pin, struct tuf_file *out,
                   struct span *bytes, bool *has, struct err *err)
{
    const char *name = arena_printf(client->arena, "%s.json", pin->stem);
    struct span loaded;
    struct err ignored;

    *has = false;
    if (!client->io.load(client->io.ctx, client->arena, name, &loaded, err))
        return err->code == ERR_NOT_FOUND || err_within(err, "the local %s", name);
    *has = file_check(client, pin, loaded, out, &ignored);
    client->attack = ATTACK_NONE; /* nobody's but our own past */
    *bytes = loaded;
    return true;
}

bool tuf_remote_get(struct tuf_client *client, const char *name, int64_t max, struct span *out,
                    struct err *err)
{
    struct span bytes;

    if (!client->io.fetch(client->io.ctx, client->arena, name, max, &bytes, err)) {
        if (err->code == ERR_NOT_FOUND)
            return FAIL(err, ERR_IO, "the repository does not have %s", name);
        client->attack = err->code == ERR_TOO_LARGE ? ATTACK_ENDLESS_DATA : ATTACK_NONE;
        return err_within(err, "%s", name);
    }
    if ((int64_t)bytes.size > max)
        return TUF_ATTACK(client, ATTACK_ENDLESS_DATA, err, ERR_TOO_LARGE, "%s: more than %lld bytes", name,
                          (long long)max);
    *out = bytes;
    return true;
}

bool tuf_fetched_check(struct tuf_client *client, const struct tuf_pin *pin, struct span bytes,
                       struct tuf_file *out, struct err *err)
{
    return file_check(client, pin, bytes, out, err) || err_within(err, "%s.json", pin->stem);
}

bool tuf_fresh_check(struct tuf_client *client, const struct tuf_file *file, struct err *err)
{
    if (client->now_ms >= file->expires_ms)
        return TUF_ATTACK(client, ATTACK_FREEZE, err, ERR_GONE, "version %lld is expired",
                          (long long)file->version);
    return true;
}

/* Good as it lies there: no request is made. */
static bool is_current(struct tuf_client *client, const struct tuf_pin *pin, const struct tuf_file *file,
                       struct span bytes)
{
    struct err ignored;
    bool is_good = file->version == pin->meta.version && tuf_meta_check(&pin->meta, bytes, &ignored) &&
                   tuf_fresh_check(client, file, &ignored) &&
                   pin->accept(client, pin->out, NULL, file, &ignored);

    client->attack = ATTACK_NONE;
    return is_good;
}

static bool pinned_fetch(struct tuf_client *client, const struct tuf_pin *pin, struct span *out,
                         struct err *err)
{
    const char *name = client->root.has_plain_names ? arena_printf(client->arena, "%s.json", pin->stem)
                                                    : arena_printf(client->arena, "%lld.%s.json",
                                                                   (long long)pin->meta.version, pin->stem);
    int64_t max = pin->meta.length ? pin->meta.length : pin->bytes_max;

    return tuf_remote_get(client, name, max, out, err) &&
           (tuf_meta_check(&pin->meta, *out, err) || tuf_attacked(client, ATTACK_MIX_AND_MATCH));
}

static bool new_check(struct tuf_client *client, const struct tuf_pin *pin, const struct tuf_file *old,
                      const struct tuf_file *file, struct err *err)
{
    if (file->version != pin->meta.version)
        return TUF_ATTACK(client, ATTACK_MIX_AND_MATCH, err, ERR_CONFLICT,
                          "version %lld, where %lld was named", (long long)file->version,
                          (long long)pin->meta.version);
    return tuf_fresh_check(client, file, err) && pin->accept(client, pin->out, old, file, err);
}

bool tuf_pinned_get(struct tuf_client *client, const struct tuf_pin *pin, struct tuf_file *out,
                    struct err *err)
{
    struct tuf_file old, file;
    struct span bytes;
    bool has_old;

    if (!tuf_local_get(client, pin, &old, &bytes, &has_old, err))
        return false;
    if (has_old && is_current(client, pin, &old, bytes)) {
        *out = old;
        return true;
    }
    if (!pinned_fetch(client, pin, &bytes, err) || !tuf_fetched_check(client, pin, bytes, &file, err))
        return false;
    const char *name = arena_printf(client->arena, "%s.json", pin->stem);
    if (!new_check(client, pin, has_old ? &old : NULL, &file, err) ||
        !client->io.keep(client->io.ctx, name, bytes, err))
        return err_within(err, "%s", name);
    *out = file;
    return true;
}
