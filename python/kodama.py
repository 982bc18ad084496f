"""Sound from a WaveNet, and through models of amplifiers, as numpy arrays: Kodama's library for C, libkodama.so, from
Python.

    import kodama

    with kodama.Model("checkpoints/demo") as model:
        with model.stream(seed=1) as stream:
            samples = stream.generate(6 * model.sample_rate)
    with kodama.Amplifier("amp.nam") as amplifier:
        loud = amplifier.process(samples)

Units. A sample is one time step of mono sound, a float32 in [-1, 1]. Rates are in Hz, lengths are counted in samples.

Samples. They are those of `kodama generate`, `kodama process` and of the library for C with the same seed and options,
bit for bit on one machine.

Threads. Any number of threads may use a model. Calls of one stream or one amplifier wait for each other; different ones
are independent, and as the interpreter's lock is released while samples are computed, threads work at the same time.

Errors. What the library refuses is a `KodamaError` with the library's message and status: `UsageError` for an argument
out of its range, `BadDataError` for a damaged file or numbers that are not finite, `NoInputError` for a file that is
not there. An argument of the wrong type or shape is a `TypeError` or `ValueError`. Where a call fails, models, streams
and amplifiers are unchanged, unless its method says otherwise.

The library is the file that the environment's KODAMA_LIBRARY names, else the one under the prefix of `scripts/install`
where this file is, else the one that the system finds. It is loaded by the first model.
"""

import ctypes
import operator
import os
import threading
from collections import namedtuple
from pathlib import Path

import numpy

__all__ = [
    "Amplifier", "BadDataError", "Features", "InternalError", "KodamaError", "Model", "NoInputError", "Stream",
    "UsageError", "version",
]


class KodamaError(Exception):
    """A call that the library refused.

    status   its number, of sysexits.h
    message  the library's message, with file and field or the argument, and what to do
    """

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


class UsageError(KodamaError, ValueError):
    """An argument is out of its range."""


class BadDataError(KodamaError, ValueError):
    """The content of a file or array is wrong."""


class NoInputError(KodamaError, OSError):
    """A file does not exist or cannot be read."""

    def __str__(self):
        return self.message


class InternalError(KodamaError):
    """A fault in the library."""


Features = namedtuple("Features", ["channels", "hop_length", "margin_frames"])
Features.__doc__ = """The features over time that a model is conditioned on.

channels       the numbers of a frame
hop_length     samples from one frame to the next: frame k belongs to sample k * hop_length and those up to the next
               frame's
margin_frames  the frames after its own that a sample needs
"""


def version():
    """The version of the library, such as "0.1.0".

    Raises OSError where there is no library.
    """
    return _library().kodama_version().decode()


class _Owned:
    """An object of the library, released once. It cannot be copied: two would release one object."""

    # Where a constructor failed there is nothing to release.
    _pointer = None

    def __init__(self, kind, pointer=None):
        self._kind, self._pointer, self._lock = kind, pointer, threading.Lock()

    def close(self):
        """Releases it. Streams go on without their model. Does nothing where it is closed already."""
        with self._lock:
            self._free()

    def _free(self):
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            getattr(_library(), f"kodama_{self._kind}_free")(pointer)

    def _open(self):
        if self._pointer is None:
            raise ValueError(f"the {self._kind} is closed")
        return self._pointer

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        self._free()

    def __reduce_ex__(self, _):
        way = "Stream.fork makes a second one" if self._kind == "stream" else "load it again from its path"
        raise TypeError(f"a {self._kind} cannot be copied or pickled; {way}")


