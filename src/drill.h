/* nightshiftd --drill: backups out of a cold copy of a service's folder, opened into scratch and judged, with
 * a signed report. Never says "ok" of what it did not open. Touches nothing of the copy. */
#pragma once

/* Exit code: 0 everything chosen was opened and is what it should be, 1 not, 2 misused. */
int drill_main(int argc, char **argv);
