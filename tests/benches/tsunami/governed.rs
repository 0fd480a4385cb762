use std::sync::Arc;

use anyhow::{Result, ensure};
use flyball_domain::Message;
use flyball_local::{Ticking, Workers};
use flyball_queue::{Outgoing, QueueName};
use tokio::time::{Duration, Instant};

use crate::figures::Figures;
use crate::scene::{FUNCTIONS, INTEGRATION, KIND, Scene};
use crate::watch::{Finished, Tallied, watch};

/// How often the ticker passes.
const PASS_EVERY: Duration = Duration::from_secs(1);

/// The importer as it is deployed, at the standard policy.
pub(crate) async fn run(scene: &Scene) -> Result<Figures> {
    let Scene { system, jobs, policy, .. } = scene;
    let finished = Finished::default();
    let importer = system.importer(Scene::connectors(), Arc::new(finished.clone()));
    let queue = system.queues.get(INTEGRATION, KIND)?;
    let messages: Result<Vec<Outgoing>, _> = jobs
        .iter()
        .map(|job| Outgoing::new(Message::Import(job.clone()).to_text(), job.account.clone()))
        .collect();
    ensure!(queue.send_batch(&messages?).await.is_empty(), "the queue did not take every message");
    let tallied = Arc::new(Tallied::new(Arc::clone(queue)));
    let began = Instant::now();
    let workers = Workers::start(importer, Arc::clone(&tallied) as _, KIND, policy, FUNCTIONS);
    let ticking = Ticking::start(system.ticker(), PASS_EVERY);
    let seen = watch(scene, &finished, began).await?;
    drop(ticking);
    let billed_ms = workers.worked().ms;
    workers.stop().await;
    let dead = system.local_queues.queue(QueueName::of(INTEGRATION, KIND).dead_letter());
    Figures::of(scene, seen, &finished, tallied.burnt(), billed_ms, &dead).await
}
