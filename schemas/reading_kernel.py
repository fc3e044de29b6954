"""Readings messages of a whole batch to columns, in one pass over the bytes."""
# ruff: noqa: SIM110 (sets and generators do not compile to plain comparisons)

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from schemas.compiled import Word, compiled, inlined, inner
from schemas.json_skip_kernel import skip_space
from schemas.machine_words import byte_at
from schemas.reading_object_kernel import read_object
from schemas.text_kernel import is_utf8, mix, same_text, text_hash

# Columns of `spans`: start and length of sensor, asset, type and unit of a reading that Python has to look up.
SPANS = 8


@inlined
def _optional_hash(address: int, at: int, length: int, seed: Word) -> Word:
    return uint64(0) if length < 0 else text_hash(address, at, length, seed)


@inner
def _key_is_asset(
    address: int, key_at: int, key_length: int, sensor_at: int, sensor_length: int, asset_at: int, asset_length: int
) -> bool:
    """Return whether the key is the asset of the reading, letter for letter; escapes are left to the slow path."""
    at, length = asset_at, asset_length
    if length <= 0:
        at, length = sensor_at, sensor_length
        for i in range(1, length):
            if byte_at(address, at + i) == 47:
                length = i
                break
        if byte_at(address, at) == 47:
            length = sensor_length
    if length != key_length or not same_text(address, at, address, key_at, length):
        return False
    for i in range(length):
        if byte_at(address, at + i) == 92:
            return False
    return True


@inner
def _has_newline(address: int, at: int, end: int) -> bool:
    for i in range(at, end):
        if byte_at(address, i) == 10:
            return True
    return False


@compiled
def read_batch(
    address: int,
    offsets: NDArray[np.int64],
    timestamps_ms: NDArray[np.int64],
    key_starts: NDArray[np.int32],
    key_lengths: NDArray[np.int32],
    value_starts: NDArray[np.int32],
    value_lengths: NDArray[np.int32],
    max_message_bytes: int,
    max_future_us: int,
    require_asset_key: bool,
    seed: Word,
    slots: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    rows: NDArray[np.int32],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    arena: int,
    meta_hashes: NDArray[np.uint64],
    row_metas: NDArray[np.int32],
    row: NDArray[np.int32],
    record: NDArray[np.int32],
    index: NDArray[np.int32],
    offset: NDArray[np.int64],
    ts_us: NDArray[np.int64],
    value: NDArray[np.float64],
    seq: NDArray[np.int64],
    quality: NDArray[np.uint8],
    meta: NDArray[np.int32],
    unresolved: NDArray[np.int32],
    spans: NDArray[np.int64],
    unresolved_hashes: NDArray[np.uint64],
    left: NDArray[np.int32],
) -> tuple[int, int, int, int]:
    """Fill the columns from `row` on; return how many readings, unresolved ones, messages left, and unknown fields.

    `unresolved` lists positions (with `spans` and the hash of their meta) whose row or meta is new; `left` lists
    records that the slow path must read as a whole: nothing of them stands in the columns.
    """
    slot_mask = uint64(len(slots) - 1)
    capacity = len(row)
    n = n_unresolved = n_left = unknown_fields = 0
    for i in range(len(offsets)):
        length = value_lengths[i]
        at = int64(value_starts[i])
        end = at + length
        key_at, key_length = int64(key_starts[i]), int64(key_lengths[i])
        before = n, n_unresolved, unknown_fields
        latest_us = timestamps_ms[i] * 1000 + max_future_us if timestamps_ms[i] >= 0 else np.iinfo(np.int64).max
        good = 0 < length <= max_message_bytes and (key_length <= 0 or is_utf8(address, key_at, key_at + key_length))
        place = 0
        in_array = False
        if good:
            at = skip_space(address, at, end)
            in_array = at < end and byte_at(address, at) == 91
            if in_array:
                at = skip_space(address, at + 1, end)
        line = at
        while good:
            if at >= end or byte_at(address, at) != 123 or n == capacity:
                good = False
                break
            (
                at,
                sensor_at,
                sensor_length,
                asset_at,
                asset_length,
                type_at,
                type_length,
                unit_at,
                unit_length,
                time_us,
                sequence,
                grade,
                unknown,
                number,
            ) = read_object(address, at + 1, end)
            if at < 0 or time_us > latest_us:
                good = False
                break
            if require_asset_key and not _key_is_asset(
                address, key_at, key_length, sensor_at, sensor_length, asset_at, asset_length
            ):
                good = False
                break
            found = np.int32(-1)
            hashed = text_hash(address, sensor_at, sensor_length, seed)
            slot = hashed & slot_mask
            entry = slots[slot]
            while entry >= 0:
                if (
                    hashes[entry] == hashed
                    and lengths[entry] == sensor_length
                    and same_text(arena, starts[entry], address, sensor_at, sensor_length)
                ):
                    found = rows[entry]
                    break
                slot = (slot + uint64(1)) & slot_mask
                entry = slots[slot]
            # An empty asset is none: only type and unit may be empty texts.
            said = mix(seed, _optional_hash(address, asset_at, asset_length if asset_length > 0 else -1, seed))
            said = mix(said, _optional_hash(address, type_at, type_length, seed))
            said = mix(said, _optional_hash(address, unit_at, unit_length, seed))
            if found >= 0 and meta_hashes[found] == said:
                meta[n] = row_metas[found]
            else:
                unresolved[n_unresolved] = n
                unresolved_hashes[n_unresolved] = said
                span = spans[n_unresolved]
                span[0], span[1], span[2], span[3] = sensor_at, sensor_length, asset_at, asset_length
                span[4], span[5], span[6], span[7] = type_at, type_length, unit_at, unit_length
                n_unresolved += 1
            row[n] = found
            record[n] = i
            index[n] = place
            offset[n] = offsets[i]
            ts_us[n] = time_us
            value[n] = number
            seq[n] = sequence
            quality[n] = grade
            unknown_fields += unknown
            n += 1
            place += 1
            behind = at
            at = skip_space(address, at, end)
            if in_array:
                if at >= end:
                    good = False
                elif byte_at(address, at) == 93:
                    good = skip_space(address, at + 1, end) == end
                    break
                elif byte_at(address, at) == 44:
                    at = skip_space(address, at + 1, end)
                else:
                    good = False
            else:
                # Lines: each object on a line of its own, unless it is the only one.
                if place > 1 or at < end:
                    good = not _has_newline(address, line, behind) and (at == end or _has_newline(address, behind, at))
                if at == end:
                    break
                line = at
        if not good:
            n, n_unresolved, unknown_fields = before
            left[n_left] = i
            n_left += 1
    return n, n_unresolved, n_left, unknown_fields
