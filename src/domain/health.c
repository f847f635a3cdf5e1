#include "domain/health.h"

#include <inttypes.h>

#include "base/file.h"
#include "domain/backup.h"
#include "domain/custody.h"
#include "domain/device_report.h"
#include "domain/freshness.h"
#include "domain/repository.h"
#include "domain/setback.h"

bool health_ready(struct world *world, struct err *err)
{
    int64_t free_bytes = file_free_bytes(store_dir(world->store));

    if (!store_ready(world->store, err))
        return err_within(err, "the database");
    if (free_bytes >= 0 && free_bytes < world->settings->disk_reserve_bytes / 4)
        return FAIL(err, ERR_NO_SPACE, "only %" PRId64 " bytes are free; make room", free_bytes);
    return true;
}

static void gauge(struct buf *out, const char *name, const char *kind, const char *help, int64_t value)
{
    buf_printf(out, "# HELP nightshift_%s %s\n# TYPE nightshift_%s %s\nnightshift_%s %" PRId64 "\n", name,
               help, name, kind, name, value);
}

void health_figures(struct world *world, int64_t now_ms, struct buf *out)
{
    struct store_figures f;

    store_figures(world->store, &f);
    gauge(out, "store_commits_total", "counter", "Durable commits.", f.commits);
    gauge(out, "store_transactions_total", "counter", "Transactions they carried.", f.transactions);
    gauge(out, "store_rollbacks_total", "counter", "Transactions rolled back.", f.rollbacks);
    gauge(out, "store_bytes", "gauge", "Size of the database.", f.db_bytes);
    gauge(out, "store_wal_bytes", "gauge", "Size of its write-ahead log.", f.wal_bytes);
    gauge(out, "disk_free_bytes", "gauge", "Free bytes of its file system.",
          file_free_bytes(store_dir(world->store)));
    gauge(out, "signer_up", "gauge",
          "Whether the process that holds the online keys is there; 0: restart the service.",
          !custody_is_gone(world->custody));
    repository_figures(world, out);
    freshness_figures(world, now_ms, out);
    setback_figures(world, out);
    device_report_figures(world, out);
    backup_figures(world, out);
}
