"""Write `jgo.lock.toml` from `jgo.toml`: `python -m connectors.embedded_kafka.relock` (for maintainers)."""

import tempfile
from pathlib import Path

from connectors.embedded_kafka.jars import LOCK_FILE, SPEC_FILE


def main() -> None:
    """Resolve every transitive dependency afresh and record its version and SHA-256 sum, sorted by name."""
    from jgo.env import EnvironmentSpec, LockedDependency, LockFile, compute_spec_hash
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    spec = EnvironmentSpec.load(SPEC_FILE)
    with tempfile.TemporaryDirectory() as fresh:
        context = MavenContext(repo_cache=Path(fresh))
        wanted = [context.create_dependency(Coordinate.parse(text)) for text in spec.coordinates]
        inputs, transitive = context.resolver.resolve(wanted)
        needed = [*inputs, *(one for one in transitive if one.scope in ("compile", "runtime"))]
        locked = [LockedDependency.from_dependency(one) for one in needed]
    locked.sort(key=lambda one: (one.groupId, one.artifactId))
    LockFile(locked, environment_name=spec.name, spec_hash=compute_spec_hash(SPEC_FILE)).save(LOCK_FILE)
    print(f"{len(locked)} jars locked in {LOCK_FILE}")


if __name__ == "__main__":
    main()
