//! The template, deployed into ministack: an emulator of AWS that runs the functions' real programs.
//! `FLYBALL_MINISTACK` names its executable, `FLYBALL_OSLS` the framework's; the artifacts are those
//! that `.ci/pack.sh` has left.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper that fails, fails the test that it helps"
)]
#![expect(clippy::missing_panics_doc, reason = "a helper panics where what it helps fails")]

mod pool;
mod process;

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Weak};

use aws_sdk_dynamodb::config::Region;
use axum::http::{Request, Response};
use flyball_accounts::Accounts;
use flyball_domain::{Integration, Kind};
use flyball_governor::{Governor, Policy, SystemClock, SystemEntropy};
use flyball_queue::SqsQueue;
use flyball_records::Records;
use flyball_runtime::{AwsSource, LocalEndpoints, Meter, Stage, aws_clients};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::root;
use pool::Pool;
use process::Process;

/// Whose keys everything is made with: the emulator's administrator.
const ACCESS_KEY: &str = "test";

/// Where it is deployed to, which is where the template is by default.
const REGION: &str = "eu-central-1";

/// The template, deployed into an emulator that is there for it alone. Those who ask for it at the same
/// time share one.
#[derive(Debug)]
pub struct Emulated {
    /// What it is called.
    pub stage: Stage,
    /// Its lanes.
    pub governor: Governor,
    /// What it has imported.
    pub records: Records,
    /// The accounts that are connected to it.
    pub accounts: Accounts,
    sqs: aws_sdk_sqs::Client,
    running: Arc<Running>,
}

/// Where it runs, and who may call its ops API.
#[derive(Debug)]
struct Running {
    process: Process,
    pool: Pool,
    /// The path of the API in the emulator.
    api: String,
}

/// What runs, while somebody holds on to it: to deploy takes longer than most of what is tried.
static SHARED: Mutex<Weak<Running>> = Mutex::const_new(Weak::new());

impl Emulated {
    /// Starts an emulator and deploys into it, unless one is there.
    pub async fn deployed() -> Self {
        let stage = Stage::parse("dev").unwrap();
        let running = shared(&stage).await;
        let endpoint = running.process.endpoint();
        let local =
            LocalEndpoints { dynamodb: endpoint.clone(), sqs: endpoint, token: ACCESS_KEY.into() };
        let clients = aws_clients(&AwsSource::Local(local), &Meter::default()).await;
        let region = Region::new(REGION);
        let dynamodb = clients.dynamodb.config().to_builder().region(region.clone()).build();
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        let sqs = clients.sqs.config().to_builder().region(region).build();
        let sqs = aws_sdk_sqs::Client::from_conf(sqs);
        let tables = stage.tables().clone();
        let (clock, entropy) = (Arc::new(SystemClock::new()), Arc::new(SystemEntropy));
        let (db, governor) = (dynamodb.clone(), tables.governor.as_str());
        Self {
            governor: Governor::new(db, governor, Policy::STANDARD, clock, entropy),
            records: Records::new(dynamodb.clone(), tables.records.as_str()),
            accounts: Accounts::without_keys(dynamodb, tables.accounts.as_str()),
            stage,
            sqs,
            running,
        }
    }

    /// What a program has to be told to find it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        environment(&self.running.process)
    }

    /// Where its ops API is: before the routes' paths.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.running.process.endpoint(), self.running.api)
    }

    /// A token for its ops API with these scopes.
    pub async fn token(&self, scopes: &str) -> String {
        self.running.pool.token(&self.running.process, scopes).await
    }

    /// A token of the same issuer with these scopes, but for something else.
    pub async fn token_for_others(&self, scopes: &str) -> String {
        self.running.pool.token_for_others(&self.running.process, scopes).await
    }

    /// What the API calls whoever bears a token for it.
    pub fn bearer(&self) -> &str {
        self.running.pool.audience()
    }

    /// Sends a request to a path of its ops API, through the gateway.
    pub async fn call(&self, mut request: Request<Vec<u8>>) -> Response<Value> {
        let path = format!("{}{}", self.running.api, request.uri());
        *request.uri_mut() = path.parse().unwrap();
        self.running.process.send(request).await
    }

    /// Invokes one of its functions, past whatever stands before it.
    pub async fn invoke(&self, function: &str, event: &Value) -> Value {
        let name = format!("flyball-{}-{function}", self.stage);
        let request = Request::post(format!("/2015-03-31/functions/{name}/invocations"));
        let request = request.body(event.to_string().into()).unwrap();
        self.running.process.send(request).await.into_body()
    }

    /// The queue of an integration's jobs of one kind.
    pub async fn queue(&self, integration: Integration, kind: Kind) -> SqsQueue {
        let name = self.stage.queue_name(integration, kind);
        SqsQueue::find(self.sqs.clone(), &name).await.unwrap()
    }

    /// The dead letters of that queue.
    pub async fn dead_letters(&self, integration: Integration, kind: Kind) -> SqsQueue {
        let name = format!("{}-dead", self.stage.queue_name(integration, kind));
        SqsQueue::find(self.sqs.clone(), &name).await.unwrap()
    }

    /// What the emulator has written.
    pub fn log(&self) -> String {
        self.running.process.log()
    }
}

async fn shared(stage: &Stage) -> Arc<Running> {
    let mut shared = SHARED.lock().await;
    if let Some(running) = shared.upgrade() {
        return running;
    }
    let process = Process::start().await;
    let pool = Pool::make(&process).await;
    let api = deploy(&process, stage, &pool).await;
    let running = Arc::new(Running { process, pool, api });
    *shared = Arc::downgrade(&running);
    running
}

fn environment(process: &Process) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", process.endpoint()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", ACCESS_KEY.to_owned()),
    ]
}

/// As docs/DEPLOY.md has it, but for what the emulator has not: budgets. Returns the path under which
/// the emulator has the ops API.
async fn deploy(process: &Process, stage: &Stage, pool: &Pool) -> String {
    let osls = std::env::var_os("FLYBALL_OSLS");
    let osls = PathBuf::from(osls.expect("FLYBALL_OSLS names the framework's executable"));
    let parameters = [
        format!("architecture={}", std::env::consts::ARCH),
        "budget=none".to_owned(),
        "apiCallers=jwt".to_owned(),
        format!("apiIssuer={}", pool.issuer),
        format!("apiAudience={}", pool.audience()),
    ];
    let deployed = Command::new(osls)
        .args(["deploy", "--verbose", "--stage", &stage.to_string(), "--region", REGION])
        .args(parameters.iter().flat_map(|one| ["--param", one]))
        .envs(environment(process))
        .current_dir(root())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = [deployed.stdout, deployed.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(deployed.status.success(), "{said}\n{}", process.log());
    let url = said.lines().find_map(|line| line.trim().strip_prefix("OpsApiUrl: "));
    // On AWS the API's name is the first of its host's; the emulator's hosts are in no DNS.
    let api = url.and_then(|url| url.split_once("://")?.1.split_once('.'));
    let Some((api, _rest)) = api else { unreachable!("no URL of the ops API in {said}") };
    format!("/_aws/execute-api/{api}")
}
