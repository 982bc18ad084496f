"""Holds python/kodama.py to the command: the same samples, errors by their messages, memory and speed.

    python3 Tests/Python/check_kodama.py KODAMA FOLDER

scripts/check-python runs it with the installed command and a folder with models: `labels`, conditioned on label sets,
`features`, on log-mel features, with `frames.npy`, and `amplifier`, a run of `kodama capture`.
"""

import concurrent.futures
import copy
import os
import pickle
import resource
import subprocess
import sys
import time
import wave

import numpy

import kodama

command, folder = sys.argv[1:]
demo = "checkpoints/demo"


def expect(condition, message):
    if not condition:
        sys.exit(f"check_kodama.py: {message}")


def raises(kind, part, call, *arguments, **named):
    """Expects an error of this very type, whose message contains a text."""
    try:
        call(*arguments, **named)
    except Exception as error:
        expect(type(error) is kind, f"{type(error).__name__} ({error}) where {kind.__name__} was due")
        expect(part in str(error), f"the message {error!s} does not contain {part}")
        return error
    sys.exit(f"check_kodama.py: nothing was raised where {kind.__name__} with {part} was due")


def generated(*options):
    """What the command generates, as integers of 16 bits."""
    result = subprocess.run([command, "generate", *options, "-o", "-", "--raw", "--quiet"], capture_output=True)
    expect(result.returncode == 0 and len(result.stdout) > 0, f"kodama generate {options}: {result.stderr.decode()}")
    return numpy.frombuffer(result.stdout, "<i2")


def integers(samples):
    """Samples as the command writes them: halves away from zero."""
    expect(samples.dtype == numpy.float32 and samples.ndim == 1, f"samples of {samples.dtype}, {samples.shape}")
    scaled = samples.astype(float) * 32768
    return numpy.clip(numpy.trunc(scaled + numpy.copysign(0.5, scaled)), -32768, 32767).astype("<i2")


def expect_same(samples, options, what):
    expected = generated(*options)
    expect(numpy.array_equal(integers(samples), expected), f"{what}: other samples than those of the command")


def check_samples():
    with kodama.Model(demo) as model:
        expect((model.sample_rate, model.classes, model.receptive_field) == (16000, 256, 511), "the demo's properties")
        expect(model.precision == "f32" and model.labels == {} and model.features is None, "the demo's conditions")
        with model.stream(seed=3) as stream:
            expect(stream.available is None, "the demo's stream has a limit")
            samples = numpy.concatenate([stream.generate(1), stream.generate(0), stream.fill(numpy.empty(20000, "f4"))])
        expect_same(samples, [demo, "--samples", "20001", "--seed", "3"], "a seed")
        with model.stream(seed=2**64 - 1, temperature=0.9, top_p=0.99, top_k=40) as stream:
            options = ["--temperature", "0.9", "--top-p", "0.99", "--top-k", "40"]
            expect_same(
                stream.generate(4000), [demo, "--samples", "4000", "--seed", str(2**64 - 1), *options], "sampling")
            stream.set_sampling(temperature=0)
            still = stream.generate(400)
            fork = stream.fork(seed=5)
            expect(numpy.array_equal(fork.generate(900), stream.generate(900)), "a fork at temperature 0 differs")
            expect(len(still) == 400, "sampling cannot be changed")

        # A recording to continue.
        with wave.open(os.path.join(folder, "prime.wav")) as file:
            expect(file.getframerate() == 16000 and file.getsampwidth() == 2, "prime.wav is of another form")
            past = numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        stream = model.stream(seed=4)
        stream.prime(past[:1000])
        stream.prime(past[1000:].astype("f4"))
        rest = generated(demo, "--samples", "3000", "--seed", "4", "--prime", os.path.join(folder, "prime.wav"))
        expect(numpy.array_equal(integers(stream.generate(3000)), rest[-3000:]), "a primed stream differs")


