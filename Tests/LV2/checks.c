/* Holds the LV2 plug-in for amplifier models to what hosts expect:

     checks PLUGIN.so FOLDER

   The folder becomes a bundle without a model, with model files beside it. */

#include "AllocationCounter.h"
#include "Host.h"
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { block = 64, fade = 960, settled = 2048 };

static int failures;
static const LV2_Descriptor *mono, *stereo;
static char bundle[1024];

#define expect(condition)                                                                     \
  do {                                                                                        \
    if (!(condition)) {                                                                       \
      fprintf(stderr, "%s: line %d, %s: not so: %s\n", __FILE__, __LINE__, __func__, #condition); \
      failures++;                                                                             \
    }                                                                                         \
  } while (0)

/* ---- Models ----------------------------------------------------------------------------------------------------- */

/* The path of a file in the folder. Two are valid at a time. */
static const char *file(const char *name) {
  static char paths[2][2048];
  static int turn;
  turn = !turn;
  snprintf(paths[turn], sizeof paths[turn], "%s%s", bundle, name);
  return paths[turn];
}

static void write_file(const char *name, const char *text) {
  FILE *output = fopen(file(name), "w");
  if (output == NULL || fputs(text, output) < 0 || fclose(output) != 0) {
    perror(file(name));
    exit(74);
  }
}

#define LINEAR(rate, gain)                                                                    \
  "{\"version\": \"0.5.4\", \"architecture\": \"Linear\", \"sample_rate\": " rate            \
  ", \"metadata\": {\"loudness\": -24}, \"config\": {\"receptive_field\": 1, \"bias\": false}, \"weights\": [" gain "]}"

#define CONTAINER(small, large)                                                               \
  "{\"version\": \"0.7.0\", \"architecture\": \"SlimmableContainer\", \"sample_rate\": 48000, \"weights\": []," \
  " \"config\": {\"submodels\": [{\"max_value\": 0.5, \"model\": " small                               \
  "}, {\"max_value\": 1.0, \"model\": " large "}]}}"

static void write_models(void) {
  write_file("loud.nam", LINEAR("48000", "0.9"));
  write_file("turned.nam", LINEAR("48000", "-0.9"));
  write_file("slow.nam", LINEAR("44100", "0.9"));
  write_file("damaged.nam", "{\"version\": \"0.5.4\",");
  write_file("sizes.nam", CONTAINER(LINEAR("48000", "-0.5"), LINEAR("48000", "0.9")));
}

/* ---- Comparing -------------------------------------------------------------------------------------------------- */

/* Whether the last block is the sine times a number, to the last bits. */
static bool plays(const Host *host, double gain) {
  bool is_so = true;
  for (uint32_t c = 0; c < host->channels; c++) {
    for (uint32_t i = 0; i < block; i++) {
      double wanted = gain * host_sine(host->frames - block + i);
      if (!(fabs(host->outputs[c][i] - wanted) <= 1e-6 * fabs(gain))) is_so = false;
    }
  }
  return is_so;
}

/* The steepest that a change of a factor from `from` to `to` in a straight line may be. A jump is 50 times this. */
static double steepest(double from, double to) {
  double slope = 0.5 * 2 * 3.14159265 * 220 / 48000;
  return fmax(fabs(from), fabs(to)) * slope + fabs(to - from) * 0.5 / fade + 1e-5;
}

static void load(Host *host, const char *path) {
  host_set(host, path);
  host_run(host, block);
  host_work(host, block, settled);
}

/* ---- Checks ----------------------------------------------------------------------------------------------------- */

static void passes_without_features(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_nothing);
  expect(host != NULL);
  host_run(host, block);
  expect(plays(host, 1));
  /* In place. */
  mono->connect_port(host->instance, controls + 1, host->inputs[0]);
  host_run(host, block);
  memcpy(host->outputs[0], host->inputs[0], sizeof host->outputs[0]);
  expect(plays(host, 1));
  host_close(host);
}

static void loads_and_tells(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  host_run(host, block);
  expect(host->announcements == 0 && plays(host, 1));
  host_set(host, file("loud.nam"));
  host_run(host, block);
  expect(host->requests.count == 1 && plays(host, 1));
  host_work(host, block, settled);
  expect(plays(host, 0.9f));
  expect(host->announcements == 1 && strcmp(host->told, file("loud.nam")) == 0);
  host_get(host);
  host_run(host, block);
  expect(host->announcements == 2 && strcmp(host->told, file("loud.nam")) == 0);
  /* Where there is no room for the message it is told later. */
  host->notify_bytes = 64;
  host_get(host);
  host_run(host, block);
  expect(host->announcements == 2);
  host->notify_bytes = port_bytes;
  host_run(host, block);
  expect(host->announcements == 3);
  load(host, "");
  expect(plays(host, 1) && host->told[0] == '\0');
  expect(host->allocations == 0);
  host_close(host);
}

