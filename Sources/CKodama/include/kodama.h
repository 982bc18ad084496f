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

   Ownership. What a function makes through its last pointer but one belongs to the caller, who gives it back once to the
   `free` function of its kind. A stream keeps what it needs of its model: they may be freed in any order. Nothing else
   is kept or owned: paths, buffers and options are read or written during the call only.

   Threads. A model never changes; any number of threads may use it. A stream is used by one thread at a time; different
   streams, of one model too, are independent of each other. Freeing is the last use of a thing, by any thread.

   Real time. `kodama_stream_fill`, `kodama_stream_available` and `kodama_stream_set_sampling` take no memory, no lock and
   no system call as long as they succeed, and the time of a sample does not depend on how many came before; they may be
   called from an audio thread. There is one exception, of models that take features: see `kodama_stream_fill`. All other
   functions that take a stream or make one may wait for memory, and loading reads files.

   Errors. A function that can fail returns a `kodama_status`, KODAMA_OK where it succeeded, and says more in `error`,
   which may be NULL. Where it fails, models and streams are as they were, and the pointer that it would have made
   something for becomes NULL. A NULL where something is needed is an error and no crash; a pointer that is not NULL must
   be to what the function takes. Only where the operating system has no memory left does the process end.

   The process. No settings of the process are changed: no locale, signal handlers, floating-point modes, environment, or
   threads of OpenBLAS.

   Versions. The names below stay until the number in the library's SONAME, libkodama.so.0, rises. */

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

/* What came of a call. The numbers are those of sysexits.h, which suit `exit` too. */
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

/* Why a call failed: UTF-8 ended by 0 that names the file and the field, or the argument, and says what to do; cut short
   where it is longer than fits. Empty after a call that succeeded. */
typedef struct kodama_error {
  char message[1024];
} kodama_error;

/* ---- Models --------------------------------------------------------------------------------------------------- */

/* A network with its weights, ready to generate. */
typedef struct kodama_model kodama_model;

/* Loads a model.

   path   in UTF-8: a model folder, quantized or not, a checkpoint folder, or the folder of a training run, whose newest
          checkpoint is taken
   model  becomes the model

   KODAMA_NO_INPUT where there is no such folder, KODAMA_BAD_DATA where what is in it is damaged or no model. */
kodama_status kodama_model_load(const char *path, kodama_model **model, kodama_error *error);

/* Samples per second, in Hz. 0 where model is NULL. */
uint32_t kodama_model_sample_rate(const kodama_model *model);

/* The number of classes that a sample is drawn from: the number of different samples there are before pre-emphasis is
   taken back; 65,536 where the model's output is a mixture. 0 where model is NULL. */
uint32_t kodama_model_classes(const kodama_model *model);

/* The number of past samples that the next one depends on: more are not worth priming with. 0 where model is NULL. */
uint32_t kodama_model_receptive_field(const kodama_model *model);

/* The numbers of a frame of features, of a model that takes features over time, such as the bands of a mel spectrogram. 0
   where it takes no features, and where model is NULL. */
uint32_t kodama_model_feature_channels(const kodama_model *model);

/* The samples from one frame of features to the next: frame k belongs to sample k times this and those up to the next
   frame's. 0 where the model takes no features, and where model is NULL. */
uint32_t kodama_model_feature_hop_length(const kodama_model *model);

/* The frames after its own that a sample needs: times the hop length, the samples by which the sound comes later than its
   features. 0 where there are no such frames, where the model takes no features, and where model is NULL. */
uint32_t kodama_model_feature_margin_frames(const kodama_model *model);

/* Gives a model back. Nothing happens where it is NULL. */
void kodama_model_free(kodama_model *model);

/* ---- Sampling ------------------------------------------------------------------------------------------------- */

/* How the next sample is drawn. Initialize it with KODAMA_SAMPLING_STANDARD, then change what should be otherwise: later
   versions may add members at the end, and tell by `size` which there are. */
typedef struct kodama_sampling {
  /* sizeof(kodama_sampling). */
  uint32_t size;
  /* Draw from this many of the likeliest classes only; 0 for all, and for a model whose output is a mixture. */
  uint32_t top_k;
  /* Divides the logits, at least 0: below 1 keeps to the likely, 0 takes the likeliest. Of a mixture it divides the
     logits of the weights and multiplies the scales. */
  double temperature;
  /* Draw from the fewest likeliest classes that together have this probability: above 0, at most 1; 1 for a model whose
     output is a mixture. */
  double top_p;
} kodama_sampling;

