//! A walk through a store's products: asks for a page, completes its products' longer lists, hands
//! the page over, goes on.

mod assembly;
mod begun;
mod position;

pub use position::LIST_OBJECTS_RESTART;

use std::collections::VecDeque;

use flyball_connector::{
    Call, Class, Failure, Page, PageSize, Plan, PlanError, PoisonReason, Shrunk, Span, Step, Walk,
};
use flyball_domain::{Currency, UnixMillis, VendorId};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::classify::{Reading, failure, failure_of_errors, read};
use crate::decode::{Landmark, ProductData, ProductsData, landmark, without_failed};
use crate::envelope::{Cost, Envelope, PathPart};
use crate::pace::{Budget, Fit};
use crate::queries::{self, Child, PATH, Shape};
use assembly::{Assembly, Completion, Misshapen};
use begun::Begun;
use position::Position;

/// Products asked for at once. A larger page costs fewer points per product, because the vendor
/// charges a list by the logarithm of its length; but it reserves more of the bucket while it runs
/// (what is reserved at the end goes unused), is answered more slowly, and Shopify gives up after
/// ten seconds. Measured with 10,000 generated products of the simulated store on the Standard
/// plan, at 300 ms per call:
///
/// | products | reserved per call | points per product | budget used | time  |
/// |----------|-------------------|--------------------|-------------|-------|
/// | 50       | 584               | 3.97               | 98.9 %      | 382 s |
/// | 100      | 687               | 2.56               | 98.0 %      | 242 s |
/// | 150      | 748               | 2.02               | 97.2 %      | 188 s |
/// | 250      | 824               | 1.52               | 96.1 %      | 138 s |
pub const PAGE_PRODUCTS: u32 = 150;

/// Variants, pictures or metafields asked for at once, once a product has more of them than came
/// with it: the most that is allowed in every kind of query.
const PAGE_CHILDREN: u32 = 250;

type Reply = http::Response<Vec<u8>>;

/// The walk.
#[derive(Debug)]
pub(crate) struct ProductsWalk {
    want: Want,
    position: Position,
    /// A product that an earlier run had begun, until it comes again.
    begun: Option<Begun>,
    stage: Stage,
    products: PageSize,
    children: PageSize,
    budget: Budget,
    /// The store's currency as last read: a page that fails to name it is of the same store.
    currency: Option<Currency>,
}

#[derive(Debug)]
enum Want {
    Changed { until: UnixMillis },
    Records { left: VecDeque<VendorId> },
}

#[derive(Debug)]
enum Stage {
    /// A page is to be asked for.
    Asking,
    /// A page has come; its products are being completed.
    Completing(Assembly),
}

impl ProductsWalk {
    /// Begins, or goes on with, a walk.
    pub(crate) fn new(plan: &Plan) -> Result<Self, PlanError> {
        let (want, start) = match &plan.span {
            Span::Changed { from, until } => {
                (Want::Changed { until: *until }, Position::start(*from))
            }
            Span::Records { ids } => {
                (Want::Records { left: ids.iter().cloned().collect() }, Position::start(None))
            }
            Span::Listing => {
                return Err(PlanError::Kind {
                    integration: flyball_domain::Integration::Shopify,
                    kind: plan.kind,
                });
            }
        };
        let (position, begun) = match &plan.resume {
            Some(text) => Position::parse(text)?,
            None => (start, None),
        };
        Ok(Self {
            want,
            position,
            begun,
            stage: Stage::Asking,
            products: PageSize::new(PAGE_PRODUCTS),
            children: PageSize::new(PAGE_CHILDREN),
            budget: Budget::new(plan.ceiling_percent),
            currency: None,
        })
    }

    fn is_done(&self) -> bool {
        match &self.want {
            Want::Changed { until } => self.position.is_done(*until),
            Want::Records { left } => {
                left.is_empty() || self.position.is_done(UnixMillis(u64::MAX))
            }
        }
    }

    /// The shape of the next call; `None` where a page comes first.
    fn asked(&self) -> Option<Shape> {
        match (&self.stage, &self.want) {
            (Stage::Completing(assembly), _) => {
                assembly.wanted().map(|wanted| Shape::More(wanted.child))
            }
            (Stage::Asking, Want::Changed { .. }) => Some(Shape::Products),
            (Stage::Asking, Want::Records { .. }) => Some(Shape::Product),
        }
    }

    fn page_call(&self) -> Call {
        call(&match &self.want {
            Want::Records { left } => queries::product(left.front().map_or("", VendorId::as_str)),
            Want::Changed { until } => {
                let (filter, sort) = self.position.search(*until);
                queries::products(self.products.first(), self.position.after(), &filter, sort)
            }
        })
    }

