"""Which partitions of a topic somebody wants to have read now."""

Interest = frozenset[int] | None
"""None stands for all of them, an empty set for none."""

NOBODY: Interest = frozenset()


def everything() -> Interest:
    """Return the interest of a feed that is always read."""
    return None


def covers(interest: Interest, other: Interest) -> bool:
    """Return whether all that `other` wants is in `interest`."""
    return interest is None or (other is not None and other <= interest)
