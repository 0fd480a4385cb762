//! What the functions talk to: the services of a deployment, behind one front.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use axum::Router;
use flyball_domain::{AccountId, Drain, Integration, Kind, Message};
use flyball_local::ACCOUNTS_TABLE;
use flyball_queue::{Outgoing, Queue as _, Receive};
use flyball_tests::deployment::{Front, Services, Wire, record};
use flyball_tests::world::{Setup, Shop};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The variables that say where a service is. The front stands before them in this order.
const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const SQS: &str = "AWS_ENDPOINT_URL_SQS";
const KMS: &str = "AWS_ENDPOINT_URL_KMS";

/// Where systems keep the certificates that they trust: Debian's place, and Amazon's.
const TRUSTED: &[&str] =
    &["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"];

/// As the deployed queue has it.
const VISIBILITY_MS: u64 = 1_800_000;

/// How the services are spoken to, and where a program finds the certificates that it trusts, which it
/// reads either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By HTTP; certificates in one file, as Amazon Linux keeps them.
    Http,
    /// By HTTPS; the same file, with one more.
    Https,
    /// By HTTP; certificates where the machine has them, on Debian in a folder of hundreds of files.
    Folder,
}

impl Way {
    pub(crate) const ALL: [Self; 3] = [Self::Http, Self::Https, Self::Folder];

    /// Its name, as it is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Folder => "HTTP and this machine's folder of certificates",
        }
    }
}

/// The services, with an account of each integration.
pub(crate) struct Scene {
    pub(crate) way: Way,
    pub(crate) front: Front,
    services: Services,
    shops: Vec<(Integration, Shop)>,
    trusted: PathBuf,
    _folder: TempDir,
}

impl Scene {
    pub(crate) async fn open(way: Way) -> Result<Self> {
        let wire = match way {
            Way::Http | Way::Folder => Wire::Plain,
            Way::Https => Wire::Tls,
        };
        let services = Services::start().await;
        let told = services.told().sender();
        let of = |name: &str| {
            let url = told.iter().find(|(told, _)| *told == name).map(|(_, url)| url.as_str());
            address(url.context(name.to_owned())?)
        };
        let front = Front::open(wire, &[of(DYNAMODB)?, of(SQS)?, kms().await?]).await;
        let mut shops = Vec::new();
        for integration in Integration::ALL {
            let setup = Setup { integration: *integration, ..Setup::default() };
            let shop = Shop::open(&services.stores.accounts, integration.as_str(), setup).await;
            shops.push((*integration, shop));
        }
        let folder = tempfile::tempdir()?;
        let trusted = folder.path().join("trusted.pem");
        // With all that a system trusts, because a client reads that before its first connection.
        let system = TRUSTED.iter().find_map(|path| std::fs::read_to_string(path).ok());
        let system = system.context("found no certificates that the system trusts")?;
        std::fs::write(&trusted, system + &front.authority)?;
        Ok(Self { way, front, services, shops, trusted, _folder: folder })
    }

    /// What the deployed importer is told, but for where the services are.
    pub(crate) fn importer(&self, integration: Integration, kind: Kind) -> Vec<(String, String)> {
        let mut told = self.services.told().importer(integration, kind);
        told.retain(|(name, _)| *name != "FLYBALL_KEY_FILE" && *name != "FLYBALL_ALLOW_LOCAL");
        told.push(("FLYBALL_KMS_KEY", "alias/flyball".to_owned()));
        self.fronted(&told)
    }

    /// What the ticker and the ops API are told.
    pub(crate) fn sender(&self) -> Vec<(String, String)> {
        self.fronted(&self.services.told().sender())
    }

    /// What a peer is told: the same services, and from where to read and where to send.
    pub(crate) fn peer(&self) -> Vec<(String, String)> {
        let own = self.importer(Integration::Shopify, Kind::Products);
        let queue = own.iter().find(|(name, _)| name == "FLYBALL_QUEUE_URL");
        let queue = queue.map_or_else(String::new, |(_, url)| url.clone());
        let named = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut told: Vec<_> =
            own.into_iter().filter(|(name, _)| name.starts_with("AWS_")).collect();
        told.extend([
            named("AWS_DEFAULT_REGION", "local"),
            named("TABLE", ACCOUNTS_TABLE),
            named("QUEUE_URL", &queue),
        ]);
        told.extend(self.trusted("SSL_CERT_FILE"));
        if self.way == Way::Https {
            told.extend(self.trusted("AWS_CA_BUNDLE"));
            told.extend(self.trusted("NODE_EXTRA_CA_CERTS"));
        }
        told
    }

    /// The same, with each service behind the front.
    fn fronted(&self, told: &[(&'static str, String)]) -> Vec<(String, String)> {
        let mut moved = Vec::new();
        for (service, front) in [DYNAMODB, SQS].into_iter().zip(&self.front.urls) {
            let url = told.iter().find(|(name, _)| *name == service);
            moved.extend(url.map(|(_, url)| (url.clone(), front.clone())));
        }
        let mut all: Vec<(String, String)> = told
            .iter()
            .map(|(name, value)| {
                let front = moved.iter().find_map(|(from, to)| {
                    value.strip_prefix(from.as_str()).map(|path| format!("{to}{path}"))
                });
                ((*name).to_owned(), front.unwrap_or_else(|| value.clone()))
            })
            .collect();
        all.extend(self.front.urls.last().map(|kms| (KMS.to_owned(), kms.clone())));
        all.extend(self.trusted("SSL_CERT_FILE"));
        all
    }

    /// The variable by which a program is told whom to trust.
    fn trusted(&self, variable: &str) -> Option<(String, String)> {
        let is_told = self.way != Way::Folder;
        is_told.then(|| (variable.to_owned(), self.trusted.display().to_string()))
    }

    /// A message that has an importer look for parked jobs of an account that has none, as the queue
    /// hands it over.
    pub(crate) async fn look(&self, integration: Integration, kind: Kind) -> Result<Value> {
        let account = self.account(integration)?;
        let text = Message::Drain(Drain::new(account.clone(), kind)).to_text();
        let queue = self.services.queue(integration, kind);
        queue.send(&Outgoing::new(text, account)?).await?;
        let ask = Receive { messages_max: 1, visibility_ms: VISIBILITY_MS, wait_ms: 0 };
        let message = queue.receive(ask).await?.pop().context("no message in the queue")?;
        Ok(json!({ "Records": [record(&message)] }))
    }

    /// The account of an integration.
    pub(crate) fn account(&self, integration: Integration) -> Result<AccountId> {
        let shop = self.shops.iter().find(|(of, _)| *of == integration);
        shop.map(|(_, shop)| shop.account.clone()).context("no such account")
    }

    /// Empties the queues of what peers have sent.
    pub(crate) async fn clear(&self) -> Result<()> {
        let queue = self.services.queue(Integration::Shopify, Kind::Products);
        let ask = Receive { messages_max: 10, visibility_ms: VISIBILITY_MS, wait_ms: 0 };
        for message in queue.receive(ask).await? {
            queue.delete(&message.receipt).await?;
        }
        Ok(())
    }
}

/// A KMS that knows of no keys: functions ask it for those at their start, to open the connection.
async fn kms() -> Result<SocketAddr> {
    let router = Router::new().fallback(async || r#"{"Aliases":[],"Truncated":false}"#);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

fn address(url: &str) -> Result<SocketAddr> {
    let address = url.strip_prefix("http://").with_context(|| format!("{url} is not at http"))?;
    Ok(address.trim_end_matches('/').parse()?)
}
