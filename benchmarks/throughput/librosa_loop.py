"""A plain loop: sound of each microphone is put together to clips of 10 s, and librosa makes the features of each.

The same features as ours, once for 10 s instead of each second; their distance from the first clips' is the score.
"""

import json
from collections import defaultdict
from typing import NoReturn

import librosa
import msgspec
import numpy as np
from confluent_kafka import Consumer, Producer
from numpy.typing import NDArray

from benchmarks.throughput.options import RivalOptions, rival_options
from benchmarks.throughput.progress import Progress
from schemas.topics import AUDIO_FRAMES

RATE_HZ = 16_000
CLIP_SAMPLES = 10 * RATE_HZ
LEARN_CLIPS = 12
LARGEST_DISTANCE = 6.0


def clip_features(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return means and deviations over a clip of what librosa makes of it."""
    size = np.abs(librosa.stft(sound, n_fft=2048, hop_length=512, center=False))
    mel = librosa.feature.melspectrogram(S=size**2, sr=RATE_HZ, n_mels=64)
    decibel = librosa.power_to_db(mel, top_db=None)
    mfcc = librosa.feature.mfcc(S=decibel, n_mfcc=13)
    rows = np.vstack(
        [
            decibel,
            mfcc,
            librosa.feature.delta(mfcc),
            librosa.feature.spectral_centroid(S=size, sr=RATE_HZ),
            librosa.feature.spectral_bandwidth(S=size, sr=RATE_HZ),
            librosa.feature.spectral_rolloff(S=size, sr=RATE_HZ),
            librosa.feature.spectral_contrast(S=size, sr=RATE_HZ),
            librosa.feature.zero_crossing_rate(sound, frame_length=2048, hop_length=512, center=False),
            librosa.feature.rms(y=sound, frame_length=2048, hop_length=512, center=False),
        ]
    )
    return np.concatenate([rows.mean(axis=1), rows.std(axis=1)])


def consume(options: RivalOptions) -> NoReturn:
    """Consume until killed."""
    consumer = Consumer(
        {"bootstrap.servers": options.brokers, "group.id": options.group, "auto.offset.reset": "earliest"}
    )
    producer = Producer({"bootstrap.servers": options.brokers, "linger.ms": 5})
    consumer.subscribe([AUDIO_FRAMES])
    heard: defaultdict[str, list[NDArray[np.float32]]] = defaultdict(list)
    usual: defaultdict[str, list[NDArray[np.float64]]] = defaultdict(list)
    progress = Progress()
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error() is not None:
            continue
        frame = msgspec.msgpack.decode(message.value())
        name = frame["microphone_id"]
        heard[name].append(np.frombuffer(frame["sound"], "<i2").astype(np.float32) / 32_768.0)
        if sum(map(len, heard[name])) >= CLIP_SAMPLES:
            sound = np.concatenate(heard[name])
            heard[name] = [sound[CLIP_SAMPLES:]]
            features = clip_features(sound[:CLIP_SAMPLES])
            known = usual[name]
            if len(known) < LEARN_CLIPS:
                known.append(features)
            else:
                z = (features - np.mean(known, axis=0)) / (np.std(known, axis=0) + 1e-3)
                distance = float(np.sqrt(np.mean(z * z)))
                if distance > LARGEST_DISTANCE:
                    producer.produce(options.events, json.dumps({"microphone_id": name, "score": distance}))
            progress.add(CLIP_SAMPLES)
        producer.poll(0)


if __name__ == "__main__":
    # The first call of each compiles or loads what it needs.
    clip_features(np.random.default_rng(0).normal(size=CLIP_SAMPLES).astype(np.float32))
    consume(rival_options())
