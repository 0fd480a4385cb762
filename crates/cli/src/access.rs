use std::path::{Path, PathBuf};
use std::sync::Arc;

use flyball_accounts::KmsKeys;
use flyball_domain::{Integration, Kind};
use flyball_governor::Policy;
use flyball_local::{Attached, DataFolder, Endpoint, Engine, LazyKeys, Stores, folder_queues};
use flyball_ops::Ops;
use flyball_queue::{Queue, Queues, SqsQueue};
use flyball_runtime::{AwsSource, Clients, Meter, Stage, aws_clients};
use futures::TryStreamExt as _;

use crate::error::CliError;

/// What every data folder has in it.
const FORMAT_FILE: &str = "format";

/// What a data folder may have before it has that.
const LOCK_FILE: &str = "lock";
const NEW_FORMAT_FILE: &str = "format.new";

/// Where tables are.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    /// In a data folder.
    Folder(PathBuf),
    /// In a deployment, where the environment says that AWS is.
    Stage(Box<Stage>),
}

impl core::fmt::Display for Site {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Folder(dir) => dir.display().fmt(f),
            Self::Stage(stage) => write!(f, "stage {stage}"),
        }
    }
}

/// The tables of a data folder or of a deployment, for the time of a command.
#[derive(Debug)]
pub(crate) struct Access {
    /// The tables.
    pub(crate) stores: Stores,
    /// Who owns them.
    pub(crate) owner: Owner,
    way: Way,
}

/// What the ops team's functions work on.
pub(crate) fn ops(stores: &Stores) -> Ops {
    let Stores { governor, records, accounts } = stores.clone();
    Ops { governor, records, accounts }
}

/// How the tables are reached.
#[derive(Debug)]
enum Way {
    /// Through the process that owns the folder.
    Guest(Endpoint),
    /// By holding the folder.
    Owner(Held),
    /// In a deployment, whose functions import.
    Deployed(Box<Stage>, Box<Clients>),
}

/// Who owns a data folder, or a deployment's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// This command: nobody imports anything meanwhile.
    Me,
    /// Another process, which may be importing.
    Another,
}

/// A folder that this command holds. The engine goes first, the lock last.
#[derive(Debug)]
struct Held {
    _engine: Engine,
    folder: DataFolder,
}

/// Reaches the tables of a folder or a stage that is there.
///
/// # Errors
/// Those of [`reach`]; no such stage, or none that may be looked at.
pub(crate) async fn reach_site(site: &Site) -> Result<Access, CliError> {
    match site {
        Site::Folder(dir) => reach(dir).await,
        Site::Stage(stage) => reach_stage(stage).await,
    }
}

/// The same; a folder is made if there is none.
///
/// # Errors
/// Those of [`reach_site`], and a folder that holds something else.
pub(crate) async fn reach_site_or_make(site: &Site) -> Result<Access, CliError> {
    match site {
        Site::Folder(dir) => reach_or_make(dir).await,
        Site::Stage(stage) => reach_stage(stage).await,
    }
}

async fn reach_stage(stage: &Stage) -> Result<Access, CliError> {
    let clients = aws_clients(&AwsSource::Environment, &Meter::default()).await;
    let keys = Arc::new(KmsKeys::new(clients.kms.clone(), stage.key().as_str()));
    let stores = Stores::deployed(&clients.dynamodb, stage.tables(), Policy::STANDARD, keys);
    // Whether it is there, before anything is asked of a store or of a person.
    let first = core::pin::pin!(stores.accounts.list()).try_next().await;
    first.map_err(|error| {
        CliError::from(error).with_hint(format!(
            "expected stage {stage} of Flyball in the account and region that AWS_PROFILE or \
             AWS_ACCESS_KEY_ID and AWS_REGION name: deploy it, or name another"
        ))
    })?;
    let way = Way::Deployed(Box::new(stage.clone()), Box::new(clients));
    Ok(Access { stores, owner: Owner::Another, way })
}

