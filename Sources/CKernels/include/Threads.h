// What two threads need that wait for each other without sleeping, and the processors there are for them.

#ifndef KODAMA_THREADS_H
#define KODAMA_THREADS_H

// Tells the processor that this thread waits for another.
void kodama_pause(void);

// The number of the processor that this thread runs on; negative where the system does not say.
int kodama_processor(void);

// Moves this thread to another of the processors that it may run on, and leaves it free to go on from there. Does nothing
// where there is no other.
void kodama_leave_processor(int number);

// The number of processors that this process is kept to, as by taskset; 0 where it is unknown.
int kodama_allowed_processors(void);

#endif
