/* What databases of old programs hold: SQL that puts a row into every table of a step. */
#pragma once

extern const char old_rows_1[]; /* at step 1 */
extern const char old_rows_2[]; /* at step 2, over those */
