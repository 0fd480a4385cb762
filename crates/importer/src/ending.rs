//! The ends of a run. Each leaves row, lane and message in the order that loses nothing: the row
//! first, then the lane, the message last.

use flyball_accounts::AccountState;
use flyball_connector::{Class, Failure, PoisonReason, Scope};
use flyball_domain::{Message, UnixMillis};
use flyball_governor::{
    Ending, FailedCall, Freed, Halt, Holder, Passed, PushBack, Reach, Seat, Stop, StopCause,
    StopMode, UnixMillis as GovernorMillis,
};
use flyball_records::{AsideCode, Run};

use crate::errand::Errand;
use crate::importer::{HandleError, Importer, Parked, lane_spec};
use crate::progress::End;
use crate::run::{Broken, Ended, Task};
use crate::told::{Seen, pushed_back};

/// What a vendor's failure leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// The lane is slowed or its gate closed, and the job is parked.
    PushBack(PushBack),
    /// The account is stopped until the retailer reconnects, and the job is parked.
    Reconnect(String),
    /// The job can't succeed as it is, and is set aside with its exact input.
    SetAside { code: AsideCode, why: String },
}

/// What a failure of a call begun at `began` leads to. The connector says what happened; this says
/// what to do.
fn verdict(failure: &Failure, began: UnixMillis) -> Verdict {
    let why = failure.to_string();
    let call = |reach: Reach| FailedCall {
        began: GovernorMillis(began.0),
        reach,
        class: failure.class.as_str().to_owned(),
        why: failure.to_string(),
        answer: failure.evidence.status.map(|status| status.to_string()),
        request: failure.evidence.request_id.clone(),
    };
    let millis = |until: Option<UnixMillis>| until.map(|until| GovernorMillis(until.0));
    match &failure.class {
        Class::Throttled { until } => {
            Verdict::PushBack(PushBack::Throttled { until: millis(*until), why })
        }
        Class::Unavailable { scope, until, cause: _ } => {
            let call = call(match scope {
                Scope::Account => Reach::Lane,
                Scope::Platform => Reach::Group,
            });
            Verdict::PushBack(PushBack::Unavailable { call, until: millis(*until) })
        }
        Class::Suspended(_) => Verdict::PushBack(PushBack::Suspended { call: call(Reach::Lane) }),
        Class::Rejected(_) => Verdict::Reconnect(why),
        Class::Poison(PoisonReason::Request) => {
            Verdict::SetAside { code: AsideCode::VendorRefused, why }
        }
        Class::Poison(PoisonReason::Shape) => {
            Verdict::SetAside { code: AsideCode::AnswerUnreadable, why }
        }
        Class::Ours => Verdict::SetAside { code: AsideCode::OurFault, why },
    }
}

/// Whether the vendor answered, so that a probe may take it for being back.
const fn vendor_answered(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::PushBack(_) => false,
        Verdict::Reconnect(_) | Verdict::SetAside { .. } => true,
    }
}

impl Importer {
    /// The cover leaves the row, the message goes, and the slot goes on to the job that is next of
    /// its kind, or is given back; then somebody is sent for whoever else waits.
    pub(crate) async fn end_finished(
        &self,
        errand: &Errand,
        task: &Task,
        holder: Holder,
        ended: Ending,
    ) -> Result<Ended, HandleError> {
        // Whoever parks marks the lane, and the mark stays until the lot is empty: without a mark
        // there is no row but that of somebody who died in between.
        if task.parked != Parked::No || holder.lane().wake.is_some() {
            self.parts.governor.unpark(&task.lane, &task.work.id, &task.cover).await?;
        }
        self.delete(errand).await?;
        let holder = match self.next_in_lot(errand, task, &holder).await? {
            None => Box::new(holder),
            Some(mut next) => {
                let work = next.work.clone();
                let claim = self.parts.governor.claim(work.id, work.kind);
                match holder.baton(&claim, ended).await? {
                    Passed::On(holder) => {
                        next.marks_seen = Some(holder.lane().marks);
                        let errand = errand.clone().with_baton();
                        let still =
                            Box::pin(self.still_parked(&errand, &mut next, *holder)).await?;
                        let passed = still.map(|holder| Ended::Passed(Box::new((next, holder))));
                        return Ok(passed.unwrap_or(Ended::Settled));
                    }
                    Passed::Kept(holder) => holder,
                }
            }
        };
        let ended = match ended {
            Ending::Success => holder.finished().await,
            Ending::Other => holder.released().await,
        };
        let freed = self.freed(errand, ended).await?;
        if let Some(lane) = &freed.lane {
            self.look_after(errand, task, lane).await?;
        }
        Ok(Ended::Settled)
    }

    /// There is nothing to run: the slot goes back, a probe's with nothing learnt.
    pub(crate) async fn end_superfluous(
        &self,
        errand: &Errand,
        task: &Task,
        holder: Holder,
    ) -> Result<(), HandleError> {
        let ended = match holder.lease().seat {
            Seat::Held => holder.released().await,
            Seat::Probe => holder.inconclusive().await,
        };
        match &self.freed(errand, ended).await?.lane {
            Some(lane) => self.look_after(errand, task, lane).await,
            None => Ok(()),
        }
    }

