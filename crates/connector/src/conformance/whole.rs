//! Checks of walks through a store that works: nothing is lost, whatever happens in between.

use std::collections::{BTreeMap, BTreeSet};

use flyball_domain::{Kind, Record, Row, UnixMillis, VendorId};

use crate::{Listing, Span, Step};

use super::driver::{Broken, Driven, Driver};
use super::{Subject, difference};

/// How far apart things are that a vendor must tell apart by their time of change: its clock may
/// show whole seconds.
const APART_MS: u64 = 5_000;

/// How many places a walk is cut at, evenly spread: each costs a walk.
const CUTS_MAX: u64 = 5;

fn cuts(from: u64, to: u64) -> impl Iterator<Item = u64> {
    let step = to.saturating_sub(from).div_ceil(CUTS_MAX).max(1);
    (from..=to).step_by(usize::try_from(step).unwrap_or(usize::MAX))
}

fn everything(subject: &dyn Subject) -> Span {
    Span::Changed { from: None, until: subject.now() }
}

fn truth(subject: &dyn Subject, kind: Kind) -> BTreeMap<VendorId, Record> {
    subject.truth(kind).into_iter().map(|record| (record.id.clone(), record)).collect()
}

/// Asserts that a walk has brought the truth, and says which record differs.
fn assert_whole(driven: &Driven, truth: &BTreeMap<VendorId, Record>) {
    let found = driven.records();
    let (found_ids, true_ids): (BTreeSet<_>, BTreeSet<_>) =
        (found.keys().collect(), truth.keys().collect());
    assert_eq!(found_ids, true_ids, "the ids that came, and those that there are");
    for (id, record) in truth {
        let differs = found.get(id).map(|found| difference(found, record)).unwrap_or_default();
        assert_eq!(differs, "", "{id}");
    }
}

/// An import of everything brings each record as it is.
pub async fn all_records_come_and_are_what_the_store_has(subject: &dyn Subject, kind: Kind) {
    let driven = Driver::new(subject, kind).all(&everything(subject)).await;
    let truth = truth(subject, kind);
    assert!(truth.len() >= 100, "the bench has {} records of {kind}", truth.len());
    assert_whole(&driven, &truth);
}

/// Whoever goes on behind a page misses nothing that came after it.
pub async fn a_walk_broken_off_at_any_page_goes_on_behind_it(subject: &dyn Subject, kind: Kind) {
    let span = everything(subject);
    let whole = Driver::new(subject, kind).all(&span).await;
    let truth = truth(subject, kind);
    let pages = u64::try_from(whole.pages).unwrap_or(u64::MAX);
    for pages in cuts(1, pages).filter_map(|pages| usize::try_from(pages).ok()) {
        let mut driver = Driver::new(subject, kind);
        let mut all = driver.on(&span, None, Broken::AfterPages(pages)).await;
        let rest = driver.on(&span, all.resume.clone(), Broken::Never).await;
        all.rows.extend(rest.rows);
        assert_whole(&all, &truth);
    }
    let driven = Driver::new(subject, kind).in_pieces(&span, Broken::AfterPages(1)).await;
    assert_whole(&driven, &truth);
}

/// A process killed at any call is followed by one that goes on behind the last page stored.
pub async fn a_walk_goes_on_after_any_call_it_dies_at(subject: &dyn Subject, kind: Kind) {
    let span = everything(subject);
    let mut driver = Driver::new(subject, kind);
    driver.all(&span).await;
    let truth = truth(subject, kind);
    for calls in cuts(0, driver.calls) {
        let mut driver = Driver::new(subject, kind);
        let mut all = driver.on(&span, None, Broken::AfterCalls(calls)).await;
        let rest = driver.on(&span, all.resume.clone(), Broken::Never).await;
        all.rows.extend(rest.rows);
        assert_whole(&all, &truth);
    }
}

/// More records than fit any page may have changed in one moment.
pub async fn records_of_one_moment_all_come(subject: &dyn Subject, kind: Kind) {
    subject.pass_until(subject.now().plus(APART_MS));
    let from = subject.now();
    for record in subject.truth(kind) {
        subject.touch(kind, &record.id);
    }
    subject.pass_until(subject.now().plus(APART_MS));
    let span = Span::Changed { from: Some(from), until: subject.now() };
    let truth = truth(subject, kind);
    assert_whole(&Driver::new(subject, kind).all(&span).await, &truth);
    let pieces = Driver::new(subject, kind).in_pieces(&span, Broken::AfterPages(1)).await;
    assert_whole(&pieces, &truth);
}

