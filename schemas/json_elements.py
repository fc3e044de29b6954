"""Cutting a message into its elements: one object, an array, or newline-delimited objects."""

import re

import msgspec

from schemas.refusal import RefusedError

MAX_DEPTH = 64
_WHITESPACE = b" \t\r\n"
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
# Possessive and never failing once a quote is seen, so that a hostile message costs linear time.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)


def split_elements(message: bytes) -> list[bytes]:
    """Return the bytes of each element, not yet checked; RefusedError `not_json` where an array does not close."""
    message = message.strip(_WHITESPACE)
    if message.startswith(b"["):
        return _array_elements(message)
    if b"\n" in message and not _is_json(message):
        return _lines(message)
    return [message]


def _array_elements(message: bytes) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _RAW_LIST.decode(message)]
    except RecursionError as error:
        raise RefusedError("not_json", "the JSON is nested too deeply") from error
    except msgspec.DecodeError as error:
        # One bad element must not take its neighbours along: cut at the commas between balanced brackets.
        elements = _cut_array(message)
        if elements is None:
            raise RefusedError("not_json", str(error)) from error
        return elements


def _cut_array(message: bytes) -> list[bytes] | None:
    elements: list[bytes] = []
    opened = bytearray()
    start = 1
    for token in _TOKEN.finditer(message):
        mark = message[token.start()]
        if mark in b"[{":
            opened.append(mark)
            if len(opened) > MAX_DEPTH:
                return None
        elif mark in b"]}":
            # "[" and "]" as "{" and "}" lie two apart in ASCII.
            if not opened or opened.pop() + 2 != mark:
                return None
            if not opened:
                elements.append(message[start : token.start()].strip(_WHITESPACE))
                return elements if token.end() == len(message) else None
        elif mark in b"," and len(opened) == 1:
            elements.append(message[start : token.start()].strip(_WHITESPACE))
            start = token.end()
    return None


def _lines(message: bytes) -> list[bytes]:
    """Cut at newlines where at least one line is a whole object: else it is one broken object over several lines."""
    lines = [line for line in (line.strip(_WHITESPACE) for line in message.split(b"\n")) if line]
    if len(lines) > 1 and any(line.startswith(b"{") and line.endswith(b"}") for line in lines):
        return lines
    return [message]


def _is_json(message: bytes) -> bool:
    try:
        msgspec.json.decode(message, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
