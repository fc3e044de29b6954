"""Every artefact that may not serve is refused for its own reason, before anything of it is used."""

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.served_artefact import load_files, load_packed
from connectors.model_artefacts.artefact import Artefact, attest, seal
from connectors.model_artefacts.folder import read_folder, write_folder
from connectors.model_artefacts.keys import trust
from models.array_file import pack_arrays, unpack_arrays
from models.features.extractors import WINDOW_FEATURES
from models.serving.canary import make_canary
from schemas.errors import RefusedModelError
from schemas.model_manifest import CANARY_FILE, MANIFEST, MODEL_FILE, SIGNATURE
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted, manifest, noise

KEYS = trust(KEY)


def refusal(files: dict[str, bytes], version: int = 1) -> str:
    with pytest.raises(RefusedModelError) as refused:
        load_files(files, KEYS, NAME, version)
    return refused.value.reason


def resealed(whole: Artefact, **content: bytes) -> dict[str, bytes]:
    """The artefact with other content, rightly signed: what a wrong training would have made."""
    files = {MODEL_FILE: whole.files[MODEL_FILE], CANARY_FILE: whole.files[CANARY_FILE]}
    return seal(whole.manifest, files | {f"{name}.safetensors": each for name, each in content.items()}, KEY).files


def test_a_whole_artefact_serves_and_judges_as_it_was_fitted() -> None:
    served = load_files(artefact().files, KEYS, NAME, 1)
    assert (served.model.name, served.model.version) == (NAME, "1")
    rows = noise().z[:50]
    for got, wanted in zip(
        served.model.judge(rows, WINDOW_FEATURES), fitted().judge(rows, WINDOW_FEATURES), strict=True
    ):
        np.testing.assert_array_equal(got, wanted)
    again = load_packed(served.packed, KEYS)
    assert again.digest == served.digest
    assert again.packed == served.packed


def test_unsigned_foreign_and_altered_ones_are_refused() -> None:
    files = artefact().files
    assert refusal({name: of for name, of in files.items() if name != SIGNATURE}) == "unsigned"
    assert refusal({name: of for name, of in files.items() if name != MANIFEST}) == "unsigned"
    assert refusal(files | {SIGNATURE: b""}) == "unsigned"
    assert refusal(artefact(key=Ed25519PrivateKey.generate()).files) == "untrusted"
    told = json.loads(files[MANIFEST]) | {"algorithm": "neighbours"}
    assert refusal(files | {MANIFEST: json.dumps(told).encode()}) == "untrusted"
    content = files[MODEL_FILE]
    assert refusal(files | {MODEL_FILE: content[:-1] + bytes([content[-1] ^ 1])}) == "altered"
    assert refusal(files | {MODEL_FILE: content[:-100]}) == "altered"
    assert refusal({name: of for name, of in files.items() if name != MODEL_FILE}) == "truncated"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "unreadable"), (b"\0" * 100, "unreadable"), (pickle.dumps({"a": 1}), "pickle")],
)
def test_what_is_no_model_is_refused_though_signed(content: bytes, reason: str) -> None:
    assert refusal(resealed(artefact(), model=content)) == reason


def test_pickles_and_strange_names_are_refused() -> None:
    files = artefact().files
    assert refusal(files | {"model.pkl": b"anything"}) == "pickle"
    assert refusal(files | {"../model.safetensors": files[MODEL_FILE]}) == "path"
    assert refusal(files | {"notes.txt": b"hello"}) == "path"
    for name in ("../../etc/passwd", "/etc/passwd", "a/model.safetensors", "model.pkl"):
        content = json.loads(files[MANIFEST]) | {"files": {name: "0"}}
        text = json.dumps(content).encode()
        assert refusal(files | {MANIFEST: text, SIGNATURE: KEY.sign(text)}) == "path"


def test_truncated_arrays_are_refused_though_signed() -> None:
    whole = artefact()
    assert refusal(resealed(whole, model=whole.files[MODEL_FILE][:-64])) == "unreadable"


def test_nan_weights_are_refused() -> None:
    whole = artefact()
    arrays, metadata = unpack_arrays(whole.files[MODEL_FILE])
    mean = arrays["detector/mean"].copy()
    mean[3] = np.nan
    assert refusal(resealed(whole, model=pack_arrays({**arrays, "detector/mean": mean}, metadata))) == "not_finite"


def test_wrong_columns_are_refused() -> None:
    model = fitted()
    strange = replace(model, columns=("heat", *model.columns[1:]))
    files = {MODEL_FILE: model.pack(), CANARY_FILE: artefact().files[CANARY_FILE]}
    assert refusal(seal(manifest(strange, 1), files, KEY).files) == "wrong_columns"
    fewer = replace(model, columns=model.columns[:-1])
    assert refusal(seal(manifest(fewer, 1), files, KEY).files) in {"unreadable", "canary"}


def test_another_version_or_name_than_the_registry_says_is_refused() -> None:
    older = artefact(version=3).files
    assert refusal(older, version=5) == "older"
    assert refusal(older, version=2) == "other_version"
    assert refusal(artefact(name="pdm.readings.other").files) == "other_name"


def test_other_canary_scores_than_in_training_are_refused() -> None:
    whole = artefact()
    rows = noise().z[:16]
    assert refusal(resealed(whole, canary=make_canary(fitted("neighbours"), rows))) == "canary"
    empty = make_canary(fitted(), rows[:0])
    assert refusal(resealed(whole, canary=empty)) == "canary"


def test_a_form_that_is_not_known_is_refused() -> None:
    model = replace(fitted(), algorithm="magic")
    files = {MODEL_FILE: model.pack(), CANARY_FILE: artefact().files[CANARY_FILE]}
    assert refusal(seal(manifest(model, 1), files, KEY).files) == "unreadable"


def test_folders_hold_plain_files_alone(tmp_path: Path) -> None:
    write_folder(artefact(), tmp_path / "model")
    files = read_folder(tmp_path / "model")
    assert files == artefact().files
    os.symlink("/etc/passwd", tmp_path / "model" / "model.link")
    with pytest.raises(RefusedModelError, match="no plain file"):
        read_folder(tmp_path / "model")


def test_another_signer_may_attest_what_is_whole_alone() -> None:
    key = Ed25519PrivateKey.generate()
    files = artefact(key=key).files
    assert refusal(files) == "untrusted"
    load_files(attest(files, KEY).files, KEYS, NAME, 1)
    with pytest.raises(RefusedModelError):
        attest(files | {MODEL_FILE: b""}, KEY)
