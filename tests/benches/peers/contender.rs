//! Who is measured: our own command, and third-party clients as their authors published them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use flyball_tests::taps::Proxy;
use serde_json::{Value, json};

use crate::measured::{self, Took};
use crate::storefront::Storefront;

/// How many characters of a failed program's log are shown.
const LOG_SHOWN: usize = 600;

/// The subdomain that a Shopify store has for its clients.
const SHOP: &str = "blue-mug";

/// Before anything that a simulated store has.
const START: &str = "2000-01-01";

/// How long a window of changes is, in days. What a store starts with was changed over two years, and
/// the pages of one search end at 25,000: an eighth of them is what a window may hold of 200,000.
const WINDOW_DAYS: u32 = 91;

/// One window for all that a store has, in days.
const ALL_DAYS: u32 = 36_500;

/// Who imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// `flyball import … --to -`
    Ours,
    /// `source-shopify read`, by bulk operations for products and by pages for orders.
    Airbyte,
    /// Stitch's `tap-shopify`.
    TapShopify,
    /// Stitch's `tap-bigcommerce`.
    TapBigCommerce,
}

/// What one import came to.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// What its program took.
    pub(crate) took: Took,
    /// Records that it wrote.
    pub(crate) records: u64,
    /// Different ones among them.
    pub(crate) distinct: usize,
    /// The end of its log, when it failed.
    pub(crate) why: Option<String>,
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    /// Our own, a release build.
    pub(crate) flyball: PathBuf,
    /// The folder of the taps that the tests use too.
    pub(crate) taps: PathBuf,
    /// The folder of the peers that only this benchmark uses.
    pub(crate) peers: PathBuf,
}

