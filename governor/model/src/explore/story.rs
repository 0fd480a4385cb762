//! A counter-example, told so that a person can follow it.

use std::fmt::Write as _;

use flyball_governor_core::Lane;

use super::search::{Graph, StateNo};
use crate::model::op::{NOW, TICK_MS, ticks};
use crate::model::world::{ACCOUNT, Message, World};
use crate::model::{Actor, Model, Move, Reply};

/// The shortest way to a state, one line a step.
pub(crate) fn story(graph: &Graph, model: &mut Model, end: StateNo) -> Vec<String> {
    let way = graph.way_to(end);
    let mut lines = Vec::new();
    // Workers that can't be told apart change places; in a story they keep their names.
    let mut names = [0, 1, 2];
    let mut moves: Vec<Move> = Vec::new();
    for pair in way.windows(2) {
        let [from, to] = pair else { continue };
        let (Some(from), Some(to)) = (graph.state(*from), graph.state(*to)) else { continue };
        model.moves(from, &mut moves);
        let Some(step) = moves.iter().find(|step| step.world == *to) else { continue };
        let number = lines.len() + 1;
        lines.push(format!("{number:>3}. {}{}", told(step, names), changes(model, from, to)));
        names = step.order.map(|from| names.get(usize::from(from)).copied().unwrap_or(from));
    }
    lines
}

fn told(step: &Move, names: [u8; 3]) -> String {
    let mut line = match step.told.actor {
        Actor::Worker(worker) => {
            format!("worker {} ", names.get(usize::from(worker)).copied().unwrap_or(worker))
        }
        Actor::Ticker => "the ticker ".to_owned(),
        Actor::Person => "a person ".to_owned(),
        Actor::Queue => "the queue ".to_owned(),
        Actor::Sweep => "the sweep ".to_owned(),
        Actor::Schedule => "the schedule ".to_owned(),
        Actor::Time => "time ".to_owned(),
    };
    line.push_str(step.told.what);
    if let Some((name, done)) = step.told.tried {
        let result = if done { "done" } else { "refused" };
        let _infallible = write!(line, " ({name}: {result})");
    }
    line.push_str(match step.told.reply {
        Reply::Came | Reply::Died => "",
        Reply::LostThenRetried => "; the reply is lost, it will ask again",
        Reply::LostThenGivenUp => "; the reply is lost, it gives up",
        Reply::NeverSent => "; the request never arrives, it gives up",
    });
    line
}

/// What became different, in a few words.
fn changes(model: &Model, before: &World, after: &World) -> String {
    let mut text = String::new();
    let lane = |world: &World| world.lane.get(ACCOUNT).map(|number| model.lane(*number).clone());
    if let (Some(then), Some(now)) = (lane(before), lane(after))
        && brief(&then) != brief(&now)
    {
        let _infallible = write!(text, "\n       lane: {}", brief(&now));
    }
    if before.rows != after.rows || before.done != after.done || before.messages != after.messages {
        let rows: Vec<String> = after
            .rows
            .works()
            .map(|work| format!("job{work} for {:03b}", after.rows.get(work).unwrap_or(0)))
            .collect();
        let waiting = after.messages.iter().map(|message| match message {
            Message::Visible | Message::Again => "waits".to_owned(),
            Message::Hidden(_) => "with a worker".to_owned(),
            Message::Gone => "gone".to_owned(),
        });
        let waiting: Vec<String> = waiting.collect();
        let (done, rows, waiting) = (after.done, rows.join(", "), waiting.join(", "));
        let _infallible =
            write!(text, "\n       done {done:03b}; rows [{rows}]; messages [{waiting}]");
    }
    text
}

fn brief(lane: &Lane) -> String {
    let at = |moment| {
        let beyond = if u64::is_multiple_of(moment, TICK_MS) { "" } else { "+" };
        format!("{:+}{beyond}", ticks(flyball_governor_core::UnixMillis(moment)))
    };
    let held: Vec<String> = lane
        .held
        .iter()
        .map(|(id, slot)| format!("{id} by {} until {}", slot.nonce, at(slot.expires.0)))
        .collect();
    let mut text = format!("held [{}] of {}", held.join(", "), lane.limit);
    if let Some(probe) = &lane.probe {
        let _infallible =
            write!(text, ", probe {} by {} until {}", probe.id, probe.nonce, at(probe.expires.0));
    }
    if lane.level > 0 || lane.shut > NOW {
        let _infallible = write!(text, ", level {}, shut until {}", lane.level, at(lane.shut.0));
    }
    if let Some(ramp) = lane.ramp {
        let _infallible = write!(text, ", ramping from {ramp} to {}", lane.good);
    }
    for cause in lane.stops.keys() {
        let _infallible = write!(text, ", stopped by {}", cause.as_str());
    }
    match lane.wake {
        Some(wake) => {
            let _infallible = write!(text, ", wake {}", at(wake.0));
        }
        None => text.push_str(", no wake"),
    }
    let _infallible = write!(text, ", generation {}, {} notes", lane.generation, lane.notes.len());
    text
}