def check_streams():
    """Many streams at once are the streams of the command, and a stream outlives its model."""
    count, length = 8, 3000
    with kodama.Model(demo) as model:
        streams = [model.stream(seed=9, number=number) for number in range(count)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sounds = list(pool.map(lambda stream: stream.generate(length), streams))
    output = os.path.join(folder, "many.wav")
    subprocess.run(
        [command, "generate", demo, "-o", output, "--streams", str(count), "--samples", str(length), "--seed", "9",
         "--quiet"], check=True)
    for number, sound in enumerate(sounds):
        with wave.open(output.replace(".wav", f"-{number + 1}.wav")) as file:
            expected = numpy.frombuffer(file.readframes(length), "<i2")
        expect(numpy.array_equal(integers(sound), expected), f"stream {number} differs from the command's")
    # One stream that several threads use: the calls follow one another.
    stream = kodama.Model(demo).stream(seed=9)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: stream.generate(500), range(6)))
    expect(sorted(map(bytes, parts)) == sorted(bytes(sounds[0][500 * part:][:500]) for part in range(6)), "calls overlap")


def check_labels():
    path = os.path.join(folder, "labels")
    with kodama.Model(path) as model:
        expect(list(model.labels) == ["instrument"], f"label sets {model.labels}")
        expect(model.labels["instrument"] == ("bass", "harp", "koto"), f"labels {model.labels}")
        for label, text in [
            ("koto", "koto"), ("koto:0.75,bass:0.25", "koto:0.75,bass:0.25"),
            ({"koto": 0.75, "bass": 0.25}, "koto:0.75,bass:0.25"),
        ]:
            with model.stream(seed=2, labels={"instrument": label}) as stream:
                options = [path, "--samples", "2000", "--seed", "2", "--label", f"instrument={text}"]
                expect_same(stream.generate(2000), options, f"label {label}")
        stream = model.stream(seed=2)
        raises(kodama.UsageError, "instrument=… (bass, harp, koto)", stream.generate, 10)
        raises(kodama.UsageError, "instrument=… (bass, harp, koto)", stream.fork, 1)
        raises(kodama.UsageError, "did you mean koto", stream.set_labels, {"instrument": "kotto"})
        raises(kodama.UsageError, "did you mean instrument", stream.set_labels, {"instruments": "koto"})
        raises(kodama.UsageError, "weight", stream.set_labels, {"instrument": {"koto": -1.0}})
        raises(TypeError, "a label is of type int; give a str", stream.set_labels, {"instrument": 3})
        raises(TypeError, "give a dictionary", stream.set_labels, "koto")
        raises(ValueError, "zero character", stream.set_labels, {"instrument": "koto\0"})
        stream.set_labels({"instrument": "koto"})
        first = stream.generate(500)
        stream.set_labels({"instrument": "bass"})
        expect(numpy.array_equal(first, model.stream(seed=2, labels={"instrument": "koto"}).generate(500)), "a late label")


