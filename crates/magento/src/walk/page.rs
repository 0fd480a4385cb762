//! What becomes of a page of the list.

use std::collections::HashSet;

use flyball_connector::{Listed, Listing, Shrunk};
use flyball_domain::{BadRow, Kind, VendorId};

use super::assembly::{Assembly, Found, Misshapen, rows};
use super::question::Question;
use super::state::{Cursor, Point, id_key, is_id};
use super::trial::{Came, Trial};
use super::{MagentoWalk, Stage, Want};
use crate::classify::Answer;
use crate::decode::{Landmark, product_ids};

/// The most products remembered of orders that sold them, before their stock is asked for.
const PENDING_MAX: usize = 2_000;

impl MagentoWalk {
    /// A page did not come, and one of its rows may be to blame.
    pub(super) fn search(&mut self) {
        let trial = match self.state.trial.take() {
            None => Trial::begin(self.asked_rows()),
            Some(trial) => {
                let id = self.trial_id(&trial);
                trial.failed(id, !matches!(self.want, Want::Listing))
            }
        };
        self.state.trial = Some(trial);
        // What comes after the search begins with single rows and grows.
        while self.size.unreadable() == Shrunk::Smaller {}
        self.state.note_size(self.size);
    }

    fn asked_rows(&self) -> u32 {
        match &self.state.cursor {
            Cursor::Ids { left } | Cursor::Sold { pending: left, .. } => {
                u32::try_from(self.asked_ids(left).len()).unwrap_or(u32::MAX)
            }
            Cursor::Time { .. } | Cursor::Id { .. } | Cursor::End => self.size.first(),
        }
    }

    /// The id of the row that is asked for alone, where it is asked for by that.
    fn trial_id(&self, trial: &Trial) -> Option<VendorId> {
        let row = usize::try_from(trial.row()).ok()?.checked_sub(1)?;
        match &self.state.cursor {
            Cursor::Ids { left } | Cursor::Sold { pending: left, .. } => left.get(row).cloned(),
            Cursor::Time { .. } | Cursor::Id { .. } | Cursor::End => None,
        }
    }

    /// The store is there, though no further row shows it.
    pub(super) fn alive(&mut self) {
        let Some(trial) = self.state.trial.take() else {
            self.seen_alive = true;
            return;
        };
        match trial.came(None) {
            Came::GoesOn(trial) => self.state.trial = Some(trial),
            Came::Deliver { bad, then: _ } => {
                let cursor = self.without_ids(usize::MAX);
                let mut assembly = Assembly::new(cursor, None);
                self.add_bad(&mut assembly, bad);
                self.stage = Stage::Completing(Box::new(assembly));
            }
        }
        self.learned = true;
    }

    /// Takes in a page.
    pub(super) fn take_page(&mut self, answer: Answer<'_>) -> Result<(), Misshapen> {
        let (rows, total) = rows(answer)?;
        let mut found: Vec<Found<'_>> =
            rows.into_iter().map(|raw| Found::new(self.kind, raw)).collect();
        let (mut bad, mut then) = (Vec::new(), None);
        if let Some(trial) = self.state.trial.clone() {
            // One was asked for; a store that ignores that is not to deliver rows twice.
            found.truncate(1);
            let id = found.first().and_then(|row| row.place.id.clone());
            match trial.came(id) {
                Came::GoesOn(trial) => {
                    self.state.trial = Some(trial);
                    self.learned = true;
                    return Ok(());
                }
                Came::Deliver { bad: rows, then: trial } => (bad, then) = (rows, trial),
            }
        }
        match &self.state.cursor {
            Cursor::Ids { .. } | Cursor::Sold { .. } => self.take_ids(found, total, bad, then),
            Cursor::Time { .. } | Cursor::Id { .. } => self.take_list(found, total, bad, then),
            Cursor::End => Ok(()),
        }
    }

    fn take_list(
        &mut self,
        found: Vec<Found<'_>>,
        total: Option<u64>,
        bad: Vec<Option<VendorId>>,
        then: Option<Trial>,
    ) -> Result<(), Misshapen> {
        let behind = self.behind(&found)?;
        let cursor = match (self.is_last(found.len(), total), &behind) {
            (true, _) => self.after_list(),
            (false, Some(behind)) => behind.clone(),
            (false, None) => {
                let what = "found a page without one row that has id and time of change";
                return Err(Misshapen(what.to_owned()));
            }
        };
        let ends = !matches!(cursor, Cursor::Time { .. } | Cursor::Id { .. });
        let bad = self.by_gap(bad, behind.as_ref());
        if matches!(self.want, Want::Listing) {
            return self.list(&found, bad, cursor, if ends { None } else { then });
        }
        let mut assembly = Assembly::new(cursor, if ends { None } else { then });
        self.add_bad(&mut assembly, bad);
        let facts = self.state.facts.as_ref().unwrap_or(&self.no_facts);
        for row in found {
            assembly.read(self.kind, row, facts);
        }
        self.complete(assembly);
        Ok(())
    }