    /// The run stopped before its end.
    pub(crate) async fn end_broken(
        &self,
        errand: &Errand,
        task: &Task,
        holder: Holder,
        broken: Broken,
    ) -> Result<Ended, HandleError> {
        match broken {
            Broken::Failed { failure, began } => {
                let seen = Seen::of(&failure);
                Box::pin(self.end_failed(errand, task, holder, verdict(&failure, began), &seen))
                    .await
            }
            Broken::Halted(Halt::Stopped(refusal) | Halt::Tripped(refusal)) => {
                crate::importer::log_refusal(&task.job, &refusal);
                self.step_back(errand, task, holder).await
            }
            Broken::OutOfTime => self.step_back(errand, task, holder).await,
            Broken::MakesRoom { kind } => {
                tracing::info!(job = %task.job.key(), %kind, "makes room at its checkpoint");
                self.leave_row(task).await?;
                self.freed(errand, holder.inconclusive().await).await?;
                self.send_drain(errand, &task.account, kind).await?;
                self.delete(errand).await?;
                Ok(Ended::Settled)
            }
            Broken::Pause { until } => {
                self.leave_row(task).await?;
                self.freed(errand, holder.paused(GovernorMillis(until.0)).await).await?;
                self.delete(errand).await?;
                Ok(Ended::Settled)
            }
            Broken::Unfit(why) => {
                let verdict = Verdict::SetAside { code: AsideCode::JobUnfit, why };
                Box::pin(self.end_failed(errand, task, holder, verdict, &Seen::UNFIT)).await
            }
            Broken::Halted(Halt::Lost) | Broken::FencedOff => {
                Ok(Ended::Untouched { why: "another run has taken this job over".to_owned() })
            }
            Broken::Halted(Halt::ClockOff(error)) => {
                tracing::error!(
                    code = "CLOCK_OFF",
                    job = %task.job.key(),
                    "no vendor is called by a clock that is wrong: {error}"
                );
                Ok(Ended::Untouched { why: error.to_string() })
            }
            Broken::Halted(Halt::Unreachable(error)) => {
                tracing::error!(
                    code = "GOVERNOR_UNREACHABLE",
                    job = %task.job.key(),
                    "no vendor is called while the governor can't be asked: {error}"
                );
                // Best effort: what can't be given back ends by itself.
                let stepped_back = self.step_back(errand, task, holder).await;
                stepped_back.or_else(|_also| Ok(Ended::Untouched { why: error.to_string() }))
            }
            Broken::Ours(error) => {
                // Best effort: a lease that can't be given back ends by itself.
                if let Err(also) = self.freed(errand, holder.inconclusive().await).await {
                    tracing::warn!(code = "LEASE_NOT_RETURNED", "{also}");
                }
                Err(error)
            }
        }
    }

    /// Ends at the checkpoint: the job waits in the lot, its slot is free.
    async fn step_back(
        &self,
        errand: &Errand,
        task: &Task,
        holder: Holder,
    ) -> Result<Ended, HandleError> {
        self.leave_row(task).await?;
        self.freed(errand, holder.inconclusive().await).await?;
        self.delete(errand).await?;
        Ok(Ended::Settled)
    }

    async fn end_failed(
        &self,
        errand: &Errand,
        task: &Task,
        mut holder: Holder,
        verdict: Verdict,
        seen: &Seen,
    ) -> Result<Ended, HandleError> {
        if vendor_answered(&verdict) {
            holder.succeeded().await?;
        }
        match verdict {
            Verdict::PushBack(how) => {
                let pushed = async {
                    self.leave_row(task).await?;
                    Ok(self.freed(errand, holder.pushed_back(&how).await).await?)
                };
                let freed: Result<Freed, HandleError> = Box::pin(pushed).await;
                let until = freed.as_ref().map(|freed| freed.lane.as_ref().map(|lane| lane.shut));
                pushed_back(task, seen, why_of(&how), &until);
                let freed = freed?;
                if let Some(stop) = freed.dead_man {
                    self.give_up(task, stop.reason).await?;
                }
            }
            Verdict::Reconnect(why) => {
                let Seen { class, status, request_id } = seen;
                let job = task.job.key();
                tracing::error!(code = "ACCOUNT_REJECTED", %job, class, status, request_id, "{why}");
                self.leave_row(task).await?;
                self.stop_rejected(task, &why).await?;
                self.freed(errand, holder.inconclusive().await).await?;
            }
            Verdict::SetAside { code, why } => {
                let Seen { class, status, request_id } = seen;
                let job = task.job.key();
                tracing::error!(code = "JOB_SET_ASIDE", %job, class, status, request_id, "{why}");
                self.set_job_aside(task, holder.lease().fence, code, &why).await?;
                return self.end_finished(errand, task, holder, Ending::Other).await;
            }
        }
        self.delete(errand).await?;
        Ok(Ended::Settled)
    }

