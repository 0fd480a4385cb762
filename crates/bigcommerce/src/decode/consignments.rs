//! How an order gets to its buyer: addresses, ways of shipping and, inside them, its lines.

use flyball_connector::decode::RowError;
use flyball_connector::json::{At, Form};
use flyball_domain::{Address, Field, OrderLine, Personal, ShippingLine};
use serde_json::{Map, Value};

use super::fields::{Fields, each};
use super::line::line;
use super::notes::Notes;
use super::order::{Counting, drop_link};
use super::people::address;

/// The kinds of consignments, in the order in which their lines are put.
pub(super) const CONSIGNMENTS: [Kind; 4] = [
    Kind { name: "shipping", within: None },
    Kind { name: "pickups", within: None },
    Kind { name: "downloads", within: None },
    Kind { name: "gift_certificates", within: Some("email") },
];

/// A kind of consignments: a list of its name, perhaps within an object.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    name: &'static str,
    within: Option<&'static str>,
}

/// What an order's consignments hold.
#[derive(Default)]
pub(super) struct Consignments {
    pub(super) addresses: Field<Vec<Address>>,
    pub(super) shipping_lines: Field<Vec<ShippingLine>>,
    pub(super) lines: Field<Vec<OrderLine>>,
    /// What of the others has no place.
    pub(super) leftovers: Vec<Value>,
}

/// The consignments of a kind.
pub(super) fn consignments<'a>(
    kinds: &mut Fields<'a>,
    kind: Kind,
    notes: &mut Notes,
) -> Vec<At<'a, 'a>> {
    let list = match kind.within {
        None => kinds.list(kind.name, notes),
        Some(outer) => match kinds.object(outer, notes) {
            Field::Value(mut inner) => inner.list(kind.name, notes),
            Field::Null | Field::Absent => Field::Absent,
        },
    };
    match list {
        Field::Value(list) => list,
        Field::Null | Field::Absent => Vec::new(),
    }
}

impl Consignments {
    /// Takes an order's consignments out of its fields.
    ///
    /// # Errors
    /// One that can't be read.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        counting: Counting,
        personal: &mut Personal,
        notes: &mut Notes,
    ) -> Result<Self, RowError> {
        let mut all = Self::default();
        drop_link(fields, "consignments");
        let Field::Value(mut kinds) = fields.object("consignments", notes) else { return Ok(all) };
        let mut recipients = Vec::new();
        for kind in CONSIGNMENTS {
            let list = consignments(&mut kinds, kind, notes);
            if kind.name == "shipping" {
                all.take_shipping(list, "shipping", counting, notes)?;
                continue;
            }
            for raw in list {
                let mut one = Fields::read(raw)?;
                all.take_lines(&mut one, counting, notes)?;
                if let Field::Value(mail) = one.text("recipient_email", notes) {
                    recipients.push(Value::from(mail));
                }
                let mut leftover = Map::new();
                one.rest(&mut leftover)?;
                if !leftover.is_empty() {
                    leftover.insert("kind".to_owned(), kind.name.into());
                    all.leftovers.push(Value::Object(leftover));
                }
            }
        }
        if !recipients.is_empty() {
            personal.extra.insert("recipient_emails".to_owned(), Value::Array(recipients));
        }
        let mut leftover = Map::new();
        kinds.rest(&mut leftover)?;
        if !leftover.is_empty() {
            all.leftovers.push(Value::Object(leftover));
        }
        Ok(all)
    }

    /// Takes in what is shipped: an address, a way of shipping and lines each.
    pub(super) fn take_shipping<'r>(
        &mut self,
        list: impl IntoIterator<Item = At<'r, 'r>>,
        at: &'static str,
        counting: Counting,
        notes: &mut Notes,
    ) -> Result<(), RowError> {
        let mut addresses = Vec::new();
        let lines = each(list, at, notes, |row, notes| {
            let mut one = Fields::read(row)?;
            let address = address(&mut one, notes)?;
            let id = one.reference("id", notes);
            let as_text = id.clone().map(|id| id.as_str().to_owned());
            addresses.push(Address { id: as_text, ..address });
            self.take_lines(&mut one, counting, notes)?;
            drop_link(&mut one, "shipping_quotes");
            let mut extra = Map::new();
            let shipping = ShippingLine {
                id,
                title: one.text("shipping_method", notes),
                code: Field::Absent,
                carrier: Field::Absent,
                price: one.amount("base_cost", counting.currency, notes)?,
                discount: Field::Absent,
                taxes: Field::Absent,
                extra: Map::new(),
            };
            one.rest(&mut extra)?;
            Ok(ShippingLine { extra, ..shipping })
        })?;
        self.addresses = Field::Value(addresses);
        self.shipping_lines = Field::Value(lines);
        Ok(())
    }

    /// Takes in a consignment's lines, unless links to them came instead.
    fn take_lines(
        &mut self,
        consignment: &mut Fields<'_>,
        counting: Counting,
        notes: &mut Notes,
    ) -> Result<(), RowError> {
        let Field::Value(list) = consignment.list("line_items", notes) else { return Ok(()) };
        let is_line =
            |row: &At<'_, '_>| row.form() == Form::Object && row.get("resource").is_none();
        if !list.iter().all(is_line) {
            return Ok(());
        }
        let read = each(list, "line_items", notes, |row, notes| line(row, counting, notes))?;
        let mut all = match core::mem::take(&mut self.lines) {
            Field::Value(all) => all,
            Field::Null | Field::Absent => Vec::new(),
        };
        all.extend(read);
        self.lines = Field::Value(all);
        Ok(())
    }
}
