//! What a worker does in each phase, and what it does when a call of its got no answer.

use super::program::Step;
use super::world::{End, Phase};

impl Step<'_> {
    /// Makes the worker's next call, and works out what follows from its answer.
    pub(crate) fn work_on(&mut self, phase: Phase) {
        match phase {
            // These wait for somebody else: the queue, the vendor.
            Phase::Idle | Phase::Call => {}
            Phase::Admit => self.admit(),
            Phase::ReleaseOld => self.release_old(),
            Phase::RowAgain => self.row_again(),
            Phase::Park => self.park(),
            Phase::Mark => self.mark(),
            Phase::DrainLook => self.drain_look(),
            Phase::DrainQuery => self.drain_query(),
            Phase::LateLook => self.late_look(),
            Phase::DrainClear => self.drain_clear(),
            Phase::SendDrains => self.send_further(),
            Phase::WideLook => self.wide_look(),
            Phase::AdmitWide => self.admit_wide(),
            Phase::WidePark => self.wide_park(),
            Phase::WideStand => self.wide_stand(),
            Phase::WideMark => self.wide_mark(),
            Phase::WideNext => self.wide_next(),
            Phase::WideGiveUp => self.wide_give_up(),
            Phase::WideTurn => self.wide_turn(),
            Phase::WideMiss => self.wide_miss(),
            Phase::WideRenew => self.wide_renew(),
            Phase::Claim => self.claim_first(),
            Phase::Leave => self.leave(),
            Phase::Tell => self.tell_success(),
            Phase::WriteNote | Phase::ClearNote => self.write_notes(),
            Phase::Save => self.save(),
            Phase::YieldQuery => self.yield_query(),
            Phase::Unpark => self.unpark(),
            Phase::TakeOut => self.take_out(),
            Phase::RemoveEmpty => self.remove_empty(),
            Phase::Raise => self.raise(),
            Phase::ReleaseWide => self.wide_release(),
            Phase::BatonQuery => self.baton_query(),
            Phase::Baton => self.baton(),
            Phase::Release => self.release(),
            Phase::SendDrain if self.is().end == End::Yield => self.send_for_first(),
            Phase::SendDrain => self.send_one(),
            Phase::LeaveRow => self.leave_row(),
            Phase::End => self.tell_end(),
            Phase::ReleaseAndMark => self.release_and_mark(),
            Phase::BareMark => self.bare_mark(),
            Phase::Delete => self.delete_last(),
        }
    }

    /// What a worker does when a call of its got no answer, for good.
    pub(crate) fn give_up(&mut self) {
        let end = self.is().end;
        match self.is().phase {
            Phase::Leave | Phase::WideRenew => self.end(End::StepBack),
            Phase::Claim
            | Phase::Save
            | Phase::Tell
            | Phase::RowAgain
            | Phase::YieldQuery
            | Phase::WideLook
            | Phase::AdmitWide
            | Phase::WideTurn => self.give_back(),
            Phase::WriteNote | Phase::ClearNote if end == End::None => self.give_back(),
            // Its message is gone: nothing comes again.
            Phase::SendDrain if end == End::Finished => self.rest(),
            Phase::Baton | Phase::BatonQuery => self.rest(),
            Phase::Idle
            | Phase::Call
            | Phase::Admit
            | Phase::ReleaseOld
            | Phase::Park
            | Phase::Mark
            | Phase::DrainLook
            | Phase::DrainQuery
            | Phase::LateLook
            | Phase::DrainClear
            | Phase::SendDrains
            | Phase::WidePark
            | Phase::WideStand
            | Phase::WideMark
            | Phase::WideNext
            | Phase::WideGiveUp
            | Phase::WideMiss
            | Phase::WriteNote
            | Phase::ClearNote
            | Phase::Unpark
            | Phase::TakeOut
            | Phase::RemoveEmpty
            | Phase::Raise
            | Phase::ReleaseWide
            | Phase::Release
            | Phase::SendDrain
            | Phase::LeaveRow
            | Phase::End
            | Phase::ReleaseAndMark
            | Phase::BareMark
            | Phase::Delete => self.again(),
        }
    }
}
