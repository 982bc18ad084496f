/* Kodama's C interface: sound from a WaveNet, as samples in a buffer.

     kodama_model *model;
     kodama_stream *stream;
     kodama_error error;
     if (kodama_model_load("checkpoints/demo", &model, &error)) return complain(error.message);
     if (kodama_stream_create(model, 1, 0, NULL, &stream, &error)) return complain(error.message);
     float block[256];
     while (play(block, 256)) kodama_stream_fill(stream, block, 256, NULL);
     kodama_stream_free(stream);
     kodama_model_free(model);

   Units. A sample is one time step of mono sound, a float in [-1, 1]. Rates are in Hz. Lengths are counted in samples.

   Ownership. What a function creates through its last pointer but one is owned by the caller, who releases it once with
   the `free` function of its kind. A stream retains what it needs of its model: they may be freed in any order. Nothing
   else is kept or owned: paths, buffers and options are read or written during the call only.

   Threads. A model never changes; any number of threads may use it. A stream, and an amplifier, is used by one thread at a
   time; different streams, of one model too, and different amplifiers are independent of each other. Freeing is the last use of a thing, by any thread.

   Real time. `kodama_stream_fill`, `kodama_stream_available` and `kodama_stream_set_sampling` allocate no memory, take
   no lock and make no system call as long as they succeed, and the time of a sample does not depend on how many came
   before; they may be called from an audio thread. There is one exception, for models with features: see
   `kodama_stream_fill`. All other functions that take a stream or make one may wait for memory, and loading reads
   files. Of an amplifier, all functions but those that load and release one are for an audio thread.

   Errors. A function that can fail returns a `kodama_status`, KODAMA_OK where it succeeded, and writes a message to
   `error`, which may be NULL. Where it fails, models and streams are unchanged, and the pointer to the new object
   becomes NULL. A required argument that is NULL is an error and no crash; other pointers must be valid. The process
   ends only where the operating system has no memory left.

   The process. No settings of the process are changed when a call returns: no locale, signal handlers, floating-point modes, environment,
   or threads of OpenBLAS.

   Versions. The names below do not change until the number in the library's SONAME, libkodama.so.0, rises. */

#ifndef KODAMA_H
#define KODAMA_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header, major.minor.patch. */
#define KODAMA_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that runs, in the form of KODAMA_VERSION. Never freed. */
const char *kodama_version(void);

/* ---- Errors --------------------------------------------------------------------------------------------------- */

/* The result of a call. The numbers are those of sysexits.h, which suit `exit` too. */
typedef enum kodama_status {
  KODAMA_OK = 0,
  /* An argument is NULL or out of its range. */
  KODAMA_USAGE = 64,
  /* The content of a file or buffer is wrong. */
  KODAMA_BAD_DATA = 65,
  /* A file does not exist or cannot be read. */
  KODAMA_NO_INPUT = 66,
  /* A fault in this library. */
  KODAMA_INTERNAL = 70
} kodama_status;

/* Why a call failed: zero-terminated UTF-8 with the file and the field, or the argument, and what to do; truncated
   where it is too long. Empty after a call that succeeded. */
typedef struct kodama_error {
  char message[1024];
} kodama_error;

/* ---- Models --------------------------------------------------------------------------------------------------- */

/* A network with its weights, ready to generate. */
typedef struct kodama_model kodama_model;

/* Loads a model.

   path   in UTF-8: a model folder, quantized or not, a checkpoint folder, or the folder of a training run, of which the
          checkpoint is used that was best on held-out recordings, or the newest where nothing was measured
   model  becomes the model

   KODAMA_NO_INPUT where there is no such folder, KODAMA_BAD_DATA where it is damaged or contains no model. */
kodama_status kodama_model_load(const char *path, kodama_model **model, kodama_error *error);

/* Samples per second, in Hz. 0 where model is NULL. */
uint32_t kodama_model_sample_rate(const kodama_model *model);

/* The number of classes of a sample: the number of distinct samples before pre-emphasis is inverted; 65,536 where the
   model's output is a mixture. 0 where model is NULL. */
uint32_t kodama_model_classes(const kodama_model *model);

/* The number of past samples that the next one depends on: priming with more has no effect. UINT32_MAX of a recurrent
   network, whose samples depend on all before; 0 where model is NULL. */
uint32_t kodama_model_receptive_field(const kodama_model *model);

/* The channels of a frame of features, for a model that is conditioned on features over time, such as the bands of a
   mel spectrogram. 0 without features, and where model is NULL. */
uint32_t kodama_model_feature_channels(const kodama_model *model);

/* The samples from one frame of features to the next: frame k belongs to sample k times this and those up to the next
   frame's. 0 without features, and where model is NULL. */
uint32_t kodama_model_feature_hop_length(const kodama_model *model);

/* The frames after its own that a sample needs: times the hop length, the latency of the sound in samples. 0 where
   there are no such frames, without features, and where model is NULL. */
