"""A verified artefact becomes a model in service: columns, arrays and canaries are checked, in this order."""

from dataclasses import dataclass

from connectors.model_artefacts.artefact import Artefact, unpack, verify
from connectors.model_artefacts.keys import TrustedKeys
from models.serving.canary import check_canary
from models.serving.lanes import SERVED_LANES
from models.serving.served_model import ServedModel
from schemas.errors import RefusedModelError
from schemas.model_manifest import CANARY_FILE, MODEL_FILE


@dataclass(frozen=True, slots=True)
class Served:
    """A model in service, the sha256 of its manifest, and the artefact that it came from as one piece of bytes."""

    model: ServedModel
    digest: str
    packed: bytes


def load_files(files: dict[str, bytes], keys: TrustedKeys, name: str, version: int) -> Served:
    """Return what version `version` of `name` is in service; raises RefusedModelError where it may not be."""
    artefact = verify(files, keys)
    manifest = artefact.manifest
    if manifest.name != name:
        raise RefusedModelError(f"it was signed as {manifest.name}; register it under that name.", "other_name")
    if manifest.version != version:
        word = "older" if manifest.version < version else "other_version"
        raise RefusedModelError(f"it was signed as version {manifest.version}; train the model again.", word)
    return _load(artefact)


def load_packed(packed: bytes, keys: TrustedKeys) -> Served:
    """Return what a stored artefact is in service; raises RefusedModelError where it may not be."""
    return _load(verify(unpack(packed), keys))


def _load(artefact: Artefact) -> Served:
    manifest = artefact.manifest
    lane = SERVED_LANES.get(manifest.lane)
    if lane is None or manifest.context_rows > lane.context_rows:
        raise RefusedModelError(
            f"it judges rows of the lane {manifest.lane!r} with {manifest.context_rows} rows before each, which this "
            "release does not keep there; train another algorithm.",
            "wrong_lane",
        )
    strange = [column for column in manifest.columns if column not in lane.columns]
    if strange or not manifest.columns or len(set(manifest.columns)) < len(manifest.columns):
        raise RefusedModelError(
            f"its columns {strange or list(manifest.columns)} are not among the features of the lane "
            f"{manifest.lane}; train it with this release.",
            "wrong_columns",
        )
    model = ServedModel.unpack(
        artefact.files[MODEL_FILE],
        name=manifest.name,
        version=str(manifest.version),
        algorithm=manifest.algorithm,
        lane=manifest.lane,
        columns=manifest.columns,
        context_rows=manifest.context_rows,
    )
    check_canary(model, artefact.files[CANARY_FILE])
    return Served(model, artefact.digest, artefact.packed())
