#include "http/pieces.h"

bool pieces_stretch(const struct pieces *pieces, const struct range *range, struct span *out)
{
    int64_t seam = (int64_t)pieces->head.size;
    size_t size = (size_t)(range->last - range->first + 1);

    if (range->first < seam && range->last >= seam)
        return false;
    *out = range->first < seam ? span_make(pieces->head.at + range->first, size)
                               : span_make(pieces->rest.at + (range->first - seam), size);
    return true;
}

/* What lies at `from`, up to the end of its piece. */
static size_t read_once(const struct pieces *pieces, size_t from, char *out, size_t max)
{
    bool is_head = from < pieces->head.size;
    const struct span *piece = is_head ? &pieces->head : &pieces->rest;
    size_t skip = is_head ? from : from - pieces->head.size;
    size_t size = piece->size - skip < max ? piece->size - skip : max;

    memcpy(out, piece->at + skip, size);
    return size;
}

size_t pieces_read(const struct pieces *pieces, int64_t from, char *out, size_t max)
{
    size_t done = 0;

    while (done < max && from + (int64_t)done < pieces_size(pieces))
        done += read_once(pieces, (size_t)from + done, out + done, max - done);
    return done;
}