    /// Parks a job that ran from its message. One that ran from its row has it still; putting it
    /// again could bring a finished job's row back.
    pub(crate) async fn leave_row(&self, task: &Task) -> Result<(), HandleError> {
        self.parts.progress.ended(&task.job, End::Parked);
        if task.parked == Parked::Yes {
            return Ok(());
        }
        let text = Message::Import(task.job.clone()).to_text();
        let request = task.job.id.to_string();
        let governor = &self.parts.governor;
        Ok(governor.park_admitted(&task.lane, &task.waiting(), &text, &request).await?)
    }

    /// The lane has stopped itself; the account is named to whoever has to do something about it.
    async fn give_up(&self, task: &Task, reason: String) -> Result<(), HandleError> {
        tracing::error!(code = "ACCOUNT_GIVEN_UP", account = %task.account.id, "{reason}");
        let since = UnixMillis(self.parts.governor.now().0);
        let state = AccountState::GivenUp { since, reason };
        Ok(self.parts.accounts.set_state(&task.account.id, &state).await?)
    }

    async fn stop_rejected(&self, task: &Task, why: &str) -> Result<(), HandleError> {
        let stop = Stop {
            mode: StopMode::Stop,
            reason: why.to_owned(),
            author: "flyball".to_owned(),
            until: None,
        };
        let spec = lane_spec(&task.account);
        self.parts.governor.stop(&task.lane, &StopCause::Rejected, &stop, &spec).await?;
        let since = UnixMillis(self.parts.governor.now().0);
        let state = AccountState::Rejected { since, reason: why.to_owned() };
        Ok(self.parts.accounts.set_state(&task.account.id, &state).await?)
    }

    async fn set_job_aside(
        &self,
        task: &Task,
        fence: u64,
        code: AsideCode,
        reason: &str,
    ) -> Result<(), HandleError> {
        let key = task.job.key();
        let now = UnixMillis(self.parts.governor.now().0);
        let message = Message::Import(task.job.clone()).to_text();
        let run = Run::new(&key, fence, now);
        let records = &self.parts.records;
        records.set_job_aside(&run, code, &message, reason).await.map_err(HandleError::other)?;
        self.parts.progress.ended(&task.job, End::SetAside);
        self.forget_claim(&key, fence).await
    }
}

/// Why, in the connector's words.
fn why_of(how: &PushBack) -> &str {
    match how {
        PushBack::Throttled { why, .. } => why,
        PushBack::Unavailable { call, .. } | PushBack::Suspended { call } => &call.why,
    }
}

#[cfg(test)]
mod tests {
    use flyball_connector::{Cause, Evidence, Rejection, Suspension};

    use super::*;

    fn verdict_of(class: Class) -> Verdict {
        let evidence = Evidence::new(Some(503), Some("r-1".to_owned()), "gone fishing");
        verdict(&Failure { class, evidence }, UnixMillis(5))
    }

    #[test]
    fn each_class_of_failure_leads_to_one_end() {
        let unavailable = Class::Unavailable {
            scope: Scope::Platform,
            cause: Cause::ServerError,
            until: Some(UnixMillis(9)),
        };
        assert_eq!(
            verdict_of(unavailable),
            Verdict::PushBack(PushBack::Unavailable {
                call: FailedCall {
                    began: GovernorMillis(5),
                    reach: Reach::Group,
                    class: "server_error".to_owned(),
                    why: "the store's server fails (HTTP 503): gone fishing".to_owned(),
                    answer: Some("503".to_owned()),
                    request: Some("r-1".to_owned()),
                },
                until: Some(GovernorMillis(9)),
            })
        );
        assert!(matches!(
            verdict_of(Class::Throttled { until: None }),
            Verdict::PushBack(PushBack::Throttled { until: None, .. })
        ));
        assert!(matches!(
            verdict_of(Class::Suspended(Suspension::Frozen)),
            Verdict::PushBack(PushBack::Suspended { .. })
        ));
        assert!(matches!(
            verdict_of(Class::Rejected(Rejection::Credentials)),
            Verdict::Reconnect(_)
        ));
        for (class, expected) in [
            (Class::Poison(PoisonReason::Request), AsideCode::VendorRefused),
            (Class::Poison(PoisonReason::Shape), AsideCode::AnswerUnreadable),
            (Class::Ours, AsideCode::OurFault),
        ] {
            let verdict = verdict_of(class);
            let is_it = matches!(&verdict, Verdict::SetAside { code, .. } if *code == expected);
            assert!(is_it, "{verdict:?}");
        }
    }

    #[test]
    fn only_an_answer_of_the_vendors_own_opens_the_gate() {
        assert!(vendor_answered(&Verdict::Reconnect(String::new())));
        assert!(!vendor_answered(&Verdict::PushBack(PushBack::Throttled {
            until: None,
            why: String::new()
        })));
    }
}
