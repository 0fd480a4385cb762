use std::collections::VecDeque;

use flyball_connector::{Call, Failure, Listed, Listing, Page, Plan, Span, Step, Walk};
use flyball_domain::{BadRow, Record, Row, UnixMillis, VendorId};
use serde_json::{Value, json};

use super::store::product;

/// Rows of a stretch of a listing.
pub(super) const STRETCH_ROWS: usize = 100;

/// Where to go on behind the last stretch.
const END: &str = "end";

/// What a store on paper can be asked.
#[derive(Clone, Debug)]
pub(super) enum Question {
    Changed { from: u64, until: u64 },
    Records { ids: Vec<u64> },
    Stretch { after: Option<u64>, rows: usize },
}

impl Question {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Records { .. } => "records",
            Self::Stretch { .. } => "stretch",
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Changed { from, until } => json!({ "from": from, "until": until }),
            Self::Records { ids } => json!({ "ids": ids }),
            Self::Stretch { after, rows } => json!({ "after": after, "rows": rows }),
        }
    }

    pub(super) fn of_json(json: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(json).unwrap();
        let number = |name: &str| json.get(name).and_then(Value::as_u64);
        if let Some(ids) = json.get("ids").and_then(Value::as_array) {
            return Self::Records { ids: ids.iter().map(|id| id.as_u64().unwrap()).collect() };
        }
        match (number("from"), number("until"), number("rows")) {
            (Some(from), Some(until), _) => Self::Changed { from, until },
            (_, _, Some(rows)) => {
                Self::Stretch { after: number("after"), rows: rows.try_into().unwrap() }
            }
            _ => panic!("a question was expected: {json}"),
        }
    }
}

#[derive(Debug)]
pub(super) struct PaperWalk {
    question: Option<Question>,
    steps: VecDeque<Step>,
}

impl PaperWalk {
    pub(super) fn new(plan: &Plan) -> Self {
        let question = match &plan.span {
            Span::Changed { from, until } => {
                Some(Question::Changed { from: from.unwrap_or_default().0, until: until.0 })
            }
            Span::Records { ids } => {
                Some(Question::Records { ids: ids.iter().map(number).collect() })
            }
            Span::Listing => match plan.resume.as_deref() {
                Some(END) => None,
                resume => {
                    let after = resume.map(|after| after.parse().unwrap());
                    Some(Question::Stretch { after, rows: STRETCH_ROWS })
                }
            },
        };
        Self { question, steps: VecDeque::new() }
    }

    fn listed(&mut self, after: Option<u64>, rows: &[Value]) {
        let listed: Vec<Listed> = rows
            .iter()
            .map(|row| Listed {
                id: id(row["id"].as_u64().unwrap()),
                updated_at: row["at"].as_u64().map(UnixMillis),
            })
            .collect();
        let through =
            (rows.len() == STRETCH_ROWS).then(|| listed.last().map(|row| row.id.clone())).flatten();
        let resume = through.as_ref().map_or_else(|| END.to_owned(), ToString::to_string);
        self.question = through
            .as_ref()
            .map(|last| Question::Stretch { after: Some(number(last)), rows: STRETCH_ROWS });
        let after = after.map(id);
        self.steps.push_back(Step::Listed(Listing { after, through, rows: listed, resume }));
    }
}

impl Walk for PaperWalk {
    fn next(&mut self) -> Step {
        match (self.steps.pop_front(), &self.question) {
            (Some(step), _) => step,
            (None, Some(question)) => {
                let body = question.to_json().to_string().into_bytes();
                Step::Call(Call::to_store(http::Request::new(body)))
            }
            (None, None) => Step::Finished,
        }
    }

    fn absorb(&mut self, reply: http::Response<Vec<u8>>, _now: UnixMillis) -> Result<(), Failure> {
        let rows = rows_in(&reply);
        match self.question.take().unwrap() {
            Question::Stretch { after, .. } => self.listed(after, &rows),
            Question::Changed { .. } | Question::Records { .. } => {
                let rows = rows.iter().map(row_of).collect();
                self.steps.push_back(Step::Page(Page { rows, resume: END.to_owned() }));
            }
        }
        Ok(())
    }

    fn ready_at(&self, now: UnixMillis, _: u64) -> UnixMillis {
        now
    }

    fn break_off(&mut self) -> Option<Page> {
        None
    }
}

fn rows_in(reply: &http::Response<Vec<u8>>) -> Vec<Value> {
    serde_json::from_slice(reply.body()).unwrap()
}

fn row_of(row: &Value) -> Row {
    let number = row["id"].as_u64().unwrap();
    if row["gone"] == true {
        return Row::Gone(id(number));
    }
    if row["bad"] == true {
        let id = (number > 0).then(|| id(number));
        let reason = "found no title where one was expected".to_owned();
        return Row::Bad(BadRow { id, input: row.to_string(), reason });
    }
    let (at, title) = (row["at"].as_u64().unwrap(), row["title"].as_str().unwrap());
    Row::Good(Record::from(product(number, at, title)))
}

pub(super) fn id(number: u64) -> VendorId {
    number.to_string().parse().unwrap()
}

fn number(id: &VendorId) -> u64 {
    id.as_str().parse().unwrap()
}
