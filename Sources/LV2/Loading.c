#ifdef KODAMA_LV2

#include "Plugin.h"
#include <lv2/core/lv2_util.h>
#include <stdlib.h>
#include <string.h>

/* What does not happen on the audio thread: the worker, and the state that sessions and presets keep. */

/* ---- Loading ---------------------------------------------------------------------------------------------------- */

/* Numbers a model, and keeps it, and its path for the state. False where there is no memory. */
static bool publish(Plugin *plugin, Model *model) {
  char *path = strdup(model->path);
  if (path == NULL) return false;
  pthread_mutex_lock(&plugin->lock);
  char *earlier = plugin->path;
  plugin->path = path;
  model->number = ++plugin->number;
  model->earlier = plugin->models;
  plugin->models = model;
  pthread_mutex_unlock(&plugin->lock);
  free(earlier);
  return true;
}

Model *plugin_load(Plugin *plugin, RequestKind kind, const char *path) {
  kodama_error error;
  if (path[0] == '\0') path = plugin->first_path;
  Model *model = model_load(path, plugin->player.channels, plugin->sample_rate, &error);
  if (model == NULL) {
    lv2_log_error(&plugin->log, "kodama: %s\n", error.message);
    if (kind == request_restore) model = model_empty(path);
  }
  if (model != NULL && !publish(plugin, model)) {
    model_free(model);
    return NULL;
  }
  return model;
}

void plugin_release(Plugin *plugin, Model *model) {
  pthread_mutex_lock(&plugin->lock);
  Model **link = &plugin->models;
  while (*link != model) link = &(*link)->earlier;
  *link = model->earlier;
  pthread_mutex_unlock(&plugin->lock);
  model_free(model);
}

/* ---- The worker ------------------------------------------------------------------------------------------------- */

bool plugin_request(LV2_Worker_Schedule *schedule, Request *request, RequestKind kind, const char *path,
                    size_t length) {
  if (length >= path_capacity) return false;
  request->kind = kind;
  request->model = NULL;
  memcpy(request->path, path, length);
  request->path[length] = '\0';
  uint32_t size = (uint32_t)(offsetof(Request, path) + length + 1);
  return schedule->schedule_work(schedule->handle, size, request) == LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status work(LV2_Handle handle, LV2_Worker_Respond_Function respond, LV2_Worker_Respond_Handle to,
                              uint32_t size, const void *data) {
  Plugin *plugin = handle;
  Request request;
  if (size < release_size || size > sizeof request) return LV2_WORKER_ERR_UNKNOWN;
  /* What the host hands over need not be aligned. */
  memcpy(&request, data, size);
  if (request.kind == request_release) {
    plugin_release(plugin, request.model);
    return LV2_WORKER_SUCCESS;
  }
  Model *model = plugin_load(plugin, request.kind, request.path);
  LV2_Worker_Status status = respond(to, sizeof model, &model);
  if (status != LV2_WORKER_SUCCESS && model != NULL) plugin_release(plugin, model);
  return status;
}

static LV2_Worker_Status work_response(LV2_Handle handle, uint32_t size, const void *data) {
  Plugin *plugin = handle;
  Model *model;
  if (size != sizeof model) return LV2_WORKER_ERR_UNKNOWN;
  memcpy(&model, data, size);
  if (model != NULL) player_accept(&plugin->player, model);
  plugin->announces = true;
  return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface plugin_worker = {work, work_response, NULL};

/* ---- The state -------------------------------------------------------------------------------------------------- */

/* What the host gives for one call. */
typedef struct StateFeatures {
  LV2_State_Map_Path *paths;
  LV2_State_Free_Path *free_path;
  LV2_Worker_Schedule *schedule;
} StateFeatures;

static StateFeatures state_features(const LV2_Feature *const *features) {
  StateFeatures found = {NULL, NULL, NULL};
  if (features == NULL) return found;
  found.paths = lv2_features_data(features, LV2_STATE__mapPath);
  found.free_path = lv2_features_data(features, LV2_STATE__freePath);
  found.schedule = lv2_features_data(features, LV2_WORKER__schedule);
  return found;
}

static void free_path(const StateFeatures *features, char *path) {
  if (features->free_path != NULL) {
    features->free_path->free_path(features->free_path->handle, path);
  } else {
    free(path);
  }
}

static LV2_State_Status save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle to, uint32_t flags,
                             const LV2_Feature *const *features) {
  (void)flags;
  Plugin *plugin = handle;
  StateFeatures given = state_features(features);
  if (plugin->map == NULL || given.paths == NULL) return LV2_STATE_ERR_NO_FEATURE;
  pthread_mutex_lock(&plugin->lock);
  char *path = strdup(plugin->path);
  pthread_mutex_unlock(&plugin->lock);
  if (path == NULL) return LV2_STATE_ERR_UNKNOWN;
  bool is_empty = path[0] == '\0';
  char *kept = is_empty ? NULL : given.paths->abstract_path(given.paths->handle, path);
  free(path);
  if (is_empty) return LV2_STATE_SUCCESS;
  if (kept == NULL) return LV2_STATE_ERR_UNKNOWN;
  LV2_State_Status status = store(to, plugin->names.model, kept, strlen(kept) + 1, plugin->names.atom_path,
                                  LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
  free_path(&given, kept);
  return status;
}

/* Plays a file of a state: at once, or by the worker while the audio thread goes on. */
static LV2_State_Status restore_path(Plugin *plugin, const StateFeatures *given, const char *path) {
  if (given->schedule != NULL) {
    Request request;
    return plugin_request(given->schedule, &request, request_restore, path, strlen(path)) ? LV2_STATE_SUCCESS
                                                                                          : LV2_STATE_ERR_NO_SPACE;
  }
  Model *model = plugin_load(plugin, request_restore, path);
  if (model == NULL) return LV2_STATE_ERR_UNKNOWN;
  player_accept(&plugin->player, model);
  while (plugin->player.discarded != NULL) {
    Model *unused = plugin->player.discarded;
    plugin->player.discarded = unused->next;
    plugin_release(plugin, unused);
  }
  plugin->announces = true;
  return LV2_STATE_SUCCESS;
}

static LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve, LV2_State_Handle from,
                                uint32_t flags, const LV2_Feature *const *features) {
  (void)flags;
  Plugin *plugin = handle;
  StateFeatures given = state_features(features);
  if (plugin->map == NULL) return LV2_STATE_ERR_NO_FEATURE;
  size_t size = 0;
  uint32_t type = 0, value_flags = 0;
  const char *kept = retrieve(from, plugin->names.model, &size, &type, &value_flags);
  if (kept == NULL) return restore_path(plugin, &given, "");
  if (type != plugin->names.atom_path || size == 0 || kept[size - 1] != '\0') return LV2_STATE_ERR_BAD_TYPE;
  if (given.paths == NULL) return LV2_STATE_ERR_NO_FEATURE;
  char *path = given.paths->absolute_path(given.paths->handle, kept);
  if (path == NULL) return LV2_STATE_ERR_UNKNOWN;
  LV2_State_Status status = restore_path(plugin, &given, path);
  free_path(&given, path);
  return status;
}

const LV2_State_Interface plugin_state = {save, restore};

#endif
