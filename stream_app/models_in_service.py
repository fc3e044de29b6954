"""Where models come from and whom they must be signed by, as the settings want it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from agents.model_shelf import ModelShelf
    from connectors.kafka.connection import KafkaConnection
    from connectors.model_artefacts.keys import TrustedKeys
    from stream_app.settings import Settings


def registry_uri(settings: "Settings") -> str:
    """Return the configured MLflow, else the SQLite file in the data directory."""
    if settings.mlflow_uri is not None:
        return settings.mlflow_uri
    return f"sqlite:///{settings.data_dir.absolute() / 'mlflow' / 'mlflow.db'}"


def signing_key(settings: "Settings") -> "Ed25519PrivateKey":
    """Return the key that signs models, made in the data directory on first use where none is configured."""
    from connectors.model_artefacts.keys import own_signing_key, read_signing_key

    configured = settings.models.signing_key_file
    return own_signing_key(settings.data_dir / "keys") if configured is None else read_signing_key(configured)


def trusted_keys(settings: "Settings") -> "TrustedKeys":
    """Return the keys whose models may serve."""
    from connectors.model_artefacts.keys import read_trusted_keys, trust

    configured = settings.models.trusted_keys_file
    return trust(signing_key(settings)) if configured is None else read_trusted_keys(configured)


def watch_models(settings: "Settings", connection: "KafkaConnection", worker: str) -> "ModelShelf":
    """Return the shelf of a worker, kept as the registry says by a thread that ends with the process."""
    from agents.model_shelf import ModelShelf
    from agents.model_watch import ModelWatch, WatchThread
    from connectors.model_registry.aliases import registry_reader

    keys = trusted_keys(settings)
    registry = registry_reader(registry_uri(settings))
    shelf = ModelShelf(keys, settings.promotion.canary_share)
    WatchThread(connection, lambda publish: ModelWatch(shelf, registry, keys, worker, publish)).start()
    return shelf
