#!/usr/bin/env bash
# Builds the functions for this machine and lays each at target/lambda/<function>.zip, where
# serverless.yml looks for it: the framework uploads artifacts by their files' names alone, so that no
# two may have the same. Options go to cargo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=()
for folder in functions/*/; do
    packages+=("$(basename "$folder")")
done
cargo build --locked --profile function "${packages[@]/#/--package=}" "$@"
for package in "${packages[@]}"; do
    python3 - "${CARGO_TARGET_DIR:-target}/function/$package" "target/lambda/$package.zip" <<'PYTHON'
import os, sys, zipfile

binary, artifact = sys.argv[1:]
os.makedirs(os.path.dirname(artifact), exist_ok=True)
# A fixed date: what has not changed is packed into the same bytes.
entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
entry.external_attr = 0o100755 << 16
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(artifact, "w") as archive, open(binary, "rb") as file:
    archive.writestr(entry, file.read())
size = lambda path: f"{os.path.getsize(path) / 1e6:.1f} MB"
print(f"{artifact}: {size(binary)}, zipped {size(artifact)}")
PYTHON
done
