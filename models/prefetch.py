"""Asks the processor to fetch a record into its cache while another one is worked on: it changes no result.

The state of many sensors does not fit into the cache, and the readings of a batch tell in advance which is needed next.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from models.kernel import kernel

AHEAD = 2
"""Readings or rows by which state is fetched in advance."""

LINE_BYTES = 64
MOST_BYTES = 2048
"""Of longer records the processor itself fetches the rest, once it sees them read in order."""

_TO_WRITE, _KEEP, _DATA = 1, 3, 1


@intrinsic
def _prefetch(typing: Any, array: Any, offset: Any) -> Any:
    """Fetch the line at so many bytes behind the begin of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = ir.IntType(8).as_pointer()
        place = builder.gep(builder.bitcast(data, address), [arguments[1]])
        flag = ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [address, flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, form, "llvm.prefetch.p0")
        builder.call(function, [place, *(ir.Constant(flag, each) for each in (_TO_WRITE, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@kernel
def prefetch(records: NDArray[Any], row: int, record_bytes: int) -> None:
    """Fetch the beginning of the record of a row of a contiguous array, MOST_BYTES of it."""
    begin = row * record_bytes
    for at in range(0, min(record_bytes, MOST_BYTES), LINE_BYTES):
        _prefetch(records, begin + at)
