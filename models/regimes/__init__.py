"""Operating modes of an asset, and what is usual for each series in each of them."""