static void swaps_without_a_click(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  double bound = steepest(-0.9, 0.9);
  for (int i = 0; i < 8; i++) {
    host->jump = 0;
    load(host, file(i % 2 == 0 ? "turned.nam" : "loud.nam"));
    expect(plays(host, i % 2 == 0 ? -0.9f : 0.9f));
    expect(host->jump <= bound);
  }
  /* What a swap without a crossfade would do at most. */
  expect(1.8 * 0.5 > 10 * bound);
  /* Several files between two responses: the last plays. */
  for (int i = 0; i < 5; i++) {
    host_set(host, file(i % 2 == 0 ? "turned.nam" : "loud.nam"));
    host_run(host, block);
  }
  host->jump = 0;
  host_work(host, block, 4 * settled);
  expect(plays(host, -0.9f) && host->jump <= bound);
  expect(strcmp(host->told, file("turned.nam")) == 0);
  /* Those that are no longer used were given to the worker, and nothing else was asked. */
  expect(host->requests.count == 5);
  host_work(host, block, block);
  expect(host->requests.count == 0 && host->responses.count == 0);
  expect(host->allocations == 0);
  host_close(host);
}

static void keeps_what_a_full_worker_cannot_release(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  host_work(host, block, block);
  host_set(host, file("turned.nam"));
  host_run(host, block);
  host->is_full = true;
  host_work(host, block, settled);
  expect(host->requests.count == 0 && plays(host, -0.9f));
  /* A file that it cannot take is not loaded, and the host is told what plays. */
  host->announcements = 0;
  host_set(host, file("loud.nam"));
  host_run(host, block);
  expect(host->announcements == 1 && strcmp(host->told, file("turned.nam")) == 0);
  host->is_full = false;
  host_run(host, block);
  expect(host->requests.count == 1);
  host_work(host, block, block);
  expect(plays(host, -0.9f));
  host_close(host);
}

static void refuses(const char *name, const char *first, const char *second) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  host->announcements = 0;
  load(host, file(name));
  expect(plays(host, 0.9f));
  expect(strstr(host->logged, file(name)) != NULL);
  expect(strstr(host->logged, first) != NULL && strstr(host->logged, second) != NULL);
  expect(host->announcements == 1 && strcmp(host->told, file("loud.nam")) == 0);
  char stored[entry_bytes];
  expect(host_save(host, stored, sizeof stored) == LV2_STATE_SUCCESS && strstr(stored, "loud.nam") != NULL);
  host_close(host);
}

static void refuses_files(void) {
  refuses("slow.nam", "44100 Hz", "48000 Hz");
  refuses("missing.nam", "missing.nam", "");
  refuses("damaged.nam", "damaged.nam", "");
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  char path[4500];
  memset(path, 'a', sizeof path);
  path[sizeof path - 1] = '\0';
  host_set(host, path);
  host_run(host, block);
  expect(host->requests.count == 0 && host->announcements == 1 && plays(host, 1));
  host_close(host);
}

static void restores(bool has_worker) {
  char stored[entry_bytes];
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  expect(host_save(host, stored, sizeof stored) == LV2_STATE_SUCCESS && stored[0] == '\0');
  load(host, file("loud.nam"));
  expect(host_save(host, stored, sizeof stored) == LV2_STATE_SUCCESS);
  expect(strncmp(stored, "abstract:", 9) == 0 && strcmp(stored + 9, file("loud.nam")) == 0);
  host_close(host);

  host = host_open(mono, bundle, 1, 48000, offer_all);
  expect(host_restore(host, stored, has_worker) == LV2_STATE_SUCCESS);
  expect(host->requests.count == (has_worker ? 1 : 0));
  if (!has_worker) {
    /* Before the first block nothing is faded. */
    host_run(host, block);
    expect(plays(host, 0.9f));
  }
  host_work(host, block, settled);
  expect(plays(host, 0.9f) && strcmp(host->told, file("loud.nam")) == 0);
  /* While it plays, without a click. */
  host->jump = 0;
  expect(host_restore(host, file("turned.nam"), has_worker) == LV2_STATE_SUCCESS);
  host_work(host, block, settled);
  expect(plays(host, -0.9f) && host->jump <= steepest(-0.9, 0.9));
  /* A file that is not there now is kept for the next session. */
  expect(host_restore(host, file("missing.nam"), has_worker) == LV2_STATE_SUCCESS);
  host_work(host, block, settled);
  expect(plays(host, 1) && strstr(host->logged, "missing.nam") != NULL);
  expect(strcmp(host->told, file("missing.nam")) == 0);
  expect(host_save(host, stored, sizeof stored) == LV2_STATE_SUCCESS && strstr(stored, "missing.nam") != NULL);
  /* No state is the state at first. */
  load(host, file("loud.nam"));
  expect(host_restore(host, "", has_worker) == LV2_STATE_SUCCESS);
  host_work(host, block, settled);
  expect(plays(host, 1) && host->told[0] == '\0');
  expect(host->allocations == 0);
  host_close(host);
}

static void plays_the_model_of_its_bundle(void) {
  write_file("model.nam", LINEAR("48000", "0.25"));
  Host *host = host_open(mono, bundle, 1, 48000, offer_nothing);
  host_run(host, block);
  expect(plays(host, 0.25f));
  host_close(host);
  host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  expect(plays(host, 0.9f));
  load(host, "");
  expect(plays(host, 0.25f) && strcmp(host->told, file("model.nam")) == 0);
  host_close(host);
  remove(file("model.nam"));
}

