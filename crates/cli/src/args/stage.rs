use std::path::Path;

use clap::Args;
use flyball_ops::InputError;
use flyball_runtime::Stage;

use crate::access::Site;

/// A deployment in place of a data folder.
#[derive(Debug, Args)]
pub(crate) struct Deployed {
    /// In place of a data folder: the tables of this stage of serverless.yml, in the account and
    /// region of AWS that the environment names.
    #[arg(long, global = true, value_name = "NAME", value_parser = stage)]
    stage: Option<Stage>,
}

impl Deployed {
    /// Where the tables are: in this stage, or else in the folder.
    pub(crate) fn or(&self, data: &Path) -> Site {
        match &self.stage {
            Some(stage) => Site::Stage(Box::new(stage.clone())),
            None => Site::Folder(data.to_owned()),
        }
    }

    /// Whether a stage is named.
    pub(crate) const fn is_named(&self) -> bool {
        self.stage.is_some()
    }
}

fn stage(text: &str) -> Result<Stage, InputError> {
    Stage::parse(text).ok_or_else(|| InputError::new("a stage", text, Stage::EXPECTED))
}
