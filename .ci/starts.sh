#!/usr/bin/env bash
# starts.sh [FUNCTION…] [--once] builds the functions as they are deployed, installs the peers of
# docs/BENCHMARKS.md that they are measured beside, and measures how they start: of ours all, or those
# that are named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/tools.sh

arguments=("$@")
install_starts
# Beside what they need, as a function's folder is.
cp tests/benches/starts/peers/*.mjs "$STARTS/javascript"
"$STARTS/javascript/node_modules/.bin/esbuild" "$STARTS/javascript/runtime.mjs" --log-level=warning \
    --bundle --minify --platform=node --format=esm --main-fields=module,main \
    --banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' \
    --outfile="$STARTS/javascript/bundle.mjs"
functions=$(ls functions)
peers="flyball-tests-hello flyball-tests-two-calls"
# shellcheck disable=SC2086
set -- $functions $peers
# All at once: what they build on is then built once, with the features of all.
cargo build --locked --profile function "${@/#/--package=}"
programs=${CARGO_TARGET_DIR:-target}/function
.ci/pack.sh 12 "$programs" "$@"
FLYBALL_FUNCTIONS=$(cd "$programs" && pwd) FLYBALL_STARTS=$STARTS \
    cargo bench --locked --package flyball-tests --bench starts -- "${arguments[@]}"
