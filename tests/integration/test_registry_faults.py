"""A registry that is away, slow, full or closed to us is told of in a sentence, and models in service go on."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from agents.model_shelf import ModelShelf
from agents.model_watch import ModelWatch
from connectors.model_artefacts.folder import write_folder
from connectors.model_artefacts.keys import trust
from connectors.model_registry.aliases import SERVED_PATH, registry_reader
from connectors.model_registry.promotion import Moved, begin_canary, end_canary, promote, roll_back
from connectors.model_registry.registry import Registry
from schemas.errors import SettingsError, UnavailableError, UsageError
from schemas.model_events import ModelEvent, ModelLoaded, ModelRefused
from schemas.model_names import ALIASES
from tests.unit.serving.made_models import KEY, NAME, artefact, fitted

KEYS = trust(KEY)


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with three versions of a model: two that may serve, and one without files."""
    uri = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    registry = Registry(uri)
    for number, algorithm in enumerate(("mahalanobis", "neighbours", None), start=1):
        run_id = registry.begin_run(NAME, {})
        assert registry.new_version(NAME, run_id, {"algorithm": str(algorithm)}, {"lane": "readings"}) == number
        registry.log(run_id, {"seed": 1}, {"stability": 0.5 + number / 10})
        if algorithm:
            scratch = tmp_path_factory.mktemp("scratch")
            registry.put_artefact(run_id, artefact(fitted(algorithm), number), scratch)
        registry.end_run(run_id, True)
    return uri


@contextmanager
def pointed(uri: str, **aliases: int | None) -> Iterator[Registry]:
    registry = Registry(uri)
    for alias in ("champion", "challenger", "former", "canary"):
        registry.point(NAME, alias, aliases.get(alias))
    yield registry