uint32_t kodama_model_feature_margin_frames(const kodama_model *model);

/* The precision of the weights, as the command's --precision names it: "f32", "bf16", "int8" or "int4". Of a quantized
   model with layers in several precisions, that with the fewest bits. As long as the model; NULL where model is NULL. */
const char *kodama_model_precision(const kodama_model *model);

/* The number of label sets that the model is conditioned on. 0 for none, and where model is NULL. */
uint32_t kodama_model_label_sets(const kodama_model *model);

/* The name of a label set, such as "speaker", in UTF-8.

   set  from 0, in the model's order

   Owned by the model, and valid as long as it. NULL where there is no such set, and where model is NULL. */
const char *kodama_model_label_set(const kodama_model *model, uint32_t set);

/* The number of labels of a set. 0 where there is no such set, and where model is NULL. */
uint32_t kodama_model_labels(const kodama_model *model, uint32_t set);

/* A label, such as "george", in UTF-8.

   set    from 0, in the model's order
   label  from 0, in the set's order

   Owned by the model, and valid as long as it. NULL where there is no such set or label, and where model is NULL. */
const char *kodama_model_label(const kodama_model *model, uint32_t set, uint32_t label);

/* Releases a model. Does nothing where it is NULL. */
void kodama_model_free(kodama_model *model);

/* ---- Sampling ------------------------------------------------------------------------------------------------- */

/* The sampling options. Initialize them with KODAMA_SAMPLING_STANDARD, then change members: later versions may add
   members at the end, and `size` identifies the version. */
typedef struct kodama_sampling {
  /* sizeof(kodama_sampling). */
  uint32_t size;
  /* Sample from this many of the likeliest classes only; 0 for all, and for a model whose output is a mixture. */
  uint32_t top_k;
  /* Divides the logits, at least 0: below 1 favors likely classes, 0 chooses the likeliest. For a mixture it divides
     the logits of the weights and multiplies the scales. */
  double temperature;
  /* Sample from the fewest likeliest classes that together have this probability: above 0, at most 1; 1 for a model
     whose output is a mixture. */
  double top_p;
} kodama_sampling;

/* The network's own distribution: all classes, temperature 1. */
#define KODAMA_SAMPLING_STANDARD {sizeof(kodama_sampling), 0, 1.0, 1.0}

/* ---- Streams -------------------------------------------------------------------------------------------------- */

/* One signal being generated. */
typedef struct kodama_stream kodama_stream;

/* Creates a stream at the start of its signal, after silence.

   seed      of the sampling; the same seed and number give the same samples on one machine
   number    distinguishes the streams of one seed, from 0
   sampling  NULL for KODAMA_SAMPLING_STANDARD
   stream    becomes the stream

   KODAMA_USAGE where a member of sampling is out of its range, or newer than this library. */
kodama_status kodama_stream_create(const kodama_model *model, uint64_t seed, uint32_t number,
                                   const kodama_sampling *sampling, kodama_stream **stream, kodama_error *error);

/* Appends given samples to the signal instead of generated ones, so that generation continues from them. Several calls
   are equivalent to one.

   samples  count numbers at the model's rate; clamped to [-1, 1]

   KODAMA_USAGE where count is more than are available (see kodama_stream_available), KODAMA_BAD_DATA where a sample is
   not finite. */
kodama_status kodama_stream_prime(kodama_stream *stream, const float *samples, size_t count, kodama_error *error);

/* Generates the next count samples.

   buffer  room for count numbers

   KODAMA_USAGE where count is more than are available (see kodama_stream_available): nothing is generated.
   KODAMA_BAD_DATA where the weights, or the features, are so large that the network's sums overflow: the buffer is
   filled, but its samples and all later ones are meaningless.

   For a model with features, a call allocates memory where it upsamples frames for the next samples: about at a frame's
   first sample, once per frame. Where the hop is shorter than 256 samples, it is once for all the frames of 256
   samples, and once more whenever samples go beyond the frames that were available the last time. No other samples
   allocate memory. A thread that may never wait should leave generation to another thread. */
kodama_status kodama_stream_fill(kodama_stream *stream, float *buffer, size_t count, kodama_error *error);

/* The number of samples that kodama_stream_fill and kodama_stream_prime accept now. For a model with features, those
   whose frame and the margin after it were added; SIZE_MAX for no limit, where the features were ended or the model has
   none. 0 where stream is NULL. */
size_t kodama_stream_available(const kodama_stream *stream);

/* Adds the next frames of the signal's features, for a model with features. The first frame belongs to the stream's
   first sample, primed or generated; it is repeated before the signal. Frames may be added one by one or all at once,
   before they are needed: the samples are the same.

   frames  count rows of kodama_model_feature_channels numbers, one row after the other

   KODAMA_USAGE where the model has no features or those of the stream were ended, KODAMA_BAD_DATA where a number is not
   finite. */
