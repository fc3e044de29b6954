"""Named arrays as bytes in the safetensors format: a length, a JSON header, the buffers one after the other.

Source: https://huggingface.co/docs/safetensors (format). Reading checks everything that the header claims.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.errors import BadDataError

_LENGTH = struct.Struct("<Q")
_DTYPES = {"BOOL": "|b1", "U8": "|u1", "U16": "<u2", "I32": "<i4", "I64": "<i8", "F32": "<f4", "F64": "<f8"}
_NAMES = {np.dtype(code): name for name, code in _DTYPES.items()}
_METADATA = "__metadata__"


def pack_arrays(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """Return the arrays, of a dtype of the format each, and the metadata as bytes."""
    header: dict[str, object] = {_METADATA: dict(metadata)}
    buffers: list[bytes] = []
    end = 0
    for name, array in arrays.items():
        content = array.tobytes()
        header[name] = {"dtype": _NAMES[array.dtype], "shape": array.shape, "data_offsets": (end, end + len(content))}
        buffers.append(content)
        end += len(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([_LENGTH.pack(len(text)), text, *buffers])


def unpack_arrays(content: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the arrays (read-only) and the metadata; raises BadDataError when the bytes are anything else."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        begin = _LENGTH.size + length
        header = json.loads(content[_LENGTH.size : begin])
        metadata = header.pop(_METADATA, {})
        arrays: dict[str, NDArray[Any]] = {}
        end = 0
        for name, entry in header.items():
            dtype, shape = np.dtype(_DTYPES[entry["dtype"]]), tuple(entry["shape"])
            count = int(np.prod(shape, dtype=np.int64))
            if entry["data_offsets"] != [end, end + count * dtype.itemsize] or min(shape, default=0) < 0:
                raise ValueError(f"array {name!r} does not begin where the one before it ends")
            arrays[name] = np.frombuffer(content, dtype, count, begin + end).reshape(shape)
            end += count * dtype.itemsize
        if len(content) != begin + end:
            raise ValueError(f"{len(content)} bytes instead of {begin + end}")
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadDataError(
            f"Stored arrays of {len(content)} bytes cannot be read ({error}); delete them to learn anew."
        ) from error
    return arrays, metadata