class Model(_Owned):
    """A network with its weights. It never changes; any number of threads may use it.

    path  a model folder, quantized or not, a checkpoint folder, or the folder of a training run, of which the
          checkpoint is used that was best on held-out recordings, or the newest where nothing was measured

    sample_rate      samples per second, in Hz
    classes          the number of distinct samples before pre-emphasis is inverted; 65,536 of a mixture
    receptive_field  the past samples that the next one depends on: priming with more has no effect; 2^32 - 1 of a
                     recurrent network, which depends on all
    precision        of the weights: "f32", "bf16", "int8" or "int4"; of layers in several, the one with the fewest bits
    labels           a dictionary from the name of each label set to the tuple of its labels; empty without
    features         the `Features` that the model is conditioned on; None without

    Raises NoInputError where there is no such folder, BadDataError where it is damaged or holds no model, OSError where
    there is no library.
    """

    def __init__(self, path):
        super().__init__("model")
        library = _library()
        self._pointer = pointer = _load_from(library.kodama_model_load, path)
        self.sample_rate = library.kodama_model_sample_rate(pointer)
        self.classes = library.kodama_model_classes(pointer)
        self.receptive_field = library.kodama_model_receptive_field(pointer)
        self.precision = library.kodama_model_precision(pointer).decode()
        self.labels = {
            library.kodama_model_label_set(pointer, number).decode(): tuple(
                library.kodama_model_label(pointer, number, label).decode()
                for label in range(library.kodama_model_labels(pointer, number)))
            for number in range(library.kodama_model_label_sets(pointer))
        }
        channels = library.kodama_model_feature_channels(pointer)
        self.features = None if channels == 0 else Features(
            channels, library.kodama_model_feature_hop_length(pointer),
            library.kodama_model_feature_margin_frames(pointer))

    def stream(self, seed=1, number=0, *, labels=None, features=None, temperature=1.0, top_k=None, top_p=1.0):
        """Creates a `Stream` at the start of its signal, after silence.

        seed         of the sampling, an integer of 64 bits without a sign
        number       distinguishes the streams of one seed, an integer of 32 bits without a sign
        labels       a dictionary from label set to label, as for `Stream.set_labels`; required before the first sample
                     of a model with labels
        features     [frames, channels], the features of the whole signal, whose last frame is repeated after it; None
                     for a model without, and where they are added later by `Stream.add_features`
        temperature, top_k, top_p  as for `Stream.set_sampling`

        The stream keeps what it needs of the model, which may be closed before it.

        Raises UsageError, BadDataError, TypeError, ValueError.
        """
        pointer = ctypes.c_void_p()
        sampling = _Sampling.of(temperature, top_k, top_p)
        seed, number = _integer(seed, "seed", 64), _integer(number, "number", 32)
        with self._lock:
            create = _library().kodama_stream_create
            _check(create, self._open(), seed, number, ctypes.byref(sampling), ctypes.byref(pointer))
        stream = Stream(pointer, self.features)
        try:
            if labels:
                stream.set_labels(labels)
            if features is not None:
                stream.add_features(features)
                stream.end_features()
        except BaseException:
            stream.close()
            raise
        return stream


