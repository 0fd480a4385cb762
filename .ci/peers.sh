#!/usr/bin/env bash
# Installs the peers of docs/BENCHMARKS.md and measures beside them. Rows to measure may be named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/tools.sh

install_engines
install_peers
cargo build --locked --profile function --package flyball-cli
target=$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
FLYBALL=$target/function/flyball FLYBALL_TAPS=$ENGINES/taps FLYBALL_PEERS=$PEERS \
    cargo bench --locked --package flyball-tests --features engines --bench peers -- "$@"
