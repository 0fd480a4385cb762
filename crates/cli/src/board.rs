//! What holds more than one account, for whoever wants to see it.

use flyball_governor::core::{Ask, GroupName, Platform, Switch, WideScope, board_sentences};
use flyball_governor::{
    Board, Reason, Refusal, Sentence, Standing, StopMode, UnixMillis, WorkKind,
};
use serde_json::{Value, json};

use crate::table::moment;
use flyball_ops::Facts;

/// A mode as a person writes it.
pub(crate) fn mode_in_words(mode: StopMode) -> String {
    match mode {
        StopMode::Limit(slots) => format!("limit={slots}"),
        StopMode::Hold | StopMode::Drain | StopMode::Stop => mode.as_str().to_owned(),
    }
}

/// The board as lines.
pub(crate) fn to_lines(board: &Board, now: UnixMillis) -> Vec<String> {
    board_sentences(board, now).iter().map(|one| one.as_of(now)).collect()
}

/// The board as JSON.
pub(crate) fn to_json(board: &Board, now: UnixMillis) -> Value {
    let switches = board.switches.iter().map(|(scope, switch)| switch_json(scope, switch, now));
    let groups = board.platforms.iter().map(|(group, state)| group_json(group, state));
    json!({
        "switches": switches.collect::<Vec<_>>(),
        "integrations": groups.collect::<Vec<_>>(),
    })
}

fn switch_json(scope: &WideScope, switch: &Switch, now: UnixMillis) -> Value {
    let state = if switch.stop.is_on(now) {
        "on"
    } else if switch.over_at().is_some_and(|over| now < over) {
        "resuming"
    } else {
        "over"
    };
    json!({
        "scope": scope.to_string(),
        "state": state,
        "mode": mode_in_words(switch.stop.mode),
        "reason": switch.stop.reason,
        "by": switch.stop.author,
        "since": moment(switch.since),
        "until": switch.stop.until.map(moment),
        "ramp_seconds": switch.ramp_ms / 1_000,
    })
}

fn group_json(group: &GroupName, state: &Platform) -> Value {
    let (since, detected, back, canaries) = match state {
        Platform::Suspected { since } => (since, None, None, None),
        Platform::Down(incident) => {
            (&incident.since, Some(incident.detected), None, Some(&incident.canaries))
        }
        Platform::Back { since, back } => (since, None, Some(*back), None),
    };
    json!({
        "integration": group.as_str(),
        "state": state.as_str(),
        "since": moment(*since),
        "detected": detected.map(moment),
        "back": back.map(moment),
        "canaries": canaries,
    })
}

/// What the board says of one kind of an account's jobs.
pub(crate) fn refusal(
    board: &Board,
    facts: &Facts,
    kind: &WorkKind,
    now: UnixMillis,
) -> Option<Refusal> {
    let account = &facts.account;
    let group = account.integration.as_str().parse().ok();
    board.refuses(&Ask { lane: account.id.as_str(), group: group.as_ref(), kind }, now)
}

/// What the board holds of an account, in words, and what that makes of it where all of its kinds
/// are held.
pub(crate) fn holds(
    board: &Board,
    facts: &Facts,
    now: UnixMillis,
) -> (Option<Standing>, Vec<Sentence>) {
    let kinds = facts.account.kinds.iter().filter_map(|kind| kind.as_str().parse().ok());
    let refusals: Vec<Option<Refusal>> =
        kinds.map(|kind| refusal(board, facts, &kind, now)).collect();
    let mut sentences: Vec<Sentence> = Vec::new();
    for sentence in refusals.iter().flatten().map(Refusal::sentence) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let standing = refusals
        .iter()
        .map(|refusal| {
            let down = matches!(refusal.as_ref()?.reason, Reason::GroupDown { .. });
            Some(if down { Standing::Down } else { Standing::Stopped })
        })
        .reduce(Option::and)
        .flatten();
    let account = &facts.account;
    let group: Option<GroupName> = account.integration.as_str().parse().ok();
    if let Some(Platform::Down(incident)) = group.and_then(|group| board.platforms.get(&group))
        && incident.canaries.contains(account.id.as_str())
    {
        let why = format!("{} is down as a whole; this account probes for it", account.integration);
        sentences.push(Sentence { why, until: None });
    }
    (standing, sentences)
}
