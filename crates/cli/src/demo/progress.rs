//! What the demo shows while it runs: bars on a terminal, lines elsewhere. Always on stderr.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::board::Board;
use super::world::Shop;

/// Where the progress goes.
#[derive(Debug)]
pub(crate) struct Screen {
    began: Instant,
    bars: Option<(MultiProgress, Vec<ProgressBar>)>,
}

impl Screen {
    pub(crate) fn new(shops: &[Shop]) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let all = MultiProgress::new();
            let style = ProgressStyle::with_template("{prefix:>16} {wide_bar} {pos:>7}/{len}")
                .unwrap_or_else(|_bad_template| ProgressStyle::default_bar());
            let bar = |shop: &Shop| {
                let bar = ProgressBar::new(shop.records()).with_style(style.clone());
                all.add(bar.with_prefix(shop.account.to_string()))
            };
            let bars = shops.iter().map(bar).collect();
            (all, bars)
        });
        Self { began: Instant::now(), bars }
    }

    /// Says what has just happened.
    pub(crate) fn say(&self, what: &str) {
        let line = format!("{:6.1} s  {what}", self.began.elapsed().as_secs_f64());
        match &self.bars {
            // A terminal that can't be written to shows nothing; the demo goes on.
            Some((all, _)) => drop(all.println(line)),
            None => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }

    /// Shows how far everything is.
    pub(crate) fn show(&self, board: &Board, shops: &[Shop]) {
        let arrived = |shop: &Shop| board.arrived(&shop.account).min(shop.records());
        if let Some((_, bars)) = &self.bars {
            for (bar, shop) in bars.iter().zip(shops) {
                bar.set_position(arrived(shop));
            }
            return;
        }
        let all: u64 = shops.iter().map(arrived).sum();
        let of: u64 = shops.iter().map(Shop::records).sum();
        self.say(&format!("{all} of {of} records have arrived"));
    }

    /// Whether there are bars to be kept moving.
    pub(crate) const fn has_bars(&self) -> bool {
        self.bars.is_some()
    }

    /// Takes the bars away.
    pub(crate) fn end(&self) {
        if let Some((all, _)) = &self.bars {
            // As above.
            drop(all.clear());
        }
    }
}
