//! Who is started: each of our functions, and others beside them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail, ensure};
use flyball_domain::{Integration, Kind};
use flyball_tests::deployment::{Answer, request_context};
use flyball_tests::root;
use serde_json::{Value, json};

use crate::scene::Scene;

/// Leaves a ticker the time for one pass, after which it waits for the next second and then ends.
const ONE_PASS_MS: u64 = 8_500;

/// As the deployed importers have it.
const INVOCATION_MS: u64 = 300_000;

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Importer(Integration, Kind),
    OpsApi,
    Ticker,
    /// Says hello, in Rust.
    Hello,
    /// Makes two calls of AWS, in Rust.
    Rust,
    /// The same, in Python.
    Python,
    /// The same, in JavaScript, in one file.
    Node,
    /// The same, with its packages as they are installed.
    NodeLoose,
}

/// All of them.
pub(crate) const CONTENDERS: &[Contender] = &[
    Contender::Importer(Integration::Shopify, Kind::Products),
    Contender::Importer(Integration::Shopify, Kind::Orders),
    Contender::Importer(Integration::Bigcommerce, Kind::Products),
    Contender::Importer(Integration::Bigcommerce, Kind::Orders),
    Contender::Importer(Integration::Magento, Kind::Products),
    Contender::Importer(Integration::Magento, Kind::Orders),
    Contender::OpsApi,
    Contender::Ticker,
    Contender::Hello,
    Contender::Rust,
    Contender::Python,
    Contender::Node,
    Contender::NodeLoose,
];

/// Where the programs are.
pub(crate) struct Programs {
    /// What was built by the profile of what is deployed.
    pub(crate) functions: PathBuf,
    /// The peers' languages and packages.
    pub(crate) peers: PathBuf,
}

impl Contender {
    /// Its name, as it is told.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Importer(integration, kind) => format!("{integration}-{kind}"),
            Self::OpsApi => "ops-api".to_owned(),
            Self::Ticker => "ticker".to_owned(),
            Self::Hello => "hello, Rust".to_owned(),
            Self::Rust => "two calls, Rust".to_owned(),
            Self::Python => "two calls, Python".to_owned(),
            Self::Node => "two calls, Node, bundled".to_owned(),
            Self::NodeLoose => "two calls, Node, as installed".to_owned(),
        }
    }

    /// Whether it is one of those that are deployed.
    pub(crate) const fn is_ours(self) -> bool {
        matches!(self, Self::Importer(..) | Self::OpsApi | Self::Ticker)
    }

    /// The package that it is built from, where it is one.
    pub(crate) fn package(self) -> Option<String> {
        match self {
            Self::Importer(..) | Self::OpsApi | Self::Ticker => Some(self.name()),
            Self::Hello => Some("flyball-tests-hello".to_owned()),
            Self::Rust => Some("flyball-tests-two-calls".to_owned()),
            Self::Python | Self::Node | Self::NodeLoose => None,
        }
    }

    /// What starts it.
    pub(crate) fn command(self, programs: &Programs, scene: &Scene) -> Result<Command> {
        let peers = &programs.peers;
        let (program, told) = match (self, self.package()) {
            (Self::Importer(integration, kind), Some(package)) => {
                (programs.functions.join(package), scene.importer(integration, kind))
            }
            (Self::OpsApi | Self::Ticker, Some(package)) => {
                (programs.functions.join(package), scene.sender())
            }
            (_, Some(package)) => (programs.functions.join(package), scene.peer()),
            (Self::Python, None) => (peers.join("python/bin/python"), scene.peer()),
            (_, None) => (peers.join("node"), scene.peer()),
        };
        if !program.is_file() {
            bail!("found no {}: use `just starts`", program.display());
        }
        let mut command = Command::new(program);
        command.env_clear().envs(told);
        match self {
            Self::Python => {
                command.args(["-m", "awslambdaric", "two_calls.handler"]);
                command.current_dir(root().join("tests/benches/starts/peers"));
                // What is deployed can't write beside itself either.
                command.env("PYTHONDONTWRITEBYTECODE", "1");
            }
            Self::Node => _ = command.arg(peers.join("javascript/bundle.mjs")),
            Self::NodeLoose => _ = command.arg(peers.join("javascript/runtime.mjs")),
            Self::Importer(..) | Self::OpsApi | Self::Ticker | Self::Hello | Self::Rust => {}
        }
        Ok(command)
    }

    /// Its next event, and how many milliseconds it has for it.
    pub(crate) async fn event(self, scene: &Scene) -> Result<(Value, u64)> {
        Ok(match self {
            Self::Importer(integration, kind) => {
                (scene.look(integration, kind).await?, INVOCATION_MS)
            }
            Self::OpsApi => (listing(), INVOCATION_MS),
            Self::Ticker => (json!({}), ONE_PASS_MS),
            Self::Hello | Self::Rust | Self::Python | Self::Node | Self::NodeLoose => {
                (json!({ "account": scene.account(Integration::Shopify)? }), INVOCATION_MS)
            }
        })
    }

    /// Fails unless an answer says that what was asked for was done.
    pub(crate) fn check(self, answer: &Answer) -> Result<()> {
        let Answer::Response(response) = answer else { bail!("found {answer:?}") };
        let (part, expected) = match self {
            Self::Importer(..) => ("/batchItemFailures", json!([])),
            Self::OpsApi => ("/statusCode", json!(200)),
            Self::Ticker => ("/passes", json!(1)),
            Self::Hello => ("/hello", json!("world")),
            Self::Rust | Self::Python | Self::Node | Self::NodeLoose => ("/found", json!(true)),
        };
        ensure!(response.pointer(part) == Some(&expected), "found {response}");
        Ok(())
    }
}

/// A request for the accounts, as API Gateway hands it on.
fn listing() -> Value {
    let path = "/v1/accounts";
    let by = json!({ "iam": {
        "accessKey": "AKIA", "accountId": "123456789012", "callerId": "AROA:mia",
        "cognitoIdentity": null, "principalOrgId": "o-1", "userId": "AROA:mia",
        "userArn": "arn:aws:sts::123456789012:assumed-role/ops/mia",
    } });
    json!({
        "version": "2.0",
        "routeKey": "ANY /v1/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": { "host": "api.execute-api.eu-central-1.amazonaws.com" },
        "requestContext": request_context("GET", path, Some(&by)),
        "isBase64Encoded": false,
    })
}
