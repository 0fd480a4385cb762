#!/usr/bin/env bash
# Deploys the template into an emulator of AWS on this machine, with the artifacts that .ci/lambda.sh
# has left (it builds them if there are none), connects three simulated stores to it, and tells what
# goes on until Ctrl-C. Ports are those of FLYBALL_PORT (4566) and the three after it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/tools.sh

stage=dev
port=${FLYBALL_PORT:-4566}
folder=$(mktemp -d)
export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=eu-central-1
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test

started=()
end() {
    trap - EXIT INT TERM
    local group
    for group in "${started[@]}"; do
        kill -KILL -- "-$group" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 0' INT TERM

# In the background, in a process group of its own: those whom it starts end with it.
start() {
    local log=$folder/$1
    shift
    setsid "$@" >"$log" 2>&1 </dev/null &
    started+=("$!")
    disown
}

wait_for() {
    local tries=0
    until "${@:2}"; do
        ((++tries < 300)) || { echo "error: waited in vain for $1" >&2; exit 1; }
        sleep 0.2
    done
}

is_open() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

install_engines
cargo build --release
flyball=${CARGO_TARGET_DIR:-target}/release/flyball
[[ -f target/lambda/ticker.zip ]] || .ci/lambda.sh

echo "The emulator, on $AWS_ENDPOINT_URL"
start emulator env BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 "GATEWAY_PORT=$port" \
    "$ENGINES/venv/bin/ministack"
wait_for "the emulator" is_open "$port"
"$ENGINES/node_modules/.bin/osls" deploy --stage "$stage" --param "architecture=$(uname -m)" \
    --param budget=none </dev/null

for integration in shopify bigcommerce magento; do
    ((++port))
    start "$integration" "$flyball" storefront "$integration" --port "$port" --products 200 \
        --orders 50 --json
    wait_for "a $integration store" test -s "$folder/$integration"
    read -r url TOKEN < <(python3 -c '
import json, sys
told = json.loads(open(sys.argv[1]).readline())
print(told["url"], json.dumps(json.loads(told["token"]), separators=(",", ":"))
      if told["token"].startswith("{") else told["token"])' "$folder/$integration")
    export TOKEN
    "$flyball" account add "$integration" --store "$url" --token-env TOKEN --allow-local \
        --id "$integration-store" --every 1m --stage "$stage"
done

echo "Until Ctrl-C; meanwhile, with AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL AWS_REGION=$AWS_REGION" \
    "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test:"
echo "  $flyball records --account shopify-store --stage $stage"
while true; do
    for integration in shopify bigcommerce magento; do
        for kind in products orders; do
            count=$("$flyball" records --account "$integration-store" --kind "$kind" \
                --stage "$stage" --json | wc -l)
            printf '%s %s: %s  ' "$integration" "$kind" "$count"
        done
    done
    printf '\n'
    sleep 10
done
