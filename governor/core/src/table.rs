//! The interpreter for people: every transition as a row of a table, printed from the transition
//! itself.

use core::fmt::Write as _;
use core::slice;
use std::collections::BTreeSet;

use crate::UnixMillis;
use crate::board::{Incident, Platform, Return, Suspicion, Switch, WideScope};
use crate::lane::{Lane, Reach, Stop};
use crate::transition::{Change, Condition, Operand, Transition};
use crate::transitions::{self as t, Claim, Lease, Predecessor, Seat};
use crate::words::{GroupName, LeaseId, Nonce, StopCause, StopMode, WorkKind};

/// One of each transition, with made-up arguments.
///
/// Every transition there is stands here once; the table and its tests rely on it.
pub fn specimens() -> Vec<Transition> {
    let (Ok(id), Ok(next), Ok(dead), Ok(nonce), Ok(kind), Ok(group)) = (
        "id".parse::<LeaseId>(),
        "next".parse::<LeaseId>(),
        "dead".parse::<LeaseId>(),
        "nonce".parse::<Nonce>(),
        "kind".parse::<WorkKind>(),
        "group".parse::<GroupName>(),
    ) else {
        return Vec::new();
    };
    let next = Claim { id: next, nonce: nonce.clone(), kind: kind.clone() };
    let claim = Claim { id, nonce, kind };
    let [now, dead_before, later] = [UnixMillis(2), UnixMillis(1), UnixMillis(3)];
    let seat = |seat| Lease {
        claim: claim.clone(),
        seat,
        fence: 1,
        expires: later,
        admitted_in: 0,
        succeeded: None,
    };
    let (held, probe) = (seat(Seat::Held), seat(Seat::Probe));
    let seen = Lane { ramp: Some(1), ..Lane::new(2) };
    let cause = StopCause::Account;
    let stop =
        Stop { mode: StopMode::Stop, reason: String::new(), author: String::new(), until: None };
    let failing = t::Failing {
        first_failed: now,
        now,
        shut: later,
        reach: Reach::Group,
        class: "",
        why: "",
        evidence: "",
    };
    vec![
        t::create(2, None),
        t::admit(&claim, now, later),
        t::take_over(&claim, now, dead_before, later),
        t::reap_one_and_admit(&claim, &dead, now, dead_before, later),
        t::reap(slice::from_ref(&dead), dead_before),
        t::probe(&claim, Predecessor::Dead, None, now, dead_before, later),
        t::renew(&held, later),
        t::release(&held),
        t::finish(&held, now),
        t::baton(&held, &next, t::Ending::Success, now, later),
        t::release_and_mark(&held, now),
        t::pause(&held, later),
        t::mark(now),
        t::throttle(&held, &seen, now, later, ""),
        t::trip(&held, &seen, &failing),
        t::trip_ramping(&held, &seen, &failing),
        t::trip_again(&probe, &seen, &failing),
        t::inconclusive_probe(&probe, later),
        t::recover(&probe, &seen, now),
        t::settle(&held, &seen),
        t::raise(&held, &seen),
        t::clear(0),
        t::push(now, later),
        t::stop(&cause, &stop, now),
        t::lift(&cause, now),
        t::note_written(0),
        t::resize(&seen, 3, now),
        t::amnesty(&group, now, later),
        t::rouse(Some(&group), later),
    ]
    .into_iter()
    .chain(board_specimens(&group, later))
    .collect()
}

fn board_specimens(group: &GroupName, later: UnixMillis) -> Vec<Transition> {
    let scope = WideScope::Group(group.clone());
    let stop =
        Stop { mode: StopMode::Stop, reason: String::new(), author: String::new(), until: None };
    let switch = Switch { stop, since: later, ramp_ms: 0 };
    let suspicion = Suspicion::of_nobody(later);
    let suspected = Platform::Suspected(suspicion);
    let incident = Incident {
        since: later,
        detected: later,
        chosen: later,
        canaries: BTreeSet::from(["canary".to_owned()]),
    };
    let down = Platform::Down(incident.clone());
    let returned = Return::known(later, later);
    let back = Platform::Back(returned);
    vec![
        t::create_board(),
        t::switch_on(&scope, &switch),
        t::switch_off(&scope, later),
        t::forget_switch(&scope, later),
        t::suspect(group, None, suspicion),
        t::unsuspect(group, &suspected),
        t::declare_down(group, &suspected, &incident),
        t::choose_canaries(group, &down, later, &incident.canaries),
        t::declare_back(group, &down, returned),
        t::all_let_go(group, &back),
        t::forget_platform(group, &back),
    ]
}

