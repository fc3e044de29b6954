"""Keys are made once, for their owner alone; files of others are read or refused with a word on why."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.model_artefacts.keys import (
    own_signing_key,
    public_pem,
    read_signing_key,
    read_trusted_keys,
    trust,
)
from schemas.errors import SettingsError, UnavailableError


def test_the_own_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    key = own_signing_key(tmp_path / "keys")
    assert (tmp_path / "keys" / "signing.pem").stat().st_mode & 0o777 == 0o600
    signature = own_signing_key(tmp_path / "keys").sign(b"text")
    assert trust(key).verifies(signature, b"text")
    assert not trust(key).verifies(signature, b"other text")
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["signing.pem"]


def test_any_of_several_trusted_keys_may_have_signed(tmp_path: Path) -> None:
    one, other, stranger = (own_signing_key(tmp_path / name) for name in "abc")
    (tmp_path / "trusted.pem").write_bytes(public_pem(one) + b"\n# the second site\n" + public_pem(other))
    trusted = read_trusted_keys(tmp_path / "trusted.pem")
    assert [trusted.verifies(key.sign(b"x"), b"x") for key in (one, other, stranger)] == [True, True, False]


def test_wrong_key_files_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be read"):
        read_signing_key(tmp_path / "none.pem")
    (tmp_path / "text.pem").write_text("hello")
    with pytest.raises(SettingsError, match="no private key"):
        read_signing_key(tmp_path / "text.pem")
    with pytest.raises(SettingsError, match="no public key"):
        read_trusted_keys(tmp_path / "text.pem")
    curve = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "curve.pem").write_bytes(curve)
    with pytest.raises(SettingsError, match="not of Ed25519"):
        read_signing_key(tmp_path / "curve.pem")
