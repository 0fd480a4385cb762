//! The import of one real store, once: into a data folder under the whole governor, or straight to
//! the standard output.

mod account;
mod folder;
mod follow;
mod observed;
mod own_queue;
mod patience;
mod predecessor;
mod report;
mod state;
mod stream;

use core::convert::Infallible;
use core::str::FromStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flyball_http::{BaseUrl, Reach};
use flyball_runtime::environment;
use secrecy::SecretString;

use crate::args::ImportArgs;
use crate::connect::ShopifyConnectors;
use crate::error::CliError;
use crate::output::Format;
use folder::Source;

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

/// Imports one store.
pub(crate) async fn run(
    args: ImportArgs,
    data: &Path,
    format: Format,
) -> Result<ExitCode, CliError> {
    if args.state.is_some() && args.to != Some(Target::Stdout) {
        return Err(CliError::new(
            "found --state without --to -: leave it out, a data folder remembers by itself how far \
             the import has come",
        ));
    }
    let reach = if args.allow_local { Reach::Local } else { Reach::Public };
    let base = BaseUrl::parse(&args.store, reach)?;
    let token = token(&args.token_env)?;
    let connector = ShopifyConnectors::new(reach)?.to(base.clone(), &token)?;
    let source = Source { base, token, connector, ceiling: args.ceiling_percent };
    match args.to {
        Some(Target::Stdout) => Box::pin(stream::run(&source, args.state.as_deref(), format)).await,
        Some(Target::Folder(dir)) => Box::pin(folder::run(&source, &dir, format)).await,
        None => Box::pin(folder::run(&source, data, format)).await,
    }
}

fn token(variable: &str) -> Result<SecretString, CliError> {
    let usable = !variable.is_empty() && !variable.contains(['=', '\0']);
    let value = if usable { environment(variable) } else { None };
    match value {
        None => Err(CliError::new(format!(
            "found no environment variable {variable:?}, the one that holds the store's access \
             token was expected: set it, and give its name, not the token"
        ))),
        Some(value) if value.is_empty() => Err(CliError::new(format!(
            "found the environment variable {variable} empty, the store's access token was \
             expected in it: set it to the app's Admin API access token (shpat_…)"
        ))),
        Some(value) => Ok(SecretString::from(value)),
    }
}
