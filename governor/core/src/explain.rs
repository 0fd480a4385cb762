use core::fmt;

use crate::UnixMillis;
use crate::board::{Board, Platform, Return, Suspicion, Switch, WideScope};
use crate::decide::{Reason, Refusal};
use crate::lane::{Lane, Stop};
use crate::words::{StopCause, StopMode};

/// A length of time for people: two units at most, such as `3 min 20 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The length, in milliseconds.
    pub ms: u64,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] =
            [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
        if self.ms < 1_000 {
            return write!(f, "{} ms", self.ms);
        }
        let mut left_ms = self.ms;
        let mut first = None;
        for (place, (unit_ms, unit)) in UNITS.into_iter().enumerate() {
            let count = left_ms.checked_div(unit_ms).unwrap_or(0);
            left_ms = left_ms.checked_rem(unit_ms).unwrap_or(0);
            match first {
                None if count > 0 => {
                    write!(f, "{count} {unit}")?;
                    first = Some(place);
                }
                Some(began) if place.saturating_sub(1) == began && count > 0 => {
                    write!(f, " {count} {unit}")?;
                }
                None | Some(_) => {}
            }
        }
        Ok(())
    }
}

/// What a person is told: a sentence, and until when it holds, where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Why, without the time.
    pub why: String,
    /// Until when.
    pub until: Option<UnixMillis>,
}

impl Sentence {
    fn new(why: impl Into<String>, until: Option<UnixMillis>) -> Self {
        Self { why: why.into(), until }
    }

    /// The sentence as of `now`, with the time that is left.
    pub fn as_of(&self, now: UnixMillis) -> String {
        match self.until {
            Some(until) if now < until => {
                format!("{}; for another {}", self.why, Span { ms: until.since(now) })
            }
            Some(_) => format!("{}; over any moment", self.why),
            None => self.why.clone(),
        }
    }
}

fn switch_sentence(scope: &WideScope, stop: &Stop) -> Sentence {
    let who = match scope {
        WideScope::All => "everything is".to_owned(),
        WideScope::Group(group) => format!("all of {group} is"),
        WideScope::Work(group, kind) => format!("all {kind} of {group} are"),
    };
    in_words(&held(&who, stop.mode), stop)
}

impl Switch {
    /// What it does, in words, while it is on and while lanes start again after its end; `None`
    /// when all of them may have.
    pub fn sentence(&self, scope: &WideScope, now: UnixMillis) -> Option<Sentence> {
        if self.stop.is_on(now) {
            return Some(switch_sentence(scope, &self.stop));
        }
        let over = self.over_at().filter(|over| now < *over)?;
        Some(Sentence::new(resuming(scope), Some(over)))
    }
}

fn resuming(scope: &WideScope) -> String {
    format!("the switch of {scope} is over; lanes start again one after the other")
}

/// What holds more than one lane, in words: switches, and groups that are suspected or down.
pub fn board_sentences(board: &Board, now: UnixMillis) -> Vec<Sentence> {
    let switches = board.switches.iter().filter_map(|(scope, one)| one.sentence(scope, now));
    let groups = board.platforms.iter().map(|(group, state)| match state {
        Platform::Suspected(Suspicion { since, one_in, .. }) => {
            let lasts = Span { ms: now.since(*since) };
            let held = match one_in {
                0 | 1 => String::new(),
                _ => format!("; meanwhile one in {one_in} goes on"),
            };
            format!(
                "{group} is suspected to be down, for {lasts} now: several of its lanes fail{held}"
            )
        }
        Platform::Down(incident) => {
            let canaries: Vec<&str> = incident.canaries.iter().map(String::as_str).collect();
            let lasts = Span { ms: now.since(incident.since) };
            let who = canaries.join(", ");
            format!("{group} is down as a whole, for {lasts} now; these probe for it: {who}")
        }
        Platform::Back(Return { since, back, known, .. }) => {
            let (lasts, lasted) = (Span { ms: now.since(*back) }, Span { ms: back.since(*since) });
            if *known {
                format!("{group} is back, for {lasts} now; it was down for {lasted}")
            } else {
                format!(
                    "{group} holds nobody any more, for {lasts} now: it was down for {lasted}, and \
                     nobody can tell whether it still is"
                )
            }
        }
    });
    switches.chain(groups.map(|why| Sentence::new(why, None))).collect()
}

