"""Features of frames of sound: one FFT for all of them, then one pass over each frame's spectrum.

A frame is FRAME_SAMPLES samples at RATE_HZ under a periodic Hann window, the next one begins HOP_SAMPLES later; nothing
is padded, so that a frame holds nothing but sound. Equal to librosa with `center=False` (there: S = |X|² for mel, |X|
for the rest; power to dB without `top_db`, which would look at the whole file). Each frame is worked out by itself in a
fixed order, so it does not depend on the frames beside it. Spectra are in double precision: in single, rounding of a
loud tone would drown the quiet bands.
Sources: McFee, B. et al. (2015), librosa: audio and music signal analysis in Python, SciPy; Jiang, D.-N. et al. (2002),
Music type classification by spectral contrast feature, ICME.
"""

from math import sqrt

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from models.features.spectrum import ROLL_OFF_SHARE, hann
from models.kernel import kernel
from models.sound.columns import (
    BAND_EDGES_HZ,
    CLIPPED_AT,
    CONTRASTS,
    CROSSINGS_AT,
    FIRST_BAND,
    FIRST_CONTRAST,
    FIRST_DELTA,
    FIRST_MFCC,
    FIRST_SPECTRAL,
    FRAME_COLUMNS,
    MFCC,
    RMS_AT,
)
from models.sound.framing import FRAME_SAMPLES, HOP_SAMPLES, RATE_HZ
from models.sound.mel import MEL_BANDS, cosine_transform, filter_spans, mel_filters

LINES = FRAME_SAMPLES // 2 + 1
FLOOR = 1e-10
"""Powers below are counted as this: librosa's `amin`."""

FULL_SCALE = np.float32(0.999)
"""From here on a sample is taken for clipped."""

DB_PER_NATURAL = np.float32(10.0 / np.log(10.0))
CONTRAST_SHARE = 0.02
"""A band's peak and valley are the means of so much of its lines."""

_SILENT = np.float32(1e-10)
_LOWEST_CONTRAST_HZ = 200.0
# What one FFT call works on should stay in the processor's caches.
_FRAMES_AT_ONCE = 32
_LANES = 8

_WINDOW = hann(FRAME_SAMPLES)
_FILTERS = mel_filters(RATE_HZ, FRAME_SAMPLES)
_SPANS = filter_spans(_FILTERS)
_WEIGHTS = np.concatenate([_FILTERS[band, first:end] for band, (first, end) in enumerate(_SPANS)])
_COSINES = np.ascontiguousarray(cosine_transform(MFCC).T) * DB_PER_NATURAL
_HZ = np.fft.rfftfreq(FRAME_SAMPLES, 1.0 / RATE_HZ)


def _contrast_spans() -> NDArray[np.int64]:
    """Return first line, line behind the last, and how many lines are peak or valley (CONTRASTS, 3), as librosa does.

    Each octave but the first also has the line below it; the last line of each octave but the last is not looked at.
    """
    edges = [0.0, *(_LOWEST_CONTRAST_HZ * 2.0**k for k in range(CONTRASTS))]
    spans = []
    for k in range(CONTRASTS):
        inside = np.flatnonzero((edges[k] <= _HZ) & (edges[k + 1] >= _HZ))
        first = inside[0] - (k > 0)
        is_last = k == CONTRASTS - 1
        behind = LINES if is_last else inside[-1] + 1
        tellers = max(int(np.rint(CONTRAST_SHARE * (behind - first))), 1)
        spans.append((first, behind if is_last else behind - 1, tellers))
    return np.array(spans, np.int64)


_CONTRASTS = _contrast_spans()
_MOST_TELLERS = int(_CONTRASTS[:, 2].max())
_BAND_LINES = np.searchsorted(_HZ, BAND_EDGES_HZ).astype(np.int64)
_BAND_LINES[-1] = LINES
_CONTRAST_LOGS = MEL_BANDS
_BAND_LOGS = _CONTRAST_LOGS + 2 * CONTRASTS
_LOGS = _BAND_LOGS + len(BAND_EDGES_HZ) - 1


