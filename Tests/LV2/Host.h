/* A small LV2 host: one plug-in, a worker in a thread of its own, messages, logs, and a count of what `run`
   allocates. */

#ifndef KODAMA_TESTS_LV2_HOST_H
#define KODAMA_TESTS_LV2_HOST_H

#include <lv2/atom/forge.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <stdbool.h>
#include <stddef.h>

enum { channels_most = 2, block_most = 8192, controls = 6, port_bytes = 16384, queue_length = 16, entry_bytes = 5000 };
enum { input_gain = 2, output_gain = 3, size_control = 4, normalize = 5 };

typedef struct Queue {
  int count;
  uint32_t sizes[queue_length];
  char entries[queue_length][entry_bytes];
} Queue;

typedef struct Host {
  const LV2_Descriptor *descriptor;
  LV2_Handle instance;
  uint32_t channels;
  /* What the host offers to the instance. */
  LV2_Feature offered[3];
  const LV2_Feature *features[4];
  LV2_URID_Map map;
  LV2_Worker_Schedule schedule;
  LV2_Log_Log log;
  LV2_Atom_Forge forge;
  Queue requests, responses;
  /* Whether the queue of requests takes nothing. */
  bool is_full;
  /* Of the port for the plug-in's messages. */
  uint32_t notify_bytes;
  float values[controls];
  float inputs[channels_most][block_most], outputs[channels_most][block_most];
  _Alignas(8) char control[port_bytes], notify[port_bytes];
  /* The frames that were run, and the number of calls. */
  uint64_t frames, runs;
  /* Calls to malloc and its like on the audio thread. */
  size_t allocations;
  /* The greatest difference between neighboring outputs since it was set to 0. */
  float jump;
  float last[channels_most];
  /* The last path that the plug-in told, and how many it told. */
  char told[entry_bytes];
  int announcements;
  /* The last line of its log. */
  char logged[2048];
} Host;

typedef enum Offer { offer_nothing, offer_all } Offer;

/* Instantiates and activates. The result is released by host_close. */
Host *host_open(const LV2_Descriptor *descriptor, const char *bundle, uint32_t channels, double rate, Offer offer);
void host_close(Host *host);

LV2_URID host_urid(const char *uri);

/* Writes a message for the next run: patch:Set of the model, and patch:Get of it. */
void host_set(Host *host, const char *path);
void host_get(Host *host);

/* Runs a block of sine, the same on all channels. */
void host_run(Host *host, uint32_t frames);

/* Has a thread do what the worker was asked, while blocks run; hands over its responses; and runs `after` frames
   more. */
void host_work(Host *host, uint32_t block, uint32_t after);

/* The sine of host_run. */
float host_sine(uint64_t frame);

/* Saves the state: the path as it is stored, or an empty one where none is. Restores it, with a worker or at once. */
LV2_State_Status host_save(Host *host, char *path, size_t capacity);
LV2_State_Status host_restore(Host *host, const char *path, bool has_worker);

#endif
