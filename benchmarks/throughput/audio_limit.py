"""The limit of the audio lane: the same kernels on microphone frames in a bare confluent-kafka loop."""

from agents.audio import AudioPartition
from agents.warm_up import warm_up_sound
from benchmarks.throughput.limit import consume
from benchmarks.throughput.options import rival_options
from schemas.topics import AUDIO_FRAMES

# Half a megabyte of sound at a time, as a worker gets it.
SAMPLES_AT_ONCE = 500_000

if __name__ == "__main__":
    warm_up_sound()
    consume(rival_options(), AUDIO_FRAMES, lambda number: AudioPartition(AUDIO_FRAMES, number), SAMPLES_AT_ONCE)