def check_features():
    path, file = os.path.join(folder, "features"), os.path.join(folder, "frames.npy")
    frames = numpy.load(file)
    with kodama.Model(path) as model:
        features = model.features
        expect(frames.shape[1] == features.channels, f"frames {frames.shape} and {features}")
        count = min(len(frames) * features.hop_length, 20000)
        options = [path, "--features", file, "--samples", str(count), "--seed", "6"]
        whole = model.stream(seed=6, features=frames)
        expect(whole.available is None, "ended features leave a limit")
        samples = whole.generate(count)
        expect_same(samples, options, "features")
        # As they arrive: what is available is drawn.
        stream, parts = model.stream(seed=6), []
        for number, frame in enumerate(frames):
            stream.add_features(frame if number % 2 == 0 else frame[None].astype(float))
            if number < features.margin_frames:
                expect(stream.available == 0, f"{stream.available} samples before their margin")
            parts.append(stream.generate(stream.available))
        stream.end_features()
        parts.append(stream.generate(count - sum(map(len, parts))) if count > sum(map(len, parts)) else samples[:0])
        expect(numpy.array_equal(numpy.concatenate(parts)[:count], samples), "features as they arrive")

        stream = model.stream(seed=6)
        error = raises(kodama.UsageError, "no frame was added", stream.end_features)
        expect("Stream.add_features" in str(error) and "kodama_" not in str(error), f"a name of C in {error}")
        raises(kodama.UsageError, "count is 5", stream.generate, 5)
        stream.add_features(frames[:9])
        available = stream.available
        raises(kodama.UsageError, f"count is {available + 20000}", stream.generate, available + 20000)
        expect(stream.available == available, "a refused call draws samples")
        channels = features.channels
        raises(ValueError, f"[4, {channels + 1}] of float32; give [frames, {channels}]", stream.add_features,
               numpy.zeros([4, channels + 1], "f4"))
        raises(ValueError, "give [frames", stream.add_features, numpy.zeros([1, 4, channels], "f4"))
        raises(ValueError, "give [frames", stream.add_features, numpy.float32(3))
        raises(TypeError, "of int64; give [frames, channels] of float32", stream.add_features,
               numpy.zeros([4, channels], int))
        bad = numpy.zeros([4, channels])
        for value in [numpy.nan, numpy.inf, 1e300]:
            bad[2, 1] = value
            raises(kodama.BadDataError, "channel 1 of frame 2 is not a finite number", stream.add_features, bad)
        stream.end_features()
        raises(kodama.UsageError, "were ended", stream.add_features, frames[:1])


def processed(*options):
    """What the command processes, as floats [frames]."""
    arguments = [command, "process", *options, "-o", "-", "--raw", "--format", "float32", "--quiet"]
    result = subprocess.run(arguments, capture_output=True)
    expect(result.returncode == 0 and len(result.stdout) > 0, f"kodama process {options}: {result.stderr.decode()}")
    return numpy.frombuffer(result.stdout, "<f4")