/// A record that changes while a walk is under way comes by this walk or by the next one, and no
/// other is passed over because of it.
pub async fn what_changes_during_a_walk_comes_by_it_or_by_the_next(
    subject: &dyn Subject,
    kind: Kind,
) {
    let span = everything(subject);
    let until = subject.now();
    subject.pass_until(until.plus(APART_MS));
    let mut driver = Driver::new(subject, kind);
    let mut walk = driver.walk(&span, None);
    let mut driven = Driven::default();
    let ids: Vec<VendorId> = truth(subject, kind).into_keys().collect();
    let mut turns = ids.iter().cycle().step_by(7);
    loop {
        match walk.next() {
            Step::Call(call) => {
                driver.succeed(walk.as_mut(), &call).await;
                for id in turns.by_ref().take(3) {
                    subject.touch(kind, id);
                }
                subject.pass_until(subject.now().plus(1_000));
            }
            Step::Page(page) => driven.rows.extend(page.rows),
            Step::Listed(listing) => driven.listed.push(listing),
            Step::Finished => break,
        }
    }
    subject.pass_until(subject.now().plus(APART_MS));
    let next = Span::Changed { from: Some(until), until: subject.now() };
    driven.rows.extend(driver.all(&next).await.rows);
    assert_whole(&driven, &truth(subject, kind));
}

/// An import of what has changed asks for that, and not for the rest.
pub async fn what_did_not_change_is_not_asked_for(subject: &dyn Subject, kind: Kind) {
    subject.pass_until(subject.now().plus(APART_MS));
    let from = subject.now();
    let Some(changed) = subject.truth(kind).into_iter().nth(1) else { panic!("an empty store") };
    subject.touch(kind, &changed.id);
    subject.pass_until(subject.now().plus(APART_MS));
    let span = Span::Changed { from: Some(from), until: subject.now() };
    let found = Driver::new(subject, kind).all(&span).await.records();
    assert_eq!(found.into_keys().collect::<Vec<_>>(), [changed.id]);

    let nothing = Span::Changed { from: Some(subject.now()), until: subject.now().plus(APART_MS) };
    subject.pass_until(subject.now().plus(2 * APART_MS));
    assert_eq!(Driver::new(subject, kind).all(&nothing).await.rows, []);
}

/// Each record that is asked for by its id comes, or is said to be gone.
pub async fn records_asked_for_by_id_come_or_are_gone(subject: &dyn Subject, kind: Kind) {
    let before: Vec<VendorId> = truth(subject, kind).into_keys().collect();
    let asked: Vec<VendorId> = before.iter().step_by(3).take(20).cloned().collect();
    let gone: Vec<VendorId> = asked.iter().step_by(4).cloned().collect();
    for id in &gone {
        subject.delete(kind, id);
    }
    let driven = Driver::new(subject, kind).all(&Span::Records { ids: asked.clone() }).await;
    let truth = truth(subject, kind);
    let mut seen = BTreeSet::new();
    for row in &driven.rows {
        match row {
            Row::Good(record) => {
                let truth = truth.get(&record.id).map(|truth| difference(record, truth));
                assert_eq!(truth.as_deref(), Some(""), "{}", record.id);
                seen.insert(record.id.clone());
            }
            Row::Gone(id) => {
                assert!(gone.contains(id), "{id} is there");
                seen.insert(id.clone());
            }
            Row::Bad(bad) => panic!("found {bad:?}"),
        }
    }
    assert_eq!(seen, asked.into_iter().collect::<BTreeSet<_>>(), "each id is answered");
}

/// The order of a listing: shorter ids first, equally long ones by their digits.
fn place(id: &VendorId) -> (usize, &str) {
    (id.as_str().len(), id.as_str())
}

/// The listing names every record once, in order, and leaves no stretch of ids out, broken off
/// anywhere or not.
pub async fn the_listing_covers_all_ids_in_order_without_a_gap(subject: &dyn Subject, kind: Kind) {
    let truth = truth(subject, kind);
    for piece in [Broken::Never, Broken::AfterPages(1)] {
        let mut driver = Driver::new(subject, kind);
        let listed = match piece {
            Broken::Never => driver.all(&Span::Listing).await.listed,
            Broken::AfterPages(_) | Broken::AfterCalls(_) => {
                driver.in_pieces(&Span::Listing, piece).await.listed
            }
        };
        let mut reached = None;
        let mut found: Vec<(VendorId, Option<UnixMillis>)> = Vec::new();
        for Listing { after, through, rows, .. } in &listed {
            assert_eq!(*after, reached, "each stretch begins where the last one ended");
            for row in rows {
                assert!(after.as_ref().is_none_or(|after| place(after) < place(&row.id)));
                assert!(through.as_ref().is_none_or(|to| place(&row.id) <= place(to)));
                found.push((row.id.clone(), row.updated_at));
            }
            reached.clone_from(through);
        }
        assert_eq!(reached, None, "the last stretch has no end");
        assert!(found.is_sorted_by(|(one, _), (next, _)| place(one) < place(next)));
        let expected: BTreeSet<&VendorId> = truth.keys().collect();
        assert_eq!(found.iter().map(|(id, _)| id).collect::<BTreeSet<_>>(), expected);
        for (id, updated_at) in &found {
            let version = truth.get(id).map(|record| record.version);
            assert!(updated_at.is_none() || *updated_at == version, "{id}: {updated_at:?}");
        }
    }
}
