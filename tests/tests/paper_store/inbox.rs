use flyball_connector::{Class, PoisonReason};
use flyball_domain::{JobKey, Message, Mode};
use flyball_governor::Policy;
use flyball_importer::Handled;
use flyball_records::{AsideCode, replays};

use super::stage::Stage;
use super::store::PaperStore;
use super::walk::id;

impl Stage {
    /// Tries again what was set aside, as the command line does.
    async fn replay(&self) -> Vec<JobKey> {
        let jobs = replays(&self.asides().await);
        for key in &jobs {
            self.run(key.mode.clone()).await;
        }
        jobs.into_iter().collect()
    }
}

#[tokio::test]
async fn a_job_that_was_set_aside_bears_its_message_and_a_later_run_of_it_closes_it() {
    for (class, code) in [
        (Class::Poison(PoisonReason::Request), AsideCode::VendorRefused),
        (Class::Poison(PoisonReason::Shape), AsideCode::AnswerUnreadable),
        (Class::Ours, AsideCode::OurFault),
    ] {
        for mode in [Mode::Incremental, Mode::Reconcile, Mode::Record { id: id(3) }] {
            let stage = Stage::open(Policy::STANDARD, PaperStore::of(1..=5)).await;
            stage.store.sheet().answers_left = Some(0);
            stage.store.sheet().failure = Some(class.clone());
            let job = stage.shop.job(mode.clone());
            for _again in 0..2 {
                assert_eq!(stage.begin(&job, None).await, Handled::Done);
            }
            let [aside] = &stage.asides().await[..] else { panic!("one entry") };
            assert_eq!((aside.code, aside.times), (code, 2));
            assert_eq!(aside.replay(), Some(job.key()));
            let input = stage.records().aside_input(aside).await.unwrap().unwrap();
            assert_eq!(Message::parse(&input).unwrap(), Message::Import(job.clone()));

            stage.store.sheet().answers_left = None;
            assert_eq!(stage.replay().await, [job.key()]);
            assert_eq!(stage.asides().await, [], "{}", job.key());
        }
    }
}

#[tokio::test]
async fn a_row_that_was_set_aside_is_asked_for_by_its_id_and_closed_when_it_is_good_or_gone() {
    let stage = Stage::open(Policy::STANDARD, PaperStore::of(1..=5)).await;
    stage.store.sheet().unreadable.extend([2, 4]);
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.asides().await.len(), 2);
    let keys = |ids: &[u64]| -> Vec<JobKey> {
        let key = |number: &u64| stage.shop.job(Mode::Record { id: id(*number) }).key();
        ids.iter().map(key).collect()
    };
    assert_eq!(stage.replay().await, keys(&[2, 4]), "as unreadable as before");
    let times: Vec<u64> = stage.asides().await.iter().map(|aside| aside.times).collect();
    assert_eq!(times, [2, 2]);

    stage.store.sheet().unreadable.clear();
    stage.store.sheet().products.remove(&4);
    assert_eq!(stage.replay().await, keys(&[2, 4]));
    assert_eq!(stage.asides().await, []);
    assert_eq!(stage.differences().await, [""; 0]);
}

#[tokio::test]
async fn a_row_without_an_id_is_looked_for_where_it_was_met_and_closed_when_it_is_not_met_again() {
    let stage = Stage::open(Policy::STANDARD, PaperStore::of(0..=5)).await;
    stage.store.sheet().unreadable.insert(0);
    stage.run(Mode::Incremental).await;
    let [aside] = &stage.asides().await[..] else { panic!("one entry") };
    assert_eq!((aside.code, aside.id.clone()), (AsideCode::RowUnreadable, None));
    stage.run(Mode::Incremental).await;
    assert_eq!(stage.asides().await.len(), 1, "the next one looks elsewhere");

    stage.store.sheet().unreadable.clear();
    let [again] = &stage.replay().await[..] else { panic!("one job") };
    assert!(matches!(again.mode, Mode::Backfill { .. }), "{again}");
    assert_eq!(stage.asides().await, []);
    assert_eq!(stage.differences().await, [""; 0]);
}
