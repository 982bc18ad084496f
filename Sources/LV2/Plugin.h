/* The plug-in: an instance, its ports, and how its threads share it. */

#ifndef KODAMA_LV2_PLUGIN_H
#define KODAMA_LV2_PLUGIN_H

#include "Player.h"
#include <lv2/atom/forge.h>
#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <pthread.h>

#define KODAMA_LV2_MONO "urn:kodama:amplifier"
#define KODAMA_LV2_STEREO "urn:kodama:amplifier-stereo"
#define KODAMA_LV2_MODEL KODAMA_LV2_MONO "#model"

/* The ports before those for sound, as amplifier.ttl numbers them. Inputs follow, then outputs. */
enum { port_control, port_notify, port_input_gain, port_output_gain, port_size, port_normalize, port_first_sound };

/* The bytes of the longest path, with its zero. */
enum { path_capacity = 4096 };

/* What the worker is asked. */
typedef enum RequestKind {
  /* Load what the host set: a file that cannot be played changes nothing. */
  request_load,
  /* Load what a session had: a file that cannot be played is kept by name, and nothing plays. */
  request_restore,
  request_release
} RequestKind;

typedef struct Request {
  RequestKind kind;
  /* What is released. */
  Model *model;
  /* What is loaded. Only what is used of it is handed over. */
  char path[path_capacity];
} Request;

/* The size of a request that releases. */
enum { release_size = offsetof(Request, path) };

typedef struct Names {
  LV2_URID atom_path, atom_urid, patch_get, patch_set, patch_property, patch_value, model;
} Names;

typedef struct Plugin {
  /* Set once. NULL where the host has no such feature. */
  LV2_URID_Map *map;
  LV2_Worker_Schedule *schedule;
  LV2_Log_Logger log;
  Names names;
  double sample_rate;
  /* What is loaded at first: model.nam in the bundle, or an empty path. */
  char *first_path;

  /* The audio thread's. */
  Player player;
  Controls controls;
  const LV2_Atom_Sequence *control;
  LV2_Atom_Sequence *notify;
  const float *control_ports[port_first_sound];
  const float *inputs[max_channels];
  float *outputs[max_channels];
  LV2_Atom_Forge forge;
  Request request;
  /* Whether the host is to be told of the model. */
  bool announces;

  /* Shared by the worker and the host's thread, and never locked by the audio thread: the path of the last model, its
     number, and all models in memory, the last first. */
  pthread_mutex_t lock;
  char *path;
  uint64_t number;
  Model *models;
} Plugin;

/* Loads a file, or what stands for one that cannot be played; NULL where nothing is to change. An empty path is that of
   the first model. Writes the reason to the host's log. Not for the audio thread. */
Model *plugin_load(Plugin *plugin, RequestKind kind, const char *path);

/* Releases a model that was loaded. Not for the audio thread. */
void plugin_release(Plugin *plugin, Model *model);

/* Asks a worker for a file. False where it takes nothing now, or the path is too long. */
bool plugin_request(LV2_Worker_Schedule *schedule, Request *request, RequestKind kind, const char *path,
                    size_t length);

extern const LV2_State_Interface plugin_state;
extern const LV2_Worker_Interface plugin_worker;

#endif
