"""What a served model says of itself: the manifest that is signed, and that everything else is checked against."""

from pathlib import PurePosixPath

import msgspec

from schemas.errors import RefusedModelError

FORMAT = "pdm-model-1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
MODEL_FILE = "model.safetensors"
CANARY_FILE = "canary.safetensors"
MODEL_FILES = frozenset({MODEL_FILE, CANARY_FILE})
"""Files beside the manifest and its signature."""


class OffsetRange(msgspec.Struct, frozen=True):
    """Records of one partition that were trained on, first and last offset included."""

    topic: str
    partition: int
    first_offset: int
    last_offset: int


class TrainingData(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was trained on: `rows` feature rows between two times, `sha256` of their numbers."""

    rows: int
    sensors: int
    sha256: str
    from_ts: str
    to_ts: str
    ranges: tuple[OffsetRange, ...]
    files: tuple[str, ...] = ()


class ModelManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version of a registered model; `files` maps each file to the sha256 of its content."""

    format: str = FORMAT
    name: str
    version: int
    algorithm: str
    lane: str
    sensor_type: str | None
    columns: tuple[str, ...]
    context_rows: int
    seed: int
    parameters: dict[str, float | int | str | bool | None]
    training: TrainingData
    libraries: dict[str, str]
    commit: str | None
    made_at: str
    files: dict[str, str]


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(ModelManifest)


def encode_manifest(manifest: ModelManifest) -> bytes:
    """Return the manifest as JSON, equal ones as equal bytes."""
    return msgspec.json.format(_ENCODER.encode(manifest), indent=2)


def decode_manifest(content: bytes) -> ModelManifest:
    """Return the manifest in `content`; raises RefusedModelError where it is none of this release."""
    try:
        manifest = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedModelError(f"a manifest cannot be read ({error}); train the model again.", "unreadable") from None
    if manifest.format != FORMAT:
        raise RefusedModelError(
            f"a manifest has format {manifest.format!r}, not {FORMAT!r}; train the model with this release.",
            "unreadable",
        )
    for name in manifest.files:
        if PurePosixPath(name).name != name or name not in MODEL_FILES:
            raise RefusedModelError(f"a manifest names the file {name!r}; only {sorted(MODEL_FILES)} may be.", "path")
    return manifest