def frame_features(samples: NDArray[np.float32], first: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return FRAME_COLUMNS (n, columns) of the frames that begin at `first` (n,) in `samples`; deltas are left at 0."""
    n = len(first)
    out = np.zeros((n, len(FRAME_COLUMNS)), np.float32)
    windowed = np.zeros((_FRAMES_AT_ONCE, FRAME_SAMPLES))
    logs = np.empty((_FRAMES_AT_ONCE, _LOGS), np.float32)
    sums = np.empty(_LANES, np.float32)
    power, tellers = np.empty(LINES), np.empty((2, _MOST_TELLERS))
    for begin in range(0, n, _FRAMES_AT_ONCE):
        some = out[begin : begin + _FRAMES_AT_ONCE]
        _window(samples, first[begin : begin + len(some)], _WINDOW, windowed, sums, some)
        lines = scipy.fft.rfft(windowed[: len(some)], axis=1)
        _shape(lines.view(np.float64), power, _SPANS, _WEIGHTS, _CONTRASTS, _BAND_LINES, tellers, logs, some)
        np.log(logs[: len(some)], out=logs[: len(some)])
        _finish(logs, _COSINES, some)
    return out


@kernel
def _window(
    samples: NDArray[np.float32],
    first: NDArray[np.int64],
    window: NDArray[np.float64],
    windowed: NDArray[np.float64],
    sums: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Cut the frames out under the window; write their zero crossings, rms and clipped samples."""
    for i in range(len(first)):
        frame = samples[first[i] : first[i] + FRAME_SAMPLES]
        cut = windowed[i]
        crossings = 0
        for j in range(FRAME_SAMPLES):
            cut[j] = frame[j] * window[j]
        for j in range(1, FRAME_SAMPLES):
            crossings += (frame[j] < -_SILENT) != (frame[j - 1] < -_SILENT)
        sums[:] = np.float32(0.0)
        for j in range(0, FRAME_SAMPLES, _LANES):
            for lane in range(_LANES):
                sums[lane] += frame[j + lane] * frame[j + lane]
        square = 0.0
        for lane in range(_LANES):
            square += sums[lane]
        out[i, CROSSINGS_AT] = crossings / FRAME_SAMPLES
        clipped = 0
        for j in range(FRAME_SAMPLES - HOP_SAMPLES, FRAME_SAMPLES):
            clipped += abs(frame[j]) >= FULL_SCALE
        out[i, RMS_AT] = sqrt(square / FRAME_SAMPLES)
        out[i, CLIPPED_AT] = clipped / HOP_SAMPLES


@kernel
def _shape(
    lines: NDArray[np.float64],
    power: NDArray[np.float64],
    spans: NDArray[np.int64],
    weights: NDArray[np.float32],
    contrasts: NDArray[np.int64],
    band_lines: NDArray[np.int64],
    tellers: NDArray[np.float64],
    logs: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write centroid, bandwidth and roll-off of spectra (n, 2 · LINES), and into `logs` all powers to take logs of."""
    hz_per_line = RATE_HZ / FRAME_SAMPLES
    for i in range(len(out)):
        line = lines[i]
        for k in range(LINES):
            power[k] = line[2 * k] * line[2 * k] + line[2 * k + 1] * line[2 * k + 1]
        at = 0
        for band in range(len(spans)):
            total = 0.0
            for k in range(spans[band, 0], spans[band, 1]):
                total += weights[at] * power[k]
                at += 1
            logs[i, band] = max(total, FLOOR)
        for band in range(len(band_lines) - 1):
            total = 0.0
            for k in range(band_lines[band], band_lines[band + 1]):
                total += power[k]
            logs[i, _BAND_LOGS + band] = max(total, FLOOR)
        _contrast(power, contrasts, tellers, logs[i])
        for k in range(LINES):
            power[k] = np.sqrt(power[k])
        total_size, moment, square = 0.0, 0.0, 0.0
        for k in range(LINES):
            size = power[k]
            total_size += size
            moment += size * k
            square += size * k * k
        if total_size <= 0.0:
            continue
        centre = moment / total_size
        out[i, FIRST_SPECTRAL] = centre * hz_per_line
        out[i, FIRST_SPECTRAL + 1] = sqrt(max(square / total_size - centre * centre, 0.0)) * hz_per_line
        left, k = ROLL_OFF_SHARE * total_size - power[0], 0
        while left > 0.0 and k < LINES - 1:
            k += 1
            left -= power[k]
        out[i, FIRST_SPECTRAL + 2] = k * hz_per_line


@kernel
def _contrast(
    power: NDArray[np.float64], contrasts: NDArray[np.int64], tellers: NDArray[np.float64], logs: NDArray[np.float32]
) -> None:
    """Write the mean magnitudes of each octave's smallest and largest lines."""
    low, high = tellers[0], tellers[1]
    for octave in range(len(contrasts)):
        count = contrasts[octave, 2]
        for t in range(count):
            low[t], high[t] = np.inf, -1.0
        for k in range(contrasts[octave, 0], contrasts[octave, 1]):
            value = power[k]
            if value < low[count - 1]:
                t = count - 1
                while t > 0 and low[t - 1] > value:
                    low[t] = low[t - 1]
                    t -= 1
                low[t] = value
            if value > high[count - 1]:
                t = count - 1
                while t > 0 and high[t - 1] < value:
                    high[t] = high[t - 1]
                    t -= 1
                high[t] = value
        valley, peak = 0.0, 0.0
        for t in range(count):
            valley += np.sqrt(low[t])
            peak += np.sqrt(high[t])
        logs[_CONTRAST_LOGS + 2 * octave] = max(valley / count, FLOOR)
        logs[_CONTRAST_LOGS + 2 * octave + 1] = max(peak / count, FLOOR)


@kernel
def _finish(logs: NDArray[np.float32], cosines: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write what is made of logarithms: log-mel, MFCC, contrasts and bands."""
    for i in range(len(out)):
        row, log = out[i], logs[i]
        coefficients = row[FIRST_MFCC:FIRST_DELTA]
        for band in range(MEL_BANDS):
            row[band] = log[band]
            for c in range(MFCC):
                coefficients[c] += log[band] * cosines[band, c]
        for octave in range(CONTRASTS):
            valley, peak = log[_CONTRAST_LOGS + 2 * octave], log[_CONTRAST_LOGS + 2 * octave + 1]
            row[FIRST_CONTRAST + octave] = DB_PER_NATURAL * (peak - valley)
        for band in range(_LOGS - _BAND_LOGS):
            row[FIRST_BAND + band] = log[_BAND_LOGS + band]
