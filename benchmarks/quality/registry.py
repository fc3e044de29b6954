"""Every benchmark of quality by name; a module is imported when its benchmark is run."""

from collections.abc import Callable

from benchmarks.quality.benchmark import QualityBenchmark


def _nab() -> QualityBenchmark:
    from benchmarks.quality.nab import measure

    return measure


def _skab() -> QualityBenchmark:
    from benchmarks.quality.skab import measure

    return measure


def _adi() -> QualityBenchmark:
    from benchmarks.quality.adi import measure

    return measure


def _mimii() -> QualityBenchmark:
    from benchmarks.quality.mimii import measure

    return measure


def _pronostia() -> QualityBenchmark:
    from benchmarks.quality.pronostia import measure

    return measure


def _tcpd() -> QualityBenchmark:
    from benchmarks.quality.tcpd import measure

    return measure


def _elec2() -> QualityBenchmark:
    from benchmarks.quality.elec2 import measure

    return measure


QUALITY_BENCHMARKS: dict[str, Callable[[], QualityBenchmark]] = {
    "nab": _nab,
    "skab": _skab,
    "mimii": _mimii,
    "adi": _adi,
    "pronostia": _pronostia,
    "tcpd": _tcpd,
    "elec2": _elec2,
}
