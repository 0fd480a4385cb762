#!/usr/bin/env bash
# pack.sh FOLDER [FUNCTION…] packs the functions' programs that lie in a folder, such as target/debug,
# as target/lambda/<function>.zip, where serverless.yml looks for them: all, or those that are named.
# The framework uploads artifacts by their files' names alone, so that no two may have the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

programs=$1
shift
(($#)) || set -- $(ls functions)
packages=("$@")
stripped=$(mktemp -d)
trap 'rm -rf "$stripped"' EXIT
for package in "${packages[@]}"; do
    strip -o "$stripped/$package" "$programs/$package"
done
python3 - "$stripped" "${packages[@]}" <<'PYTHON'
import os, sys, zipfile
from concurrent.futures import ThreadPoolExecutor

stripped, *packages = sys.argv[1:]
os.makedirs("target/lambda", exist_ok=True)

def pack(package):
    binary, artifact = os.path.join(stripped, package), f"target/lambda/{package}.zip"
    # A fixed date: what has not changed is packed into the same bytes.
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(artifact, "w") as archive, open(binary, "rb") as file:
        archive.writestr(entry, file.read())
    size = lambda path: f"{os.path.getsize(path) / 1e6:.1f} MB"
    return f"{artifact}: {size(binary)}, zipped {size(artifact)}"

with ThreadPoolExecutor() as pool:
    for line in pool.map(pack, packages):
        print(line)
PYTHON
