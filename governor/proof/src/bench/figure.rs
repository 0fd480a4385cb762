use std::io::Write;
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
    /// Where a picture says more: an SVG.
    pub(crate) picture: Option<String>,
}

impl Figure {
    /// One without lines yet.
    pub(crate) fn of(heads: &[&str], raw_heads: &[&str]) -> Self {
        let owned = |heads: &[&str]| heads.iter().map(|&head| head.to_owned()).collect();
        Self { heads: owned(heads), raw_heads: owned(raw_heads), ..Self::default() }
    }

    /// Adds a line to the table, and tells it: a row can take minutes.
    pub(crate) fn line(&mut self, cells: Vec<String>, out: &mut impl Write) -> anyhow::Result<()> {
        writeln!(out, "{}", cells.join(" | "))?;
        self.lines.push(cells);
        Ok(())
    }

    /// The lines as a table.
    pub(crate) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = "|---".repeat(self.heads.len());
        let lines: String = self.lines.iter().map(|cells| line(cells)).collect();
        format!("{}{rule}|\n{lines}", line(&self.heads))
    }

    /// Keeps the raw numbers as `NAME.csv` in a folder, and the picture as `NAME.svg`.
    pub(crate) fn keep(&self, folder: &Path, name: &str) -> anyhow::Result<()> {
        let line = |cells: &Vec<String>| format!("{}\n", cells.join(","));
        let lines: String = core::iter::once(&self.raw_heads).chain(&self.raw).map(line).collect();
        std::fs::create_dir_all(folder)?;
        let keep = |end: &str, content: &str| {
            let file = folder.join(format!("{name}.{end}"));
            std::fs::write(&file, content)
                .with_context(|| format!("{} was not written", file.display()))
        };
        if let Some(picture) = &self.picture {
            keep("svg", picture)?;
        }
        keep("csv", &lines)
    }
}

/// A part of a whole, with two digits after the point, `-` of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> String {
    let hundredths = part.saturating_mul(100).saturating_add(whole / 2).checked_div(whole);
    hundredths.map_or_else(
        || "-".to_owned(),
        |hundredths| format!("{}.{:02}", hundredths / 100, hundredths % 100),
    )
}

/// The least of sorted values that so many percent of them do not exceed; 0 where there are none.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let at = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or_default()
}
