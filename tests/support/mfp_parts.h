/* What mfp.c (the printer) and mfp_service.c (its service) share. */
#pragma once

#include "support/mfp.h"

#define FILE_SIZE 1000

extern const char *const mfp_components[MFP_PARTS];

/* The body of the answer to an operator's or device's request. */
struct span mfp_answer(struct mfp *mfp, const char *method, const char *where, const char *body);
/* False: this is not about signed metadata. 404 for what the repository has not. */
bool mfp_metadata(const struct mfp *mfp, const char *where, struct answer *out);
/* Called before and after each effect. False: it is dark, nothing happens any more. */
bool mfp_tick(struct mfp *mfp, struct err *err);
bool mfp_has_line(const struct mfp *mfp);

/* ---- mfp_downloads.c: what is fetched ---------------------------------------- */

/* Which part it is: a component, or behind them the settings. */
size_t mfp_index(const struct agent_part *part);
struct agent_cache mfp_cache(struct mfp *mfp);
bool mfp_download(void *mfp, const char *where, struct download *download, struct download_result *out,
                  struct err *err);

/* ---- mfp_settings.c: the printer's ------------------------------------------ */

struct agent_settings mfp_settings(struct mfp *mfp);
bool mfp_read(void *mfp, const struct agent_part *part, int *fd, struct err *err);

/* ---- mfp_backups.c: the service's ---------------------------------------------- */

/* False: this is not about backups or restores. */
bool mfp_backups(struct mfp *mfp, const char *method, const char *where, const char *const *headers,
                 const char *body, struct answer *out);
bool mfp_upload(void *mfp, struct arena *arena, const char *where, const struct upload_part *part,
                struct answer *out, struct err *err);
/* The chunk of a restore's deployment. */
void mfp_write_settings(struct buf *out, const struct mfp *mfp);
