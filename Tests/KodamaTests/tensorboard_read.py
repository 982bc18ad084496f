"""Prints what TensorBoard reads of a folder of event files, as JSON:

    python3 Tests/KodamaTests/tensorboard_read.py FOLDER

For every tag a list in the order of reading: of scalars the step, the time and the value; of audio what the event says
and what Python's decoder finds in the WAV; of images what the event and the PNG say. The bytes of both are in base64.
Needs tensorboard (2.21).
"""

import base64
import io
import json
import struct
import sys
import wave

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def scalar(event):
    return {"step": event.step, "time": event.wall_time, "value": event.value}


def audio(event):
    with wave.open(io.BytesIO(event.encoded_audio_string)) as file:
        decoded = [file.getframerate(), file.getnchannels(), file.getnframes()]
    return {
        "step": event.step,
        "contentType": event.content_type,
        "said": [int(event.sample_rate), event.length_frames],
        "decoded": decoded,
        "bytes": base64.b64encode(event.encoded_audio_string).decode(),
    }


def image(event):
    return {
        "step": event.step,
        "said": [event.width, event.height],
        "decoded": list(struct.unpack(">II", event.encoded_image_string[16:24])),
        "bytes": base64.b64encode(event.encoded_image_string).decode(),
    }


def main():
    # 0 keeps all; by default the reader keeps a few, drawn by chance.
    events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "audio": 0, "images": 0})
    events.Reload()
    tags = events.Tags()
    result = {
        "scalars": {tag: [scalar(event) for event in events.Scalars(tag)] for tag in tags["scalars"]},
        "audio": {tag: [audio(event) for event in events.Audio(tag)] for tag in tags["audio"]},
        "images": {tag: [image(event) for event in events.Images(tag)] for tag in tags["images"]},
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
