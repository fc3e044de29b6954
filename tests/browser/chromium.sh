#!/usr/bin/env bash
# Installs Debian's chromium for the browser test where there is none and we may; says so where we may not.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "chromium is not installed and needs root: apt-get install chromium. The browser test is left out." >&2
        exit 0
    fi
    as_root=(sudo)
fi
if ! command -v apt-get >/dev/null; then
    echo "chromium is not installed, and there is no apt-get. The browser test is left out." >&2
    exit 0
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core >/dev/null
