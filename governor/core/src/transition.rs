//! What a transition is, and the interpreter that runs it in memory.

use core::fmt;

use crate::item::{Item, Path, Value};

/// A change of a lane as data: under which condition, and what then becomes different.
///
/// One value, several interpreters: [`Transition::apply`] runs it in memory, `flyball-governor`
/// renders it to one conditional `UpdateItem` or to a command for a person, and
/// [`crate::table`] prints it. What is checked is thereby what runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Its name.
    pub name: Name,
    /// What must hold of the item.
    pub when: Condition,
    /// What then becomes different. Reads see the item as it was before; no two paths overlap.
    pub then: Vec<Change>,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// The transitions there are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name {
            $($(#[$doc])* $name,)+
        }

        impl Name {
            /// Every transition there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The transition's name for people.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

names! {
    /// Make the lane.
    Create = "create",
    /// Take a free slot.
    Admit = "admit",
    /// Take the slot of the same work's dead holder.
    TakeOver = "take over",
    /// Remove one dead lease and take its place.
    ReapOneAndAdmit = "reap one and admit",
    /// Remove dead leases.
    Reap = "reap",
    /// Take the probe's slot.
    Probe = "probe",
    /// Hold on for longer.
    Renew = "renew",
    /// Give the slot back.
    Release = "release",
    /// Give the slot back after work that ended well.
    Finish = "finish",
    /// Hand the slot on to work that waits.
    Baton = "baton",
    /// Give the slot back and ask for somebody to look.
    ReleaseAndMark = "release and mark",
    /// Give the slot back until the vendor's budget has refilled.
    Pause = "pause",
    /// Ask for somebody to look.
    Mark = "mark",
    /// Slow down, because the vendor asks for it.
    Throttle = "throttle",
    /// Close the gate, because the vendor fails.
    Trip = "trip",
    /// Close the gate again before full speed was reached.
    TripRamping = "trip, ramping",
    /// Close the gate again after a failed probe.
    TripAgain = "trip again",
    /// Give the probe's slot back with nothing learnt.
    InconclusiveProbe = "inconclusive probe",
    /// Open the gate at a probe's first success.
    Recover = "recover",
    /// Return to full speed.
    Settle = "settle",
    /// Try one slot more.
    Raise = "raise",
    /// Stop asking for somebody to look.
    Clear = "clear",
    /// Set when to look next.
    Push = "push",
    /// Stop the lane for one cause.
    Stop = "stop",
    /// Lift the stop of one cause.
    Lift = "lift",
    /// Forget a note that is in the ledger.
    NoteWritten = "note written",
    /// Change how many slots there are.
    Resize = "resize",
    /// Bring a gate forward, because the whole group is back.
    Amnesty = "amnesty",
    /// Bring a look forward, because what held the whole group is over.
    Rouse = "rouse",
    /// Make the board.
    CreateBoard = "create board",
    /// Set a switch.
    SwitchOn = "switch on",
    /// End a switch.
    SwitchOff = "switch off",
    /// Forget a switch whose end is past and dealt with.
    ForgetSwitch = "forget switch",
    /// Suspect that a whole group is down.
    Suspect = "suspect",
    /// Withdraw a suspicion, because somebody succeeds.
    Unsuspect = "unsuspect",
    /// Hold a whole group, because it is down.
    DeclareDown = "declare down",
    /// Choose who probes for a group.
    ChooseCanaries = "choose canaries",
    /// Let a group go again.
    DeclareBack = "declare back",
    /// Remember that every lane of a group that is back has been let go.
    AllLetGo = "all let go",
    /// Forget that a group was down.
    ForgetPlatform = "forget platform",
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An argument of a transition: a value, and what it is called in descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// Its name, such as `now`.
    pub symbol: &'static str,
    /// Its value.
    pub value: Value,
}

/// An argument.
pub(crate) fn arg(symbol: &'static str, value: impl Into<Value>) -> Arg {
    Arg { symbol, value: value.into() }
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The value at a path.
    Path(Path),
    /// How many entries the map at a path has.
    Size(Path),
    /// An argument.
    Arg(Arg),
}

/// How two operands compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
}

impl Comparison {
    /// The comparison's sign, the same in descriptions and in `DynamoDB` expressions.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
        }
    }
}

/// What must hold of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is something at the path.
    Exists(Path),
    /// There is nothing at the path.
    Absent(Path),
    /// A comparison; false when an operand is missing or the types differ, as in `DynamoDB`.
    Compare(Operand, Comparison, Operand),
    /// All of these; true of none.
    All(Vec<Condition>),
    /// Any of these; false of none.
    Any(Vec<Condition>),
}

