"""Settings of Kafka."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from stream_app.settings.branch import NAME, Branch


class KafkaSettings(Branch):
    """How brokers are spoken to, and how topics are made on them."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how the connection is protected"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="how the user proves itself; wanted by SASL_PLAINTEXT and SASL_SSL"
    )
    sasl_username: str | None = Field(None, description="user name for SASL")
    sasl_password: SecretStr | None = Field(None, description="password for SASL")
    ssl_ca_file: Path | None = Field(None, description="certificates to trust (PEM)")
    ssl_cert_file: Path | None = Field(None, description="client certificate (PEM)")
    ssl_key_file: Path | None = Field(None, description="key of the client certificate (PEM)")
    partitions: int = Field(8, ge=1, le=10_000, description="partitions of a topic that we create")
    replication_factor: int = Field(1, ge=1, le=9, description="copies of a topic that we create")
    repartition: bool = Field(False, description="re-key all readings by asset through an internal topic")
    require_asset_key: bool = Field(False, description="refuse readings whose key is not their asset")
    group: str = Field("pdm", pattern=NAME, description="consumer groups are GROUP-ROLE, as pdm-monitor")
    session_timeout_s: float = Field(10.0, ge=6.0, le=300.0, description="a worker silent so long is given up")
    fetch_max_bytes: int = Field(1_048_576, ge=16_384, le=104_857_600, description="most bytes of one fetch")
    fetch_wait_ms: int = Field(20, ge=1, le=5_000, description="longest wait for something to fetch")

    @model_validator(mode="after")
    def _credentials_fit_together(self) -> Self:
        sasl = self.security_protocol.startswith("SASL")
        given = [self.sasl_mechanism, self.sasl_username, self.sasl_password]
        if sasl and None in given:
            raise ValueError(
                f"security_protocol {self.security_protocol} needs sasl_mechanism, sasl_username and sasl_password"
            )
        if not sasl and any(value is not None for value in given):
            raise ValueError(
                "sasl_mechanism, sasl_username and sasl_password need"
                f" security_protocol SASL_PLAINTEXT or SASL_SSL, not {self.security_protocol}"
            )
        if (self.ssl_cert_file is None) != (self.ssl_key_file is None):
            raise ValueError("ssl_cert_file and ssl_key_file are given together or not at all")
        return self
