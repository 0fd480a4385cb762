//! One start, and the three invocations after it.

use core::time::Duration;

use anyhow::{Context as _, Result, bail};
use flyball_tests::deployment::Start;
use tokio::time::sleep;

use crate::contender::{Contender, Programs};
use crate::scene::Scene;

/// How long a program has to come to rest before its CPU time is read: the kernel books that of a
/// thread when it sleeps.
const REST: Duration = Duration::from_millis(5);

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// From the start to the first poll.
    pub(crate) polled: Duration,
    pub(crate) polled_cpu: Duration,
    /// From the first event to its answer.
    pub(crate) first: Duration,
    /// From the third event to its answer.
    pub(crate) third: Duration,
    /// From the start to the first answer, without the time in which the event was made.
    pub(crate) answered: Duration,
    pub(crate) answered_cpu: Duration,
    pub(crate) peak_kib: u64,
    /// Calls of AWS until the first poll.
    pub(crate) calls_starting: u64,
    /// Calls of AWS for the first event.
    pub(crate) calls_first: u64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when another process has come to rest"
)]
async fn rest() {
    sleep(REST).await;
}

pub(crate) async fn run(contender: Contender, programs: &Programs, scene: &Scene) -> Result<Run> {
    let command = contender.command(programs, scene)?;
    let before = scene.front.asked();
    let mut start = Start::of(command).await;
    let polled = start.polled().await;
    rest().await;
    let polled_cpu = start.used().cpu;
    let calls_starting = scene.front.asked() - before;
    let (mut took, mut answered_cpu, mut calls_first) = (Vec::new(), polled_cpu, 0);
    for nth in 0..3 {
        let (event, within_ms) = contender.event(scene).await?;
        let answered = start.invoke(event, within_ms).await;
        contender.check(&answered.answer).with_context(|| start.log())?;
        took.push(answered.took);
        if nth == 0 {
            calls_first = scene.front.asked() - before - calls_starting;
        }
        start.polled().await;
        if nth == 0 {
            rest().await;
            answered_cpu = start.used().cpu;
        }
    }
    let [first, _, third] = took[..] else { bail!("there were three invocations") };
    scene.clear().await?;
    let peak_kib = start.used().peak_kib;
    let answered = polled + first;
    Ok(Run {
        polled,
        polled_cpu,
        first,
        third,
        answered,
        answered_cpu,
        peak_kib,
        calls_starting,
        calls_first,
    })
}