fn stop_sentence(cause: &StopCause, stop: &Stop) -> Sentence {
    let what = match cause {
        StopCause::Customer => held("the customer is", stop.mode),
        StopCause::Account => held("the account is", stop.mode),
        StopCause::Rejected => "waiting for the retailer to reconnect the store".to_owned(),
        StopCause::DeadMan => "stopped because nothing has succeeded for too long".to_owned(),
        StopCause::Work(kind) => held(&format!("{kind} are"), stop.mode),
    };
    in_words(&what, stop)
}

fn held(who: &str, mode: StopMode) -> String {
    match mode {
        StopMode::Hold => format!("{who} stopped (what runs may finish)"),
        StopMode::Drain => format!("{who} stopped (being drained)"),
        StopMode::Stop => format!("{who} stopped"),
        StopMode::Limit(slots) => format!("{who} limited to {slots} at once"),
    }
}

fn in_words(what: &str, stop: &Stop) -> Sentence {
    let lifted = if stop.until.is_none() { ", until lifted" } else { "" };
    Sentence::new(format!("{what} by {}: {}{lifted}", stop.author, stop.reason), stop.until)
}

fn after(why: Option<&str>) -> String {
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

impl Refusal {
    /// Why, in words, and until when.
    pub fn sentence(&self) -> Sentence {
        let why = match &self.reason {
            Reason::Stopped { cause, stop } => return stop_sentence(cause, stop),
            Reason::BackingOff { why, level } => format!(
                "backing off at level {level}{}; then one probe goes",
                after(why.as_deref())
            ),
            Reason::Paused { why } => {
                format!("keeping the pace that the vendor asks for{}", after(why.as_deref()))
            }
            Reason::Probing => "a probe is seeing whether the vendor is back".to_owned(),
            Reason::Running => "the same work is running already".to_owned(),
            Reason::Full { held, limit } if held > limit => {
                format!("{held} jobs run where the limit is now {limit}")
            }
            Reason::Full { limit: 1, .. } => "the only slot is in use".to_owned(),
            Reason::Full { limit, .. } => format!("all {limit} slots are in use"),
            Reason::Switched { scope, stop } => return switch_sentence(scope, stop),
            Reason::Resuming { scope } => resuming(scope),
            Reason::GroupSuspected { group, .. } => {
                format!("{group} is suspected to be down as a whole; a few other accounts find out")
            }
            Reason::GroupDown { group, .. } => {
                format!("{group} is down as a whole; a few other accounts probe for it")
            }
            Reason::WideFull { lane, limit } => {
                format!("all {limit} slots of {lane} are in use")
            }
            Reason::Contended => "others changed the lane at every attempt".to_owned(),
        };
        Sentence::new(why, self.until)
    }
}

/// What a lane is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A stop holds all of its work.
    Stopped,
    /// The vendor is down.
    Down,
    /// The vendor is down and a probe is under way.
    Probing,
    /// The vendor is back; full speed is not reached yet.
    Recovering,
    /// The gate is closed for the vendor's pace.
    Paused,
    /// Jobs run.
    Working,
    /// Nothing runs.
    Idle,
}

