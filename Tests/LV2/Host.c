#include "Host.h"
#include "AllocationCounter.h"
#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <lv2/urid/urid.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Features --------------------------------------------------------------------------------------------------- */

static char *uris[256];
static pthread_mutex_t uris_lock = PTHREAD_MUTEX_INITIALIZER;

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri) {
  (void)handle;
  pthread_mutex_lock(&uris_lock);
  LV2_URID found = 0;
  while (uris[found] != NULL && strcmp(uris[found], uri) != 0) found++;
  if (uris[found] == NULL) uris[found] = strdup(uri);
  pthread_mutex_unlock(&uris_lock);
  return found + 1;
}

LV2_URID host_urid(const char *uri) { return map_uri(NULL, uri); }

static bool push(Queue *queue, uint32_t size, const void *data) {
  if (queue->count == queue_length || size > entry_bytes) return false;
  queue->sizes[queue->count] = size;
  memcpy(queue->entries[queue->count++], data, size);
  return true;
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size, const void *data) {
  Host *host = handle;
  return !host->is_full && push(&host->requests, size, data) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data) {
  Host *host = handle;
  return push(&host->responses, size, data) ? LV2_WORKER_SUCCESS : LV2_WORKER_ERR_NO_SPACE;
}

static int log_vprintf(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list arguments) {
  (void)type;
  return vsnprintf(((Host *)handle)->logged, sizeof((Host *)handle)->logged, format, arguments);
}

static int log_printf(LV2_Log_Handle handle, LV2_URID type, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = log_vprintf(handle, type, format, arguments);
  va_end(arguments);
  return length;
}

/* ---- Instances -------------------------------------------------------------------------------------------------- */

Host *host_open(const LV2_Descriptor *descriptor, const char *bundle, uint32_t channels, double rate, Offer offer) {
  Host *host = calloc(1, sizeof *host);
  host->descriptor = descriptor;
  host->channels = channels;
  host->notify_bytes = port_bytes;
  host->values[size_control] = 1;
  host->map = (LV2_URID_Map){NULL, map_uri};
  host->schedule = (LV2_Worker_Schedule){host, schedule_work};
  host->log = (LV2_Log_Log){host, log_printf, log_vprintf};
  lv2_atom_forge_init(&host->forge, &host->map);
  host->offered[0] = (LV2_Feature){LV2_URID__map, &host->map};
  host->offered[1] = (LV2_Feature){LV2_WORKER__schedule, &host->schedule};
  host->offered[2] = (LV2_Feature){LV2_LOG__log, &host->log};
  for (int i = 0; i < 3 && offer == offer_all; i++) host->features[i] = &host->offered[i];
  host->instance = descriptor->instantiate(descriptor, rate, bundle, host->features);
  if (host->instance == NULL) {
    free(host);
    return NULL;
  }
  LV2_Atom_Sequence *control = (LV2_Atom_Sequence *)host->control;
  control->atom = (LV2_Atom){sizeof(LV2_Atom_Sequence_Body), host->forge.Sequence};
  descriptor->connect_port(host->instance, 0, offer == offer_all ? host->control : NULL);
  descriptor->connect_port(host->instance, 1, offer == offer_all ? host->notify : NULL);
  for (uint32_t port = 2; port < controls; port++) descriptor->connect_port(host->instance, port, &host->values[port]);
  for (uint32_t c = 0; c < channels; c++) {
    descriptor->connect_port(host->instance, controls + c, host->inputs[c]);
    descriptor->connect_port(host->instance, controls + channels + c, host->outputs[c]);
  }
  descriptor->activate(host->instance);
  return host;
}

void host_close(Host *host) {
  host->descriptor->cleanup(host->instance);
  free(host);
}

/* ---- Messages --------------------------------------------------------------------------------------------------- */

static void write_message(Host *host, const char *type, const char *path) {
  LV2_Atom_Forge *forge = &host->forge;
  LV2_Atom_Forge_Frame sequence, object;
  lv2_atom_forge_set_buffer(forge, (uint8_t *)host->control, port_bytes);
  lv2_atom_forge_sequence_head(forge, &sequence, 0);
  lv2_atom_forge_frame_time(forge, 0);
  lv2_atom_forge_object(forge, &object, 0, host_urid(type));
  lv2_atom_forge_key(forge, host_urid(LV2_PATCH__property));
  lv2_atom_forge_urid(forge, host_urid("urn:kodama:amplifier#model"));
  if (path != NULL) {
    lv2_atom_forge_key(forge, host_urid(LV2_PATCH__value));
    lv2_atom_forge_path(forge, path, (uint32_t)strlen(path));
  }
  lv2_atom_forge_pop(forge, &object);
  lv2_atom_forge_pop(forge, &sequence);
}

void host_set(Host *host, const char *path) { write_message(host, LV2_PATCH__Set, path); }
void host_get(Host *host) { write_message(host, LV2_PATCH__Get, NULL); }

static void read_notifications(Host *host) {
  const LV2_Atom_Sequence *sequence = (const LV2_Atom_Sequence *)host->notify;
  LV2_ATOM_SEQUENCE_FOREACH(sequence, event) {
    const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
    const LV2_Atom *value = NULL;
    if (object->body.otype != host_urid(LV2_PATCH__Set)) continue;
    lv2_atom_object_get(object, host_urid(LV2_PATCH__value), &value, 0);
    if (value == NULL || value->type != host_urid(LV2_ATOM__Path)) continue;
    snprintf(host->told, sizeof host->told, "%s", (const char *)LV2_ATOM_BODY_CONST(value));
    host->announcements++;
  }
}

