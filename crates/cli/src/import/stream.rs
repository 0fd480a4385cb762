//! A store straight to the standard output, without tables: one line of JSON per record. Rows that
//! can't be made a record go to the standard error, one line of JSON each.

use core::time::Duration;
use std::io::{self, StdoutLock, Write as _};
use std::path::Path;
use std::process::ExitCode;

use flyball_accounts::CeilingPercent;
use flyball_connector::{CallTag, Connector, Failure, Page, Plan, PlanError, Span, Step, Walk};
use flyball_domain::{BadRow, Kind, Row, UnixMillis};
use flyball_governor::{Clock as _, Entropy as _, Nonce, Policy, UnixMillis as GovernorMillis};
use flyball_importer::CEILING_PERCENT_DEFAULT;
use flyball_runtime::{SystemClock, SystemEntropy};
use serde_json::json;

use super::Source;
use super::patience::{Next, Patience};
use super::state::State;
use crate::body::write_json;
use crate::error::CliError;
use crate::output::{self, Format, Progress};

/// From how many bytes on what is written is handed to the standard output.
const LINES_BYTES: usize = 256 * 1024;

/// Streams one kind of a store's records to the standard output; `state` remembers how far it has
/// come.
pub(super) async fn run(
    source: &Source,
    kind: Kind,
    state: Option<&Path>,
    format: Format,
) -> Result<ExitCode, CliError> {
    let store = source.base.to_string();
    let loaded = match state {
        Some(path) => State::load(path, &store, kind)?,
        None => State::fresh(&store, kind),
    };
    let clock = SystemClock::new();
    let began = clock.now();
    let mut stream = Stream {
        connector: source.connector.as_ref(),
        kind,
        ceiling_percent: source.ceiling.map_or(CEILING_PERCENT_DEFAULT, CeilingPercent::get),
        clock,
        lease: format!("stream.{}", Nonce::from_random(SystemEntropy.next_u64())),
        patience: Patience::default(),
        tally: Tally::default(),
        progress: output::progress(),
        state: loaded,
        path: state,
        lines: Vec::new(),
        stdout: io::stdout().lock(),
    };
    let end = stream.run_out().await;
    stream.progress.end();
    let end = match end {
        // Whoever read the records wants no more of them, and knows it.
        Err(CliError::OutputClosed) => return Ok(ExitCode::FAILURE),
        end => end?,
    };
    let took_ms = stream.clock.now().since(began);
    output::note(&stream.tally.told(&end, took_ms, format));
    Ok(match end {
        End::Finished => ExitCode::SUCCESS,
        End::Unfinished(_) => ExitCode::FAILURE,
    })
}

/// How a stream ended.
enum End {
    Finished,
    Unfinished(String),
}

/// What a stream came to.
#[derive(Default)]
struct Tally {
    records: u64,
    pages: u64,
    set_aside: u64,
    calls: u64,
    throttled: u64,
}

impl Tally {
    fn told(&self, end: &End, took_ms: u64, format: Format) -> String {
        let Self { records, set_aside, calls, throttled, .. } = self;
        let why = match end {
            End::Finished => None,
            End::Unfinished(why) => Some(why),
        };
        match format {
            Format::Json => json!({
                "finished": why.is_none(),
                "why": why,
                "records": records,
                "set_aside": set_aside,
                "vendor_calls": calls,
                "throttled": throttled,
                "seconds": took_ms / 1_000,
            })
            .to_string(),
            Format::Text => {
                let took = flyball_governor::Span { ms: took_ms };
                let end = why.map_or_else(String::new, |why| format!("\nnot finished: {why}"));
                format!(
                    "{records} records, {set_aside} set aside, {calls} calls, {throttled} of them \
                     throttled, in {took}{end}"
                )
            }
        }
    }
}

struct Stream<'a> {
    connector: &'a dyn Connector,
    kind: Kind,
    ceiling_percent: u8,
    clock: SystemClock,
    lease: String,
    patience: Patience,
    tally: Tally,
    progress: Progress,
    state: State,
    path: Option<&'a Path>,
    /// Lines that are not yet out.
    lines: Vec<u8>,
    stdout: StdoutLock<'static>,
}

