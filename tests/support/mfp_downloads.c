#include "support/mfp_parts.h"

size_t mfp_index(const struct agent_part *part)
{
    if (part->is_settings)
        return MFP_PARTS;
    return part->sha256[0] == '1' ? 0 : 1;
}

static bool cache_has(void *ctx, const struct agent_part *part)
{
    return ((struct mfp *)ctx)->is_whole[mfp_index(part)];
}

static bool cache_open(void *ctx, const struct agent_part *part, struct download *out, struct err *err)
{
    struct mfp *mfp = ctx;

    if (!mfp_tick(mfp, err))
        return false;
    out->offset = mfp->fetched[mfp_index(part)];
    return true;
}

static void cache_close(void *ctx, const struct agent_part *part, struct download *download)
{
    struct mfp *mfp = ctx;

    if (!mfp->is_dark)
        mfp->fetched[mfp_index(part)] = download->offset;
}

static bool cache_finish(void *ctx, const struct agent_part *part, struct err *err)
{
    struct mfp *mfp = ctx;

    if (!mfp_tick(mfp, err))
        return false;
    mfp->is_whole[mfp_index(part)] = true;
    return mfp_tick(mfp, err);
}

static void cache_prune(void *ctx, const struct agent_plan *plan)
{
    struct mfp *mfp = ctx;

    for (size_t i = 0; !plan && i <= MFP_PARTS && !mfp->is_dark; i++) {
        mfp->fetched[i] = 0;
        mfp->is_whole[i] = false;
    }
}

bool mfp_download(void *ctx, const char *where, struct download *download, struct download_result *out,
                  struct err *err)
{
    struct mfp *mfp = ctx;

    (void)where;
    if (!mfp_tick(mfp, err))
        return false;
    buf_printf(&mfp->log, "GET bytes from %lld\n", (long long)download->offset);
    if (!mfp_has_line(mfp))
        return FAIL(err, ERR_IO, "no network");
    if (mfp->cuts_download && download->offset == 0) {
        download->offset = download->expect_bytes / 2;
        return FAIL(err, ERR_IO, "cut");
    }
    download->offset = download->expect_bytes;
    *out = (struct download_result){.status = 200, .total = download->expect_bytes, .is_whole = true};
    return true;
}

struct agent_cache mfp_cache(struct mfp *mfp)
{
    return (struct agent_cache){mfp, cache_has, cache_open, cache_close, cache_finish, cache_prune, mfp_read};
}
