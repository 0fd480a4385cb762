#!/usr/bin/env bash
# lambda.sh [FUNCTION…] builds the functions for this machine as they are deployed, and packs them:
# all, or those that are named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

(($#)) || set -- $(ls functions)
cargo build --locked --profile function "${@/#/--package=}"
.ci/pack.sh 12 "${CARGO_TARGET_DIR:-target}/function" "$@"
