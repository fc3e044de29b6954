"""The mel filters, as librosa makes them: triangles of equal area (Slaney), and the cosine transform behind MFCC.

Sources: Slaney, M. (1998), Auditory Toolbox, Interval Research TR 1998-010; Davis, S. and Mermelstein, P. (1980),
Comparison of parametric representations for monosyllabic word recognition, IEEE Trans. ASSP 28(4).
"""

import numpy as np
from numpy.typing import NDArray

MEL_BANDS = 64

_HZ_PER_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def _mel(hz: float) -> float:
    if hz < _LOG_FROM_HZ:
        return hz / _HZ_PER_MEL
    return float(_LOG_FROM_MEL + np.log(hz / _LOG_FROM_HZ) / _LOG_STEP)


def mel_edges_hz(rate_hz: float) -> NDArray[np.float64]:
    """Return the edges (MEL_BANDS + 2,) of the triangles: band b rises from edge b to b + 1 and falls to b + 2."""
    mels = np.linspace(0.0, _mel(rate_hz / 2), MEL_BANDS + 2)
    above: NDArray[np.float64] = _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - _LOG_FROM_MEL))
    return np.where(mels < _LOG_FROM_MEL, mels * _HZ_PER_MEL, above)


def mel_filters(rate_hz: float, samples: int) -> NDArray[np.float32]:
    """Return the weights (MEL_BANDS, samples // 2 + 1) of a power spectrum's lines."""
    edges = mel_edges_hz(rate_hz)
    lines_hz = np.fft.rfftfreq(samples, 1.0 / rate_hz)
    rises = (lines_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falls = (edges[2:, None] - lines_hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles: NDArray[np.float64] = (
        np.maximum(0.0, np.minimum(rises, falls)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    )
    return triangles.astype(np.float32)


def filter_spans(filters: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return first line and line behind the last (bands, 2) of each filter's weights."""
    used = filters > 0.0
    first = used.argmax(axis=1)
    return np.stack([first, filters.shape[1] - used[:, ::-1].argmax(axis=1)], axis=1)


def cosine_transform(coefficients: int) -> NDArray[np.float32]:
    """Return the orthonormal DCT-II (coefficients, MEL_BANDS)."""
    k, n = np.arange(coefficients)[:, None], np.arange(MEL_BANDS)
    basis: NDArray[np.float64] = np.cos(np.pi * k * (2 * n + 1) / (2 * MEL_BANDS)) * np.sqrt(2.0 / MEL_BANDS)
    basis[0] *= np.sqrt(0.5)
    return basis.astype(np.float32)


def band_names(rate_hz: float) -> tuple[str, ...]:
    """Return names of the mel bands for people, by number and middle: `logmel_20_1016_hz`."""
    return tuple(f"logmel_{band:02d}_{middle:.0f}_hz" for band, middle in enumerate(mel_edges_hz(rate_hz)[1:-1]))