kodama_status kodama_stream_add_features(kodama_stream *stream, const float *frames, size_t count, kodama_error *error);

/* Ends the features: the last frame is repeated from now on, and the number of samples is unlimited. Does nothing where
   they were ended before.

   KODAMA_USAGE where the model has no features or none were added. */
kodama_status kodama_stream_end_features(kodama_stream *stream, kodama_error *error);

/* Sets the label of a set from the next sample on, for a model that is conditioned on labels. A label of every set must
   be set before the stream is filled, primed or forked; those calls return KODAMA_USAGE until then. Later calls change
   the label of one set and keep the others'.

   set    the label set, such as "speaker"
   label  a label of it, such as "george", or a mixture, such as "george:0.7,lucas:0.3"

   KODAMA_USAGE where the model has no such set or label; the message lists those it has. */
kodama_status kodama_stream_set_label(kodama_stream *stream, const char *set, const char *label, kodama_error *error);

/* Changes the sampling options from the next sample on. NULL and errors are as for kodama_stream_create. */
kodama_status kodama_stream_set_sampling(kodama_stream *stream, const kodama_sampling *sampling, kodama_error *error);

/* Creates a second stream with the same past, sampling, labels and features, and with its own random numbers from the
   start of a seed. Later features are added to each stream separately.

   copy  becomes the new stream */
kodama_status kodama_stream_fork(const kodama_stream *stream, uint64_t seed, uint32_t number, kodama_stream **copy,
                                 kodama_error *error);

/* Releases a stream. Does nothing where it is NULL. */
void kodama_stream_free(kodama_stream *stream);

/* ---- Amplifiers ----------------------------------------------------------------------------------------------- */

/* A network that makes one sound of another, such as an amplifier or a pedal, with its state: one for each channel or
   voice. Used by one thread at a time; any number of them may exist.

     kodama_amplifier *amplifier;
     if (kodama_amplifier_load("amp.nam", &amplifier, &error)) return complain(error.message);
     const float *in[] = {input};
     float *out[] = {output};
     while (next_block(input, 64)) kodama_amplifier_process(amplifier, in, out, 64), play(output, 64);
     kodama_amplifier_free(amplifier);
*/
typedef struct kodama_amplifier kodama_amplifier;

/* Loads a model in the state after silence.

   path       in UTF-8: a file in the .nam format, versions 0.5 to 0.7, a model folder, a checkpoint folder, or the folder
              of a run of `kodama capture`, of which the checkpoint is used that was best on the end of its recordings
   amplifier  becomes the amplifier

   KODAMA_NO_INPUT where there is no such file or folder, KODAMA_BAD_DATA where its content is wrong. */
kodama_status kodama_amplifier_load(const char *path, kodama_amplifier **amplifier, kodama_error *error);

/* Samples per second, in Hz, of the sound the model was made for; 48,000 where its file gives none. 0 where amplifier is
   NULL. */
double kodama_amplifier_sample_rate(const kodama_amplifier *amplifier);

/* Channels of the input, and of the output: 1 of nearly all models. 0 where amplifier is NULL. */
uint32_t kodama_amplifier_inputs(const kodama_amplifier *amplifier);
uint32_t kodama_amplifier_outputs(const kodama_amplifier *amplifier);

/* The samples that the output is behind the input: 0. */
uint32_t kodama_amplifier_latency(const kodama_amplifier *amplifier);

/* The loudness of the model in dB, as its file gives it: players bring models to -18 dB by it. NaN where it is unknown,
   and where amplifier is NULL. */
double kodama_amplifier_loudness(const kodama_amplifier *amplifier);

/* The number of networks of different sizes in the model: 1 of most. 0 where amplifier is NULL. */
uint32_t kodama_amplifier_sizes(const kodama_amplifier *amplifier);

/* Chooses a network by its size, from 0, the smallest, to 1, which is the choice at first. Another network begins after
   silence. Does nothing where amplifier is NULL or size is no such number. Real time. */
void kodama_amplifier_set_size(kodama_amplifier *amplifier, double size);

/* Processes any number of frames. The result does not depend on how a sound is divided among calls. Numbers too small
   to be normal count as zeros.

   inputs   pointers to `frames` samples of each input channel
   outputs  pointers to `frames` samples of each output channel, which are overwritten; may be those of the inputs

   Does nothing where a pointer is NULL. Real time: allocates no memory, takes no lock and makes no system call. */
void kodama_amplifier_process(kodama_amplifier *amplifier, const float *const *inputs, float *const *outputs,
                              size_t frames);

/* Returns to the state after silence. Real time. */
void kodama_amplifier_reset(kodama_amplifier *amplifier);

/* Releases an amplifier. Does nothing where it is NULL. */
void kodama_amplifier_free(kodama_amplifier *amplifier);

#ifdef __cplusplus
}
#endif

#endif
