"""The measures of the Turing Change Point Dataset: F1 with a margin, and covering.

Change points are numbers of rows from 0; row 0 counts as one for everybody. A series is marked by several people: a
change point is right if any of them marked it, and recall is the mean over them.
Source: van den Burg, G. J. J. and Williams, C. K. I. (2020), An Evaluation of Change Point Detection Algorithms,
arXiv:2003.06222; and alan-turing-institute/TCPDBench, analysis/scripts/metrics.py.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

MARGIN_ROWS = 5


def f1(annotations: Sequence[Iterable[int]], found: Iterable[int], margin: int = MARGIN_ROWS) -> float:
    """Return the F1 measure of the change points found."""
    truths = [_with_first_row(annotation) for annotation in annotations]
    ours = _with_first_row(found)
    anyone = {point for truth in truths for point in truth}
    precision = len(matched(anyone, ours, margin)) / len(ours)
    recall = sum(len(matched(truth, ours, margin)) / len(truth) for truth in truths) / len(truths)
    return precision * recall / (0.5 * recall + 0.5 * precision)


def _with_first_row(points: Iterable[int]) -> set[int]:
    points = set(points)
    points.add(0)
    return points


def matched(truth: set[int], found: set[int], margin: int = MARGIN_ROWS) -> set[int]:
    """Return the true change points that have one found within the margin, each found one used once, the nearest."""
    left = set(found)
    hits = set()
    # The order is that of the set, as published: where points lie closer than the margin it decides a few matches.
    for point in truth:
        near = [(abs(point - other), other) for other in left if abs(point - other) <= margin]
        if near:
            hits.add(point)
            left.remove(min(near)[1])
    return hits


def covering(annotations: Sequence[Iterable[int]], found: Iterable[int], rows: int) -> float:
    """Return how well the segments found cover those of each person, by their Jaccard index, weighted by length."""
    ours = segments(found, rows)
    covers = []
    for annotation in annotations:
        theirs = segments(annotation, rows)
        covers.append(
            sum((end - begin) * max(_overlap((begin, end), other) for other in ours) for begin, end in theirs)
        )
    return sum(covers) / (rows * len(covers))


def segments(points: Iterable[int], rows: int) -> list[tuple[int, int]]:
    """Return the segments (first row, row after the last) that change points cut `rows` rows into."""
    return list(pairwise([0, *sorted({point for point in points if 0 < point < rows}), rows]))


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    common = max(min(a[1], b[1]) - max(a[0], b[0]), 0)
    return common / (a[1] - a[0] + b[1] - b[0] - common)
