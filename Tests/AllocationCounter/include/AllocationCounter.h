// Counts how often the calling thread asks for memory, in programs that link this.

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stddef.h>

// The number of times the calling thread asked for memory or gave it back so far. Always 0 where counting is not
// possible; `allocations_are_counted` says whether it is.
size_t allocations_of_this_thread(void);
int allocations_are_counted(void);

#endif
