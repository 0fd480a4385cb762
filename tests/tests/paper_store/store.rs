use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use flyball_connector::{
    Call, CallTag, Class, Connector, Evidence, Failure, Plan, PlanError, PoisonReason, Span, Walk,
};
use flyball_domain::{Integration, Product, UnixMillis, VendorId};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::walk::{PaperWalk, Question};

/// A store on paper: products by number, each with when it was changed and its title.
#[derive(Clone, Debug, Default)]
pub(super) struct PaperStore(Arc<Mutex<Sheet>>);

#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) products: BTreeMap<u64, (u64, String)>,
    /// Products that listings lack, as if an index were late.
    pub(super) unlisted: BTreeSet<u64>,
    /// Products whose rows can't be read; their ids can, but for `0`.
    pub(super) unreadable: BTreeSet<u64>,
    /// How often it was asked, by what for.
    pub(super) calls: BTreeMap<&'static str, u64>,
    /// Ids asked for.
    pub(super) asked: Vec<u64>,
    /// How many more calls it answers before it fails each.
    pub(super) answers_left: Option<u64>,
    /// What it fails with.
    pub(super) failure: Option<Class>,
    /// Products that are not found by their ids, as if a replica were late.
    pub(super) not_found: BTreeSet<u64>,
    /// Whether the next answer to such a question lies on the way until this lets it through.
    pub(super) held_up: Option<(&'static str, Arc<HeldUp>)>,
}

/// Answers on their way.
#[derive(Debug)]
pub(super) struct HeldUp {
    pub(super) waits: Semaphore,
    pub(super) through: Semaphore,
}

impl HeldUp {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { waits: Semaphore::new(0), through: Semaphore::new(0) })
    }
}

impl PaperStore {
    pub(super) fn of(ids: impl IntoIterator<Item = u64>) -> Self {
        let store = Self::default();
        store.sheet().products =
            ids.into_iter().map(|id| (id, (1_000, "Mug".to_owned()))).collect();
        store
    }

    pub(super) fn sheet(&self) -> MutexGuard<'_, Sheet> {
        self.0.lock().unwrap()
    }

    /// How often it was asked for this since the last time.
    pub(super) fn take_calls(&self, what: &str) -> u64 {
        self.sheet().calls.remove(what).unwrap_or_default()
    }

    /// Its products as records.
    pub(super) fn truth(&self) -> Vec<(VendorId, Product)> {
        let sheet = self.sheet();
        let of = |(id, (at, title)): (&u64, &(u64, String))| {
            let product = product(*id, *at, title);
            (product.id.clone(), product)
        };
        sheet.products.iter().map(of).collect()
    }
}

pub(super) fn product(id: u64, at: u64, title: &str) -> Product {
    let product = json!({ "id": id.to_string(), "updated_at": at, "title": title });
    serde_json::from_value(product).unwrap()
}

impl Sheet {
    fn answer(&mut self, question: &Question) -> Value {
        *self.calls.entry(question.name()).or_default() += 1;
        let gone = |id: &u64| json!({ "id": id, "gone": true });
        let row = |id: &u64| match self.products.get(id) {
            _ if self.unreadable.contains(id) => json!({ "id": id, "bad": true }),
            Some((at, title)) => json!({ "id": id, "at": at, "title": title }),
            None => gone(id),
        };
        match question {
            Question::Changed { from, until } => {
                let changed = self.products.iter().filter(|(_, (at, _))| from <= at && at < until);
                changed.map(|(id, _)| row(id)).collect()
            }
            Question::Records { ids } => {
                let asked = |id| if self.not_found.contains(id) { gone(id) } else { row(id) };
                let rows = ids.iter().map(asked).collect();
                self.asked.extend(ids);
                rows
            }
            Question::Stretch { after, rows } => {
                let behind = self.products.range(after.map_or(0, |after| after + 1)..);
                let listed = behind.filter(|(id, _)| !self.unlisted.contains(id));
                listed.take(*rows).map(|(id, (at, _))| json!({ "id": id, "at": at })).collect()
            }
        }
    }
}

/// The way to a store on paper.
pub(super) struct PaperConnector(pub(crate) PaperStore);

#[async_trait]
impl Connector for PaperConnector {
    fn integration(&self) -> Integration {
        Integration::Shopify
    }

    fn walk(&self, plan: &Plan) -> Result<Box<dyn Walk>, PlanError> {
        if let Span::Records { ids } = &plan.span {
            assert!((1..=Span::RECORDS_MAX).contains(&ids.len()), "{} ids at once", ids.len());
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "each once");
        }
        Ok(Box::new(PaperWalk::new(plan)))
    }

    async fn send(
        &self,
        call: &Call,
        _tag: &CallTag,
        _timeout_ms: u64,
    ) -> Result<http::Response<Vec<u8>>, Failure> {
        let question = Question::of_json(call.request.body());
        let (answer, held_up) = {
            let mut sheet = self.0.sheet();
            if sheet.answers_left == Some(0) {
                let class = sheet.failure.clone();
                let class = class.unwrap_or(Class::Poison(PoisonReason::Request));
                return Err(Failure { class, evidence: Evidence::new(Some(400), None, "no") });
            }
            sheet.answers_left = sheet.answers_left.map(|left| left - 1);
            let held_up = sheet.held_up.take_if(|(what, _)| *what == question.name());
            (sheet.answer(&question), held_up)
        };
        if let Some((_, held_up)) = held_up {
            held_up.waits.add_permits(1);
            held_up.through.acquire().await.unwrap().forget();
        }
        Ok(http::Response::new(answer.to_string().into_bytes()))
    }
}

/// A time in the store's past.
pub(super) const LONG_AGO: UnixMillis = UnixMillis(1_000);