/// Reaches the tables of a folder that is there: through the process that owns it, or by opening
/// them.
///
/// # Errors
/// No such folder; an owner that does not answer; tables that can't be opened.
pub(crate) async fn reach(dir: &Path) -> Result<Access, CliError> {
    if !dir.join(FORMAT_FILE).is_file() {
        return Err(CliError::new(format!(
            "found no data folder at {}, one that `flyball account add`, `flyball import` or \
             `flyball demo` has made was expected: run one of them first, or name another folder \
             with --data",
            dir.display()
        )));
    }
    attach(dir).await
}

/// The same; the folder is made if there is none.
///
/// # Errors
/// Those of [`reach`], and a folder that holds something else.
pub(crate) async fn reach_or_make(dir: &Path) -> Result<Access, CliError> {
    must_be_ours(dir)?;
    attach(dir).await
}

async fn attach(dir: &Path) -> Result<Access, CliError> {
    let keys = LazyKeys::at(DataFolder::key_path_in(dir));
    match DataFolder::attach(dir).await? {
        Attached::Guest(endpoint) => {
            let client = endpoint.client(&Meter::default()).await;
            let stores = Stores::over(&client, Policy::STANDARD, Arc::new(keys));
            let way = Way::Guest(endpoint);
            Ok(Access { stores, owner: Owner::Another, way })
        }
        Attached::Owner(folder) => {
            let engine = Engine::file(&folder.dynamodb_file()).await?;
            let client = engine.client(&Meter::default()).await;
            // Whoever made the folder may have ended before it made them.
            let keys = Arc::new(keys);
            let stores = Stores::open(&folder, &client, Policy::STANDARD, keys).await?;
            let way = Way::Owner(Held { _engine: engine, folder });
            Ok(Access { stores, owner: Owner::Me, way })
        }
    }
}

impl Access {
    /// The queues, to ask for jobs.
    ///
    /// # Errors
    /// The folder's owner takes no jobs; the file can't be opened; a deployment without a queue.
    pub(crate) async fn queues(&self) -> Result<Queues, CliError> {
        match &self.way {
            Way::Guest(endpoint) => endpoint.queues().await.ok_or_else(|| {
                CliError::new(format!(
                    "the data folder is in use by an import (process {}), which takes no other \
                     jobs: try again when it has ended",
                    endpoint.pid
                ))
            }),
            Way::Owner(Held { folder, .. }) => {
                let queues = folder_queues(folder)?;
                Ok(Queues::of_all(|name| Arc::new(queues.queue(name))))
            }
            Way::Deployed(stage, clients) => {
                let mut queues = Queues::default();
                for (integration, kind) in Integration::ALL.iter().flat_map(with_kinds) {
                    let name = stage.queue_name(integration, kind);
                    let queue = SqsQueue::find(clients.sqs.clone(), &name).await?;
                    queues = queues.with(integration, kind, Arc::new(queue) as Arc<dyn Queue>);
                }
                Ok(queues)
            }
        }
    }
}

fn with_kinds(integration: &Integration) -> impl Iterator<Item = (Integration, Kind)> {
    let integration = *integration;
    Kind::ALL.iter().map(move |kind| (integration, *kind))
}

/// Makes a folder this process's own; it is made if there is none.
///
/// # Errors
/// Another process owns it; it holds something else.
pub(crate) fn own(dir: &Path) -> Result<DataFolder, CliError> {
    must_be_ours(dir)?;
    Ok(DataFolder::open(dir)?)
}

fn must_be_ours(dir: &Path) -> Result<(), CliError> {
    let strange = match std::fs::read_dir(dir) {
        Err(_not_there) => false,
        Ok(entries) => {
            let names: Vec<_> =
                entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
            // Whoever ends in making a folder leaves these behind, or some of them.
            !names.is_empty()
                && !names.iter().any(|name| name == FORMAT_FILE)
                && names.iter().any(|name| name != LOCK_FILE && name != NEW_FORMAT_FILE)
        }
    };
    if strange {
        return Err(CliError::new(format!(
            "found files in {} that are not Flyball's, a new folder, an empty one or a data folder \
             was expected: name another one",
            dir.display()
        )));
    }
    Ok(())
}
