"""`stream-app status`: what there is and where it stands."""

from typing import Any

import click

from stream_app.output import Output, aligned


@click.command()
@click.pass_obj
def command(output: Output) -> None:
    """Show topics, the lag of the consumer groups, workers and their last checkpoints."""
    from stream_app.running import brokers_of
    from stream_app.settings import load_settings
    from stream_app.standing import standing

    settings = load_settings()
    found = standing(settings, settings.kafka_connection(brokers_of(settings)))
    output.document(found)
    output.text(_for_people(found))


def _for_people(found: dict[str, Any]) -> str:
    topics = [[topic["name"], topic["partitions"], topic["records"]] for topic in found["topics"]]
    groups = [[group["group"], group["state"], group["members"], group["lag"]] for group in found["groups"]]
    workers = [[worker["url"], *_worker(worker)] for worker in found["workers"]]
    page = found["page"]
    return "\n\n".join(
        (
            f"Kafka {found['brokers']}",
            aligned(["topic", "partitions", "records"], topics),
            aligned(["group", "state", "members", "lag"], groups),
            aligned(["worker", "state", "partitions", "sensors", "last checkpoint"], workers),
            *([f"page {page['url']} {_state(page)}"] if page else []),
        )
    )


def _worker(worker: dict[str, Any]) -> list[Any]:
    age_s = worker["checkpoint_age_s"]
    held = sum(len(partitions) for partitions in worker["partitions"].values())
    return [_state(worker), held, worker["sensors"], None if age_s is None else f"{age_s:.1f} s ago"]


def _state(worker: dict[str, Any]) -> str:
    return "ready" if worker["ready"] else "starting" if worker["alive"] else "not found"
