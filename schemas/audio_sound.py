"""The sound of an audio frame: PCM16, FLAC or WAV bytes to samples. Every size is known and checked before decoding.

Sources: RFC 9639 (FLAC, stream info block); Microsoft and IBM (1991), Multimedia Programming Interface (RIFF WAVE).
"""

import io
import struct
from hashlib import md5
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from schemas.audio_frame import (
    HIGHEST_RATE_HZ,
    LONGEST_FRAME_S,
    LOWEST_RATE_HZ,
    MOST_CHANNELS,
    SHORTEST_FRAME_S,
    Encoding,
)
from schemas.refusal import RefusedError

_PCM16_SCALE = np.float32(1.0 / 32_768.0)
_FULL_WAV_HEADER_BYTES = 12
_CHUNK = struct.Struct("<4sI")
_FMT = struct.Struct("<HHIIHH")
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_STREAM_INFO_END = 42
_MOST_FLAC_SAMPLES = 0xF_FFFF_FFFF
_INT32_SCALE = np.float32(2.0**-31)


class _Told(NamedTuple):
    """What a sound says of itself: `frames` samples of each channel."""

    rate_hz: int
    channels: int
    frames: int


def sound_samples(
    sound: bytes, encoding: Encoding, rate_hz: int | None, channels: int | None
) -> tuple[NDArray[np.float32], int]:
    """Return (samples (n, channels) float32, rate in Hz); RefusedError where what is told is not what is there."""
    if encoding == "pcm16":
        return _pcm16(sound, rate_hz, 1 if channels is None else channels)
    told, pcm16_at = _wav_told(sound) if encoding == "wav" else (_flac_told(sound), None)
    if rate_hz is not None and rate_hz != told.rate_hz:
        raise RefusedError("wrong_shape", f"rate_hz says {rate_hz}, the {encoding} itself {told.rate_hz}")
    if channels is not None and channels != told.channels:
        raise RefusedError("wrong_shape", f"channels says {channels}, the {encoding} itself {told.channels}")
    _check(told)
    if pcm16_at is not None:
        return _from_pcm16(sound[pcm16_at : pcm16_at + 2 * told.frames * told.channels], told.channels), told.rate_hz
    return _decoded(sound, encoding, told), told.rate_hz