class Stream(_Owned):
    """One signal being generated. Made by `Model.stream` and `Stream.fork`."""

    # Samples of one call of the library: what Ctrl-C waits for.
    _block = 1 << 14

    def __init__(self, pointer, features):
        super().__init__("stream", pointer)
        self._features = features
        # Found once: filling is to cost no more than it must.
        self._function, self._error = _library().kodama_stream_fill, _Error()
        self._where = ctypes.byref(self._error)

    def generate(self, count):
        """Generates the next samples.

        count  at most `available`, an integer

        Returns a new array [count], float32 in [-1, 1]. Raises as `fill`.
        """
        count = _integer(count, "count", 62)
        with self._lock:
            # Refused before any memory is taken for it.
            if count > self._block:
                self._check_available(count)
            return self._fill(numpy.empty(count, numpy.float32))

    def fill(self, samples):
        """Generates the next samples into an array.

        samples  [count], float32, contiguous and writable, with at most `available` elements

        Returns the array. Raises UsageError where there are more than are available or a label set has no label, and
        BadDataError where the weights, or the features, are so large that the network's sums overflow: later samples of
        the stream are then meaningless. Interrupted by Ctrl-C, the array is filled in part.
        """
        if not isinstance(samples, numpy.ndarray) or samples.dtype != _float32 or samples.ndim != 1:
            raise TypeError(f"samples are {_form(samples)}; give a numpy array [count] of float32")
        if not samples.flags.carray:
            raise ValueError("samples are not contiguous or not writable; give an array such as numpy.empty makes")
        with self._lock:
            return self._fill(samples)

    def _check_available(self, count):
        # Long arrays are filled in blocks: what the last of them would be refused for is refused before the first.
        if self._features is not None:
            available = _library().kodama_stream_available(self._open())
            if count > available:
                _check(_library().kodama_stream_fill, self._open(), ctypes.byref(ctypes.c_float()), count)

    def _fill(self, samples):
        pointer, size, start = self._open(), samples.size, 0
        if size > self._block:
            self._check_available(size)
        while start < size:
            count = min(self._block, size - start)
            # Quicker than `samples.ctypes.data`.
            block = _from_buffer(samples, 4 * start)
            status = self._function(pointer, _byref(block), count, self._where)
            if status != 0:
                _raise(status, self._error)
            start += count
        return samples

    def prime(self, samples):
        """Appends given samples to the signal instead of generated ones, so that generation continues from them.

        samples  [count], floats at the model's rate, at most `available` of them; clamped to [-1, 1]

        Raises UsageError where there are more than are available, BadDataError where one is not finite.
        """
        samples = _floats(samples, "samples", "[count]")
        if samples.ndim != 1:
            raise ValueError(f"samples are {_form(samples)}; give [count], one channel")
        with self._lock:
            _check(_library().kodama_stream_prime, self._open(), samples.ctypes.data, samples.size)

    @property
    def available(self):
        """The number of samples that `fill` and `prime` accept now; None for no limit.

        For a model with features, those whose frame and the margin after it were added; no limit after `end_features`.
        """
        with self._lock:
            available = _library().kodama_stream_available(self._open())
        return None if available == ctypes.c_size_t(-1).value else available

    def add_features(self, frames):
        """Adds the next frames of the signal's features, one by one or many at once: the samples are the same.

        frames  [frames, channels], or [channels] for one frame; floats

        Raises UsageError where the model has no features or they were ended, BadDataError where a number is not finite.
        """
        frames = _floats(frames, "frames", "[frames, channels]")
        if self._features is not None:
            channels = self._features.channels
            if frames.ndim not in (1, 2) or frames.shape[-1] != channels:
                raise ValueError(f"frames are {_form(frames)}; give [frames, {channels}], or [{channels}] for one")
        with self._lock:
            count = 1 if frames.ndim == 1 else len(frames)
            _check(_library().kodama_stream_add_features, self._open(), frames.ctypes.data, count)

    def end_features(self):
        """Ends the features: the last frame is repeated from now on, and the number of samples is unlimited.

        Raises UsageError where the model has no features or none were added.
        """
        with self._lock:
            _check(_library().kodama_stream_end_features, self._open())

    def set_labels(self, labels):
        """Sets labels from the next sample on; the other sets keep theirs. A stream needs a label of every set.

        labels  a dictionary from the name of a set to a label of it, such as {"speaker": "george"}; to a mixture as
                text, "george:0.7,lucas:0.3"; or to a mixture as a dictionary, {"george": 0.7, "lucas": 0.3}

        Raises UsageError where the model has no such set or label; the message lists those it has. Sets before the one
        that is wrong are then changed.
        """
        if not hasattr(labels, "items"):
            raise TypeError(f'labels are {_form(labels)}; give a dictionary such as {{"speaker": "george"}}')
        texts = [(_text(name, "a label set"), _label(label)) for name, label in labels.items()]
        with self._lock:
            for name, label in texts:
                _check(_library().kodama_stream_set_label, self._open(), name, label)

    def set_sampling(self, temperature=1.0, top_k=None, top_p=1.0):
        """Sets the sampling options from the next sample on.

        temperature  divides the logits, at least 0: below 1 favors likely classes, 0 chooses the likeliest
        top_k        sample from this many of the likeliest classes only; None for all, and of a mixture
        top_p        sample from the fewest likeliest classes that together have this probability: above 0, at most 1;
                     1 of a mixture

        Raises UsageError where one is out of its range.
        """
        sampling = _Sampling.of(temperature, top_k, top_p)
        with self._lock:
            _check(_library().kodama_stream_set_sampling, self._open(), ctypes.byref(sampling))

    def fork(self, seed, number=0):
        """Creates a second stream with the same past, sampling, labels and features.

        seed, number  of its own random numbers, as for `Model.stream`; they start anew

        Later features are added to each stream separately. Raises UsageError where a label set has no label.
        """
        copy = ctypes.c_void_p()
        seed, number = _integer(seed, "seed", 64), _integer(number, "number", 32)
        with self._lock:
            _check(_library().kodama_stream_fork, self._open(), seed, number, ctypes.byref(copy))
        return Stream(copy, self._features)