impl Stream<'_> {
    async fn run_out(&mut self) -> Result<End, CliError> {
        let mut walk = self.walk()?;
        loop {
            match walk.next() {
                Step::Call(call) => {
                    self.wait_until(walk.ready_at(self.now(), 1)).await;
                    self.tally.calls = self.tally.calls.saturating_add(1);
                    let tag = CallTag { lease: self.lease.clone(), n: self.tally.calls };
                    let timeout_ms = Policy::STANDARD.call_timeout_ms;
                    walk.sent(self.now());
                    let answer = self.connector.send(&call, &tag, timeout_ms).await;
                    match answer.and_then(|reply| walk.absorb(reply, self.now())) {
                        Ok(()) => self.patience.succeeded(),
                        Err(failure) => match self.after(&failure) {
                            Next::Again(at) => self.wait_out(&failure, at).await,
                            Next::GiveUp => return Ok(End::Unfinished(failure.to_string())),
                        },
                    }
                }
                Step::Page(page) => self.put(page)?,
                // Nobody asked for a list of what there is.
                Step::Listed(_) => {}
                Step::Finished => break,
            }
        }
        self.state = self.state.clone().finished();
        self.save()?;
        Ok(End::Finished)
    }

    /// Begins a window, or goes on within the one that was begun.
    fn walk(&mut self) -> Result<Box<dyn Walk>, CliError> {
        let until = self.state.until.unwrap_or_else(|| self.now());
        self.state.until = Some(until);
        let span = Span::Changed { from: self.state.from, until };
        let resume = self.state.resume.clone();
        let ceiling_percent = self.ceiling_percent;
        let mut plan = Plan { kind: self.kind, span, resume, ceiling_percent };
        match self.connector.walk(&plan) {
            Err(PlanError::Resume { what }) => {
                self.progress
                    .say(&format!("starting over, the state can't be gone on from: {what}"));
                (plan.resume, self.state.resume, self.state.records) = (None, None, 0);
                Ok(self.connector.walk(&plan)?)
            }
            walk => Ok(walk?),
        }
    }

    fn after(&mut self, failure: &Failure) -> Next {
        let now = self.clock.now();
        let next = self.patience.after(failure, now, SystemEntropy.next_u64(), &Policy::STANDARD);
        if matches!(failure.class, flyball_connector::Class::Throttled { .. }) {
            self.tally.throttled = self.tally.throttled.saturating_add(1);
        }
        next
    }

    /// A page's lines are out before the state says so: after a crash the last page may come twice,
    /// and none is lost.
    fn put(&mut self, page: Page) -> Result<(), CliError> {
        for row in &page.rows {
            match row {
                Row::Good(record) => {
                    write_json(&mut self.lines, &record.body)
                        .map_err(|error| CliError::of_stdout(&error.into()))?;
                    self.lines.push(b'\n');
                    if self.lines.len() >= LINES_BYTES {
                        self.write_out()?;
                    }
                }
                Row::Bad(row) => self.set_aside(row),
                // Only of a record that was asked for by its id.
                Row::Gone(_) => {}
            }
        }
        self.write_out()?;
        let rows = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        self.state.records = self.state.records.saturating_add(rows);
        self.state.resume = Some(page.resume);
        self.save()?;
        let Tally { records, pages, .. } = &mut self.tally;
        *records = records.saturating_add(rows);
        *pages = pages.saturating_add(1);
        let (pages, total) = (*pages, self.state.records);
        self.progress.step(pages, &format!("{total} records"));
        Ok(())
    }

    /// Whole lines go past the buffer of the standard output, which would copy them once more.
    fn write_out(&mut self) -> Result<(), CliError> {
        let written = self.stdout.write_all(&self.lines).and_then(|()| self.stdout.flush());
        self.lines.clear();
        written.map_err(|error| CliError::of_stdout(&error))
    }

    fn set_aside(&mut self, row: &BadRow) {
        self.tally.set_aside = self.tally.set_aside.saturating_add(1);
        // Whoever has closed the standard error does not want to know.
        drop(writeln!(io::stderr(), "{}", aside_line(row)));
    }

    fn save(&self) -> Result<(), CliError> {
        match self.path {
            Some(path) => Ok(self.state.save(path)?),
            None => Ok(()),
        }
    }

    fn now(&self) -> UnixMillis {
        UnixMillis(self.clock.now().0)
    }

    async fn wait_out(&self, failure: &Failure, until: GovernorMillis) {
        let left = flyball_governor::Span { ms: until.since(self.clock.now()) };
        self.progress.say(&format!("{failure}; going on in {left}"));
        self.wait_until(UnixMillis(until.0)).await;
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a process of one's own is not billed for waiting"
    )]
    async fn wait_until(&self, until: UnixMillis) {
        let wait_ms = until.since(self.now());
        if wait_ms > 0 {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }
}

/// A row that is set aside, with its exact input, as one line of JSON.
fn aside_line(row: &BadRow) -> String {
    let BadRow { id, input, reason } = row;
    json!({ "set_aside": { "id": id, "reason": reason, "input": input } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_set_aside_is_one_line_with_its_exact_input() {
        let row = BadRow {
            id: Some("7".parse().unwrap()),
            input: "{\n  \"id\": 7\n}".to_owned(),
            reason: "found no title".to_owned(),
        };
        let line = aside_line(&row);
        assert_eq!(line.lines().count(), 1);
        let back: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back["set_aside"]["input"], row.input.as_str());
        assert_eq!(back["set_aside"]["reason"], "found no title");
    }
}
