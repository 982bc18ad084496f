#ifdef KODAMA_LV2

#include "Plugin.h"
#include <lv2/atom/util.h>
#include <lv2/core/lv2_util.h>
#include <lv2/patch/patch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Instances -------------------------------------------------------------------------------------------------- */

static void map_names(Plugin *plugin) {
  LV2_URID_Map *map = plugin->map;
  plugin->names = (Names){
      .atom_path = map->map(map->handle, LV2_ATOM__Path),
      .atom_urid = map->map(map->handle, LV2_ATOM__URID),
      .patch_get = map->map(map->handle, LV2_PATCH__Get),
      .patch_set = map->map(map->handle, LV2_PATCH__Set),
      .patch_property = map->map(map->handle, LV2_PATCH__property),
      .patch_value = map->map(map->handle, LV2_PATCH__value),
      .model = map->map(map->handle, KODAMA_LV2_MODEL),
  };
  lv2_atom_forge_init(&plugin->forge, map);
}

/* The path of model.nam in the bundle, or an empty one where there is none. NULL where there is no memory. */
static char *first_path(const char *bundle) {
  static const char name[] = "model.nam";
  size_t length = strlen(bundle);
  char *path = malloc(length + 1 + sizeof name);
  if (path == NULL) return NULL;
  memcpy(path, bundle, length);
  if (length > 0 && path[length - 1] != '/') path[length++] = '/';
  memcpy(path + length, name, sizeof name);
  if (access(path, F_OK) != 0) path[0] = '\0';
  return path;
}

static void cleanup(LV2_Handle handle) {
  Plugin *plugin = handle;
  while (plugin->models != NULL) plugin_release(plugin, plugin->models);
  pthread_mutex_destroy(&plugin->lock);
  free(plugin->first_path);
  free(plugin->path);
  free(plugin);
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double sample_rate, const char *bundle,
                              const LV2_Feature *const *features) {
  static const LV2_Feature *const none[] = {NULL};
  Plugin *plugin = calloc(1, sizeof *plugin);
  if (plugin == NULL) return NULL;
  pthread_mutex_init(&plugin->lock, NULL);
  plugin->sample_rate = sample_rate;
  plugin->controls.size = 1;
  LV2_Log_Log *log = NULL;
  lv2_features_query(features != NULL ? features : none, LV2_URID__map, &plugin->map, false, LV2_WORKER__schedule,
                     &plugin->schedule, false, LV2_LOG__log, &log, false, NULL);
  lv2_log_logger_init(&plugin->log, plugin->map, plugin->map != NULL ? log : NULL);
  if (plugin->map != NULL) map_names(plugin);
  plugin->first_path = first_path(bundle);
  /* Before it is loaded, so that the number of channels is known. */
  plugin->player.channels = strcmp(descriptor->URI, KODAMA_LV2_STEREO) == 0 ? 2 : 1;
  Model *model = plugin->first_path == NULL ? NULL : plugin_load(plugin, request_restore, plugin->first_path);
  if (model == NULL) return cleanup(plugin), NULL;
  player_init(&plugin->player, model, plugin->player.channels, sample_rate);
  return plugin;
}

static void connect_port(LV2_Handle handle, uint32_t port, void *data) {
  Plugin *plugin = handle;
  uint32_t channels = plugin->player.channels, sound = port - port_first_sound;
  if (port == port_control) {
    plugin->control = data;
  } else if (port == port_notify) {
    plugin->notify = data;
  } else if (port < port_first_sound) {
    plugin->control_ports[port] = data;
  } else if (sound < channels) {
    plugin->inputs[sound] = data;
  } else if (sound < 2 * channels) {
    plugin->outputs[sound - channels] = data;
  }
}

static void activate(LV2_Handle handle) {
  Plugin *plugin = handle;
  player_activate(&plugin->player);
}

/* ---- Messages --------------------------------------------------------------------------------------------------- */

/* Asks the worker for a file that the host sets. */
static void set_model(Plugin *plugin, const LV2_Atom *value) {
  const char *path = LV2_ATOM_BODY_CONST(value);
  bool is_asked = plugin->schedule != NULL &&
                  plugin_request(plugin->schedule, &plugin->request, request_load, path, strnlen(path, value->size));
  /* The host shows what it set: it is told what plays still. */
  if (!is_asked) plugin->announces = true;
}

