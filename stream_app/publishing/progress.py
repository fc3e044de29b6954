"""Progress of long work on stderr: how much, how fast, how long still; silent where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[float], None]
"""Is told how much is done so far, in all."""


@contextmanager
def progress(what: str, unit: str, total: float | None) -> Iterator[Advance]:
    """Show a bar for `total` units (None = endless) as long as the context lasts."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed or 0.0
            return Text(f"{task.completed:,.0f} {unit} · {speed:,.0f}/s")

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
