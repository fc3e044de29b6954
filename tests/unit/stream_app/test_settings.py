"""Settings come from variables over a TOML file, and everything that is not understood is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.windows.tuning import WindowShape, WindowTuning
from schemas.errors import SettingsError
from stream_app.scoring.options import readings_options, signals_options
from stream_app.settings import load_settings


def test_nothing_given_is_valid() -> None:
    settings = load_settings({})
    assert settings.brokers is None
    assert settings.kafka.partitions == 8
    assert settings.web.host == "127.0.0.1"
    assert settings.data_dir.is_absolute()


def test_a_variable_reaches_its_leaf() -> None:
    settings = load_settings(
        {
            "STREAM_APP_BROKERS": "broker:9092",
            "STREAM_APP_WEB__PORT": "8123",
            "STREAM_APP_KAFKA__REPARTITION": "true",
            "STREAM_APP_CHECKPOINT__INTERVAL_S": "2.5",
            "STREAM_APP_DATA_DIR": "some/where",
            "OTHER": "x",
        }
    )
    assert settings.brokers == "broker:9092"
    assert settings.web.port == 8123
    assert settings.kafka.repartition is True
    assert settings.checkpoint.interval_s == 2.5
    assert settings.data_dir == Path("some/where")


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load_settings({"STREAM_APP_BROKERS": "", "STREAM_APP_WEB__PORT": ""}).web.port == 8080


def test_the_tree_cannot_be_changed() -> None:
    settings = load_settings({})
    with pytest.raises(ValidationError):
        settings.brokers = "other:1"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        settings.web.port = 1  # type: ignore[misc]


def test_a_file_gives_the_same_tree_and_variables_win(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('brokers = "file:9092"\n[web]\nport = 9000\nhost = "127.0.0.2"\n')
    settings = load_settings({"STREAM_APP_CONFIG": str(config), "STREAM_APP_WEB__PORT": "9001"})
    assert settings.brokers == "file:9092"
    assert settings.web.port == 9001
    assert settings.web.host == "127.0.0.2"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("STREAM_APP_BROKER", "STREAM_APP_BROKERS"),
        ("STREAM_APP_WEB__PROT", "STREAM_APP_WEB__PORT"),
        ("STREAM_APP_WEB_PORT", "STREAM_APP_WEB__PORT"),
        ("STREAM_APP_KAFKA__SASL_USER", "STREAM_APP_KAFKA__SASL_USERNAME"),
        ("STREAM_APP_CONFIGURATION", "STREAM_APP_CONFIG"),
        ("STREAM_APP_BROKERS_FILE", "STREAM_APP_BROKERS"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: "1"})
    assert str(refused.value) == f"Setting {name} is unknown; did you mean {nearest}?"


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[kafka]\npartition = 4\n")
    with pytest.raises(SettingsError, match=r"kafka\.partition in .* did you mean kafka\.partitions\?"):
        load_settings({"STREAM_APP_CONFIG": str(config)})


def test_a_broken_or_absent_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    with pytest.raises(SettingsError, match=r"settings\.toml .*cannot be read"):
        load_settings({"STREAM_APP_CONFIG": str(config)})
    config.write_text("port = = 3")
    with pytest.raises(SettingsError, match=r"settings\.toml is not TOML"):
        load_settings({"STREAM_APP_CONFIG": str(config)})


def test_a_wrong_value_is_named_with_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STREAM_APP_WEB__PORT has the value 'http', but input should be a"):
        load_settings({"STREAM_APP_WEB__PORT": "http"})
    with pytest.raises(SettingsError, match=r"STREAM_APP_LOG_LEVEL has the value 'loud', but .*'debug'"):
        load_settings({"STREAM_APP_LOG_LEVEL": "loud"})
    config = tmp_path / "settings.toml"
    config.write_text("[web]\nport = -1\n")
    with pytest.raises(SettingsError, match=r"web\.port in .*settings\.toml has the value -1"):
        load_settings({"STREAM_APP_CONFIG": str(config)})


SASL = {
    "STREAM_APP_KAFKA__SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "STREAM_APP_KAFKA__SASL_MECHANISM": "PLAIN",
    "STREAM_APP_KAFKA__SASL_USERNAME": "monitor",
}


def test_a_secret_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret \n")
    settings = load_settings({**SASL, "STREAM_APP_KAFKA__SASL_PASSWORD_FILE": str(secret)})
    assert settings.kafka.sasl_password is not None
    assert settings.kafka.sasl_password.get_secret_value() == "s3cret "
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in settings.model_dump_json()


def test_a_secret_given_twice_or_in_no_file_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    name = "STREAM_APP_KAFKA__SASL_PASSWORD"
    with pytest.raises(SettingsError, match=r"password \(from STREAM_APP_KAFKA__SASL_PASSWORD_FILE\) cannot be"):
        load_settings({**SASL, f"{name}_FILE": str(secret)})
    secret.write_text("s3cret")
    both = {name: "other", f"{name}_FILE": str(secret)}
    for env in (both, dict(reversed(both.items()))):
        with pytest.raises(SettingsError, match="both given"):
            load_settings({**SASL, **env})


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (SASL, "needs sasl_mechanism, sasl_username and sasl_password"),
        ({"STREAM_APP_KAFKA__SASL_USERNAME": "u"}, "need security_protocol SASL_PLAINTEXT or SASL_SSL"),
        ({"STREAM_APP_KAFKA__SSL_CERT_FILE": "c.pem"}, "together or not at all"),
        ({"STREAM_APP_DETECTION__CLEAR_Z": "9", "STREAM_APP_DETECTION__RAISE_Z": "2"}, "must not be above"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(env: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(env)


def test_what_kafka_is_told_of_a_secret_user() -> None:
    settings = load_settings({**SASL, "STREAM_APP_BROKERS": "k:1", "STREAM_APP_KAFKA__SASL_PASSWORD": "s3cret"})
    connection = settings.kafka_connection()
    assert (connection.brokers, connection.sasl_username, connection.sasl_password) == ("k:1", "monitor", "s3cret")
    assert "s3cret" not in repr(connection)


def test_no_brokers_no_connection() -> None:
    with pytest.raises(SettingsError, match="STREAM_APP_BROKERS"):
        load_settings({}).kafka_connection()
    assert load_settings({}).kafka_connection("found:9").brokers == "found:9"


def test_models_get_the_tuning_that_was_set() -> None:
    tuning = load_settings({"STREAM_APP_DETECTION__PROFILE": "light", "STREAM_APP_READINGS__GRACE_S": "30"}).tuning()
    assert (tuning.novelty_memory, tuning.grace_s) == (11, 30.0)


def test_the_defaults_are_those_of_the_models() -> None:
    from models.tuning import Tuning

    assert load_settings({}).tuning() == Tuning()


def test_windows_and_feature_rows_reach_the_lanes(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[windows]\nreadings = 32\nhop = 8\nraise_p = 0.05\n[windows.by_type]\nflow = [64, 32]\n")
    settings = load_settings({"STREAM_APP_CONFIG": str(config), "STREAM_APP_FEATURES__PUBLISH": "sampled"})
    options = readings_options(settings)
    assert options.windows.shape_for("temperature") == WindowShape(32, 8)
    assert options.windows.shape_for("flow") == WindowShape(64, 32)
    assert (options.windows.raise_p, options.windows.clear_p) == (0.05, 0.05)
    assert options.publish_features == signals_options(settings).publish_features == "sampled"
    by_type = load_settings({"STREAM_APP_WINDOWS__BY_TYPE": '{"flow": [16, 16]}'}).windows.by_type
    assert by_type == {"flow": (16, 16)}
    assert readings_options(load_settings({})).windows == WindowTuning()


def test_windows_that_cannot_be_kept_are_refused() -> None:
    for name, value in (("HOP", "24"), ("BY_TYPE", '{"flow": [64, 8]}'), ("BY_TYPE", "flow")):
        with pytest.raises(SettingsError, match=r"(?i)hop of|not JSON"):
            load_settings({f"STREAM_APP_WINDOWS__{name}": value})


def test_a_schedule_is_a_cron_expression() -> None:
    assert load_settings({"STREAM_APP_DRIFT__SCHEDULE": "30 5 * * 1"}).drift.schedule == "30 5 * * 1"
    assert load_settings({"STREAM_APP_DRIFT__SCHEDULE": "never"}).drift.schedule == "never"
    with pytest.raises(SettingsError, match="is no cron expression"):
        load_settings({"STREAM_APP_DRIFT__SCHEDULE": "every tuesday"})


def test_settings_are_read_without_what_takes_long_to_load() -> None:
    loaded = "import sys; from stream_app.settings import load_settings; load_settings({}); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numba", "scipy", "torch", "mlflow", "faust"} & set(modules)
