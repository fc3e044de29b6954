"""`stream-app schema`: the public formats as documents."""

import json
from pathlib import Path
from typing import Any

import click

from schemas.errors import UnavailableError
from stream_app.output import Output


@click.command()
@click.argument("what", type=click.Choice(["asyncapi", "jsonschema", "openapi", "openapi-worker"]))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write files into this directory.")
@click.pass_obj
def command(output: Output, what: str, out: Path | None) -> None:
    """Print the topics (asyncapi), the messages (jsonschema), or the REST interface of the page or of a worker."""
    documents = _documents(what)
    if out is None:
        whole = documents if len(documents) > 1 else next(iter(documents.values()))
        output.document(whole)
        output.text(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    paths = [_written(out / f"{name}.json", content) for name, content in documents.items()]
    output.document({"files": [str(path) for path in paths]})
    output.text("\n".join(str(path) for path in paths))


def _documents(what: str) -> dict[str, dict[str, Any]]:
    """Return the documents by file name."""
    if what == "asyncapi":
        from schemas.asyncapi import asyncapi_document

        return {"asyncapi": asyncapi_document()}
    if what == "jsonschema":
        from schemas.jsonschema import json_schemas

        return json_schemas()
    if what == "openapi-worker":
        from stream_app.openapi import openapi_document as worker_document

        return {"openapi-worker": worker_document()}
    try:
        from stream_app.web.app import openapi_document
    except ModuleNotFoundError as missing:
        raise UnavailableError(f"Package {missing.name} is not installed; install stream-app[web].") from None
    return {"openapi": openapi_document()}


def _written(path: Path, content: dict[str, Any]) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise UnavailableError(f"File {path} cannot be written ({error.strerror}); choose another --out.") from None
    return path
