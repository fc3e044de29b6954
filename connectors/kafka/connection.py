"""One description of a Kafka cluster, and the form that each client library wants it in."""

import ssl
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import SettingsError, UnavailableError

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where the brokers are (`host:port,…`) and how to be let in; contradictions raise SettingsError."""

    brokers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_ca_file: str | None = None
    ssl_cert_file: str | None = None
    ssl_key_file: str | None = None

    def __post_init__(self) -> None:
        if self.security_protocol not in PROTOCOLS:
            raise SettingsError(
                f"the Kafka security protocol {self.security_protocol!r} is unknown: use one of {', '.join(PROTOCOLS)}"
            )
        for address in self.addresses:
            host, _, port = address.rpartition(":")
            if not host or not port.isdigit():
                raise SettingsError(f"the Kafka broker {address!r} is no address: write it as host:port")
        if self.uses_sasl:
            if self.sasl_mechanism not in MECHANISMS:
                raise SettingsError(
                    f"the SASL mechanism {self.sasl_mechanism!r} is not supported: use one of {', '.join(MECHANISMS)}"
                )
            if not self.sasl_username or not self.sasl_password:
                raise SettingsError(
                    f"{self.security_protocol} needs a user and a password: "
                    "set STREAM_APP_KAFKA__SASL_USERNAME and STREAM_APP_KAFKA__SASL_PASSWORD"
                )
        elif self.sasl_mechanism or self.sasl_username or self.sasl_password:
            raise SettingsError(
                f"SASL settings have no effect with the security protocol {self.security_protocol}: "
                "set STREAM_APP_KAFKA__SECURITY_PROTOCOL to SASL_SSL or SASL_PLAINTEXT"
            )
        if not self.uses_tls and (self.ssl_ca_file or self.ssl_cert_file or self.ssl_key_file):
            raise SettingsError(
                f"TLS files have no effect with the security protocol {self.security_protocol}: "
                "set STREAM_APP_KAFKA__SECURITY_PROTOCOL to SSL or SASL_SSL"
            )
        if bool(self.ssl_cert_file) != bool(self.ssl_key_file):
            raise SettingsError(
                "a client certificate and its key belong together: "
                "set both STREAM_APP_KAFKA__SSL_CERT_FILE and STREAM_APP_KAFKA__SSL_KEY_FILE"
            )

    @property
    def addresses(self) -> list[str]:
        """The brokers, one `host:port` each."""
        return [address.strip() for address in self.brokers.split(",")]

    @property
    def uses_sasl(self) -> bool:
        """Whether a user and a password are presented."""
        return self.security_protocol.startswith("SASL")

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol.endswith("SSL")

    def librdkafka(self) -> dict[str, Any]:
        """Return the settings of a confluent-kafka client."""
        # By itself it prints broker trouble to standard error; ours is told through exceptions.
        settings: dict[str, Any] = {"bootstrap.servers": ",".join(self.addresses), "log_level": 2}
        named = {
            "sasl.mechanisms": self.sasl_mechanism,
            "sasl.username": self.sasl_username,
            "sasl.password": self.sasl_password,
            "ssl.ca.location": self.ssl_ca_file,
            "ssl.certificate.location": self.ssl_cert_file,
            "ssl.key.location": self.ssl_key_file,
        }
        if self.security_protocol != "PLAINTEXT":
            settings["security.protocol"] = self.security_protocol
        return settings | {name: value for name, value in named.items() if value is not None}

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context that verifies the broker; raises UnavailableError when a file cannot be used."""
        try:
            context = ssl.create_default_context(cafile=self.ssl_ca_file)
            if self.ssl_cert_file:
                context.load_cert_chain(self.ssl_cert_file, self.ssl_key_file)
        except OSError as unusable:
            files = ", ".join(f for f in (self.ssl_ca_file, self.ssl_cert_file, self.ssl_key_file) if f)
            raise UnavailableError(
                f"the TLS files {files} cannot be used ({unusable}): check the paths and that they hold PEM"
            ) from unusable
        return context
