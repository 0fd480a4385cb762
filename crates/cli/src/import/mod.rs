//! The import of one real store, once: into a data folder under the whole governor, or straight to
//! the standard output.

mod folder;
mod follow;
mod heard;
mod observed;
mod own_queue;
mod patience;
mod report;
mod state;
mod stream;

use core::convert::Infallible;
use core::str::FromStr;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use flyball_accounts::CeilingPercent;
use flyball_connector::Connector;
use flyball_domain::{Integration, Kind};
use flyball_http::{BaseUrl, Reach};
use secrecy::SecretString;

use crate::args::{Connection, ImportArgs};
use crate::connect::{Ways, credentials};
use crate::error::CliError;
use crate::output::Format;

/// Where an import goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A data folder.
    Folder(PathBuf),
    /// The standard output.
    Stdout,
}

/// `-`, or a folder's path.
impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdout } else { Self::Folder(text.into()) })
    }
}

/// A store, and the way to it.
#[derive(Clone)]
struct Source {
    integration: Integration,
    base: BaseUrl,
    credentials: SecretString,
    connector: Arc<dyn Connector>,
    ceiling: Option<CeilingPercent>,
}

/// Imports one store.
pub(crate) async fn run(
    args: ImportArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    let ImportArgs { connection, kinds, to, state } = args;
    let streams = to == Some(Target::Stdout);
    if state.is_some() && !streams {
        return Err(CliError::new(
            "found --state without --to -: leave it out, a data folder remembers by itself how far \
             the import has come",
        ));
    }
    let kinds = kinds.map(|kinds| kinds.0);
    if streams {
        let kind = one_of(kinds.as_ref())?;
        let source = source(connection)?;
        return Box::pin(stream::run(&source, kind, state.as_deref(), format)).await;
    }
    let source = source(connection)?;
    let dir = match to {
        Some(Target::Folder(dir)) => dir,
        Some(Target::Stdout) | None => data.to_owned(),
    };
    let kinds = kinds.unwrap_or_else(|| Kind::ALL.iter().copied().collect());
    Box::pin(folder::run(&source, &kinds, &dir, format)).await
}

/// The kind of a stream: each has a state of its own, and its lines are alike.
fn one_of(kinds: Option<&BTreeSet<Kind>>) -> Result<Kind, CliError> {
    let Some(kinds) = kinds else { return Ok(Kind::Products) };
    let mut kinds_of = kinds.iter();
    match (kinds_of.next(), kinds_of.next()) {
        (Some(kind), None) => Ok(*kind),
        _ => Err(CliError::new(
            "found several kinds with --to -, one was expected: stream one after the other, or \
             into a folder",
        )),
    }
}

fn source(connection: Connection) -> Result<Source, CliError> {
    let Connection { integration, store, token_env, allow_local, ceiling_percent } = connection;
    let reach = if allow_local { Reach::Local } else { Reach::Public };
    let base = BaseUrl::parse(&store, reach)?;
    let credentials = credentials(integration, &token_env)?;
    let connector = Ways::to_one().to(integration, &base, &credentials)?;
    Ok(Source { integration, base, credentials, connector, ceiling: ceiling_percent })
}