    fn complete(&mut self, mut assembly: Assembly) {
        assembly.plan(&mut self.names, &self.state);
        self.stage = Stage::Completing(Box::new(assembly));
    }

    /// The place behind the last of a page's rows, all of which must be where the search puts them:
    /// a store that ignores filter or order would lose rows without a word.
    fn behind(&self, found: &[Found<'_>]) -> Result<Option<Cursor>, Misshapen> {
        let mut cursor = self.state.cursor.clone();
        let mut moved = false;
        for Found { place, .. } in found {
            let Some(next) = cursor.place(place) else { continue };
            if !cursor.is_before(&next) {
                let id = place.id.as_ref().map_or("", VendorId::as_str);
                return Err(Misshapen(format!(
                    "found row {id} out of the order that was asked for: an extension of the store \
                     changes the search"
                )));
            }
            cursor = next;
            moved = true;
        }
        Ok(moved.then_some(cursor))
    }

    /// Whether a page is the last. A store may give fewer rows than were asked for though there are
    /// more, and count more than there are; only an empty page and an exact count are believed.
    fn is_last(&self, found: usize, total: Option<u64>) -> bool {
        let asked = u64::from(self.rows(&Question::Page));
        let found = u64::try_from(found).unwrap_or(u64::MAX);
        let first = self.state.trial.as_ref().is_none_or(|trial| trial.row() == 1);
        found == 0
            || (first
                && total.is_some_and(|total| total == found || (total < found && found < asked)))
    }

    /// Names rows that can't be shown by the gap that they leave in the order of ids, where it is
    /// just as wide as there are rows.
    fn by_gap(&self, bad: Vec<Option<VendorId>>, behind: Option<&Cursor>) -> Vec<Option<VendorId>> {
        let (Cursor::Id { after }, Some(Cursor::Id { after: Some(to) })) =
            (&self.state.cursor, behind)
        else {
            return bad;
        };
        let number = |id: &VendorId| id.as_str().parse::<u128>().ok();
        let (Some(from), Some(to)) = (after.as_ref().map_or(Some(0), number), number(to)) else {
            return bad;
        };
        let wide = u128::try_from(bad.len()).unwrap_or(u128::MAX);
        if from.checked_add(wide).and_then(|end| end.checked_add(1)) != Some(to) {
            return bad;
        }
        (from..to).skip(1).map(|id| id.to_string().parse().ok()).collect()
    }

    fn add_bad(&self, assembly: &mut Assembly, bad: Vec<Option<VendorId>>) {
        for id in bad {
            let input = self.request(&Question::Page).uri().to_string();
            let reason = format!("the store fails to show this row: {}", self.blame);
            assembly.add_bad(BadRow { id, input, reason });
        }
    }

    fn list(
        &mut self,
        found: &[Found<'_>],
        bad: Vec<Option<VendorId>>,
        cursor: Cursor,
        trial: Option<Trial>,
    ) -> Result<(), Misshapen> {
        let listed = |id: Option<VendorId>, updated_at| Some(Listed { id: id?, updated_at });
        let hidden = bad.into_iter().map(|id| listed(id, None));
        let shown = found.iter().map(|row| listed(row.place.id.clone(), row.place.updated_at));
        // A row left out would count as deleted.
        let Some(rows) = hidden.chain(shown).collect() else {
            return Err(Misshapen(format!(
                "found a row without an id in a list of ids, or one that the store fails to show: {}",
                self.blame
            )));
        };
        let (after, through) = (self.state.cursor.id(), cursor.id());
        let listing = Listing { after, through, rows, resume: String::new() };
        self.stage = Stage::Listed { listing, cursor, trial };
        Ok(())
    }

    /// Takes in the records that were asked for by their ids: each is there, can't be read, or is
    /// gone.
    fn take_ids(
        &mut self,
        mut found: Vec<Found<'_>>,
        total: Option<u64>,
        bad: Vec<Option<VendorId>>,
        then: Option<Trial>,
    ) -> Result<(), Misshapen> {
        let (left, asked_for) = match &self.state.cursor {
            Cursor::Ids { left } => (left, true),
            Cursor::Sold { pending, .. } => (pending, false),
            Cursor::Time { .. } | Cursor::Id { .. } | Cursor::End => return Ok(()),
        };
        let ids = self.asked_ids(left).to_vec();
        let place = self
            .state
            .trial
            .as_ref()
            .map_or(ids.len(), |trial| usize::try_from(trial.row()).unwrap_or(usize::MAX));
        let count = |found: usize| u64::try_from(found).unwrap_or(u64::MAX);
        let counted = total.unwrap_or(0);
        let stray =
            found.iter().find(|row| row.place.id.as_ref().is_some_and(|id| !ids.contains(id)));
        if stray.is_some() || counted > count(ids.len()) {
            let what = "found rows that were not asked for: the store ignores the search";
            return Err(Misshapen(what.to_owned()));
        }
        // A row that is counted and not given is not gone.
        let withheld = counted > count(found.len());
        if withheld && self.size.unreadable() == Shrunk::Smaller {
            self.state.note_size_max(self.size);
            return Ok(());
        }
        let nameless = found.iter().find(|row| row.place.id.is_none()).map(|row| row.raw.get());
        let nameless = nameless.or_else(|| withheld.then_some(""));
        let mut assembly = Assembly::new(self.without_ids(place), then);
        self.add_bad(&mut assembly, bad);
        let facts = self.state.facts.as_ref().unwrap_or(&self.no_facts);
        for id in ids {
            let at = found.iter().position(|row| row.place.id.as_ref() == Some(&id));
            match (at, nameless) {
                (Some(at), _) => assembly.read(self.kind, found.swap_remove(at), facts),
                (None, Some(input)) => assembly.add_bad(BadRow {
                    id: Some(id),
                    input: input.to_owned(),
                    reason: "found it counted, but without an id or not at all".to_owned(),
                }),
                (None, None) if asked_for => assembly.add_gone(id),
                (None, None) => {}
            }
        }
        self.complete(assembly);
        Ok(())
    }

    /// The place after so many of the ids.
    fn without_ids(&self, count: usize) -> Cursor {
        let rest = |ids: &[VendorId]| ids.get(count..).unwrap_or_default().to_vec();
        match &self.state.cursor {
            Cursor::Ids { left } => Cursor::Ids { left: rest(left) },
            Cursor::Sold { after, pending, last } => {
                Cursor::Sold { after: after.clone(), pending: rest(pending), last: *last }
            }
            other @ (Cursor::Time { .. } | Cursor::Id { .. } | Cursor::End) => other.clone(),
        }
    }

    /// Takes in orders for the products that they sold: their stock has changed, which their own
    /// time of change does not show (<https://github.com/magento/magento2/issues/37670>).
    pub(super) fn take_sold(&mut self, answer: Answer<'_>) -> Result<(), Misshapen> {
        let Cursor::Sold { after, .. } = &self.state.cursor else { return Ok(()) };
        let (rows, total) = rows(answer)?;
        let mut after = after.clone();
        let mut last =
            total.is_some_and(|total| u64::try_from(rows.len()).is_ok_and(|n| total <= n));
        let mut moved = false;
        let mut seen = HashSet::new();
        let mut pending = Vec::new();
        for raw in rows {
            if pending.len() >= PENDING_MAX {
                last = false;
                break;
            }
            let products = product_ids(raw).into_iter().filter(is_id);
            pending.extend(products.filter(|id| seen.insert(id.clone())));
            let Landmark { id: Some(id), updated_at: Some(at) } =
                Found::new(Kind::Orders, raw).place
            else {
                continue;
            };
            let point = Point::new(at, id);
            if after.as_ref().is_none_or(|after| after.key() < point.key()) {
                after = Some(point);
                moved = true;
            }
        }
        // What does not lead on ends here: this is beside the walk's own list.
        last |= !moved;
        self.state.cursor = Cursor::Sold { after, pending, last };
        self.state.sold_doubted = false;
        self.learned = true;
        Ok(())
    }
}

impl Cursor {
    /// The id that a listing is behind.
    fn id(&self) -> Option<VendorId> {
        match self {
            Self::Id { after } => after.clone(),
            Self::Time { .. } | Self::Ids { .. } | Self::Sold { .. } | Self::End => None,
        }
    }

    /// The place of a row in this cursor's order, where the row tells it.
    fn place(&self, row: &Landmark) -> Option<Self> {
        let id = row.id.clone().filter(is_id)?;
        match self {
            Self::Time { .. } => Some(Self::Time { after: Some(Point::new(row.updated_at?, id)) }),
            Self::Id { .. } => Some(Self::Id { after: Some(id) }),
            Self::Ids { .. } | Self::Sold { .. } | Self::End => None,
        }
    }

    fn is_before(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Time { after: Some(a) }, Self::Time { after: Some(b) }) => a.key() < b.key(),
            (Self::Id { after: Some(a) }, Self::Id { after: Some(b) }) => id_key(a) < id_key(b),
            _ => true,
        }
    }

    /// Whether nothing has been delivered yet.
    pub(super) const fn is_at_start(&self) -> bool {
        matches!(self, Self::Time { after: None } | Self::Id { after: None })
    }
}