class Amplifier(_Owned):
    """A model of an amplifier or another box, with its state: one signal passes through it. For a second channel or
    voice load it again.

    path  a .nam file of version 0.5 to 0.7, a model folder, a checkpoint folder, or the folder of a run of `kodama
          capture`, of which the checkpoint is used that was best on the end of its recordings

    sample_rate  samples per second, in Hz, of the sound that the model was made for; 48,000 where its file gives none
    inputs       channels of the input, 1 of nearly all models
    outputs      channels of the output
    latency      the samples that the output is behind the input: 0
    loudness     of the model in dB, by which players bring models to -18 dB; None where it is unknown
    sizes        the number of networks of different sizes in the model; 1 of most

    Raises NoInputError where there is no such file, BadDataError where its content is wrong, OSError where there is no
    library.
    """

    # Frames of one call of the library: what Ctrl-C waits for.
    _block = 1 << 14

    def __init__(self, path):
        super().__init__("amplifier")
        library = _library()
        self._pointer = pointer = _load_from(library.kodama_amplifier_load, path)
        self.sample_rate = library.kodama_amplifier_sample_rate(pointer)
        self.inputs = library.kodama_amplifier_inputs(pointer)
        self.outputs = library.kodama_amplifier_outputs(pointer)
        self.latency = library.kodama_amplifier_latency(pointer)
        self.sizes = library.kodama_amplifier_sizes(pointer)
        loudness = library.kodama_amplifier_loudness(pointer)
        self.loudness = None if loudness != loudness else loudness
        self._size = 1.0

    def process(self, samples):
        """Processes the next samples of the signal. The result does not depend on how it is divided among calls.

        samples  [frames], or [inputs, frames]; floats, full scale is 1

        Returns a new array of float32: [frames] where one channel was given without an axis for channels and one comes
        out, else [outputs, frames]. Raises BadDataError where a sample is not finite. Interrupted by Ctrl-C, the state
        is that after a part of the samples.
        """
        samples = _floats(samples, "samples", "[frames]")
        channels = samples[None] if samples.ndim == 1 else samples
        if channels.ndim != 2 or len(channels) != self.inputs:
            form = "[frames]" if self.inputs == 1 else f"[{self.inputs}, frames]"
            raise ValueError(f"samples are {_form(samples)}; give {form}")
        finite = numpy.isfinite(channels)
        if not finite.all():
            channel, frame = numpy.argwhere(~finite)[0]
            place = f"samples[{frame}]" if samples.ndim == 1 else f"samples[{channel}, {frame}]"
            raise BadDataError(65, f"{place} is not a finite number; give finite samples")
        frames = channels.shape[1]
        output = numpy.empty((self.outputs, frames), numpy.float32)
        with self._lock:
            pointer = self._open()
            for start in range(0, frames, self._block):
                count = min(self._block, frames - start)
                _library().kodama_amplifier_process(
                    pointer, _pointers(channels, start), _pointers(output, start), count)
        return output[0] if samples.ndim == 1 and self.outputs == 1 else output

    def reset(self):
        """Returns to the state after silence."""
        with self._lock:
            _library().kodama_amplifier_reset(self._open())

    @property
    def size(self):
        """The choice among the networks of different sizes, from 0, the smallest, to 1, which is the choice at first.
        Another network begins after silence. Raises ValueError where it is set to no such number."""
        return self._size

    @size.setter
    def size(self, size):
        number = float(size)
        if not 0 <= number <= 1:
            raise ValueError(f"size is {size}; give a number from 0 to 1")
        with self._lock:
            _library().kodama_amplifier_set_size(self._open(), number)
            self._size = number


