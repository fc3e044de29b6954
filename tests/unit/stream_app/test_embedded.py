"""The embedded Kafka follows the settings, as far as it can."""

from pathlib import Path

import pytest

from schemas.errors import SettingsError
from stream_app.embedded import embedded_kafka
from stream_app.settings import load_settings


def test_where_its_data_are(tmp_path: Path) -> None:
    kafka = embedded_kafka(load_settings({"STREAM_APP_DATA_DIR": str(tmp_path)}))
    assert kafka.data_dir == tmp_path / "kafka"


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
def test_what_it_cannot_serve_is_refused(protocol: str, tmp_path: Path) -> None:
    settings = load_settings(
        {
            "STREAM_APP_DATA_DIR": str(tmp_path),
            "STREAM_APP_KAFKA__SECURITY_PROTOCOL": protocol,
            "STREAM_APP_KAFKA__SASL_MECHANISM": "SCRAM-SHA-256",
            "STREAM_APP_KAFKA__SASL_USERNAME": "u",
            "STREAM_APP_KAFKA__SASL_PASSWORD": "p",
        }
    )
    with pytest.raises(SettingsError, match=r"embedded Kafka serves PLAINTEXT or SASL_PLAINTEXT"):
        embedded_kafka(settings)
