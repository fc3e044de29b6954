"""Which assets a challenger judges in service before it is champion: a share of them, by a hash keyed by its version.

So every worker names the same assets without asking, and each version gets others.
"""

from functools import lru_cache
from hashlib import blake2b

_BYTES = 8


@lru_cache(maxsize=65_536)
def is_canary_asset(asset_id: str, model: str, version: str, share: float) -> bool:
    """Whether the asset is among the share (0 to 1) of all that this version judges."""
    key = blake2b(f"{model}/{version}".encode(), digest_size=64).digest()
    digest = blake2b(asset_id.encode(), digest_size=_BYTES, key=key).digest()
    return int.from_bytes(digest, "big") < share * 2.0 ** (8 * _BYTES)