def _pcm16(sound: bytes, rate_hz: int | None, channels: int) -> tuple[NDArray[np.float32], int]:
    if rate_hz is None:
        raise RefusedError("missing_field", "rate_hz is missing: pcm16 does not tell it")
    container = "wav" if sound[:4] == b"RIFF" and sound[8:12] == b"WAVE" else "flac" if sound[:4] == b"fLaC" else None
    if container:
        raise RefusedError("wrong_shape", f"encoding says pcm16, the bytes are a {container} file")
    if not 1 <= channels <= MOST_CHANNELS:
        _refuse_channels(channels)
    if len(sound) % (2 * channels):
        raise RefusedError("wrong_shape", f"{len(sound)} bytes are no whole number of samples of {channels} channels")
    _check(_Told(rate_hz, channels, len(sound) // (2 * channels)))
    return _from_pcm16(sound, channels), rate_hz


def _from_pcm16(sound: bytes, channels: int) -> NDArray[np.float32]:
    samples = np.frombuffer(sound, "<i2").astype(np.float32)
    samples *= _PCM16_SCALE
    return samples.reshape(-1, channels)


def _check(told: _Told) -> None:
    """Refuse a sound that is too short, too long, or of a shape that nobody's microphone has."""
    if not 1 <= told.channels <= MOST_CHANNELS:
        _refuse_channels(told.channels)
    if not LOWEST_RATE_HZ <= told.rate_hz <= HIGHEST_RATE_HZ:
        raise RefusedError(
            "unsupported_format", f"rate_hz {told.rate_hz} is outside {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ}"
        )
    seconds = told.frames / told.rate_hz
    if seconds > LONGEST_FRAME_S:
        raise RefusedError("too_large", f"{seconds:.3f} s of sound, at most {LONGEST_FRAME_S:g} s are taken")
    # Half a sample of grace: 10 ms are no whole number of samples at every rate.
    if told.frames + 0.5 < SHORTEST_FRAME_S * told.rate_hz:
        raise RefusedError(
            "wrong_shape", f"{seconds * 1e3:.3f} ms of sound, at least {SHORTEST_FRAME_S * 1e3:g} ms are taken"
        )


def _refuse_channels(channels: int) -> NoReturn:
    raise RefusedError("unsupported_format", f"{channels} channels, 1 to {MOST_CHANNELS} are taken")


def _wav_told(sound: bytes) -> tuple[_Told, int | None]:
    """Return what a WAV file tells, and where its samples begin if they are plain 16 bit; nothing is decoded."""
    if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
        raise RefusedError("unsupported_format", "encoding says wav, the bytes are none")
    at, form = _FULL_WAV_HEADER_BYTES, None
    while at + _CHUNK.size <= len(sound):
        name, size = _CHUNK.unpack_from(sound, at)
        at += _CHUNK.size
        if name == b"fmt ":
            if size < _FMT.size or at + size > len(sound):
                raise RefusedError("wrong_shape", "the WAV's format chunk is cut off")
            form = _FMT.unpack_from(sound, at)
            if form[0] == _EXTENSIBLE and size >= 26:
                form = (struct.unpack_from("<H", sound, at + 24)[0], *form[1:])
        elif name == b"data":
            return _wav_data(form, at, size, len(sound))
        at += size + size % 2
    raise RefusedError("wrong_shape", "the WAV has no data chunk")


def _wav_data(form: tuple[int, ...] | None, at: int, size: int, length: int) -> tuple[_Told, int | None]:
    if form is None:
        raise RefusedError("wrong_shape", "the WAV's data come before its format")
    code, channels, rate_hz, _, block_bytes, bits = form
    if (code, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}:
        raise RefusedError("unsupported_format", f"a WAV of format {code} with {bits} bits is not taken")
    if block_bytes != channels * bits // 8 or not block_bytes:
        raise RefusedError("wrong_shape", f"the WAV says {block_bytes} bytes a frame for {channels} × {bits} bits")
    if size != min(size, length - at):
        raise RefusedError("wrong_shape", f"the WAV says {size} bytes of sound, {length - at} are there")
    if size % block_bytes:
        raise RefusedError("wrong_shape", f"{size} bytes are no whole number of the WAV's frames")
    return _Told(rate_hz, channels, size // block_bytes), at if (code, bits) == (_PCM, 16) else None


def _flac_told(sound: bytes) -> _Told:
    """Return what a FLAC file's stream info tells; nothing is decoded."""
    if sound[:4] != b"fLaC":
        raise RefusedError("unsupported_format", "encoding says flac, the bytes are none")
    if len(sound) < _STREAM_INFO_END or sound[4] & 0x7F != 0:
        raise RefusedError("wrong_shape", "the FLAC is cut off in its stream info")
    packed = int.from_bytes(sound[18:26], "big")
    told = _Told(packed >> 44, (packed >> 41 & 0x7) + 1, packed & _MOST_FLAC_SAMPLES)
    if told.frames == 0:
        raise RefusedError("wrong_shape", "the FLAC does not say how many samples it holds")
    return told


def _decoded(sound: bytes, encoding: str, told: _Told) -> NDArray[np.float32]:
    # It loads a shared library: most workers never hear a FLAC.
    import soundfile

    # Whole numbers of a FLAC can be compared with the digest in its head; a WAV may hold fractions.
    dtype = "int32" if encoding == "flac" else "float32"
    try:
        with soundfile.SoundFile(io.BytesIO(sound)) as file:
            if (file.samplerate, file.channels) != (told.rate_hz, told.channels):
                raise RefusedError("wrong_shape", f"the {encoding} contradicts its own head")
            samples: NDArray[Any] = file.read(told.frames, dtype=dtype, always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise RefusedError("wrong_shape", f"the {encoding} cannot be decoded: {error}") from error
    if len(samples) != told.frames:
        raise RefusedError("wrong_shape", f"the {encoding} says {told.frames} samples, {len(samples)} are there")
    if encoding == "flac":
        _check_digest(sound, samples)
        return samples.astype(np.float32) * _INT32_SCALE
    if not np.isfinite(samples).all():
        raise RefusedError("not_finite", "a sample is no finite number")
    return samples


def _check_digest(flac: bytes, samples: NDArray[np.int32]) -> None:
    """Refuse a FLAC whose samples are not those that its head has a digest of, where it has one."""
    bits, digest = (int.from_bytes(flac[20:22], "big") >> 4 & 0x1F) + 1, flac[26:_STREAM_INFO_END]
    if bits not in {16, 24} or not any(digest):
        return
    whole = np.ascontiguousarray(samples, "<i4").view(np.uint8).reshape(-1, 4)[:, 4 - bits // 8 :]
    if md5(whole.tobytes(), usedforsecurity=False).digest() != digest:
        raise RefusedError("wrong_shape", "the flac holds other samples than its head has a digest of")
