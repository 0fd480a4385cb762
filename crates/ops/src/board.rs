//! What holds more than one account, for whoever wants to see it.

use flyball_accounts::Account;
use flyball_governor::core::{
    Ask, GroupName, Platform, Return, Suspicion, Switch, WideScope, board_sentences,
};
use flyball_governor::{Board, Reason, Refusal, Standing, UnixMillis, WorkKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Mode, Moment};

/// Why something waits, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sentence {
    /// Why, in words, without the time.
    pub why: String,
    /// Until when, where that is known.
    pub until: Option<Moment>,
}

impl Sentence {
    /// The sentence as of `now`, with the time that is left.
    pub fn as_of(&self, now: Moment) -> String {
        let until = self.until.map(Moment::governor);
        flyball_governor::Sentence { why: self.why.clone(), until }.as_of(now.governor())
    }
}

impl From<flyball_governor::Sentence> for Sentence {
    fn from(sentence: flyball_governor::Sentence) -> Self {
        Self { why: sentence.why, until: sentence.until.map(Moment::from) }
    }
}

/// The board: the switches that are wider than an account, and the integrations of which something
/// is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoardView {
    /// Every switch that is wider than an account.
    pub switches: Vec<WideSwitch>,
    /// Integrations that are suspected, down, or back since shortly.
    pub integrations: Vec<IntegrationState>,
    /// All of it in words.
    pub sentences: Vec<Sentence>,
}

/// A switch of the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WideSwitch {
    /// What it holds: `all`, `shopify` or `shopify/orders`.
    pub scope: String,
    /// `on`, `resuming` (accounts start again one after the other), or `over`.
    pub state: String,
    /// `hold`, `drain`, `stop` or `limit=N`.
    #[schema(value_type = String)]
    pub mode: Mode,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub by: String,
    /// Since when it stands.
    pub since: Moment,
    /// When it ends by itself; nothing: when it is lifted.
    pub until: Option<Moment>,
    /// Over how long, after its end, accounts start again, in seconds.
    pub ramp_seconds: u64,
}

/// What is known of an integration as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntegrationState {
    /// Which.
    pub integration: String,
    /// `suspected`, `down` or `back`.
    pub state: String,
    /// Since when it is, or was, not there.
    pub since: Moment,
    /// When it was declared down.
    pub detected: Option<Moment>,
    /// When it was declared back.
    pub back: Option<Moment>,
    /// The accounts that probe for all of it.
    pub canaries: Option<Vec<String>>,
}

impl BoardView {
    /// The board as of `now`.
    pub fn of(board: &Board, now: UnixMillis) -> Self {
        let switches = board.switches.iter().map(|(scope, one)| wide_switch(scope, one, now));
        let groups = board.platforms.iter().map(|(group, state)| integration(group, state));
        Self {
            switches: switches.collect(),
            integrations: groups.collect(),
            sentences: board_sentences(board, now).into_iter().map(Sentence::from).collect(),
        }
    }
}

fn wide_switch(scope: &WideScope, switch: &Switch, now: UnixMillis) -> WideSwitch {
    let state = if switch.stop.is_on(now) {
        "on"
    } else if switch.over_at().is_some_and(|over| now < over) {
        "resuming"
    } else {
        "over"
    };
    WideSwitch {
        scope: scope.to_string(),
        state: state.to_owned(),
        mode: Mode(switch.stop.mode),
        reason: switch.stop.reason.clone(),
        by: switch.stop.author.clone(),
        since: switch.since.into(),
        until: switch.stop.until.map(Moment::from),
        ramp_seconds: switch.ramp_ms / 1_000,
    }
}

fn integration(group: &GroupName, state: &Platform) -> IntegrationState {
    let (since, detected, back, canaries) = match state {
        Platform::Suspected(Suspicion { since, .. }) => (since, None, None, None),
        Platform::Down(incident) => {
            (&incident.since, Some(incident.detected), None, Some(&incident.canaries))
        }
        Platform::Back(Return { since, back, .. }) => (since, None, Some(*back), None),
    };
    IntegrationState {
        integration: group.as_str().to_owned(),
        state: state.as_str().to_owned(),
        since: (*since).into(),
        detected: detected.map(Moment::from),
        back: back.map(Moment::from),
        canaries: canaries.map(|canaries| canaries.iter().cloned().collect()),
    }
}

/// What the board says of one kind of an account's jobs.
pub(crate) fn refusal(
    board: &Board,
    account: &Account,
    kind: &WorkKind,
    now: UnixMillis,
) -> Option<Refusal> {
    let group = account.integration.as_str().parse().ok();
    board.refuses(&Ask { lane: account.id.as_str(), group: group.as_ref(), kind }, now)
}

/// What the board holds of an account, in words, and what that makes of it where all of its kinds
/// are held.
pub(crate) fn holds(
    board: &Board,
    account: &Account,
    now: UnixMillis,
) -> (Option<Standing>, Vec<flyball_governor::Sentence>) {
    let kinds = account.kinds.iter().filter_map(|kind| kind.as_str().parse().ok());
    let refusals: Vec<Option<Refusal>> =
        kinds.map(|kind| refusal(board, account, &kind, now)).collect();
    let mut sentences: Vec<flyball_governor::Sentence> = Vec::new();
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
    let group: Option<GroupName> = account.integration.as_str().parse().ok();
    if let Some(Platform::Down(incident)) = group.and_then(|group| board.platforms.get(&group))
        && incident.canaries.contains(account.id.as_str())
    {
        let why = format!("{} is down as a whole; this account probes for it", account.integration);
        sentences.push(flyball_governor::Sentence { why, until: None });
    }
    (standing, sentences)
}
