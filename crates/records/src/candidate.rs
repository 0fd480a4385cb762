//! A record as it is to be stored: canonical JSON, which is the domain's structs in their own
//! order, and of an order what says who the buyer is apart from the rest.

use flyball_domain::{Field, Kind, Personal, Record, RecordBody, UnixMillis, VendorId};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::body::Hash;
use crate::head::Write;
use crate::shape::{Fields, MERGED, PERSONAL, Shape};

/// A record ready to be compared with what is stored.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) id: VendorId,
    pub(crate) kind: Kind,
    pub(crate) version: UnixMillis,
    /// Its place among the rows of its run.
    pub(crate) n: u64,
    pub(crate) body: Hashed,
    /// What says who the buyer is, where that was asked for.
    pub(crate) personal: Option<Hashed>,
    pub(crate) shape: Shape,
}

/// JSON with its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hashed {
    pub(crate) json: Vec<u8>,
    pub(crate) hash: Hash,
}

impl Hashed {
    pub(crate) fn new(json: Vec<u8>) -> Self {
        let hash = Hash::of(&json);
        Self { json, hash }
    }
}

impl Candidate {
    pub(crate) fn new(record: &Record, n: u64) -> Result<Self, serde_json::Error> {
        let json = match &record.body {
            RecordBody::Product(product) => serde_json::to_vec(product)?,
            RecordBody::Order(order) => serde_json::to_vec(order)?,
        };
        let fields: Fields<'_> = serde_json::from_slice(&json)?;
        let shape = Shape::of(&fields)?;
        let personal = match record.kind() {
            Kind::Orders => fields.json_of(PERSONAL),
            Kind::Products => None,
        };
        let (body, personal) = match personal {
            Some(personal) => (fields.json_without(PERSONAL), Some(Hashed::new(personal))),
            None => (json, None),
        };
        let (id, kind, version) = (record.id.clone(), record.kind(), record.version);
        Ok(Self { id, kind, version, n, body: Hashed::new(body), personal, shape })
    }

    /// What writing it under a fence is known by.
    pub(crate) fn write(&self, fence: u64) -> Write {
        let personal = self.personal.as_ref().map(|personal| personal.hash);
        Write { fence, n: self.n, hash: self.body.hash, personal }
    }

    /// Whether that write wrote the same content.
    pub(crate) fn has_content_of(&self, stored: &Write) -> bool {
        let mine = self.write(stored.fence);
        (mine.hash, mine.personal) == (stored.hash, stored.personal)
    }

    /// The same with the fields that only the stored one has: what was not asked for never clears
    /// what is stored.
    pub(crate) fn keeping(&self, stored: &Content) -> Result<Self, serde_json::Error> {
        let personal = self.personal.as_ref().map(|personal| personal.json.as_slice());
        let mut whole = whole(&self.body.json, personal)?;
        for (field, kept) in stored.whole()? {
            match whole.entry(field) {
                Entry::Vacant(place) => drop(place.insert(kept)),
                Entry::Occupied(mut mine) if MERGED.contains(&mine.key().as_str()) => {
                    if let (Value::Object(mine), Value::Object(kept)) = (mine.get_mut(), kept) {
                        for (field, kept) in kept {
                            mine.entry(field).or_insert(kept);
                        }
                    }
                }
                Entry::Occupied(_) => {}
            }
        }
        // Through the domain's type and back, which restores the canonical order.
        let whole = Value::Object(whole);
        let body = match self.kind {
            Kind::Products => RecordBody::Product(serde_json::from_value(whole)?),
            Kind::Orders => RecordBody::Order(serde_json::from_value(whole)?),
        };
        Self::new(&Record { id: self.id.clone(), version: self.version, body }, self.n)
    }

    /// All of it as one JSON.
    pub(crate) fn whole_json(&self) -> Result<String, serde_json::Error> {
        let personal = self.personal.as_ref().map(|personal| personal.json.as_slice());
        whole(&self.body.json, personal).map(Value::Object).map(|whole| whole.to_string())
    }
}

/// What is stored of a record, not yet parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) json: Vec<u8>,
    /// What says who the buyer is, where that is stored.
    pub(crate) personal: Option<Vec<u8>>,
}

impl Content {
    fn whole(&self) -> Result<Map<String, Value>, serde_json::Error> {
        whole(&self.json, self.personal.as_deref())
    }

    pub(crate) fn parse(&self, kind: Kind) -> Result<RecordBody, serde_json::Error> {
        match kind {
            Kind::Products => serde_json::from_slice(&self.json).map(RecordBody::Product),
            Kind::Orders => {
                let mut order: Box<flyball_domain::Order> = serde_json::from_slice(&self.json)?;
                if let Some(personal) = &self.personal {
                    let personal: Option<Personal> = serde_json::from_slice(personal)?;
                    order.personal = Field::from(personal);
                }
                Ok(RecordBody::Order(order))
            }
        }
    }
}

fn whole(body: &[u8], personal: Option<&[u8]>) -> Result<Map<String, Value>, serde_json::Error> {
    let mut whole: Map<String, Value> = serde_json::from_slice(body)?;
    if let Some(personal) = personal {
        whole.insert(PERSONAL.to_owned(), serde_json::from_slice(personal)?);
    }
    Ok(whole)
}
