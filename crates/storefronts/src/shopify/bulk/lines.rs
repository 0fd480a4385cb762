use serde_json::{Map, Value};

use super::super::execute::{Executor, Held, Object, Strangeness};
use super::super::listing::list;
use super::super::page::{Cursor, PAGE_OBJECTS_MAX, Page, PageArgs};
use super::super::select::{Picked, Selection, What};
use super::super::site::Site;
use super::check::{Refused, first_message, node_of};
use crate::stock::{StockOrder, StockProduct};

/// Where the lines of children stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Children {
    /// Below their parent's.
    Grouped,
    /// After all that have no parent, as is the rule since `groupObjects` is false by default.
    Last,
}

/// The lines that an operation found.
#[derive(Debug)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) objects: u64,
    /// How many of them have no parent.
    pub(super) roots: u64,
}

impl File {
    /// The first lines of it.
    pub(super) fn first(&self, lines: u64) -> &[u8] {
        let ends = self.bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let last = usize::try_from(lines).ok().and_then(|lines| lines.checked_sub(1));
        let end = last.and_then(|last| ends.clone().nth(last)).map_or(0, |(at, _)| at + 1);
        let end = if lines > 0 && end == 0 { self.bytes.len() } else { end };
        self.bytes.get(..end).unwrap_or_default()
    }
}

/// Writes all lines of a query that was checked.
///
/// # Errors
/// An argument that can't be answered, such as a search that can't be read.
pub(super) fn write(
    site: Site<'_>,
    selection: &Selection<'_>,
    children: Children,
) -> Result<File, Refused> {
    let mut writer = Writer {
        executor: Executor::new(site, Strangeness::No),
        children,
        bytes: Vec::new(),
        later: Vec::new(),
        objects: 0,
        roots: 0,
    };
    for root in selection.of("QueryRoot") {
        writer.root(root);
    }
    let problems = writer.executor.into_problems();
    if !problems.is_empty() {
        return Err(Refused::Invalid(first_message(problems)));
    }
    let mut bytes = writer.bytes;
    bytes.append(&mut writer.later);
    Ok(File { bytes, objects: writer.objects, roots: writer.roots })
}

struct Writer<'a> {
    executor: Executor<'a>,
    children: Children,
    bytes: Vec<u8>,
    /// The lines of children, where they come last.
    later: Vec<u8>,
    objects: u64,
    roots: u64,
}

/// A connection that was met in an object, and what is asked of its nodes.
type Met<'a, 's> = (Page<Object>, &'a Selection<'s>);

impl Writer<'_> {
    fn root(&mut self, root: &Picked<'_>) {
        let Some(below) = &root.below else { return };
        match root.name() {
            "products" => self.list(root, below, list::<StockProduct>),
            "orders" => self.list(root, below, list::<StockOrder>),
            _ => match self.executor.held(&Object::Root, root) {
                Held::One(object) => self.line(&object, below, None),
                Held::Page(page) => {
                    if let Some(node) = node_of(below) {
                        self.lines(page, node, None);
                    }
                }
                Held::Ready(_) | Held::Many(_) => {}
            },
        }
    }

    /// A long list, a part at a time.
    fn list(
        &mut self,
        root: &Picked<'_>,
        below: &Selection<'_>,
        list: fn(&mut Executor<'_>, &Picked<'_>, &PageArgs) -> Held,
    ) {
        let Some(node) = node_of(below) else { return };
        let mut args = PageArgs { count: PAGE_OBJECTS_MAX, ..PageArgs::whole(&root.args) };
        while let Held::Page(page) = list(&mut self.executor, root, &args) {
            let more = page.has_next;
            let last = page.rows.last().map(|(cursor, _)| cursor.clone());
            self.lines(page, node, None);
            // Each part is a list of its own, so that none ends where pages do.
            args.after = last.map(|cursor| Cursor { offset: 0, ..cursor });
            if !more {
                return;
            }
        }
    }

    fn lines(&mut self, page: Page<Object>, node: &Selection<'_>, parent: Option<&Value>) {
        for (_, object) in page.rows {
            self.line(&object, node, parent);
        }
    }

    fn line(&mut self, object: &Object, selection: &Selection<'_>, parent: Option<&Value>) {
        let mut met = Vec::new();
        let mut fields = self.fields(object, selection, &mut met);
        let id = fields.get("id").cloned().unwrap_or_default();
        if let Some(parent) = parent {
            fields.insert("__parentId".to_owned(), parent.clone());
        } else {
            self.roots = self.roots.saturating_add(1);
        }
        self.objects = self.objects.saturating_add(1);
        let is_later = parent.is_some() && self.children == Children::Last;
        let out = if is_later { &mut self.later } else { &mut self.bytes };
        out.extend(serde_json::to_vec(&fields).unwrap_or_default());
        out.push(b'\n');
        for (page, node) in met {
            self.lines(page, node, Some(&id));
        }
    }

    /// The fields of an object without its connections, which are put aside.
    fn fields<'q, 's>(
        &mut self,
        object: &Object,
        selection: &'q Selection<'s>,
        met: &mut Vec<Met<'q, 's>>,
    ) -> Map<String, Value> {
        let type_name = object.type_name();
        let mut fields = Map::new();
        for picked in selection.of(type_name) {
            let What::Field(def) = picked.what else {
                fields.insert(picked.key.clone(), type_name.into());
                continue;
            };
            let value = match (self.executor.held(object, picked), &picked.below) {
                (Held::Page(page), Some(below)) => {
                    met.extend(node_of(below).map(|node| (page, node)));
                    continue;
                }
                (Held::One(inner), Some(below)) => self.fields(&inner, below, met).into(),
                (held, _) => self.executor.complete(held, picked, def).0,
            };
            fields.insert(picked.key.clone(), value);
        }
        fields
    }
}
