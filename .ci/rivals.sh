#!/usr/bin/env bash
# rivals.sh [ROW…] [OPTION…] installs the rivals of docs/BENCHMARKS.md and measures the governor beside
# them: all rows, or those that are named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/tools.sh

install_rivals
cp governor/proof/rivals/*.mjs "$RIVALS/javascript"
cp governor/proof/rivals/*.py "$RIVALS"
# Those in Rust are no part of the workspace, whose rules keep some of them out.
cargo build --locked --release --manifest-path governor/proof/rivals/limits/Cargo.toml \
    --target-dir "$RIVALS/rust"
cargo run --locked --release --package flyball-governor-proof -- bench --rivals "$RIVALS" "$@"
