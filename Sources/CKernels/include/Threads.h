// Spinning threads that wait for each other, and the processors available to them.

#ifndef KODAMA_THREADS_H
#define KODAMA_THREADS_H

// A hint to the processor that this thread spins.
void kodama_pause(void);

// The number of the processor that this thread runs on; negative where it is unknown.
int kodama_processor(void);

// Moves this thread to another of the processors that it may run on, and leaves it free to move again. Does nothing
// where there is no other.
void kodama_leave_processor(int number);

// The number of processors that this process is kept to, as by taskset; 0 where it is unknown.
int kodama_allowed_processors(void);

#endif