    /// The page size that a call of this shape goes by.
    const fn size(&mut self, shape: Shape) -> &mut PageSize {
        match shape {
            Shape::Products | Shape::Product => &mut self.products,
            Shape::More(_) => &mut self.children,
        }
    }

    fn note_cost(&mut self, shape: Shape, cost: Option<&Cost>, now: UnixMillis) {
        if let Some(cost) = cost
            && self.budget.note(shape, cost, now) == Fit::TooCostly
        {
            self.size(shape).too_costly();
        }
    }

    /// Reports a failure, unless there may be a way around it.
    fn report(&mut self, shape: Shape, failure: Failure) -> Result<(), Failure> {
        if failure.class == Class::Poison(PoisonReason::Shape) {
            self.around(shape, failure)
        } else {
            Err(failure)
        }
    }

    /// Goes around an answer of another shape: asks for less, down to one row. A row whose longer
    /// lists can't be read is given up; a page that can't be is reported.
    fn around(&mut self, shape: Shape, failure: Failure) -> Result<(), Failure> {
        if shape == Shape::Product {
            return Err(failure);
        }
        match (self.size(shape).unreadable(), &mut self.stage) {
            (Shrunk::Smaller, _) => Ok(()),
            (Shrunk::Smallest, Stage::Completing(assembly)) => {
                assembly.fail_row(&failure.evidence.message);
                Ok(())
            }
            (Shrunk::Smallest, Stage::Asking) => Err(failure),
        }
    }

    fn absorb_page(
        &mut self,
        reply: &Reply,
        envelope: &Envelope<'_>,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let misshapen = |message: &str| misshapen(reply, message);
        let data: ProductsData<'_> = match parse(envelope) {
            Ok(data) => data,
            Err(error) => return self.around(Shape::Products, misshapen(&error)),
        };
        let Some(page) = data.products.value() else {
            return self.report(Shape::Products, data_failure(reply, envelope, now));
        };
        let Some(nodes) = page.nodes.value() else {
            return self.around(Shape::Products, misshapen("found no products.nodes"));
        };
        let rows: Vec<Landmark> = nodes
            .iter()
            .map(|node| node.map_or_else(Landmark::default, |node| landmark(node.get())))
            .collect();
        let listed = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let Ok(after) = self.position.advanced(&rows, listed, page.next()) else {
            let failure = misshapen("found a products.pageInfo that leads nowhere");
            return self.around(Shape::Products, failure);
        };
        self.currency = data.currency().or(self.currency);
        let mut assembly = Assembly::new(self.currency, after);
        for (index, (node, row)) in nodes.iter().zip(rows).enumerate() {
            if !self.position.has_delivered(&row) {
                let failed = failed_at(envelope, &["products", "nodes"], Some(index));
                let begun = self.begun.take_if(|begun| begun.is_at(&row));
                assembly.add(node.map_or("null", RawValue::get), row, &failed, begun);
            }
        }
        self.products.readable();
        self.stage = Stage::Completing(assembly);
        Ok(())
    }

    fn absorb_one(
        &mut self,
        reply: &Reply,
        envelope: &Envelope<'_>,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let data: ProductData<'_> = parse(envelope).map_err(|error| misshapen(reply, &error))?;
        let Want::Records { left } = &mut self.want else { return Ok(()) };
        let Some(id) = left.front().cloned() else { return Ok(()) };
        let node = data.product.value();
        if node.is_none() && (data.product.is_absent() || !envelope.errors.is_empty()) {
            return Err(data_failure(reply, envelope, now));
        }
        left.pop_front();
        let after = if left.is_empty() { Position::end() } else { self.position.clone() };
        let mut assembly = Assembly::new(data.currency(), after);
        match node {
            Some(node) => {
                let failed = failed_at(envelope, &["product"], None);
                assembly.add(node.get(), landmark(node.get()), &failed, None);
            }
            None => assembly.add_gone(id),
        }
        self.stage = Stage::Completing(assembly);
        Ok(())
    }
}

impl Walk for ProductsWalk {
    fn next(&mut self) -> Step {
        let Stage::Completing(assembly) = &mut self.stage else {
            return if self.is_done() { Step::Finished } else { Step::Call(self.page_call()) };
        };
        match assembly.step() {
            Completion::Wants(wanted) => {
                let first = self.children.first();
                let after = wanted.after.as_deref();
                Step::Call(call(&queries::more(wanted.child, &wanted.id, first, after)))
            }
            Completion::Part(rows, landmarks) => {
                self.position.deliver_part(landmarks.iter());
                Step::Page(Page { rows, resume: self.position.resume(None) })
            }
            Completion::Whole(rows, after) => {
                self.position = after;
                // Whatever was begun has changed since, or is gone.
                self.begun = None;
                self.stage = Stage::Asking;
                Step::Page(Page { rows, resume: self.position.resume(None) })
            }
        }
    }

