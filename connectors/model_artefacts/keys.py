"""The Ed25519 keys of models: one private key signs, any of the trusted public keys verifies."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from schemas.errors import SettingsError, UnavailableError

KEY_FILE = "signing.pem"
_PEM_END = b"-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """Public keys, any of which may have signed."""

    keys: tuple[Ed25519PublicKey, ...]

    def verifies(self, signature: bytes, content: bytes) -> bool:
        """Tell whether one of the keys made `signature` of `content`."""
        for key in self.keys:
            with suppress(InvalidSignature):
                key.verify(signature, content)
                return True
        return False


def own_signing_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key of a data directory, made on first use and readable by its owner alone."""
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fresh = folder / f"{KEY_FILE}.{os.getpid()}"
        # Made with its mode, never readable by others in between; linked, so that of two makers one wins.
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return read_signing_key(path)


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key in a PEM file; raises UnavailableError or SettingsError."""
    try:
        key = load_pem_private_key(_content(path, "signing"), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"Signing key {path} is no private key without password ({error}); give a PEM.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"Signing key {path} is not of Ed25519; make one by `openssl genpkey -algorithm ed25519`.")
    return key


def read_trusted_keys(path: Path) -> TrustedKeys:
    """Return the public keys in a PEM file, one after the other; raises UnavailableError or SettingsError."""
    parts = _content(path, "trusted").split(_PEM_END)
    keys = []
    for part in parts[:-1]:
        try:
            key = load_pem_public_key(part.strip() + b"\n" + _PEM_END + b"\n")
        except (ValueError, UnsupportedAlgorithm) as error:
            raise SettingsError(f"Trusted keys {path} hold one that cannot be read ({error}); give PEMs.") from None
        if not isinstance(key, Ed25519PublicKey):
            raise SettingsError(f"Trusted keys {path} hold one that is not of Ed25519; give those of the signers.")
        keys.append(key)
    if not keys:
        raise SettingsError(f"Trusted keys {path} hold no public key; give those of the signers as PEM.")
    return TrustedKeys(tuple(keys))


def trust(key: Ed25519PrivateKey) -> TrustedKeys:
    """Return the keys that trust what `key` signs."""
    return TrustedKeys((key.public_key(),))


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Return the public half as PEM, for a file of trusted keys."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"File {path} of {what} keys cannot be read ({error.strerror}); name another.") from None