# ---- The library ---------------------------------------------------------------------------------------------------


class _Error(ctypes.Structure):
    _fields_ = [("message", ctypes.c_char * 1024)]


class _Sampling(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_uint32), ("top_k", ctypes.c_uint32),
        ("temperature", ctypes.c_double), ("top_p", ctypes.c_double),
    ]

    @classmethod
    def of(cls, temperature, top_k, top_p):
        if top_k is not None and _integer(top_k, "top_k", 32) == 0:
            raise ValueError("top_k is 0; give at least 1, or None for all classes")
        return cls(ctypes.sizeof(cls), 0 if top_k is None else top_k, float(temperature), float(top_p))


_float32, _byref, _from_buffer = numpy.dtype(numpy.float32), ctypes.byref, ctypes.c_char.from_buffer
_pointer, _size, _number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32
_errors = {64: UsageError, 65: BadDataError, 66: NoInputError}

# The functions of kodama.h: what they return and what they take. Those that return a status have an error at the end.
_functions = {
    "kodama_version": (ctypes.c_char_p, []),
    "kodama_model_load": (ctypes.c_int, [ctypes.c_char_p, _pointer]),
    "kodama_model_sample_rate": (_number, [_pointer]),
    "kodama_model_classes": (_number, [_pointer]),
    "kodama_model_receptive_field": (_number, [_pointer]),
    "kodama_model_precision": (ctypes.c_char_p, [_pointer]),
    "kodama_model_label_sets": (_number, [_pointer]),
    "kodama_model_label_set": (ctypes.c_char_p, [_pointer, _number]),
    "kodama_model_labels": (_number, [_pointer, _number]),
    "kodama_model_label": (ctypes.c_char_p, [_pointer, _number, _number]),
    "kodama_model_feature_channels": (_number, [_pointer]),
    "kodama_model_feature_hop_length": (_number, [_pointer]),
    "kodama_model_feature_margin_frames": (_number, [_pointer]),
    "kodama_model_free": (None, [_pointer]),
    "kodama_stream_create": (ctypes.c_int, [_pointer, ctypes.c_uint64, _number, _pointer, _pointer]),
    "kodama_stream_prime": (ctypes.c_int, [_pointer, _pointer, _size]),
    "kodama_stream_fill": (ctypes.c_int, [_pointer, _pointer, _size]),
    "kodama_stream_available": (_size, [_pointer]),
    "kodama_stream_add_features": (ctypes.c_int, [_pointer, _pointer, _size]),
    "kodama_stream_end_features": (ctypes.c_int, [_pointer]),
    "kodama_stream_set_label": (ctypes.c_int, [_pointer, ctypes.c_char_p, ctypes.c_char_p]),
    "kodama_stream_set_sampling": (ctypes.c_int, [_pointer, _pointer]),
    "kodama_stream_fork": (ctypes.c_int, [_pointer, ctypes.c_uint64, _number, _pointer]),
    "kodama_stream_free": (None, [_pointer]),
    "kodama_amplifier_load": (ctypes.c_int, [ctypes.c_char_p, _pointer]),
    "kodama_amplifier_sample_rate": (ctypes.c_double, [_pointer]),
    "kodama_amplifier_inputs": (_number, [_pointer]),
    "kodama_amplifier_outputs": (_number, [_pointer]),
    "kodama_amplifier_latency": (_number, [_pointer]),
    "kodama_amplifier_loudness": (ctypes.c_double, [_pointer]),
    "kodama_amplifier_sizes": (_number, [_pointer]),
    "kodama_amplifier_set_size": (None, [_pointer, ctypes.c_double]),
    "kodama_amplifier_process": (None, [_pointer, _pointer, _pointer, _size]),
    "kodama_amplifier_reset": (None, [_pointer]),
    "kodama_amplifier_free": (None, [_pointer]),
}