    fn absorb(&mut self, reply: Reply, now: UnixMillis) -> Result<(), Failure> {
        let Some(shape) = self.asked() else { return Ok(()) };
        let envelope = match read(&reply, now) {
            Reading::Data { envelope } => envelope,
            Reading::TooCostly { failure } => {
                return match self.size(shape).too_costly() {
                    Shrunk::Smaller if shape != Shape::Product => Ok(()),
                    Shrunk::Smaller | Shrunk::Smallest => Err(failure),
                };
            }
            Reading::Failed { failure, cost } => {
                self.note_cost(shape, cost.as_ref(), now);
                return self.report(shape, failure);
            }
        };
        self.note_cost(shape, envelope.cost.as_ref(), now);
        match shape {
            Shape::Products => self.absorb_page(&reply, &envelope, now),
            Shape::Product => self.absorb_one(&reply, &envelope, now),
            Shape::More(child) => self.absorb_more(&reply, &envelope, child, now),
        }
    }

    fn ready_at(&self, now: UnixMillis) -> UnixMillis {
        self.asked().map_or(now, |shape| self.budget.ready_at(shape, now))
    }

    fn break_off(&mut self) -> Option<Page> {
        let (Stage::Completing(assembly), Want::Changed { .. }) = (&mut self.stage, &self.want)
        else {
            return None;
        };
        let (rows, landmarks, begun) = assembly.break_off()?;
        self.position.deliver_part(landmarks.iter());
        let begun = begun.as_ref().or(self.begun.as_ref());
        Some(Page { rows, resume: self.position.resume(begun) })
    }
}

impl ProductsWalk {
    fn absorb_more(
        &mut self,
        reply: &Reply,
        envelope: &Envelope<'_>,
        child: Child,
        now: UnixMillis,
    ) -> Result<(), Failure> {
        let Stage::Completing(assembly) = &mut self.stage else { return Ok(()) };
        let data: ProductData<'_> = match parse(envelope) {
            Ok(data) => data,
            Err(error) => return self.around(Shape::More(child), misshapen(reply, &error)),
        };
        let Some(node) = data.product.value() else {
            if data.product.is_absent() || !envelope.errors.is_empty() {
                return Err(data_failure(reply, envelope, now));
            }
            assembly.drop_row();
            return Ok(());
        };
        let failed = failed_at(envelope, &["product"], None);
        let freed = without_failed(node.get(), &failed);
        let list = freed.as_deref().unwrap_or(node.get());
        match assembly.take_more(child, list, failed.len()) {
            Ok(()) => self.children.readable(),
            Err(Misshapen(what)) => {
                return self.around(Shape::More(child), misshapen(reply, &what));
            }
        }
        Ok(())
    }
}

fn call(body: &Value) -> Call {
    let mut request = http::Request::new(body.to_string().into_bytes());
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = http::Uri::from_static(PATH);
    let json = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert(http::header::CONTENT_TYPE, json.clone());
    request.headers_mut().insert(http::header::ACCEPT, json);
    Call::to_store(request)
}

fn parse<'a, T: serde::Deserialize<'a>>(envelope: &Envelope<'a>) -> Result<T, String> {
    serde_json::from_str(envelope.data.map_or("null", RawValue::get))
        .map_err(|error| format!("found data of another shape ({error}) where a page was expected"))
}

fn misshapen(reply: &Reply, message: &str) -> Failure {
    failure(reply, Class::Poison(PoisonReason::Shape), message)
}

/// What it means that the data lacks what was asked for.
fn data_failure(reply: &Reply, envelope: &Envelope<'_>, now: UnixMillis) -> Failure {
    failure_of_errors(reply, &envelope.errors, envelope.cost.as_ref(), now)
}

/// The paths of errors that lie within one node, from the node on.
fn failed_at<'e>(
    envelope: &'e Envelope<'_>,
    keys: &[&str],
    index: Option<usize>,
) -> Vec<&'e [PathPart]> {
    let mut at: Vec<PathPart> = keys.iter().map(|key| PathPart::Key((*key).to_owned())).collect();
    at.extend(index.map(PathPart::Index));
    envelope.errors.iter().filter_map(|error| error.path.strip_prefix(at.as_slice())).collect()
}

#[cfg(test)]
mod tests;
