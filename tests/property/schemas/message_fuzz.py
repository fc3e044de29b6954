"""Seeded readings messages by the thousand: mostly usual, some odd, some with bytes gone wrong."""

import json
import math
from collections.abc import Iterator
from random import Random

NAMES = ["pump-1/temperature", "pump-1/vib", "fan", "/odd", "a/", "Pümpe/τ", "x" * 40, 'quo"te', "back\\slash"]
NAMES += ["\U0001f600/a", "a\x7fb"]
TEXTS = ["°C", "bar", "", "mm/s", "\t", "/", "ünit", "\\", "true", "y" * 30, "°" * 300]
ODD = [
    "true",
    "false",
    "null",
    "[]",
    "{}",
    '"x"',
    "1",
    "nul",
    "-",
    "01",
    "+1",
    "1.",
    ".5",
    "1e",
    "NaN",
    "-Infinity",
    "1e999",
    "0x1",
]
ODD += [
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\x"',
    '"\x01"',
    '""',
    '{"a":[1,2,{"b":null}],"c":"\\n"}',
    "[1,]",
    '{"a"}',
    "[[[[1.5e3]]]]",
    "tru",
]
INSERTS = [
    b'"',
    b"\\",
    b",",
    b"}",
    b"]",
    b"[",
    b"{",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\n",
    b" ",
    b"0",
    b"-",
    b"{}",
    b":",
    b"e",
    b".",
]
SPACES = ["", "", "", "", " ", "\n", "\t ", "\r\n"]


def _number(random: Random) -> str:
    roll = random.randrange(12)
    if roll < 4:
        return repr(random.gauss(50, 20))
    if roll == 4:
        return str(random.choice([-1, 1]) * random.getrandbits(random.randrange(1, 75)))
    if roll == 5:
        return f"{random.uniform(-1000, 1000):.{random.randrange(1, 20)}f}"
    if roll == 6:
        return f"{random.uniform(-10, 10):.{random.randrange(0, 19)}{random.choice('eE')}}"
    if roll == 7:
        number = math.ldexp(random.random(), random.randrange(-1100, 1024))
        return repr(number)
    if roll == 8:
        return random.choice(
            ["0", "-0", "0.0", "-0.0", "0e5", "1E5", "5e-1", "100000000000000000000000", "1e22", "1e23", "123e-130"]
        )
    if roll == 9:
        # Half way between two doubles, and its neighbours: where rounding to even is decided.
        whole = (1 << 53) + random.getrandbits(52)
        return f"{whole * 2 + 1}{random.choice(['', '.0', '.1', 'e0'])}"
    if roll == 10:
        return f"0.{'0' * random.randrange(0, 12)}{random.getrandbits(60)}"
    return str(random.randrange(-500, 500))


def _time(random: Random) -> str:
    roll = random.randrange(10)
    if roll == 0:
        return str(random.choice([1, 1000, 10**6, 10**9]) * random.randrange(10**9, 2 * 10**9))
    if roll == 1:
        return repr(random.choice([1.0, 1e3, 1e6, 1e9]) * random.uniform(1e9, 2e9))
    if roll == 2:
        return random.choice(
            [str(10**11 - 1), str(10**11), str(10**14), str(10**17), "253402300799999999", "1e11", "0", "0.5", "1.5e-6"]
        )
    if roll == 3:
        return str(random.randrange(10**17, 10**19))
    date = f"{random.randrange(1968, 2100)}-{random.randrange(0, 14):02}-{random.randrange(0, 33):02}"
    if roll > 4:
        date = f"{random.randrange(1970, 2100)}-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
    clock = f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}"
    digits = random.randrange(0, 10) if random.random() < 0.98 else 10
    fraction = "." + str(random.getrandbits(40)).rjust(digits, "0")[:digits] if digits else ""
    usual = ["Z", "+00:00", "-05:30", "+23:59"]
    offset = random.choice(usual if random.random() < 0.9 else ["+2359", "z", "+01", "", "+24:00", "+0a:00"])
    return f'"{date}{random.choice("TTT ")}{clock}{fraction}{offset}"'


def _text(random: Random, texts: list[str]) -> str:
    return json.dumps(random.choice(texts), ensure_ascii=random.random() < 0.3)


def _field(random: Random, name: str) -> str:
    if random.random() < 0.01:
        return random.choice(ODD)
    if name == "sensor_id":
        return _text(random, NAMES)
    if name == "ts":
        return _time(random)
    if name == "value":
        return _number(random) if random.random() < 0.9 else "null"
    if name == "seq":
        return str(random.getrandbits(random.choice([4, 30, 30, 62, 63, 64]))) if random.random() < 0.95 else "null"
    if name == "quality":
        return random.choice(['"good"', '"uncertain"', '"bad"'] * 6 + ["null", '"badd"', '"goo"'])
    texts = [*TEXTS, *NAMES] if random.random() < 0.99 else ["z" * 513, "°" * 513]
    return _text(random, texts) if random.random() < 0.95 else "null"


def reading_text(random: Random) -> str:
    """Return one JSON object, mostly a valid reading."""
    names = ["sensor_id", "ts", "value"]
    if random.random() < 0.03:
        names.remove(random.choice(names))
    names += [name for name in ("asset_id", "sensor_type", "unit", "seq", "quality") if random.random() < 0.35]
    if random.random() < 0.3:
        random.shuffle(names)
    space = random.choice(SPACES)
    fields = [f'"{name}"{space}:{space}{_field(random, name)}' for name in names]
    if random.random() < 0.1:
        name = random.choice(
            ["x", "tags", "sensor_ie", "sensor_id2", "valu", "value", "ts", "tss", "uniu", "\\u0074s", "ü", ""]
        )
        fields.insert(random.randrange(len(fields) + 1), f'"{name}":{random.choice(ODD)}')
    return "{" + space + f",{space}".join(fields) + space + "}"


def message(random: Random) -> bytes:
    """Return a message in one of the three shapes, a quarter of them damaged."""
    readings = [reading_text(random) for _ in range(random.choice([1, 1, 2, 3]))]
    if random.random() < 0.02:
        readings.append(random.choice(ODD))
    space = random.choice(SPACES)
    shape = random.choice(["object", "array", "lines"])
    if shape == "object":
        text = space + readings[0] + space
    elif shape == "array":
        text = space + "[" + space + ("," + space).join(readings) + space + "]" + space
    else:
        text = random.choice(["\n", "\n", "\r\n", "\n\n", " "]).join(readings) + space
    damaged = bytearray(text.encode("utf-8", "surrogatepass"))
    if random.random() < 0.25:
        for _ in range(random.choice([1, 1, 2])):
            damage(random, damaged)
    return bytes(damaged)


def damage(random: Random, message: bytearray) -> None:
    """Change, lose, insert or cut bytes in place."""
    at = random.randrange(len(message) + 1)
    kind = random.randrange(8)
    if kind < 3 and at < len(message):
        message[at] = random.randrange(256)
    elif kind < 5:
        del message[at : at + random.choice([1, 1, 2])]
    elif kind < 7:
        message[at:at] = random.choice(INSERTS)
    else:
        del message[at:]


def messages(seed: int, n: int) -> Iterator[bytes]:
    """Yield `n` messages of a seed."""
    random = Random(seed)
    for _ in range(n):
        yield message(random)