_loaded = None
_loading = threading.Lock()


def _library():
    """The library with its functions declared, loaded once."""
    if _loaded is None:
        _load()
    return _loaded


def _load():
    global _loaded
    with _loading:
        if _loaded is not None:
            return
        path = _path()
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            raise OSError(
                f"{path} cannot be loaded ({error}): install it with scripts/install PREFIX, and import the kodama.py"
                " under PREFIX/share/kodama/python, or name the library by KODAMA_LIBRARY") from None
        for name, (result, arguments) in _functions.items():
            try:
                function = getattr(library, name)
            except AttributeError:
                raise OSError(f"{path} has no {name}: it is older than {__file__}; install both again") from None
            function.restype = result
            function.argtypes = arguments + ([_pointer] if result is ctypes.c_int else [])
        _loaded = library


def _path():
    named = os.environ.get("KODAMA_LIBRARY")
    if named:
        return named
    # This file is PREFIX/share/kodama/python/kodama.py.
    parents = Path(__file__).resolve().parents
    beside = parents[3] / "lib" / "libkodama.so" if len(parents) > 3 else None
    return str(beside) if beside is not None and beside.exists() else "libkodama.so.0"


def _load_from(function, path):
    """The object that a function loads from a path."""
    path, pointer = os.fsencode(path), ctypes.c_void_p()
    if b"\0" in path:
        raise ValueError("path contains a zero byte")
    _check(function, path, ctypes.byref(pointer))
    return pointer


def _pointers(channels, start):
    """Pointers to the samples of each channel of a contiguous array [channels, frames], from a frame on."""
    first, stride = channels.ctypes.data + 4 * start, 4 * channels.shape[1]
    return (ctypes.c_void_p * len(channels))(*(first + stride * channel for channel in range(len(channels))))


def _check(function, *arguments):
    """Calls a function that returns a status; raises where it failed."""
    error = _Error()
    status = function(*arguments, ctypes.byref(error))
    if status != 0:
        _raise(status, error)


def _raise(status, error):
    # The library names its own functions: those of streams are methods here.
    message = error.message.decode("utf-8", "replace").replace("kodama_stream_", "Stream.")
    raise _errors.get(status, InternalError)(status, message)


def _form(value):
    """What something is, for messages: its type, or of an array its shape and type of elements."""
    if isinstance(value, numpy.ndarray):
        return f"[{', '.join(map(str, value.shape))}] of {value.dtype}"
    return f"of type {type(value).__name__}"


def _integer(value, name, bits):
    """An integer of so many bits without a sign; ctypes would cut off the others."""
    try:
        value = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is {_form(value)}; give an integer") from None
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} is {value}; give an integer from 0 to 2**{bits} - 1")
    return value


def _floats(values, name, shape):
    """A contiguous array of float32. Integers are refused, which are most often samples that are to be scaled first."""
    values = numpy.asarray(values)
    if values.dtype.kind != "f" and values.size > 0:
        raise TypeError(f"{name} are {_form(values)}; give {shape} of float32")
    # What is too large becomes infinite, which the library refuses.
    with numpy.errstate(over="ignore"):
        return numpy.ascontiguousarray(values, numpy.float32)


def _text(value, name):
    if not isinstance(value, str):
        raise TypeError(f"{name} is {_form(value)}; give a str")
    if "\0" in value:
        raise ValueError(f"{name} contains a zero character")
    return value.encode()


def _label(value):
    """A label, or a mixture of labels, as the library's text."""
    if hasattr(value, "items"):
        value = ",".join(f"{_text(name, 'a label').decode()}:{float(weight)!r}" for name, weight in value.items())
    return _text(value, "a label")
