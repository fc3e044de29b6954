"""The files of one model version: sealed by a signature, and opened only when signature and digests hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.model_artefacts.keys import TrustedKeys, trust
from schemas.errors import RefusedModelError
from schemas.model_manifest import MANIFEST, MODEL_FILES, SIGNATURE, ModelManifest, decode_manifest, encode_manifest

MOST_BYTES = 16 * 1024 * 1024
"""A larger artefact is not served: it would weigh on the state of every partition."""

SIGNATURE_BYTES = 64
_PICKLE_NAMES = (".pkl", ".pickle", ".pt", ".pth", ".joblib", ".bin")
_PICKLE_FIRST = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Artefact:
    """A verified model version: its manifest, and its files by name, manifest and signature among them."""

    manifest: ModelManifest
    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        """The sha256 of the manifest, which holds the digests of all other files."""
        return sha256(self.files[MANIFEST]).hexdigest()

    def packed(self) -> bytes:
        """Return the files as one piece of bytes; equal artefacts are equal bytes."""
        return msgspec.msgpack.encode(dict(sorted(self.files.items())))


def seal(manifest: ModelManifest, files: Files, key: Ed25519PrivateKey) -> Artefact:
    """Return the artefact of `files` with their digests in the manifest, signed."""
    digests = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    complete = msgspec.structs.replace(manifest, files=digests)
    content = encode_manifest(complete)
    return Artefact(complete, {**files, MANIFEST: content, SIGNATURE: key.sign(content)})


def verify(files: Files, keys: TrustedKeys) -> Artefact:
    """Return the artefact in `files`; raises RefusedModelError, before anything is parsed, where it is not whole.

    Order: names and sizes, signature of the manifest, digests of the files.
    """
    _refuse_strangers(files)
    if sum(map(len, files.values())) > MOST_BYTES:
        raise RefusedModelError(
            f"a model of {sum(map(len, files.values()))} bytes is larger than {MOST_BYTES}; train a smaller one.",
            "too_large",
        )
    if MANIFEST not in files or len(files.get(SIGNATURE, b"")) != SIGNATURE_BYTES:
        raise RefusedModelError(
            f"a model has no {MANIFEST} with a signature; sign it by `stream-app models sign`.", "unsigned"
        )
    if not keys.verifies(files[SIGNATURE], files[MANIFEST]):
        raise RefusedModelError(
            f"the signature of {MANIFEST} is of no trusted key; trust its signer, or sign it again.", "untrusted"
        )
    manifest = decode_manifest(files[MANIFEST])
    for name, digest in manifest.files.items():
        if name not in files:
            raise RefusedModelError(f"the file {name} is missing; train the model again.", "truncated")
        if sha256(files[name]).hexdigest() != digest:
            raise RefusedModelError(f"the file {name} is not what was signed; train the model again.", "altered")
    unsigned = set(files) - set(manifest.files) - {MANIFEST, SIGNATURE}
    if unsigned or set(manifest.files) != MODEL_FILES:
        raise RefusedModelError(
            f"a model has the files {sorted(files)}, not those of its manifest; train it again.", "altered"
        )
    return Artefact(manifest, dict(files))


def unpack(packed: bytes) -> dict[str, bytes]:
    """Return the files that `Artefact.packed` put together; raises RefusedModelError on anything else."""
    try:
        return msgspec.msgpack.decode(packed, type=dict[str, bytes])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedModelError(f"a stored model cannot be read ({error}); promote it again.", "truncated") from None


def attest(files: Files, key: Ed25519PrivateKey) -> Artefact:
    """Return the artefact in `files` under the signature of `key`; raises RefusedModelError where it is not whole."""
    content = files.get(MANIFEST, b"")
    signed = {**files, SIGNATURE: key.sign(content)}
    return verify(signed, trust(key))


def _refuse_strangers(files: Files) -> None:
    for name, content in files.items():
        if name.endswith(_PICKLE_NAMES) or content.startswith(_PICKLE_FIRST):
            raise RefusedModelError(
                f"the file {name} is a pickle, which can run code; train the model again.", "pickle"
            )
        if name not in MODEL_FILES | {MANIFEST, SIGNATURE}:
            raise RefusedModelError(f"a model has the file {name!r}, which none may have; remove it.", "path")
