//! What the runs came to.

use core::time::Duration;
use std::path::Path;

use anyhow::{Context as _, Result};
use flyball_tests::root;

use crate::contender::{Contender, Programs};
use crate::run::Run;
use crate::scene::Way;

/// All runs.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<(Contender, Way, Run)>);

impl Figures {
    pub(crate) fn add(&mut self, contender: Contender, way: Way, run: Run) {
        self.0.push((contender, way, run));
    }

    fn of(&self, contender: Contender, way: Way) -> impl Iterator<Item = &Run> {
        let is_one = move |one: &&(Contender, Way, Run)| one.0 == contender && one.1 == way;
        self.0.iter().filter(is_one).map(|(_, _, run)| run)
    }

    /// The least, the middle and the most of a part of the runs.
    fn spread(
        &self,
        contender: Contender,
        way: Way,
        part: fn(&Run) -> Duration,
    ) -> Result<[Duration; 3]> {
        let mut all: Vec<Duration> = self.of(contender, way).map(part).collect();
        all.sort();
        let middle = all.get(all.len() / 2).context("nothing was measured")?;
        Ok([*all.first().unwrap_or(middle), *middle, *all.last().unwrap_or(middle)])
    }

    fn middle(
        &self,
        contender: Contender,
        way: Way,
        part: fn(&Run) -> Duration,
    ) -> Result<Duration> {
        self.spread(contender, way, part).map(|[_, middle, _]| middle)
    }

    pub(crate) fn print(&self, contenders: &[Contender], programs: &Programs) -> Result<()> {
        for way in Way::ALL {
            println!("{}\n", way.name());
            self.print_by(way, contenders)?;
            println!();
        }
        println!("| who | program, MB | zipped, MB |\n|---|---|---|");
        for contender in contenders {
            if let Some(package) = contender.package() {
                let zip = root().join(format!("target/lambda/{package}.zip"));
                let program = megabytes(&programs.functions.join(&package))?;
                println!("| {} | {program} | {} |", contender.name(), megabytes(&zip)?);
            }
        }
        Ok(())
    }

    fn print_by(&self, way: Way, contenders: &[Contender]) -> Result<()> {
        println!(
            "| who | to the first poll, ms: median (least to most) | CPU ms | calls | first event, ms | \
             calls | third event, ms | to the first answer, ms | CPU ms | Python's | Node's | peak MB |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
        let answered = |contender| self.middle(contender, way, |run| run.answered);
        let (python, node) = (answered(Contender::Python)?, answered(Contender::Node)?);
        for contender in contenders {
            let [least, polled, most] = self.spread(*contender, way, |run| run.polled)?;
            let own = answered(*contender)?;
            let part = |part| self.middle(*contender, way, part).map(ms);
            let calls = |calls: fn(&Run) -> u64| {
                let mut all: Vec<u64> = self.of(*contender, way).map(calls).collect();
                all.sort_unstable();
                all.dedup();
                all.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ")
            };
            let peak_kib = self.of(*contender, way).map(|run| run.peak_kib).max();
            println!(
                "| {} | {} ({} to {}) | {} | {} | {} | {} | {} | {} | {} | {:.1} × | {:.1} × | {} |",
                contender.name(),
                ms(polled),
                ms(least),
                ms(most),
                part(|run| run.polled_cpu)?,
                calls(|run| run.calls_starting),
                part(|run| run.first)?,
                calls(|run| run.calls_first),
                part(|run| run.third)?,
                ms(own),
                part(|run| run.answered_cpu)?,
                python.as_secs_f64() / own.as_secs_f64(),
                node.as_secs_f64() / own.as_secs_f64(),
                tenths(peak_kib.unwrap_or_default(), 1_024),
            );
        }
        Ok(())
    }

    /// Each run, in microseconds.
    pub(crate) fn csv(&self) -> String {
        let head = "who,by,polled_us,polled_cpu_us,calls_starting,first_us,calls_first,third_us,\
                    answered_us,answered_cpu_us,peak_kib\n";
        let lines = self.0.iter().map(|(contender, way, run)| {
            format!(
                "{},{},{},{},{},{},{},{},{},{},{}\n",
                contender.name().replace(',', ""),
                way.name(),
                run.polled.as_micros(),
                run.polled_cpu.as_micros(),
                run.calls_starting,
                run.first.as_micros(),
                run.calls_first,
                run.third.as_micros(),
                run.answered.as_micros(),
                run.answered_cpu.as_micros(),
                run.peak_kib,
            )
        });
        head.to_owned() + &lines.collect::<String>()
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1_000.0)
}

fn megabytes(path: &Path) -> Result<String> {
    let file = std::fs::metadata(path).with_context(|| path.display().to_string())?;
    Ok(tenths(file.len(), 1_000_000))
}

/// A quotient with one digit after the point.
fn tenths(part: u64, whole: u64) -> String {
    let tenths = part.saturating_mul(10) / whole;
    format!("{}.{}", tenths / 10, tenths % 10)
}
