//! The transitions of the board. They are few, rare, and each says what it takes for granted.

use std::collections::BTreeSet;

use super::{compare, equal, same_stop, set};
use crate::UnixMillis;
use crate::board::{
    Board, Incident, LET_GO, Platform, Return, Suspicion, Switch, WideScope, at, canaries_value,
};
use crate::item::Value;
use crate::lane::Stop;
use crate::transition::{Change, Comparison, Condition, Name, Operand, Transition, arg};
use crate::words::GroupName;

/// Makes the board.
pub fn create_board() -> Transition {
    Transition {
        name: Name::CreateBoard,
        when: Condition::Absent(at::switches()),
        then: vec![
            // One argument each: an engine was met that makes one map of two that share theirs.
            set(at::switches(), "switches", Value::empty_map()),
            set(at::platforms(), "platforms", Value::empty_map()),
        ],
    }
}

/// Sets a switch, replacing the one of the same scope. Refused where [`Board::SWITCHES_MAX`] others
/// stand.
pub fn switch_on(scope: &WideScope, switch: &Switch) -> Transition {
    let room = Condition::Compare(
        Operand::Size(at::switches()),
        Comparison::Less,
        Operand::Arg(arg("switches max", Board::SWITCHES_MAX)),
    );
    let mode = "{mode, why, who, since, until, ramp}";
    Transition {
        name: Name::SwitchOn,
        when: Condition::Any(vec![Condition::Exists(at::switch(scope)), room]),
        then: vec![set(at::switch(scope), mode, switch.to_value())],
    }
}

/// That the switch of a scope stops as the one that was seen: nobody has replaced or ended it since.
pub fn switch_is(scope: &WideScope, seen: &Stop) -> Condition {
    same_stop(&at::switch(scope), seen)
}

/// Ends a switch now. The entry stays until every lane it held has been let go.
pub fn switch_off(scope: &WideScope, now: UnixMillis) -> Transition {
    let end = at::switch(scope).field("u");
    Transition {
        name: Name::SwitchOff,
        when: Condition::All(vec![
            Condition::Exists(at::switch(scope)),
            Condition::Any(vec![
                Condition::Absent(end.clone()),
                compare(end.clone(), Comparison::Greater, arg("now", now)),
            ]),
        ]),
        then: vec![set(end, "now", now)],
    }
}

/// Forgets a switch that ended at `end`, once whoever it held has been let go.
pub fn forget_switch(scope: &WideScope, end: UnixMillis) -> Transition {
    Transition {
        name: Name::ForgetSwitch,
        when: equal(at::switch(scope).field("u"), arg("end", end)),
        then: vec![Change::Remove(at::switch(scope))],
    }
}

fn is_in(group: &GroupName, state: &Platform) -> Vec<Condition> {
    let entry = at::platform(group);
    let (field, symbol, moment) = match state {
        Platform::Suspected(suspicion) => ("s", "since", suspicion.since),
        Platform::Down(incident) => ("s", "since", incident.since),
        Platform::Back(Return { back, .. }) => ("b", "back", *back),
    };
    vec![
        equal(entry.clone().field("p"), arg(state.as_str(), state.as_str())),
        equal(entry.field(field), arg(symbol, moment)),
    ]
}

/// Suspects a group that nothing is held against: one of which nothing was known, or that was seen
/// back. What is left of its return is the suspicion's to keep, so that it must be the one seen. One that
/// was seen suspected is held harder, unless somebody else has done so since: they may have counted more.
pub fn suspect(group: &GroupName, seen: Option<&Platform>, suspicion: Suspicion) -> Transition {
    let entry = at::platform(group);
    let mut when = vec![Condition::Exists(at::platforms())];
    match seen {
        Some(seen @ Platform::Suspected(Suspicion { one_in, .. })) => {
            when.extend(is_in(group, seen));
            when.push(equal(entry.clone().field("n"), arg("one in", *one_in)));
        }
        Some(seen) => when.extend(is_in(group, seen)),
        None => when.push(Condition::Absent(entry.clone())),
    }
    Transition {
        name: Name::Suspect,
        when: Condition::All(when),
        then: vec![set(entry, "suspected", Platform::Suspected(suspicion).to_value())],
    }
}

/// Withdraws the suspicion that was seen. A return that it came over goes on.
pub fn unsuspect(group: &GroupName, seen: &Platform) -> Transition {
    let entry = at::platform(group);
    let then = match seen {
        Platform::Suspected(Suspicion { over: Some(over), .. }) => {
            set(entry, "back", Platform::Back(*over).to_value())
        }
        Platform::Suspected(_) | Platform::Down(_) | Platform::Back(_) => Change::Remove(entry),
    };
    Transition { name: Name::Unsuspect, when: Condition::All(is_in(group, seen)), then: vec![then] }
}

/// Holds a group that was seen suspected.
pub fn declare_down(group: &GroupName, seen: &Platform, incident: &Incident) -> Transition {
    let down = Platform::Down(incident.clone());
    Transition {
        name: Name::DeclareDown,
        when: Condition::All(is_in(group, seen)),
        then: vec![set(at::platform(group), "down", down.to_value())],
    }
}

/// Chooses anew who probes for a group that was seen down, if nobody has chosen since.
pub fn choose_canaries(
    group: &GroupName,
    seen: &Platform,
    chosen: UnixMillis,
    canaries: &BTreeSet<String>,
) -> Transition {
    let entry = at::platform(group);
    let mut when = is_in(group, seen);
    if let Platform::Down(incident) = seen {
        when.push(equal(entry.clone().field("t"), arg("chosen seen", incident.chosen)));
    }
    Transition {
        name: Name::ChooseCanaries,
        when: Condition::All(when),
        then: vec![
            set(entry.clone().field("k"), "canaries", canaries_value(canaries)),
            set(entry.field("t"), "now", chosen),
        ],
    }
}

/// Lets a group go that was seen down, whether it is known to be back or nobody can tell any more.
pub fn declare_back(group: &GroupName, seen: &Platform, returned: Return) -> Transition {
    Transition {
        name: Name::DeclareBack,
        when: Condition::All(is_in(group, seen)),
        then: vec![set(at::platform(group), "back", Platform::Back(returned).to_value())],
    }
}

/// Remembers of a group that was seen back that every lane has been let go.
pub fn all_let_go(group: &GroupName, seen: &Platform) -> Transition {
    Transition {
        name: Name::AllLetGo,
        when: Condition::All(is_in(group, seen)),
        then: vec![set(at::platform(group).field(LET_GO), "1", 1_u64)],
    }
}

/// Forgets that a group was down that was seen back, once every lane has been let go.
pub fn forget_platform(group: &GroupName, seen: &Platform) -> Transition {
    Transition {
        name: Name::ForgetPlatform,
        when: Condition::All(is_in(group, seen)),
        then: vec![Change::Remove(at::platform(group))],
    }
}
