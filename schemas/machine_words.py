"""Reads of raw memory and 64-bit arithmetic that Python has no word for, as single machine instructions in kernels.

Addresses come from `array.ctypes.data`; the caller keeps the array alive, with PADDING_BYTES behind what counts.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# Words are read whole: up to this much behind the last byte that counts.
PADDING_BYTES = 16

_WORD = ir.IntType(64)


@intrinsic
def byte_at(typingctx: Any, address: Any, at: Any) -> Any:
    """Return the byte at `address + at` as int64."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(builder.add(args[0], args[1]), ir.IntType(8).as_pointer())
        return builder.zext(builder.load(pointer), _WORD)

    return types.int64(types.int64, types.int64), emit


@intrinsic
def word_at(typingctx: Any, address: Any, at: Any) -> Any:
    """Return the eight bytes from `address + at` on as uint64, the first byte lowest; all eight must be readable."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = builder.inttoptr(builder.add(args[0], args[1]), _WORD.as_pointer())
        return builder.load(pointer, align=1)

    return types.uint64(types.int64, types.int64), emit


@intrinsic
def trailing_zeros(typingctx: Any, word: Any) -> Any:
    """Return the number of zero bits below the lowest set bit of a uint64 that is not zero."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), emit


@intrinsic
def leading_zeros(typingctx: Any, word: Any) -> Any:
    """Return the number of zero bits above the highest set bit of a uint64 that is not zero."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), emit


@intrinsic
def multiply_high(typingctx: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of the 128-bit product of two uint64."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _WORD)

    return types.uint64(types.uint64, types.uint64), emit


@intrinsic
def float_of_bits(typingctx: Any, word: Any) -> Any:
    """Return the float64 that has the bits of a uint64."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.uint64), emit
