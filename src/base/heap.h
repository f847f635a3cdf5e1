/* What the C library keeps of memory that was freed. Knows nothing of who took it. */
#pragma once

/* Before there are threads. Few heaps: the library would make eight for every processor, and each keeps what its
 * busiest moment took. And no large blocks in them, which leave holes as large as the largest: those are the system's
 * when they are freed, also after the library has seen larger ones freed and would by itself keep them. */
void heap_set(void);
/* Freed pages go back to the system, wherever in a heap they lie, as after many connections. May take milliseconds, in
 * which who allocates waits for his heap. */
void heap_return(void);