/// The table of all transitions, in Markdown.
pub fn markdown() -> String {
    let mut table = String::from("| transition | condition | change |\n|---|---|---|\n");
    for transition in specimens() {
        let changes: Vec<String> = transition.then.iter().map(change_text).collect();
        // Writing to a string can't fail.
        let _written = writeln!(
            table,
            "| **{}** | {} | {} |",
            transition.name,
            code_list(conditions(&transition.when)),
            code_list(changes)
        );
    }
    table
}

fn code_list(parts: Vec<String>) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| format!("`{part}`")).collect();
    parts.join("<br>")
}

fn conditions(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::All(all) => all.iter().map(condition_text).collect(),
        Condition::Exists(_)
        | Condition::Absent(_)
        | Condition::Compare(..)
        | Condition::Any(_) => vec![condition_text(condition)],
    }
}

fn condition_text(condition: &Condition) -> String {
    let join = |parts: &[Condition], with: &str| {
        parts.iter().map(condition_text).collect::<Vec<_>>().join(with)
    };
    match condition {
        Condition::Exists(path) => format!("{path} exists"),
        Condition::Absent(path) => format!("{path} absent"),
        Condition::Compare(left, how, right) => {
            format!("{} {} {}", operand_text(left), how.sign(), operand_text(right))
        }
        Condition::All(all) => join(all, " and "),
        Condition::Any(any) => join(any, " or "),
    }
}

fn operand_text(operand: &Operand) -> String {
    match operand {
        Operand::Path(path) => path.to_string(),
        Operand::Size(path) => format!("size({path})"),
        Operand::Arg(arg) => arg.symbol.to_owned(),
    }
}

fn change_text(change: &Change) -> String {
    match change {
        Change::Set(path, arg) if path.to_string() == arg.symbol => format!("{path} = new"),
        Change::Set(path, arg) => format!("{path} = {}", arg.symbol),
        Change::Copy(path, from) => format!("{path} = {from}"),
        Change::SetIfAbsent(path, arg) => format!("{path} = {} if absent", arg.symbol),
        Change::Add(path, n) => format!("{path} + {n}"),
        Change::Remove(path) => format!("remove {path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::Name;

    #[test]
    fn every_transition_is_in_the_table_once() {
        let there: Vec<Name> = specimens().iter().map(|transition| transition.name).collect();
        let table = markdown();
        for name in Name::ALL {
            assert_eq!(there.iter().filter(|one| *one == name).count(), 1, "{name}");
            assert!(table.contains(&format!("\n| **{name}** | `")), "{name}");
        }
        assert_eq!(there.len(), Name::ALL.len());
    }

    #[test]
    fn a_row_says_what_must_hold_and_what_then_changes() {
        let table = markdown();
        assert!(
            table.starts_with("| transition | condition | change |\n|---|---|---|\n| **create")
        );
        for row in [
            "| **mark** | `fence exists` | `wake = now if absent`<br>`marks + 1` |",
            "| **settle** | `held.id.n = my nonce`<br>`gen = g`<br>`ramp exists` | \
             `limit = good`<br>`remove ramp`<br>`remove why`<br>`slow = 0` |",
            "| **clear** | `marks = seen`<br>`size(notes) = 0` | `remove wake`<br>`remove behind` |",
            "| **stop** | `stops.account exists or size(stops) < stops max` | \
             `stops.account = {mode, why, who, until}`<br>`wake = now`<br>`marks + 1` |",
            "| **forget switch** | `switches.scope.u = end` | `remove switches.scope` |",
            "| **resize** | `gen = g`<br>`limit = limit seen`<br>`good = good seen`<br>\
             `cap = cap seen`<br>`ramp = ramp seen` | `cap = new cap`<br>`limit = new limit`<br>\
             `good = new good`<br>`wake = now`<br>`marks + 1` |",
        ] {
            assert!(table.contains(row), "{row}");
        }
        assert!(table.contains("<br>`why = new`<br>"), "what an attribute gets of its own name");
    }

    #[test]
    fn conditions_within_conditions_read_as_a_sentence() {
        let (id, nonce, kind) = ("id".parse(), "n".parse(), "kind".parse());
        let claim = Claim { id: id.unwrap(), nonce: nonce.unwrap(), kind: kind.unwrap() };
        let pardon = Some(t::Pardon { back: UnixMillis(1) });
        let [now, later] = [UnixMillis(2), UnixMillis(3)];
        let probe = t::probe(&claim, Predecessor::None, pardon, now, UnixMillis(1), later);
        let text = conditions(&probe.when);
        assert!(text.contains(&"shut <= now or plat exists and at < back".to_owned()), "{text:?}");
    }

    #[test]
    fn no_transition_changes_a_place_twice() {
        for transition in specimens() {
            for (place, change) in transition.then.iter().enumerate() {
                for other in &transition.then[place + 1..] {
                    assert!(!change.path().overlaps(other.path()), "{}", transition.name);
                }
            }
        }
    }
}