static void read_message(Plugin *plugin, const LV2_Atom_Object *object) {
  const Names *names = &plugin->names;
  const LV2_Atom *property = NULL, *value = NULL;
  lv2_atom_object_get(object, names->patch_property, &property, names->patch_value, &value, 0);
  bool is_model = property != NULL && property->type == names->atom_urid &&
                  ((const LV2_Atom_URID *)property)->body == names->model;
  if (object->body.otype == names->patch_set) {
    if (is_model && value != NULL && value->type == names->atom_path) set_model(plugin, value);
  } else if (object->body.otype == names->patch_get) {
    /* Without a property all are asked for. */
    if (is_model || property == NULL) plugin->announces = true;
  }
}

static void read_messages(Plugin *plugin) {
  if (plugin->map == NULL || plugin->control == NULL) return;
  LV2_ATOM_SEQUENCE_FOREACH(plugin->control, event) {
    if (lv2_atom_forge_is_object_type(&plugin->forge, event->body.type)) {
      read_message(plugin, (const LV2_Atom_Object *)&event->body);
    }
  }
}

/* Writes the sequence of messages to the host: the path of the model, if that is to be told. What has no room is told
   in the next block. */
static void write_messages(Plugin *plugin) {
  if (plugin->map == NULL || plugin->notify == NULL) return;
  LV2_Atom_Forge *forge = &plugin->forge;
  const Names *names = &plugin->names;
  uint32_t capacity = plugin->notify->atom.size;
  const char *path = player_model(&plugin->player)->path;
  uint32_t length = (uint32_t)strlen(path);
  LV2_Atom_Forge_Frame sequence, object;
  lv2_atom_forge_set_buffer(forge, (uint8_t *)plugin->notify, capacity);
  lv2_atom_forge_sequence_head(forge, &sequence, 0);
  /* The message without its path takes less than 128 bytes. */
  if (plugin->announces && capacity > length + 128) {
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &object, 0, names->patch_set);
    lv2_atom_forge_key(forge, names->patch_property);
    lv2_atom_forge_urid(forge, names->model);
    lv2_atom_forge_key(forge, names->patch_value);
    lv2_atom_forge_path(forge, path, length);
    lv2_atom_forge_pop(forge, &object);
    plugin->announces = false;
  }
  lv2_atom_forge_pop(forge, &sequence);
}

/* ---- Sound ------------------------------------------------------------------------------------------------------ */

/* The number at a control port within its range, or what it is without one. */
static float control(const Plugin *plugin, uint32_t port, float least, float most, float otherwise) {
  const float *value = plugin->control_ports[port];
  return value == NULL || !isfinite(*value) ? otherwise : fminf(fmaxf(*value, least), most);
}

/* Has the worker release the models that are no longer used. What it cannot take now waits. */
static void release_discarded(Plugin *plugin) {
  Model **first = &plugin->player.discarded;
  if (plugin->schedule == NULL) return;
  while (*first != NULL) {
    plugin->request.kind = request_release;
    plugin->request.model = *first;
    Model *next = (*first)->next;
    if (plugin->schedule->schedule_work(plugin->schedule->handle, release_size, &plugin->request) != LV2_WORKER_SUCCESS)
      return;
    *first = next;
  }
}

static void run(LV2_Handle handle, uint32_t frames) {
  Plugin *plugin = handle;
  read_messages(plugin);
  Controls controls = {
      .input_gain = control(plugin, port_input_gain, -40, 40, 0),
      .output_gain = control(plugin, port_output_gain, -40, 40, 0),
      .size = control(plugin, port_size, 0, 1, 1),
      .normalizes = control(plugin, port_normalize, 0, 1, 0) > 0.5f,
  };
  player_run(&plugin->player, &controls, plugin->inputs, plugin->outputs, frames);
  write_messages(plugin);
  release_discarded(plugin);
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------ */

static const void *extension_data(const char *uri) {
  if (strcmp(uri, LV2_STATE__interface) == 0) return &plugin_state;
  if (strcmp(uri, LV2_WORKER__interface) == 0) return &plugin_worker;
  return NULL;
}

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index) {
  static const LV2_Descriptor descriptors[] = {
      {KODAMA_LV2_MONO, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
      {KODAMA_LV2_STEREO, instantiate, connect_port, activate, run, NULL, cleanup, extension_data},
  };
  return index < 2 ? &descriptors[index] : NULL;
}

#endif