impl Contender {
    /// Its name and version, as it is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "flyball",
            Self::Airbyte => "airbyte-source-shopify 4.3.0",
            Self::TapShopify => "tap-shopify 3.13.0",
            Self::TapBigCommerce => "tap-bigcommerce 1.1.3",
        }
    }

    fn program(self, programs: &Programs) -> Result<PathBuf> {
        let program = match self {
            Self::Ours => programs.flyball.clone(),
            Self::Airbyte => programs.peers.join("airbyte-source-shopify/bin/source-shopify"),
            Self::TapShopify => programs.taps.join("tap-shopify/bin/tap-shopify"),
            Self::TapBigCommerce => programs.taps.join("tap-bigcommerce/bin/tap-bigcommerce"),
        };
        if !program.is_file() {
            bail!("found no {}: install the peers with `just peers`", program.display());
        }
        Ok(program)
    }

    /// Imports one stream of a store from its beginning, and counts what came.
    pub(crate) async fn import(
        self,
        programs: &Programs,
        store: &Storefront,
        vendor: &str,
        stream: &str,
    ) -> Result<Import> {
        let folder = tempfile::tempdir()?;
        let (out, log) = (folder.path().join("out"), folder.path().join("log"));
        let program = self.program(programs)?;
        let command = if self == Self::Ours {
            let mut command = Command::new(&program);
            command.args(["import", vendor, "--store", &store.url, "--token-env", "TOKEN"]);
            command.args(["--allow-local", "--kinds", stream, "--to", "-", "--json"]);
            command.env("TOKEN", &store.token);
            command
        } else {
            self.peer(&program, store, stream, folder.path()).await?
        };
        let took = measured::run(&command, &out, &log).await?;
        // Airbyte's sources log to the standard output.
        let log = fs::read_to_string(if self == Self::Airbyte { &out } else { &log })?;
        let from = log.char_indices().rev().nth(LOG_SHOWN).map_or(0, |(at, _)| at);
        let why = (!took.succeeded).then(|| log.get(from..).unwrap_or_default().to_owned());
        let (records, distinct) = self.count(&out, stream)?;
        Ok(Import { took, records, distinct, why })
    }

    /// What runs a peer, which finds the store at the vendor's own hosts. One that can't even discover
    /// what there is fails by that.
    async fn peer(
        self,
        program: &Path,
        store: &Storefront,
        stream: &str,
        folder: &Path,
    ) -> Result<Command> {
        let shop = format!("{SHOP}.myshopify.com");
        let host = if self == Self::TapBigCommerce { "api.bigcommerce.com" } else { shop.as_str() };
        let address = store.url.strip_prefix("http://").context("the store is not at http")?;
        let address = address.split('/').next().unwrap_or_default().parse()?;
        let proxy = Proxy::start(&[host], address).await;
        let authority = folder.join("authority.pem");
        fs::write(&authority, &proxy.authority)?;
        let (config, catalog) = (folder.join("config.json"), folder.join("catalog.json"));
        fs::write(&config, self.config(&store.token).to_string())?;
        let new = || {
            let mut command = Command::new(program);
            // Airbyte's keeps what it fetches in the folder that it is started in.
            command.current_dir(folder);
            command.env("HTTPS_PROXY", &proxy.url).env("https_proxy", &proxy.url);
            command.env("SSL_CERT_FILE", &authority).env("REQUESTS_CA_BUNDLE", &authority);
            command
        };
        let mut command = new();
        if self == Self::Airbyte {
            fs::write(&catalog, airbyte_catalog(stream).to_string())?;
            command.args(["read", "--config"]).arg(&config).arg("--catalog").arg(&catalog);
        } else {
            let mut discover = new();
            discover.arg("--config").arg(&config).arg("--discover");
            let (found, log) = (folder.join("found"), folder.join("discovery"));
            if !measured::run(&discover, &found, &log).await?.succeeded {
                return Ok(discover);
            }
            let found = serde_json::from_slice(&fs::read(found)?)?;
            fs::write(&catalog, selected(found, stream).to_string())?;
            command.arg("--config").arg(&config).arg("--catalog").arg(&catalog);
            if self == Self::TapBigCommerce {
                let state = folder.join("state.json");
                fs::write(&state, "{}")?;
                command.arg("--state").arg(state);
            }
        }
        Ok(command)
    }

    fn config(self, token: &str) -> Value {
        match self {
            Self::Ours => Value::Null,
            Self::Airbyte => json!({
                "shop": SHOP,
                "credentials": { "auth_method": "api_password", "api_password": token },
                "start_date": START,
                // A bulk operation has no such end.
                "bulk_window_in_days": ALL_DAYS,
            }),
            Self::TapShopify => json!({
                "shop": SHOP,
                "api_key": token,
                "start_date": format!("{START}T00:00:00Z"),
                "date_window_size": WINDOW_DAYS,
                "results_per_page": 250,
            }),
            Self::TapBigCommerce => json!({
                "client_id": "client",
                "access_token": token,
                "store_hash": "a1b2c3",
                "start_date": format!("{START}T00:00:00Z"),
            }),
        }
    }

    /// Records in a program's output, and different ones among them by their ids.
    fn count(self, out: &Path, stream: &str) -> Result<(u64, usize)> {
        let (mut records, mut ids) = (0_u64, HashSet::new());
        for line in BufReader::new(File::open(out)?).lines() {
            let line = line?;
            let Ok(mut message) = serde_json::from_str::<Value>(&line) else { continue };
            let record = if self == Self::Ours {
                message
            } else {
                let of = message.get("stream").or_else(|| message.pointer("/record/stream"));
                if message.get("type") != Some(&json!("RECORD")) || of != Some(&json!(stream)) {
                    continue;
                }
                let record = message.get_mut("record").map(Value::take).unwrap_or_default();
                record.get("data").cloned().unwrap_or(record)
            };
            records += 1;
            ids.insert(record.get("id").map(Value::to_string).unwrap_or(line));
        }
        Ok((records, ids.len()))
    }
}

fn selected(mut catalog: Value, stream: &str) -> Value {
    let streams = catalog.get_mut("streams").and_then(Value::as_array_mut);
    for entry in streams.into_iter().flatten() {
        let selected = entry.get("tap_stream_id").and_then(Value::as_str) == Some(stream);
        let metadata = entry.get_mut("metadata").and_then(Value::as_array_mut);
        for part in metadata.into_iter().flatten() {
            if let Some(of) = part.get_mut("metadata").and_then(Value::as_object_mut) {
                of.insert("selected".to_owned(), selected.into());
            }
        }
    }
    catalog
}

fn airbyte_catalog(stream: &str) -> Value {
    json!({ "streams": [{
        "stream": {
            "name": stream,
            "json_schema": {},
            "supported_sync_modes": ["full_refresh", "incremental"],
        },
        "sync_mode": "full_refresh",
        "destination_sync_mode": "overwrite",
    }] })
}
