#include "kodama.h"

const char *kodama_version(void) { return KODAMA_VERSION; }