/* ---- Running ---------------------------------------------------------------------------------------------------- */

float host_sine(uint64_t frame) { return 0.5f * sinf(2 * 3.14159265f * 220 / 48000 * (float)(frame % 48000)); }

void host_run(Host *host, uint32_t frames) {
  for (uint32_t c = 0; c < host->channels; c++) {
    for (uint32_t i = 0; i < frames; i++) host->inputs[c][i] = host_sine(host->frames + i);
  }
  LV2_Atom_Sequence *notify = (LV2_Atom_Sequence *)host->notify;
  notify->atom = (LV2_Atom){host->notify_bytes - (uint32_t)sizeof(LV2_Atom), host->forge.Chunk};
  size_t before = allocations_of_this_thread();
  host->descriptor->run(host->instance, frames);
  host->allocations += allocations_of_this_thread() - before;
  for (uint32_t c = 0; c < host->channels; c++) {
    for (uint32_t i = 0; i < frames; i++) {
      float jump = fabsf(host->outputs[c][i] - host->last[c]);
      if (!(jump <= host->jump)) host->jump = jump;
      host->last[c] = host->outputs[c][i];
    }
  }
  host->frames += frames;
  host->runs++;
  ((LV2_Atom_Sequence *)host->control)->atom.size = sizeof(LV2_Atom_Sequence_Body);
  if (host->features[0] != NULL) read_notifications(host);
}

/* A thread's work. */
typedef struct Job {
  Host *host;
  Queue queue;
  atomic_bool is_done;
} Job;

static void *work(void *data) {
  Job *job = data;
  Host *host = job->host;
  const LV2_Worker_Interface *worker = host->descriptor->extension_data(LV2_WORKER__interface);
  for (int i = 0; i < job->queue.count; i++)
    worker->work(host->instance, respond, host, job->queue.sizes[i], job->queue.entries[i]);
  atomic_store(&job->is_done, true);
  return NULL;
}

void host_work(Host *host, uint32_t block, uint32_t after) {
  const LV2_Worker_Interface *worker = host->descriptor->extension_data(LV2_WORKER__interface);
  Job *job = calloc(1, sizeof *job);
  pthread_t thread;
  job->host = host;
  job->queue = host->requests;
  host->requests.count = 0;
  pthread_create(&thread, NULL, work, job);
  while (!atomic_load(&job->is_done)) host_run(host, block);
  pthread_join(thread, NULL);
  free(job);
  size_t before = allocations_of_this_thread();
  for (int i = 0; i < host->responses.count; i++)
    worker->work_response(host->instance, host->responses.sizes[i], host->responses.entries[i]);
  host->allocations += allocations_of_this_thread() - before;
  host->responses.count = 0;
  for (uint64_t end = host->frames + after; host->frames < end;) host_run(host, block);
}

/* ---- The state -------------------------------------------------------------------------------------------------- */

/* Abstract paths are absolute ones behind this. */
static const char prefix[] = "abstract:";

static char *abstract_path(LV2_State_Map_Path_Handle handle, const char *path) {
  (void)handle;
  char *result = malloc(sizeof prefix + strlen(path));
  strcpy(result, prefix);
  return strcat(result, path);
}

static char *absolute_path(LV2_State_Map_Path_Handle handle, const char *path) {
  (void)handle;
  return strdup(strncmp(path, prefix, strlen(prefix)) == 0 ? path + strlen(prefix) : path);
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path) {
  (void)handle;
  free(path);
}

static LV2_State_Status store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size, uint32_t type,
                              uint32_t flags) {
  bool is_path = key == host_urid("urn:kodama:amplifier#model") && type == host_urid(LV2_ATOM__Path) &&
                 flags == (LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE) && size == strlen(value) + 1;
  strcpy(handle, is_path ? value : "something else");
  return LV2_STATE_SUCCESS;
}

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type, uint32_t *flags) {
  const char *path = handle;
  if (key != host_urid("urn:kodama:amplifier#model") || path[0] == '\0') return NULL;
  *size = strlen(path) + 1;
  *type = host_urid(LV2_ATOM__Path);
  *flags = LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE;
  return path;
}

static const LV2_State_Interface *state(Host *host, const LV2_Feature *features[4], bool has_worker) {
  static LV2_State_Map_Path map_path = {NULL, abstract_path, absolute_path};
  static LV2_State_Free_Path free_paths = {NULL, free_path};
  static const LV2_Feature map_feature = {LV2_STATE__mapPath, &map_path};
  static const LV2_Feature free_feature = {LV2_STATE__freePath, &free_paths};
  features[0] = &map_feature;
  features[1] = &free_feature;
  features[2] = has_worker ? &host->offered[1] : NULL;
  features[3] = NULL;
  return host->descriptor->extension_data(LV2_STATE__interface);
}

LV2_State_Status host_save(Host *host, char *path, size_t capacity) {
  const LV2_Feature *features[4];
  char stored[entry_bytes] = "";
  LV2_State_Status status =
      state(host, features, false)->save(host->instance, store, stored, LV2_STATE_IS_POD, features);
  snprintf(path, capacity, "%s", stored);
  return status;
}

LV2_State_Status host_restore(Host *host, const char *path, bool has_worker) {
  const LV2_Feature *features[4];
  return state(host, features, has_worker)->restore(host->instance, retrieve, (void *)path, 0, features);
}
