#!/usr/bin/env bash
# pack.sh LEVEL FOLDER [FUNCTION…] packs the functions' programs that lie in a folder, such as
# target/debug, as target/lambda/<function>.zip, where serverless.yml looks for them: all, or those that
# are named. The level is 1 for soon to 12 for small.
# The framework uploads artifacts by their files' names alone, so that no two may have the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/tools.sh

install_deflate
level=$1 programs=$2
shift 2
(($#)) || set -- $(ls functions)
packages=("$@")
stripped=$(mktemp -d)
trap 'rm -rf "$stripped"' EXIT
for package in "${packages[@]}"; do
    strip -o "$stripped/$package" "$programs/$package"
done
"$DEFLATE/bin/python" - "$level" "$stripped" "${packages[@]}" <<'PYTHON'
import os, struct, sys, zipfile, zlib
from concurrent.futures import ThreadPoolExecutor

import deflate

level, stripped, *packages = sys.argv[1:]
os.makedirs("target/lambda", exist_ok=True)

NAME = b"bootstrap"
# Made on Unix, by and for version 2.0 of the format; a fixed date, 1 January 1980: what has not
# changed is packed into the same bytes.
MADE, NEEDS, FLAGS, DEFLATED, TIME, DATE = 3 << 8 | 20, 20, 0, 8, 0, 1 << 5 | 1
EXECUTABLE = 0o100755 << 16

# An archive of one file, by PKWARE's APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16: Python's own
# library takes nothing that is deflated already.
def archive(program):
    packed = deflate.deflate_compress(program, int(level))
    entry = struct.pack("<5H3I2H", NEEDS, FLAGS, DEFLATED, TIME, DATE, zlib.crc32(program),
                        len(packed), len(program), len(NAME), 0)
    file = b"PK\x03\x04" + entry + NAME + packed
    listed = (b"PK\x01\x02" + struct.pack("<H", MADE) + entry
              + struct.pack("<3H2I", 0, 0, 0, EXECUTABLE, 0) + NAME)
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 1, 1, len(listed), len(file), 0)
    return file + listed + end

def pack(package):
    binary, artifact = os.path.join(stripped, package), f"target/lambda/{package}.zip"
    with open(binary, "rb") as file, open(artifact, "wb") as packed:
        packed.write(archive(file.read()))
    with zipfile.ZipFile(artifact) as written:
        if written.testzip() or [it.external_attr for it in written.infolist()] != [EXECUTABLE]:
            sys.exit(f"error: {artifact} can't be read back")
    size = lambda path: f"{os.path.getsize(path) / 1e6:.2f} MB"
    return f"{artifact}: {size(binary)}, zipped {size(artifact)}"

with ThreadPoolExecutor() as pool:
    for line in pool.map(pack, packages):
        print(line)
PYTHON
