//! How many of a crowd a passing gate lets through to a vendor that may still be down.

use std::io::Write;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flyball_governor::core::item::Item;
use flyball_governor::core::transition::{Outcome, Transition};
use flyball_governor::core::transitions::{admit, create, trip};
use flyball_governor::core::{Failing, Lease, Move, next_move};
use flyball_governor::{
    Admission, Claim, FailedCall, Governor, Lane, LaneId, LaneSpec, Nonce, Policy, PushBack, Reach,
    UnixMillis,
};
use flyball_governor_proof::dice::Dice;
use flyball_governor_proof::engine::Engine;
use flyball_governor_proof::turned::{Counted, Turned};
use tokio::task::JoinSet;

use super::Options;
use super::figure::Figure;
use super::script::Script;

/// How many ask at once.
const CALLERS: usize = 1_000;
/// How many processes they are spread over, where they are spread.
const PROCESSES: usize = 8;
/// How often, on the engine and in the interpreter.
const TRIALS_ENGINE: u64 = 1_000;
const TRIALS_INTERPRETER: u64 = 10_000;
/// How often with breakers in memory, and with one in a table: each of its callers takes two calls.
const TRIALS_MEMORY: u64 = 1_000;
const TRIALS_TABLE: u64 = 50;

const TABLE: &str = "probes";
const CIRCUITS: &str = "circuits";
const SPEC: LaneSpec = LaneSpec::alone(24);
const BEGAN: UnixMillis = UnixMillis(1_764_000_000_000);

/// Measures the row, with one in so many of its trials.
pub(crate) async fn measure(options: &Options, out: &mut impl Write) -> anyhow::Result<Figure> {
    let rivals = options.rivals()?;
    let trials = |all: u64| all.checked_div(options.one_in).unwrap_or(all).max(1);
    let mut figure = Figure::of(
        &["who", "processes", "trials", "fewest let through", "most", "more than one in"],
        &["who", "processes", "trial", "let_through"],
    );
    let engine = Engine::embedded().await?;
    let through = on_engine(&engine, trials(TRIALS_ENGINE)).await?;
    tell(&mut figure, "flyball on the engine", PROCESSES, &through, out)?;
    let mut dice = Dice::new(1);
    let through: anyhow::Result<Vec<u64>> =
        (0..trials(TRIALS_INTERPRETER)).map(|_| interpreted(&mut dice)).collect();
    tell(&mut figure, "flyball in the interpreter", CALLERS, &through?, out)?;
    for name in ["opossum", "cockatiel"] {
        for processes in [1, PROCESSES] {
            let callers = CALLERS.checked_div(processes).unwrap_or(CALLERS);
            let arguments = [trials(TRIALS_MEMORY).to_string(), callers.to_string()];
            let printed =
                Script::of(rivals, &format!("{name}.mjs")).run(processes, &arguments).await?;
            tell(&mut figure, name, processes, &sums(&printed), out)?;
        }
    }
    let arguments = [
        trials(TRIALS_TABLE).to_string(),
        CALLERS.to_string(),
        PROCESSES.to_string(),
        engine.endpoint().to_owned(),
        CIRCUITS.to_owned(),
    ];
    let printed = Script::of(rivals, "powertools.py").run(1, &arguments).await?;
    tell(&mut figure, "powertools on the engine", PROCESSES, &sums(&printed), out)?;
    Ok(figure)
}

/// What all processes let through, trial by trial.
fn sums(printed: &[Vec<u64>]) -> Vec<u64> {
    let trials = printed.iter().map(Vec::len).min().unwrap_or(0);
    let sum = |trial: usize| printed.iter().filter_map(|counts| counts.get(trial)).sum();
    (0..trials).map(sum).collect()
}

fn tell(
    figure: &mut Figure,
    who: &str,
    processes: usize,
    through: &[u64],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let extreme = |it: Option<&u64>| it.map_or_else(|| "-".to_owned(), u64::to_string);
    figure.raw.extend(through.iter().enumerate().map(|(trial, count)| {
        vec![who.to_owned(), processes.to_string(), trial.to_string(), count.to_string()]
    }));
    figure.line(
        vec![
            who.to_owned(),
            processes.to_string(),
            through.len().to_string(),
            extreme(through.iter().min()),
            extreme(through.iter().max()),
            through.iter().filter(|count| **count > 1).count().to_string(),
        ],
        out,
    )
}

