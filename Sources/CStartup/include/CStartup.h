// What the command does before the libraries that it is linked with are initialized. There is nothing to call.

#ifndef KODAMA_STARTUP_H
#define KODAMA_STARTUP_H
#endif
