"""`stream-app models`: registered versions, their aliases, and their signatures."""

from typing import TYPE_CHECKING, Any

import click

from stream_app.output import Output

if TYPE_CHECKING:
    from connectors.model_registry.versions import Version


@click.group()
def command() -> None:
    """Look at trained models, and decide which of them score."""


@command.command("list")
@click.pass_obj
def list_models(output: Output) -> None:
    """Print every model with its champion and challenger."""
    from stream_app.model_desk import desk

    registry = desk().registry
    rows = []
    for name in registry.names():
        versions = registry.versions(name)
        newest = versions[0] if versions else None
        rows.append(
            {
                "model": name,
                "champion": _aliased(versions, "champion"),
                "challenger": _aliased(versions, "challenger"),
                "versions": len(versions),
                "newest": newest and str(newest.version),
                "algorithm": newest and newest.tags.get("algorithm"),
            }
        )
    output.document({"models": rows})
    output.table(list(rows[0]) if rows else ["model"], [list(row.values()) for row in rows])
    if not rows:
        output.text("no models yet: train one by `stream-app train`")


@command.command()
@click.argument("name")
@click.pass_obj
def show(output: Output, name: str) -> None:
    """Print the versions of model NAME with their data and metrics, the newest first."""
    from schemas.times import format_time
    from stream_app.model_desk import desk

    versions = desk().registry.versions(name)
    documents = [
        {
            "version": str(each.version),
            "aliases": list(each.aliases),
            "algorithm": each.tags.get("algorithm"),
            "made": format_time(each.created_ms * 1000),
            "run_id": each.run_id,
            "tags": each.tags,
            "metrics": each.metrics,
        }
        for each in versions
    ]
    output.document({"model": name, "versions": documents})
    shown = ["false_alarms_per_sensor_hour", "calibration_ratio", "injected_roc_auc", "injected_recall", "stability"]
    output.table(
        ["version", "aliases", "algorithm", "data from", "to", *shown],
        [
            [
                str(each.version),
                ",".join(each.aliases) or "-",
                each.tags.get("algorithm", "-"),
                each.tags.get("data_from", "-")[:19],
                each.tags.get("data_to", "-")[:19],
                *(_rounded(each.metrics.get(metric)) for metric in shown),
            ]
            for each in versions
        ],
    )


_instead_of = click.option("--instead-of", type=int, help="Only where this version is still the champion.")


@command.command()
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--reason", default="by hand", show_default=True)
@click.option("--automatic", is_flag=True, hidden=True)
@click.option("--engineer", hidden=True, help="Who asked for it at the page.")
@_instead_of
@click.pass_obj
def promote(
    output: Output,
    name: str,
    version: int | None,
    reason: str,
    automatic: bool,
    engineer: str | None,
    instead_of: int | None,
) -> None:
    """Make VERSION of NAME, else its challenger, the champion: every worker scores with it within seconds."""
    from stream_app.model_desk import actor_of, desk

    moved = desk().promote(name, version, reason, actor_of(automatic, engineer), instead_of)
    output.document({"model": name, "version": str(moved.version), "previous": _text(moved.previous)})
    output.text(f"{name}: champion is version {moved.version}, was {_text(moved.previous) or 'none'}")


@command.command()
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--end", is_flag=True, help="Have the champion judge all assets again.")
@click.option("--reason", default="by hand", show_default=True)
@click.option("--automatic", is_flag=True, hidden=True)
@click.pass_obj
def canary(output: Output, name: str, version: int | None, end: bool, reason: str, automatic: bool) -> None:
    """Have VERSION of NAME, else its challenger, judge a share of the assets in the champion's place."""
    from stream_app.model_desk import actor_of, desk

    mine, actor = desk(), actor_of(automatic, None)
    if end:
        found, word = mine.end_canary(name, reason, actor), "judges no asset any more"
    else:
        found = mine.begin_canary(name, version, reason, actor)
        word = f"judges {mine.settings.promotion.canary_share:.0%} of the assets"
    output.document({"model": name, "version": str(found), "canary": not end})
    output.text(f"{name}: version {found} {word}")


@command.command()
@click.argument("name")
@click.option("--to", "version", type=int, help="A version; else the one that the champion followed.")
@click.option("--reason", default="by hand", show_default=True)
@click.option("--automatic", is_flag=True, hidden=True)
@click.option("--engineer", hidden=True, help="Who asked for it at the page.")
@_instead_of
@click.pass_obj
def rollback(
    output: Output,
    name: str,
    version: int | None,
    reason: str,
    automatic: bool,
    engineer: str | None,
    instead_of: int | None,
) -> None:
    """Make the champion before of NAME the champion again."""
    from stream_app.model_desk import actor_of, desk

    moved = desk().roll_back(name, version, reason, actor_of(automatic, engineer), instead_of)
    output.document({"model": name, "version": str(moved.version), "previous": _text(moved.previous)})
    output.text(f"{name}: champion is version {moved.version} again, was {moved.previous}")


@command.command()
@click.argument("name")
@click.argument("first", type=int)
@click.argument("second", type=int)
@click.pass_obj
def compare(output: Output, name: str, first: int, second: int) -> None:
    """Print the metrics of two versions of NAME side by side."""
    from stream_app.model_desk import desk

    mine = desk()
    one, other = (mine.version(name, number) for number in (first, second))
    metrics = sorted(set(one.metrics) | set(other.metrics))
    rows = [{"metric": each, "first": one.metrics.get(each), "second": other.metrics.get(each)} for each in metrics]
    output.document({"model": name, "first": str(first), "second": str(second), "metrics": rows})
    output.table(
        ["metric", f"version {first}", f"version {second}"],
        [[row["metric"], _rounded(row["first"]), _rounded(row["second"])] for row in rows],
    )


@command.command()
@click.argument("name")
@click.argument("version", type=int)
@click.pass_obj
def sign(output: Output, name: str, version: int) -> None:
    """Sign VERSION of NAME with this data directory's key, once its files are what its manifest says."""
    from stream_app.model_desk import desk

    digest = desk().sign(name, version)
    output.document({"model": name, "version": str(version), "digest": digest})
    output.text(f"signed version {version} of {name}, manifest {digest[:16]}")


@command.command()
@click.argument("name")
@click.argument("version", type=int)
@click.pass_obj
def verify(output: Output, name: str, version: int) -> None:
    """Do with VERSION of NAME what a worker does before it serves: signature, digests, columns, canaries."""
    from stream_app.model_desk import desk

    served = desk().verify(name, version)
    output.document({"model": name, "version": str(version), "digest": served.digest, "ok": True})
    output.text(f"version {version} of {name} may serve, manifest {served.digest[:16]}")


def _aliased(versions: "list[Version]", alias: str) -> str | None:
    return next((str(each.version) for each in versions if alias in each.aliases), None)


def _text(version: int | None) -> str | None:
    return None if version is None else str(version)


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 4)
