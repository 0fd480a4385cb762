use std::path::Path;

use anyhow::Context as _;

/// What a row's measurement came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    /// What each column says, with its unit.
    pub(crate) heads: Vec<String>,
    /// A line for each contender and setting.
    pub(crate) lines: Vec<Vec<String>>,
    /// The raw numbers' columns.
    pub(crate) raw_heads: Vec<String>,
    /// Every single number that was measured.
    pub(crate) raw: Vec<Vec<String>>,
}

impl Figure {
    /// The lines as a table.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = "|---".repeat(self.heads.len());
        let lines: String = self.lines.iter().map(|cells| line(cells)).collect();
        format!("{}{rule}|\n{lines}", line(&self.heads))
    }

    /// Keeps the raw numbers as `NAME.csv` in a folder.
    pub(crate) fn keep(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let line = |cells: &Vec<String>| format!("{}\n", cells.join(","));
        let lines: String = core::iter::once(&self.raw_heads).chain(&self.raw).map(line).collect();
        std::fs::create_dir_all(folder)?;
        let file = folder.join(format!("{name}.csv"));
        std::fs::write(&file, lines).with_context(|| format!("{} was not written", file.display()))
    }
}