impl Standing {
    /// The standing in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Down => "down",
            Self::Probing => "probing",
            Self::Recovering => "recovering",
            Self::Paused => "paused",
            Self::Working => "working",
            Self::Idle => "idle",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a lane is doing, and in words why nothing new starts, if nothing does.
pub fn standing(lane: &Lane, now: UnixMillis) -> (Standing, Vec<Sentence>) {
    let on = lane.stops.iter().filter(|(_, stop)| stop.is_on(now));
    let mut sentences: Vec<Sentence> =
        on.clone().map(|(cause, stop)| stop_sentence(cause, stop)).collect();
    let all_held = on
        .clone()
        .any(|(cause, stop)| !matches!(cause, StopCause::Work(_)) && stop.mode.slots() == 0);
    let why = after(lane.why.as_deref());
    let probing = lane.probe.as_ref().filter(|probe| now < probe.expires);
    let standing = if lane.level > 0 {
        let since = lane
            .down
            .map(|down| format!(", for {} now", Span { ms: now.since(down) }))
            .unwrap_or_default();
        if let Some(probe) = probing {
            let text = format!("the vendor is down{why}{since}; a probe is under way");
            sentences.push(Sentence::new(text, Some(probe.expires)));
            Standing::Probing
        } else {
            let text = format!(
                "the vendor is down{why}{since}; backing off at level {}, then one probe goes",
                lane.level
            );
            sentences.push(Sentence::new(text, Some(lane.shut)));
            Standing::Down
        }
    } else if now < lane.shut {
        let text = format!("keeping the pace that the vendor asks for{why}");
        sentences.push(Sentence::new(text, Some(lane.shut)));
        Standing::Paused
    } else if lane.ramp.is_some() {
        let text = format!(
            "the vendor is back; {} of {} slots until the next success",
            lane.limit, lane.good
        );
        sentences.push(Sentence::new(text, None));
        Standing::Recovering
    } else if lane.held.values().any(|slot| now < slot.expires) {
        if lane.held_count() >= lane.limit {
            let text = format!("{} of {} slots are in use", lane.held_count(), lane.limit);
            sentences.push(Sentence::new(text, None));
        }
        Standing::Working
    } else {
        Standing::Idle
    };
    (if all_held { Standing::Stopped } else { standing }, sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_like_a_person_says_it() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (61_000, "1 min 1 s"),
            (60_000, "1 min"),
            (3_600_000, "1 h"),
            (3_601_000, "1 h"),
            (7_260_000, "2 h 1 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(Span { ms }.to_string(), text);
        }
    }

    #[test]
    fn a_refusal_says_why_and_until_when() {
        let refusal = Refusal {
            reason: Reason::BackingOff {
                why: Some("the store's server fails (HTTP 503)".to_owned()),
                level: 2,
            },
            until: Some(UnixMillis(12_000)),
        };
        assert_eq!(
            refusal.sentence().as_of(UnixMillis(0)),
            "backing off at level 2 (the store's server fails (HTTP 503)); then one probe goes; \
             for another 12 s"
        );
    }

    #[test]
    fn a_board_says_what_it_holds_and_for_how_long() {
        let stop = Stop {
            mode: StopMode::Hold,
            reason: "a drill".to_owned(),
            author: "mia".to_owned(),
            until: Some(UnixMillis(50_000)),
        };
        let switch = Switch { stop, since: UnixMillis(0), ramp_ms: 10_000 };
        let mut board = Board::default();
        board.switches.insert(WideScope::All, switch);
        let incident = crate::board::Incident {
            since: UnixMillis(10_000),
            detected: UnixMillis(20_000),
            chosen: UnixMillis(20_000),
            canaries: ["blue-mug", "red-pot"].map(str::to_owned).into(),
        };
        board.platforms.insert("shopify".parse().unwrap(), Platform::Down(incident));
        let told = |now: u64| {
            let now = UnixMillis(now);
            board_sentences(&board, now).iter().map(|one| one.as_of(now)).collect::<Vec<_>>()
        };
        assert_eq!(
            told(40_000),
            [
                "everything is stopped (what runs may finish) by mia: a drill; for another 10 s",
                "shopify is down as a whole, for 30 s now; these probe for it: blue-mug, red-pot",
            ]
        );
        assert_eq!(
            told(55_000).first().unwrap(),
            "the switch of all is over; lanes start again one after the other; for another 5 s"
        );
        assert_eq!(told(60_000).len(), 1, "the switch is dealt with");
    }

    #[test]
    fn a_board_says_which_groups_are_suspected_and_which_are_back() {
        let mut board = Board::default();
        let (since, back) = (UnixMillis(10_000), UnixMillis(30_000));
        board
            .platforms
            .insert("magento".parse().unwrap(), Platform::Suspected(Suspicion::of_nobody(since)));
        let known = Platform::Back(Return::known(since, back));
        board.platforms.insert("shopify".parse().unwrap(), known);
        let unknown = Platform::Back(Return::unknown(since, back));
        board.platforms.insert("bigcommerce".parse().unwrap(), unknown);
        let told = board_sentences(&board, UnixMillis(35_000));
        let expected = [
            "bigcommerce holds nobody any more, for 5 s now: it was down for 20 s, and nobody can \
             tell whether it still is",
            "magento is suspected to be down, for 25 s now: several of its lanes fail",
            "shopify is back, for 5 s now; it was down for 20 s",
        ];
        let text = |why: &str| Sentence::new(why, None);
        assert_eq!(told, expected.map(text));
    }

    #[test]
    fn a_stop_names_its_author_its_reason_and_its_end() {
        let mut lane = Lane::new(2);
        let stop = Stop {
            mode: StopMode::Stop,
            reason: "stocktaking".to_owned(),
            author: "mia".to_owned(),
            until: None,
        };
        lane.stops.insert(StopCause::Account, stop);
        let (standing, sentences) = standing(&lane, UnixMillis(0));
        assert_eq!(standing, Standing::Stopped);
        assert_eq!(
            sentences.first().unwrap().as_of(UnixMillis(0)),
            "the account is stopped by mia: stocktaking, until lifted"
        );
    }

    #[test]
    fn a_sentence_says_how_long_it_still_holds_and_when_it_is_over() {
        let sentence = Sentence::new("busy", Some(UnixMillis(5_000)));
        assert_eq!(sentence.as_of(UnixMillis(4_999)), "busy; for another 1 ms");
        assert_eq!(sentence.as_of(UnixMillis(5_000)), "busy; over any moment");
        assert_eq!(Sentence::new("busy", None).as_of(UnixMillis(1)), "busy");
    }

    fn stop(mode: StopMode, until: Option<UnixMillis>) -> Stop {
        Stop { mode, reason: "audit".to_owned(), author: "mia".to_owned(), until }
    }

    #[test]
    fn every_reason_is_told_in_words() {
        let switched = |scope: &str, mode| Reason::Switched {
            scope: scope.parse().unwrap(),
            stop: stop(mode, None),
        };
        let stopped = |cause: &str| Reason::Stopped {
            cause: cause.parse().unwrap(),
            stop: stop(StopMode::Stop, Some(UnixMillis(1))),
        };
        let group: crate::GroupName = "shopify".parse().unwrap();
        for (reason, text) in [
            (switched("all", StopMode::Stop), "everything is stopped by mia: audit, until lifted"),
            (
                switched("shopify", StopMode::Hold),
                "all of shopify is stopped (what runs may finish) by mia: audit, until lifted",
            ),
            (
                switched("shopify/orders", StopMode::Drain),
                "all orders of shopify are stopped (being drained) by mia: audit, until lifted",
            ),
            (
                switched("all", StopMode::Limit(3)),
                "everything is limited to 3 at once by mia: audit, until lifted",
            ),
            (stopped("customer"), "the customer is stopped by mia: audit"),
            (stopped("rejected"), "waiting for the retailer to reconnect the store by mia: audit"),
            (
                stopped("dead_man"),
                "stopped because nothing has succeeded for too long by mia: audit",
            ),
            (stopped("orders"), "orders are stopped by mia: audit"),
            (Reason::Paused { why: None }, "keeping the pace that the vendor asks for"),
            (Reason::Probing, "a probe is seeing whether the vendor is back"),
            (Reason::Running, "the same work is running already"),
            (Reason::Full { held: 3, limit: 2 }, "3 jobs run where the limit is now 2"),
            (Reason::Full { held: 1, limit: 1 }, "the only slot is in use"),
            (Reason::Full { held: 1, limit: 2 }, "all 2 slots are in use"),
            (Reason::Full { held: 2, limit: 2 }, "all 2 slots are in use"),
            (
                Reason::Resuming { scope: WideScope::All },
                "the switch of all is over; lanes start again one after the other",
            ),
            (
                Reason::GroupSuspected { group: group.clone(), since: UnixMillis(1) },
                "shopify is suspected to be down as a whole; a few other accounts find out",
            ),
            (
                Reason::GroupDown { group, since: UnixMillis(1) },
                "shopify is down as a whole; a few other accounts probe for it",
            ),
            (
                Reason::WideFull { lane: "wide.all".to_owned(), limit: 2 },
                "all 2 slots of wide.all are in use",
            ),
            (Reason::Contended, "others changed the lane at every attempt"),
        ] {
            let told = Refusal { reason, until: None }.sentence();
            assert_eq!(told.why, text);
        }
    }

    const NOW: UnixMillis = UnixMillis(100_000);

    fn told(lane: &Lane) -> (Standing, Vec<String>) {
        let (standing, sentences) = standing(lane, NOW);
        (standing, sentences.iter().map(|sentence| sentence.as_of(NOW)).collect())
    }

    fn held_until(expires: UnixMillis) -> Lane {
        let slot = crate::Slot { expires, nonce: "n".parse().unwrap() };
        Lane { held: [("a".parse().unwrap(), slot)].into(), ..Lane::new(1) }
    }

    #[test]
    fn a_lane_says_what_it_does() {
        let later = NOW.plus(2_000);
        let why = Some("HTTP 503".to_owned());
        let probe = |expires| {
            let (id, nonce) = ("p".parse().unwrap(), "n".parse().unwrap());
            Some(crate::Probe { id, expires, nonce })
        };
        let down =
            Lane { level: 2, down: Some(NOW.minus(60_000)), why, shut: later, ..Lane::new(1) };
        let backing_off = "the vendor is down (HTTP 503), for 1 min now; backing off at level 2, \
                           then one probe goes; for another 2 s";
        let lane = down.clone();
        assert_eq!(told(&lane), (Standing::Down, vec![backing_off.to_owned()]));
        let lane = Lane { probe: probe(NOW), ..down.clone() };
        assert_eq!(told(&lane), (Standing::Down, vec![backing_off.to_owned()]), "a dead probe");
        let lane = Lane { probe: probe(later), ..down };
        let probing = "the vendor is down (HTTP 503), for 1 min now; a probe is under way; for \
                       another 2 s";
        assert_eq!(told(&lane), (Standing::Probing, vec![probing.to_owned()]));
        let lane = Lane { shut: later, ..Lane::new(1) };
        let paused = "keeping the pace that the vendor asks for; for another 2 s";
        assert_eq!(told(&lane), (Standing::Paused, vec![paused.to_owned()]));
        let lane = Lane { shut: NOW, ramp: Some(1), limit: 7, good: 10, ..Lane::new(10) };
        let recovering = "the vendor is back; 7 of 10 slots until the next success";
        assert_eq!(told(&lane), (Standing::Recovering, vec![recovering.to_owned()]));
        assert_eq!(told(&Lane::new(1)), (Standing::Idle, Vec::new()));
        assert_eq!(told(&held_until(NOW)), (Standing::Idle, Vec::new()));
        let full = "1 of 1 slots are in use".to_owned();
        assert_eq!(told(&held_until(later)), (Standing::Working, vec![full]));
        let lane = Lane { limit: 2, ..held_until(later) };
        assert_eq!(told(&lane), (Standing::Working, Vec::new()));
    }

    #[test]
    fn a_lane_is_stopped_only_where_all_of_its_work_is() {
        let cause = |text: &str| text.parse::<StopCause>().unwrap();
        let standing_under = |cause: StopCause, mode, until| {
            let mut lane = Lane::new(1);
            lane.stops.insert(cause, stop(mode, until));
            told(&lane).0
        };
        assert_eq!(standing_under(cause("customer"), StopMode::Hold, None), Standing::Stopped);
        assert_eq!(standing_under(cause("customer"), StopMode::Hold, Some(NOW)), Standing::Idle);
        assert_eq!(standing_under(cause("customer"), StopMode::Limit(1), None), Standing::Idle);
        assert_eq!(standing_under(cause("orders"), StopMode::Stop, None), Standing::Idle);
    }

    #[test]
    fn a_standing_has_a_word() {
        use Standing::{Down, Idle, Paused, Probing, Recovering, Stopped, Working};
        let all = [Stopped, Down, Probing, Recovering, Paused, Working, Idle];
        let words = all.map(|standing| format!("{standing:<8}|"));
        let expected = ["stopped", "down", "probing", "recovering", "paused", "working", "idle"];
        for (word, expected) in words.iter().zip(expected) {
            assert_eq!(*word, format!("{expected:<8}|"));
        }
    }
}