def check_amplifiers():
    models = "Tests/AmplifiersTests/Golden"
    sound = os.path.join(folder, "guitar.wav")
    whole = numpy.random.default_rng(5).normal(0, 3000, 40000).clip(-32768, 32767).astype("<i2")
    with wave.open(sound, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(48000)
        file.writeframes(whole.tobytes())
    samples = whole / 32768
    for path in [f"{models}/wavenet-two-arrays.nam", f"{models}/lstm-8.nam", os.path.join(folder, "amplifier")]:
        with kodama.Amplifier(path) as amplifier:
            shape = (amplifier.sample_rate, amplifier.inputs, amplifier.outputs, amplifier.latency, amplifier.sizes)
            expect(shape == (48000, 1, 1, 0, 1) and amplifier.loudness is None, f"the properties of {path}: {shape}")
            played = amplifier.process(samples)
            expect(played.dtype == numpy.float32 and played.shape == samples.shape, f"an array {played.shape}")
            expect(numpy.array_equal(played, processed(path, sound)), f"{path}: other samples than the command's")
            expect(not numpy.array_equal(amplifier.process(samples), played), f"{path}: there is no state")
            amplifier.reset()
            blocks = [amplifier.process(samples[start:start + 64]) for start in range(0, 5000, 64)]
            expect(numpy.array_equal(numpy.concatenate(blocks), played[:5056]), f"{path}: blocks of 64 differ")
            amplifier.reset()
            again = amplifier.process(samples[None].astype("f4"))
            expect(numpy.array_equal(again, played[None]), "an axis of channels")
            expect(amplifier.process([]).shape == (0,), "no samples")
    expect(kodama.Amplifier(f"{models}/metadata.nam").loudness == -21.5, "the loudness")
    with kodama.Amplifier(f"{models}/wavenet-two-outputs.nam") as amplifier:
        expect(amplifier.process(samples[:99]).shape == (amplifier.outputs, 99) == (2, 99), "two outputs")

    path = f"{models}/container.nam"
    with kodama.Amplifier(path) as amplifier:
        expect(amplifier.sizes > 1 and amplifier.size == 1, "the sizes of a container")
        large = amplifier.process(samples)
        amplifier.size = 0
        small = amplifier.process(samples)
        expect(not numpy.array_equal(large, small) and amplifier.size == 0, "a size changes nothing")
        expect(numpy.array_equal(small, processed(path, sound, "--size", "0")), "the smallest size differs")
        for size in [-0.1, 1.5, numpy.nan]:
            raises(ValueError, "give a number from 0 to 1", setattr, amplifier, "size", size)
        raises(ValueError, "[2, 9] of float32; give [frames]", amplifier.process, numpy.zeros([2, 9]))
        raises(ValueError, "give [frames]", amplifier.process, numpy.zeros([1, 2, 3]))
        raises(TypeError, "of int16; give [frames] of float32", amplifier.process, whole)
        before = amplifier.process(samples[:100])
        amplifier.reset()
        amplifier.process(samples)
        for value in [numpy.nan, numpy.inf, 1e300]:
            bad = samples[:9].copy()
            bad[3] = value
            raises(kodama.BadDataError, "samples[3] is not a finite number", amplifier.process, bad)
        expect(numpy.array_equal(amplifier.process(samples[:100]), before), "refused samples change the state")
        raises(TypeError, "load it again", copy.copy, amplifier)
    raises(ValueError, "the amplifier is closed", amplifier.process, samples)
    raises(ValueError, "the amplifier is closed", amplifier.reset)
    error = raises(kodama.NoInputError, "nowhere.nam", kodama.Amplifier, "nowhere.nam")
    expect(error.status == 66, "its status")
    raises(kodama.BadDataError, "guitar.wav", kodama.Amplifier, sound)
    raises(kodama.BadDataError, "model_type", kodama.Amplifier, demo)
    raises(ValueError, "zero byte", kodama.Amplifier, "a\0b")
    # Different amplifiers at the same time.
    several = [kodama.Amplifier(f"{models}/wavenet-two-arrays.nam") for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        sounds = list(pool.map(lambda amplifier: amplifier.process(samples), several))
    expect(all(numpy.array_equal(sound, sounds[0]) for sound in sounds), "amplifiers at the same time differ")


def check_errors():
    error = raises(kodama.NoInputError, "nowhere", kodama.Model, "nowhere")
    expect(error.status == 66 and isinstance(error, OSError) and isinstance(error, kodama.KodamaError), "its status")
    error = raises(kodama.BadDataError, folder, kodama.Model, folder)
    expect(error.status == 65 and isinstance(error, ValueError), "its status")
    raises(ValueError, "zero byte", kodama.Model, "a\0b")
    raises(TypeError, "int", kodama.Model, 3)
    model = kodama.Model(os.fsencode(demo))
    raises(kodama.UsageError, "temperature -1", model.stream, temperature=-1)
    raises(kodama.UsageError, "top-p 0", model.stream, top_p=0)
    raises(ValueError, "top_k is 0; give at least 1", model.stream, top_k=0)
    raises(ValueError, "seed is -1; give an integer from 0 to 2**64 - 1", model.stream, seed=-1)
    raises(ValueError, "number is 4294967296", model.stream, number=2**32)
    raises(TypeError, "seed is of type float", model.stream, seed=1.0)
    raises(kodama.UsageError, "not conditioned on labels", model.stream, labels={"speaker": "ann"})
    raises(kodama.UsageError, "not conditioned on features", model.stream, features=numpy.zeros([1, 3]))
    stream = model.stream()
    # Two of them would release one object.
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        raises(TypeError, "Stream.fork makes a second one", copied, stream)
        raises(TypeError, "load it again", copied, model)
    # One whose constructor failed has nothing to release.
    kodama.Stream.__new__(kodama.Stream).__del__()
    raises(TypeError, "of float64; give a numpy array [count] of float32", stream.fill, numpy.zeros(5))
    raises(TypeError, "of type list", stream.fill, [0.0])
    raises(TypeError, "[2, 3] of float32", stream.fill, numpy.zeros([2, 3], "f4"))
    raises(ValueError, "not contiguous", stream.fill, numpy.zeros(8, "f4")[::2])
    constant = numpy.zeros(8, "f4")
    constant.flags.writeable = False
    raises(ValueError, "not writable", stream.fill, constant)
    raises(TypeError, "count is of type float", stream.generate, 1.5)
    raises(ValueError, "count is -1", stream.generate, -1)
    raises(TypeError, "of int16; give [count] of float32", stream.prime, numpy.zeros(4, "i2"))
    raises(ValueError, "[2, 3] of float32; give [count]", stream.prime, numpy.zeros([2, 3]))
    raises(kodama.BadDataError, "samples[2] is not a finite number", stream.prime, numpy.array([0, 0, numpy.nan]))
    expect(numpy.array_equal(stream.generate(500), model.stream().generate(500)), "refused calls change the stream")
    for thing in [stream, model]:
        thing.close()
        thing.close()
        raises(ValueError, "is closed", thing.__enter__)
    raises(ValueError, "the stream is closed", stream.generate, 1)
    raises(ValueError, "the stream is closed", lambda: stream.available)
    raises(ValueError, "the model is closed", model.stream)

    def alone(environment):
        """The message of a process of its own, whose library is another one."""
        code = "import kodama\ntry: kodama.version()\nexcept OSError as error: print(error)"
        result = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True)
        return result.stdout + result.stderr

    message = alone({"KODAMA_LIBRARY": "/nowhere/libkodama.so"})
    expect("/nowhere/libkodama.so cannot be loaded" in message and "KODAMA_LIBRARY" in message, message)
    message = alone({"KODAMA_LIBRARY": "libc.so.6"})
    expect("libc.so.6 has no kodama_version: it is older than" in message, message)


def resident():
    """Bytes of memory in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def check_memory(rounds=1000):
    def open_all():
        with kodama.Model(demo) as model, model.stream() as stream:
            stream.generate(2)
            stream.fork(2).generate(2)
        with kodama.Amplifier("Tests/AmplifiersTests/Golden/wavenet-two-arrays.nam") as amplifier:
            amplifier.process(numpy.zeros(2))
        for path in ["nowhere", folder]:
            try:
                kodama.Model(path)
            except kodama.KodamaError:
                pass

    for _ in range(50):
        open_all()
    before = resident()
    for _ in range(rounds):
        open_all()
    grown = resident() - before
    expect(grown < 4 << 20, f"{rounds} models, streams and amplifiers leave {grown} bytes behind")
    return grown


def check_speed(block=256, rounds=7):
    """What the module costs, as a share of the time of a block: of a call for one sample, what the sample does not."""
    stream, one, many = kodama.Model(demo).stream(), numpy.empty(1, "f4"), numpy.empty(2000, "f4")
    calls, samples = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(2000):
            stream.fill(one)
        middle = time.perf_counter()
        stream.fill(many)
        calls.append((middle - start) / 2000)
        samples.append((time.perf_counter() - middle) / 2000)
    call, sample = min(calls), min(samples)
    share = (call - sample) / (block * sample)
    expect(share < 0.02, f"a call for {block} samples costs {100 * share:.1f} % more than the samples")
    return call - sample, share


check_samples()
check_streams()
check_labels()
check_features()
check_amplifiers()
check_errors()
grown = check_memory()
microseconds, share = check_speed()
print(
    f"memory grew by {grown / 1024:.0f} KiB in 1,000 opens; a call costs {1e6 * microseconds:.1f} microseconds,"
    f" {100 * share:.2f} % of 256 samples", file=sys.stderr)
