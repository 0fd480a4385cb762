# Shows what there is.
default:
    @just --list

# The tests that need nothing but Rust.
test:
    cargo test --workspace

# Everything that must hold.
ci:
    bash .ci/run

# The whole system in one process, with simulated stores.
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# The figures of docs/BENCHMARKS.md.
bench:
    cargo bench --package flyball-tests --bench figures

# The figures beside those of peers, which are installed first: all rows, or those that are named.
peers *ROWS:
    .ci/peers.sh {{ROWS}}

# How the functions start, beside peers, which are installed first.
starts *ARGS:
    .ci/starts.sh {{ARGS}}

# The governor beside what others use in its place, which is installed first: all rows, or those that
# are named.
rivals *ROWS:
    .ci/rivals.sh {{ROWS}}

# The functions' artifacts for Lambda, cross-compiled by cargo-lambda: arm64 or x86-64, with features
# of theirs such as otel.
lambda architecture="arm64" *features:
    cargo lambda build --profile function --{{architecture}} --output-format zip \
        $(printf -- '--package %s ' $(ls functions)) \
        $(for feature in {{features}}; do printf -- "--features %s/$feature " $(ls functions); done)
    for function in $(ls functions); do \
        mv target/lambda/$function/bootstrap.zip target/lambda/$function.zip; \
    done

# The functions' artifacts for Lambda, for this machine's architecture: all, or those that are named.
lambda-here *functions:
    .ci/lambda.sh {{functions}}

# The template, deployed into an emulator of AWS on this machine, with simulated stores.
deployed:
    .ci/deployed.sh

# How large the functions' artifacts are, built for Lambda on this machine. Writes it down in
# docs/figures/sizes.csv; fails where one is over the budget.
sizes: lambda-here
    FLYBALL_SIZES=target/lambda cargo test --package flyball-tests --test repository sizes

# Licenses, sources, and who may depend on what.
deny:
    cargo deny --locked check bans licenses sources

# The transition table of ARCHITECTURE.md, printed anew from the code.
bless:
    FLYBALL_BLESS=1 cargo test --package flyball-tests --test repository architecture

# Breaks the governor's core in every way that cargo-mutants 27 knows, one at a time, and names each
# that no test notices. Takes most of an hour; `--file PATH` does a part.
mutants *ARGS:
    PROPTEST_CASES=32 cargo mutants --package flyball-governor-core {{ARGS}}