/// One thing that becomes different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The path gets the argument's value.
    Set(Path, Arg),
    /// The path gets the value that the other path had.
    Copy(Path, Path),
    /// The path gets the argument's value unless it has one.
    SetIfAbsent(Path, Arg),
    /// The number at the path grows by this much.
    Add(Path, u64),
    /// The path is removed.
    Remove(Path),
}

impl Change {
    /// The path that changes.
    pub const fn path(&self) -> &Path {
        match self {
            Self::Set(path, _)
            | Self::Copy(path, _)
            | Self::SetIfAbsent(path, _)
            | Self::Add(path, _)
            | Self::Remove(path) => path,
        }
    }
}

/// What came of trying a transition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The condition held; the item as it is now.
    Done(Item),
    /// The condition did not hold; nothing changed.
    Refused,
}

/// A transition that no item like this may meet: it would be an error of `DynamoDB`'s, not a
/// refusal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A path leads through something that is no map, or adds to something that is no number.
    #[error("found nothing that {path} could be changed in: the lane is not whole, create it anew")]
    Path {
        /// The path.
        path: String,
    },
    /// Two changes touch the same place.
    #[error("found two changes of one update at {path}: an update may change a place once")]
    Overlap {
        /// The place.
        path: String,
    },
}

impl Operand {
    fn value(&self, item: &Item) -> Option<Value> {
        match self {
            Self::Path(path) => path.find(item).cloned(),
            Self::Size(path) => match path.find(item)? {
                Value::Map(entries) => u64::try_from(entries.len()).ok().map(Value::Number),
                Value::Number(_) | Value::Text(_) => None,
            },
            Self::Arg(arg) => Some(arg.value.clone()),
        }
    }
}

impl Condition {
    /// Whether the condition holds of an item.
    pub fn holds(&self, item: &Item) -> bool {
        match self {
            Self::Exists(path) => path.find(item).is_some(),
            Self::Absent(path) => path.find(item).is_none(),
            Self::Compare(left, how, right) => match (left.value(item), right.value(item)) {
                (Some(Value::Number(left)), Some(Value::Number(right))) => match how {
                    Comparison::Equal => left == right,
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                },
                (Some(Value::Text(left)), Some(Value::Text(right))) => match how {
                    Comparison::Equal => left == right,
                    Comparison::Less => left < right,
                    Comparison::LessOrEqual => left <= right,
                    Comparison::Greater => left > right,
                },
                (Some(_) | None, _) => false,
            },
            Self::All(all) => all.iter().all(|condition| condition.holds(item)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(item)),
        }
    }
}

impl Transition {
    /// The same, where another condition holds besides.
    #[must_use]
    pub fn and(self, condition: Condition) -> Self {
        Self { when: Condition::All(vec![self.when, condition]), ..self }
    }

    /// Tries the transition on an item in memory.
    ///
    /// # Errors
    /// A [`Fault`] where `DynamoDB` would answer `ValidationException`.
    pub fn apply(&self, item: &Item) -> Result<Outcome, Fault> {
        self.check_overlaps()?;
        if !self.when.holds(item) {
            return Ok(Outcome::Refused);
        }
        let mut after = item.clone();
        for change in &self.then {
            change.apply(item, &mut after)?;
        }
        Ok(Outcome::Done(after))
    }

    fn check_overlaps(&self) -> Result<(), Fault> {
        for (place, change) in self.then.iter().enumerate() {
            let path = change.path();
            let later = self.then.iter().skip(place.saturating_add(1));
            if later.into_iter().any(|other| path.overlaps(other.path())) {
                return Err(Fault::Overlap { path: path.to_string() });
            }
        }
        Ok(())
    }
}

impl Change {
    fn apply(&self, before: &Item, after: &mut Item) -> Result<(), Fault> {
        let fault = || Fault::Path { path: self.path().to_string() };
        let value = match self {
            Self::Set(_, arg) => arg.value.clone(),
            Self::Copy(_, from) => from.find(before).cloned().ok_or_else(fault)?,
            Self::SetIfAbsent(path, arg) => path.find(before).unwrap_or(&arg.value).clone(),
            Self::Add(path, n) => match path.find(before) {
                None => Value::Number(*n),
                Some(Value::Number(number)) => Value::Number(number.saturating_add(*n)),
                Some(Value::Text(_) | Value::Map(_)) => return Err(fault()),
            },
            Self::Remove(path) => {
                let (holder, last) = path.parent(after).ok_or_else(fault)?;
                holder.remove(last);
                return Ok(());
            }
        };
        let (holder, last) = self.path().parent(after).ok_or_else(fault)?;
        holder.insert(last.to_owned(), value);
        Ok(())
    }
}