/* The network's own distribution: all classes, temperature 1. */
#define KODAMA_SAMPLING_STANDARD {sizeof(kodama_sampling), 0, 1.0, 1.0}

/* ---- Streams -------------------------------------------------------------------------------------------------- */

/* One signal being generated. */
typedef struct kodama_stream kodama_stream;

/* Makes a stream at the beginning of its signal, after silence.

   seed      of the draws; the same seed and number give the same samples on one machine
   number    tells apart the streams of one seed, from 0
   sampling  NULL for KODAMA_SAMPLING_STANDARD
   stream    becomes the stream

   KODAMA_USAGE where a member of sampling is out of its range, or unknown to this library for being newer. */
kodama_status kodama_stream_create(const kodama_model *model, uint64_t seed, uint32_t number,
                                   const kodama_sampling *sampling, kodama_stream **stream, kodama_error *error);

/* Takes samples as the next of the signal instead of drawing them, so that what is drawn then goes on from them. In several
   calls it is the same as in one.

   samples  count numbers at the model's rate; those outside [-1, 1] are taken as the nearest end

   KODAMA_USAGE where count is more than are available (see kodama_stream_available), KODAMA_BAD_DATA where a sample is not
   finite. */
kodama_status kodama_stream_prime(kodama_stream *stream, const float *samples, size_t count, kodama_error *error);

/* Draws the next count samples.

   buffer  room for count numbers

   KODAMA_USAGE where count is more than are available (see kodama_stream_available): nothing is drawn. KODAMA_BAD_DATA
   where the weights, or the features, are so large that the network's sums overflow: the buffer is filled, but its samples
   mean nothing, and neither do any after them.

   Of a model that takes features, a call takes memory where it makes the features of the next samples out of frames:
   about when a frame's first sample is drawn, once a frame. Where the hop is shorter than 256 samples, it is once for all
   the frames that 256 samples take, and once more whenever samples go beyond the frames that were there the last time. All
   other samples take none. A thread that may never wait has its samples drawn by another. */
kodama_status kodama_stream_fill(kodama_stream *stream, float *buffer, size_t count, kodama_error *error);

/* The number of samples that kodama_stream_fill and kodama_stream_prime would take now. Of a model that takes features,
   those whose frame and the margin after it were added; SIZE_MAX where there is no end, because the features were ended
   or the model takes none. 0 where stream is NULL. */
size_t kodama_stream_available(const kodama_stream *stream);

/* Takes the next frames of the signal's features, of a model that takes some. The first frame belongs to the stream's
   first sample, primed or drawn; frames before the first are taken to repeat it. Frames may come one by one or all at
   once, before they are needed: the samples are the same.

   frames  count rows of kodama_model_feature_channels numbers, one row after the other

   KODAMA_USAGE where the model takes no features or those of the stream were ended, KODAMA_BAD_DATA where a number is not
   finite. */
kodama_status kodama_stream_add_features(kodama_stream *stream, const float *frames, size_t count, kodama_error *error);

/* Says that no more frames come: from now on the last one stands for all after it, and there is no end of samples. Nothing
   happens where that was said before.

   KODAMA_USAGE where the model takes no features or none were added. */
kodama_status kodama_stream_end_features(kodama_stream *stream, kodama_error *error);

/* Says what a model that is conditioned on labels is to generate, from the next sample on. Of every label set of the model
   one must be given, once, before the stream is filled, primed or forked; KODAMA_USAGE comes of those calls till then.
   Later calls change the label of one set and keep the others'.

   set    the label set, such as "speaker"
   label  a label of it, such as "george", or a mixture, such as "george:0.7,lucas:0.3"

   KODAMA_USAGE where the model has no such set or label; the message lists those it has. */
kodama_status kodama_stream_set_label(kodama_stream *stream, const char *set, const char *label, kodama_error *error);

/* Draws otherwise from the next sample on. NULL and errors are as for kodama_stream_create. */
kodama_status kodama_stream_set_sampling(kodama_stream *stream, const kodama_sampling *sampling, kodama_error *error);

/* Makes a second stream with the same past, sampling, labels and features, and with draws of its own from the beginning of
   a seed. Later features are added to each.

   copy  becomes the new stream */
kodama_status kodama_stream_fork(const kodama_stream *stream, uint64_t seed, uint32_t number, kodama_stream **copy,
                                 kodama_error *error);

/* Gives a stream back. Nothing happens where it is NULL. */
void kodama_stream_free(kodama_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