class Watched:
    """A watch over a registry, with what it said."""

    def __init__(self, uri: str) -> None:
        self.shelf = ModelShelf(KEYS)
        self.said: list[ModelEvent] = []
        self.watch = ModelWatch(self.shelf, registry_reader(uri), KEYS, "w", self.said.append)

    def versions(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for alias in ALIASES:
            served = self.shelf.offers(alias).get(NAME)
            found[alias] = served.model.version if served else None
        return found


def test_workers_read_without_mlflow_what_mlflow_wrote(uri: str) -> None:
    with pointed(uri, champion=1, challenger=2) as registry:
        aliases = registry_reader(uri).aliases()
        assert {of: target.version for of, target in aliases.items()} == {
            (NAME, "champion"): 1,
            (NAME, "challenger"): 2,
        }
        assert [(v.version, v.aliases) for v in registry.versions(NAME)] == [
            (3, ()),
            (2, ("challenger",)),
            (1, ("champion",)),
        ]
        assert registry_reader(uri).files(aliases[NAME, "champion"]) == artefact(fitted(), 1).files
        assert registry.versions(NAME)[0].metrics == {"stability": pytest.approx(0.8)}
        found = registry_reader(uri).versions()
        assert sorted(found, key=lambda each: -each.version) == registry.versions(NAME)


def test_a_moved_alias_is_followed_and_the_former_champion_goes_on_in_shadow(uri: str) -> None:
    with pointed(uri, champion=1) as registry:
        seen = Watched(uri)
        seen.watch.look()
        assert seen.versions() == {"champion": "1", "challenger": None, "canary": None}
        registry.point(NAME, "former", 1)
        registry.point(NAME, "champion", 2)
        seen.watch.look()
        assert seen.versions() == {"champion": "2", "challenger": "1", "canary": None}
        seen.watch.look()
        assert [(type(e), e.version) for e in seen.said] == [(ModelLoaded, "1"), (ModelLoaded, "2"), (ModelLoaded, "1")]


def test_what_may_not_serve_is_refused_once_and_the_old_one_goes_on(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=1) as registry:
        seen = Watched(uri)
        seen.watch.look()
        source = Path(registry_reader(uri).aliases()[NAME, "champion"].source.removeprefix("file://"))
        [third] = [v for v in registry.versions(NAME) if v.version == 3]
        folder = Path(third.source.removeprefix("file://")) / SERVED_PATH
        write_folder(artefact(fitted(), 1), folder)  # an older one, rightly signed
        registry.point(NAME, "champion", 3)
        seen.watch.look()
        seen.watch.look()
        assert seen.versions()["champion"] == "1"
        [refused] = [e for e in seen.said if isinstance(e, ModelRefused)]
        assert (refused.version, refused.reason, refused.worker) == ("3", "older", "w")
        assert source.exists()


def test_a_worker_that_starts_while_the_alias_names_a_bad_version_leaves_stored_models_alone(uri: str) -> None:
    with pointed(uri, champion=3):
        seen = Watched(uri)
        assert seen.shelf.wanted("champion", "readings", "flow", None) is None
        seen.watch.look()
        present = object()
        assert seen.shelf.wanted("champion", "readings", "flow", present) is present  # type: ignore[arg-type]


def test_an_away_registry_changes_nothing(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=1):
        seen = Watched(uri)
        seen.watch.look()
        seen.watch._registry = registry_reader("http://127.0.0.1:9")
        seen.watch.look()
        assert seen.versions()["champion"] == "1"
    (tmp_path / "torn.db").write_bytes(b"no database at all, but long enough to be read as one" * 10)
    with pytest.raises(UnavailableError, match="cannot be read"):
        registry_reader(f"sqlite:///{tmp_path}/torn.db").aliases()
    assert registry_reader(f"sqlite:///{tmp_path}/none.db").aliases() == {}
    with pytest.raises(SettingsError, match="workers cannot read"):
        registry_reader("postgresql://u:secret@host/db")


def test_two_who_promote_at_once_come_one_after_the_other(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=3, challenger=1):
        results: list[Moved | UsageError] = []

        def act(own: Registry, version: int) -> None:
            try:
                results.append(promote(own, NAME, version, tmp_path))
            except UsageError as error:
                results.append(error)

        # Opened before: an SQLite store that is opened and written at once may refuse for a while.
        threads = [threading.Thread(target=act, args=(Registry(uri), version)) for version in (1, 2, 2, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        moved = [r for r in results if not isinstance(r, UsageError)]
        # Each knows whom it really followed: together they are one way from 3 to the champion.
        left, entered = Counter(m.previous or 0 for m in moved), Counter(m.version for m in moved)
        champion = Registry(uri).alias(NAME, "champion") or 0
        assert (left - entered, entered - left) == (Counter([3]), Counter([champion]))


def test_rollback_goes_back_and_says_where_there_is_nothing_to_go_back_to(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=1, challenger=2) as registry:
        assert promote(registry, NAME, None, tmp_path).previous == 1
        with pytest.raises(UsageError, match="champion already"):
            promote(registry, NAME, 2, tmp_path)
        assert roll_back(registry, NAME, None, tmp_path).version == 1
        for wrong, word in ((lambda: roll_back(registry, NAME, None, tmp_path), "followed no other"),
                            (lambda: promote(registry, NAME, None, tmp_path), "no challenger"),
                            (lambda: promote(registry, NAME, 77, tmp_path), "no version 77"),
                            (lambda: registry.versions("pdm.readings.nope"), "no model")):  # fmt: skip
            with pytest.raises(UsageError, match=word):
                wrong()


def test_what_was_decided_on_another_champion_is_not_done(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=1, challenger=2) as registry:
        with pytest.raises(UsageError, match="is version 1 by now, not version 3"):
            promote(registry, NAME, 2, tmp_path, instead_of=3)
        promote(registry, NAME, 2, tmp_path, instead_of=1, only_challenger=True)
        with pytest.raises(UsageError, match="is version 2 by now, not version 1"):
            roll_back(registry, NAME, 1, tmp_path, instead_of=1)
        roll_back(registry, NAME, None, tmp_path, instead_of=2)
        # The champion is the same as at first, but somebody has put version 2 aside.
        with pytest.raises(UsageError, match="challenger no more"):
            promote(registry, NAME, 2, tmp_path, instead_of=1, only_challenger=True)


def test_a_canary_begins_beside_a_champion_and_ends_with_its_promotion(uri: str, tmp_path: Path) -> None:
    with pointed(uri, champion=1, challenger=2) as registry:
        with pytest.raises(UsageError, match="champion judges all"):
            end_canary(registry, NAME, tmp_path)
        with pytest.raises(UsageError, match="no other champion"):
            begin_canary(registry, NAME, 1, tmp_path)
        assert begin_canary(registry, NAME, None, tmp_path) == 2
        with pytest.raises(UsageError, match="already"):
            begin_canary(registry, NAME, 2, tmp_path)
        seen = Watched(uri)
        seen.watch.look()
        assert seen.versions() == {"champion": "1", "challenger": "2", "canary": "2"}
        assert end_canary(registry, NAME, tmp_path) == 2
        begin_canary(registry, NAME, 2, tmp_path)
        promote(registry, NAME, 2, tmp_path)
        seen.watch.look()
        assert seen.versions() == {"champion": "2", "challenger": "1", "canary": None}


@contextmanager
def server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            running.shutdown()


def refuse(code: int) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps({"error_code": "PERMISSION_DENIED", "message": "no"}).encode()
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_wrong_password_and_a_slow_server_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(refuse(401)) as url:
        with pytest.raises(UnavailableError, match="USERNAME"):
            registry_reader(url).aliases()
        registry = Registry(url.replace("//", "//me:secret@"))
        with pytest.raises(UnavailableError) as told:
            registry.names()
        assert "secret" not in str(told.value)
    monkeypatch.setattr("connectors.model_registry.rest_reader._TIMEOUT_S", 0.2)
    release = threading.Event()
    with server(lambda handler: (release.wait(60), refuse(200)(handler))[0]) as url:  # type: ignore[arg-type]
        # The answer would come only after this.
        with pytest.raises(UnavailableError, match="does not answer"):
            registry_reader(url).aliases()
        release.set()


def test_a_server_that_dies_while_it_answers_is_away() -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")

    with server(half) as url, pytest.raises(UnavailableError, match="does not answer"):
        registry_reader(url).aliases()


def test_versions_are_read_from_a_server_page_by_page() -> None:
    """The answers are those of a server of MLflow 3.17, cut to what is read of them."""
    model = "pdm.readings.a%20b"
    runs = Counter[str]()

    def version(number: int) -> dict[str, object]:
        tags = [{"key": "algorithm", "value": "neighbours"}]
        return {"name": model, "version": str(number), "creation_timestamp": 7, "run_id": f"r{number}", "tags": tags,
                "source": f"mlflow-artifacts:/1/r{number}/artifacts/model", "aliases": []}  # fmt: skip

    def answer(handler: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        if "registered-models/search" in handler.path:
            aliases = [{"alias": "champion", "version": "1"}]
            told: dict[str, object] = {"registered_models": [{"name": model, "aliases": aliases}]}
        elif "model-versions/search" in handler.path:
            assert query["filter"] == ["name LIKE 'pdm.%'"]
            told = {"model_versions": [version(1)]} if "page_token" in query else {
                "model_versions": [version(2)], "next_page_token": "more"}  # fmt: skip
        else:
            [run] = query["run_id"]
            runs[run] += 1
            metrics = [{"key": "stability", "value": 0.5}, {"key": "recall", "value": "NaN"}]
            status = "FINISHED" if run == "r1" else "RUNNING"
            told = {"run": {"info": {"status": status}, "data": {"metrics": metrics}}}
        body = json.dumps(told).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with server(answer) as url:
        reader = registry_reader(url)
        for _ in range(2):
            found = reader.versions()
        assert [(v.version, v.aliases, v.metrics, v.tags) for v in found] == [
            (2, (), {"stability": 0.5}, {"algorithm": "neighbours"}),
            (1, ("champion",), {"stability": 0.5}, {"algorithm": "neighbours"}),
        ]
        assert runs == {"r1": 1, "r2": 2}, "what a finished run measured is asked once"


def test_a_full_disk_and_a_closed_folder_are_told_of(uri: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="failed"):
        Registry(f"sqlite:///{tmp_path}/file/mlflow.db")
    with pytest.raises(UnavailableError, match="make room"):
        write_folder(artefact(), tmp_path / "file" / "folder")
    Path("/dev/full").stat()
    with pytest.raises(UnavailableError, match="cannot be written"):
        _write_to_full(tmp_path)


def _write_to_full(tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "model.safetensors").symlink_to("/dev/full")
    write_folder(artefact(), folder)