/// Lanes whose vendor is down, each of whose gates passes under a crowd: of several governors, none
/// of which knows of another but by the table.
async fn on_engine(engine: &Engine, trials: u64) -> anyhow::Result<Vec<u64>> {
    engine.make_table(TABLE).await?;
    let (clock, entropy) = (Arc::new(Turned::at(BEGAN)), Arc::new(Counted::default()));
    let governor = |_| {
        let (clock, entropy) = (clock.clone(), entropy.clone());
        Governor::new(engine.client(), TABLE, Policy::STANDARD, clock, entropy)
    };
    let governors: Vec<Governor> = (0..PROCESSES).map(governor).collect();
    let first = governors.first().context("no governor")?;
    let mut through = Vec::new();
    for trial in 0..trials {
        let lane: LaneId = format!("gate-{trial}").parse()?;
        let claim = first.claim("first".parse()?, "products".parse()?);
        let Admission::Admitted(holder) = first.admit(&lane, &claim, &SPEC).await? else {
            bail!("found a new lane that admits nobody");
        };
        let call = FailedCall::new(first.now(), "server_error", "HTTP 503");
        holder.pushed_back(&PushBack::Unavailable { call, until: None }).await?;
        clock.turn(Policy::STANDARD.gate_ceiling_ms);
        let mut crowd = JoinSet::new();
        for (caller, governor) in (0..CALLERS).zip(governors.iter().cycle()) {
            let (governor, lane) = (governor.clone(), lane.clone());
            let claim = governor.claim(format!("c{caller}").parse()?, "products".parse()?);
            crowd.spawn(async move {
                let answer = governor.admit(&lane, &claim, &SPEC).await;
                answer.map(|answer| matches!(answer, Admission::Admitted(_)))
            });
        }
        let mut admitted = 0_u64;
        while let Some(answer) = crowd.join_next().await {
            admitted = admitted.saturating_add(u64::from(answer??));
        }
        through.push(admitted);
    }
    Ok(through)
}

/// A lane in memory whose vendor is down.
fn tripped() -> anyhow::Result<Item> {
    let item = applied(&create(SPEC.cap, None), &Item::new())?;
    let claim = claim_of(u64::try_from(CALLERS)?)?;
    let policy = Policy::STANDARD;
    let item = applied(&admit(&claim, BEGAN, BEGAN.plus(policy.lease_ms)), &item)?;
    let seen = Lane::parse(&item)?;
    let lease = Lease::find(&claim, &seen).context("found no lease after an admission")?;
    let failing = Failing {
        first_failed: BEGAN,
        now: BEGAN,
        shut: BEGAN.plus(policy.gate_base_ms),
        reach: Reach::Lane,
        class: "server_error",
        why: "HTTP 503",
        evidence: "",
    };
    applied(&trip(&lease, &seen, &failing), &item)
}

fn applied(transition: &Transition, item: &Item) -> anyhow::Result<Item> {
    match transition.apply(item)? {
        Outcome::Done(item) => Ok(item),
        Outcome::Refused => bail!("found that {} is refused", transition.name),
    }
}

fn claim_of(caller: u64) -> anyhow::Result<Claim> {
    let id = format!("c{caller}").parse()?;
    Ok(Claim { id, nonce: Nonce::from_random(caller), kind: "products".parse()? })
}

/// Lets a crowd ask a lane whose gate has passed, one step of one caller after the other in a random
/// order, and counts who may call the vendor.
fn interpreted(dice: &mut Dice) -> anyhow::Result<u64> {
    let policy = Policy::STANDARD;
    let mut item = tripped()?;
    let mut lane = Lane::parse(&item)?;
    let now = lane.shut;
    let mut asking = Vec::new();
    for caller in 0..CALLERS {
        let claim = claim_of(u64::try_from(caller)?)?;
        let first = admit(&claim, now, now.plus(policy.lease_ms));
        asking.push((claim, first));
    }
    let mut through = 0_u64;
    while !asking.is_empty() {
        let place = usize::try_from(dice.below(u64::try_from(asking.len())?))?;
        let Some((claim, next)) = asking.get_mut(place) else { continue };
        if let Outcome::Done(after) = next.apply(&item)? {
            item = after;
            lane = Lane::parse(&item)?;
        }
        match next_move(&lane, claim, None, now, &policy) {
            Move::Try(fitting) => *next = fitting,
            Move::Mine(_) => {
                through = through.saturating_add(1);
                asking.swap_remove(place);
            }
            Move::MineButTripped(_) | Move::Wait(_) => drop(asking.swap_remove(place)),
        }
    }
    Ok(through)
}