static void changes_its_size_without_a_click(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("sizes.nam"));
  expect(plays(host, 0.9f));
  for (int i = 0; i < 4; i++) {
    host->values[size_control] = i % 2 == 0 ? 0.2f : 1;
    host->jump = 0;
    for (int n = 0; n < settled / block; n++) host_run(host, block);
    expect(plays(host, i % 2 == 0 ? -0.5f : 0.9f));
    expect(host->jump <= steepest(-0.5, 0.9));
  }
  expect(host->allocations == 0);
  host_close(host);
}

static void changes_gains_without_a_click(void) {
  double normal = pow(10, 6.0 / 20), high = pow(10, 12.0 / 20), low = pow(10, -6.0 / 20);
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  struct {
    int port;
    float value;
    double gain;
  } steps[] = {{normalize, 1, normal}, {input_gain, 12, normal * high}, {output_gain, -6, normal * high * low},
               {normalize, 0, high * low}, {input_gain, 0, low}, {output_gain, NAN, 1}, {output_gain, -500, 0.01},
               {output_gain, 0, 1}};
  double gain = 1;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    host->values[steps[i].port] = steps[i].value;
    host->jump = 0;
    for (int n = 0; n < settled / block; n++) host_run(host, block);
    expect(plays(host, 0.9 * steps[i].gain));
    expect(host->jump <= steepest(0.9 * gain, 0.9 * steps[i].gain));
    gain = steps[i].gain;
  }
  /* From the first sample on, a gain that was set before. */
  host->values[output_gain] = 12;
  mono->activate(host->instance);
  host_run(host, block);
  expect(plays(host, 0.9 * high));
  expect(host->allocations == 0);
  host_close(host);
}

static void plays_two_channels(void) {
  Host *host = host_open(stereo, bundle, 2, 48000, offer_all);
  load(host, file("loud.nam"));
  expect(plays(host, 0.9f));
  /* Buffers may be shared across channels. */
  stereo->connect_port(host->instance, controls + 2, host->inputs[1]);
  stereo->connect_port(host->instance, controls + 3, host->inputs[0]);
  for (uint32_t i = 0; i < block; i++) host->inputs[0][i] = 0.25f, host->inputs[1][i] = -0.5f;
  stereo->run(host->instance, block);
  bool is_so = true;
  for (uint32_t i = 0; i < block; i++) {
    if (!(fabsf(host->inputs[1][i] - 0.225f) < 1e-6f && fabsf(host->inputs[0][i] + 0.45f) < 1e-6f)) is_so = false;
  }
  expect(is_so);
  host_close(host);
}

static void runs_blocks_of_any_length(void) {
  static const uint32_t lengths[] = {0, 1, 2, 3, 63, 255, 256, 257, 1000, 8191};
  Host *host = host_open(stereo, bundle, 2, 48000, offer_all);
  load(host, file("loud.nam"));
  host->jump = 0;
  host_set(host, file("turned.nam"));
  host_run(host, 1);
  host_work(host, 7, 0);
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) host_run(host, lengths[i]);
  host_run(host, block);
  expect(plays(host, -0.9f) && host->jump <= steepest(-0.9, 0.9));
  expect(host->allocations == 0);
  host_close(host);
}

static void replaces_what_is_not_finite(void) {
  Host *host = host_open(mono, bundle, 1, 48000, offer_all);
  load(host, file("loud.nam"));
  for (uint32_t i = 0; i < block; i++) host->inputs[0][i] = i % 2 == 0 ? NAN : -INFINITY;
  mono->run(host->instance, block);
  bool is_so = true;
  for (uint32_t i = 0; i < block; i++) is_so = is_so && host->outputs[0][i] == 0;
  expect(is_so);
  host_close(host);
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: checks PLUGIN.so FOLDER\n"), 64;
  snprintf(bundle, sizeof bundle, "%s/", argv[2]);
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 66;
  const LV2_Descriptor *(*descriptor)(uint32_t);
  *(void **)&descriptor = dlsym(library, "lv2_descriptor");
  if (descriptor == NULL) return fprintf(stderr, "%s\n", dlerror()), 65;
  mono = descriptor(0);
  stereo = descriptor(1);
  expect(mono != NULL && strcmp(mono->URI, "urn:kodama:amplifier") == 0);
  expect(stereo != NULL && strcmp(stereo->URI, "urn:kodama:amplifier-stereo") == 0);
  expect(descriptor(2) == NULL && allocations_are_counted());
  if (failures > 0) return 1;
  write_models();
  passes_without_features();
  loads_and_tells();
  swaps_without_a_click();
  keeps_what_a_full_worker_cannot_release();
  refuses_files();
  restores(false);
  restores(true);
  plays_the_model_of_its_bundle();
  changes_its_size_without_a_click();
  changes_gains_without_a_click();
  plays_two_channels();
  runs_blocks_of_any_length();
  replaces_what_is_not_finite();
  /* Swift's libraries stay where they are. */
  dlclose(library);
  return failures > 0 ? 1 : 0;
}
