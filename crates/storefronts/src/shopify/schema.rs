use std::collections::HashMap;

use graphql_parser::schema::{Definition, Document, Field, Type, TypeDefinition};
use serde_json::Value;

use super::literal;

/// What the store serves, as the vendor would write it.
pub(super) const SERVED: &str =
    concat!(include_str!("served.graphql"), include_str!("served_orders.graphql"));

/// The types and fields that the store serves.
#[derive(Debug)]
pub(super) struct Schema {
    types: HashMap<String, TypeDef>,
    enums: HashMap<String, Vec<String>>,
}

#[derive(Debug)]
pub(super) struct TypeDef {
    pub(super) name: String,
    pub(super) fields: Vec<FieldDef>,
    /// The object types that a value of this type may have; of an object type, itself.
    pub(super) members: Vec<String>,
}

#[derive(Debug)]
pub(super) struct FieldDef {
    pub(super) name: String,
    pub(super) args: Vec<ArgDef>,
    pub(super) ty: TypeRef,
}

#[derive(Debug)]
pub(super) struct ArgDef {
    pub(super) name: String,
    pub(super) ty: TypeRef,
    pub(super) default: Option<Value>,
}

/// A type as it is used: named, a list of it, or never null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TypeRef {
    Named(String),
    List(Box<Self>),
    NonNull(Box<Self>),
}

impl TypeRef {
    pub(super) fn of(ty: &Type<'_, String>) -> Self {
        match ty {
            Type::NamedType(name) => Self::Named(name.clone()),
            Type::ListType(of) => Self::List(Box::new(Self::of(of))),
            Type::NonNullType(of) => Self::NonNull(Box::new(Self::of(of))),
        }
    }

    /// The name at its bottom.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(of) | Self::NonNull(of) => of.name(),
        }
    }

    pub(super) const fn is_non_null(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }
}

impl core::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(of) => write!(f, "[{of}]"),
            Self::NonNull(of) => write!(f, "{of}!"),
        }
    }
}

impl Schema {
    /// Reads what is served.
    ///
    /// # Errors
    /// Where the text is no schema. The one that is built in is; a test says so.
    pub(super) fn parse(text: &str) -> Result<Self, graphql_parser::schema::ParseError> {
        let document: Document<'_, String> = graphql_parser::parse_schema(text)?;
        let mut schema = Self { types: HashMap::new(), enums: HashMap::new() };
        let mut members: HashMap<String, Vec<String>> = HashMap::new();
        for definition in document.definitions {
            let Definition::TypeDefinition(definition) = definition else { continue };
            match definition {
                TypeDefinition::Object(object) => {
                    for interface in object.implements_interfaces {
                        members.entry(interface).or_default().push(object.name.clone());
                    }
                    members.insert(object.name.clone(), vec![object.name.clone()]);
                    schema.add(object.name, &object.fields);
                }
                TypeDefinition::Interface(interface) => {
                    schema.add(interface.name, &interface.fields);
                }
                TypeDefinition::Enum(words) => {
                    let values = words.values.into_iter().map(|value| value.name).collect();
                    schema.enums.insert(words.name, values);
                }
                TypeDefinition::Union(union) => {
                    members.insert(union.name.clone(), union.types);
                    schema.add(union.name, &[]);
                }
                TypeDefinition::Scalar(_) | TypeDefinition::InputObject(_) => {}
            }
        }
        for (name, ty) in &mut schema.types {
            ty.members = members.remove(name).unwrap_or_default();
        }
        Ok(schema)
    }

    fn add(&mut self, name: String, fields: &[Field<'_, String>]) {
        let fields = fields.iter().map(field).collect();
        self.types.insert(name.clone(), TypeDef { name, fields, members: Vec::new() });
    }

    /// The object, interface or union of a name; `None` for scalars, enums and unknown names.
    pub(super) fn composite(&self, name: &str) -> Option<&TypeDef> {
        self.types.get(name)
    }

    /// The words of an enum.
    pub(super) fn words(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn composites(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values()
    }
}

impl TypeDef {
    pub(super) fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn field(field: &Field<'_, String>) -> FieldDef {
    FieldDef {
        name: field.name.clone(),
        args: field
            .arguments
            .iter()
            .map(|arg| ArgDef {
                name: arg.name.clone(),
                ty: TypeRef::of(&arg.value_type),
                default: arg.default_value.as_ref().map(literal::constant),
            })
            .collect(),
        ty: TypeRef::of(&field.field_type),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_can_be_read_and_names_only_types_that_are_served() {
        let schema = Schema::parse(SERVED).unwrap();
        for ty in schema.composites() {
            assert!(!ty.members.is_empty(), "{}", ty.name);
            for field in &ty.fields {
                let name = field.ty.name();
                let is_known = schema.composite(name).is_some()
                    || schema.words(name).is_some()
                    || SERVED.contains(&format!("scalar {name}\n"))
                    || ["Boolean", "Float", "ID", "Int", "String"].contains(&name);
                assert!(is_known, "{}.{}: {name}", ty.name, field.name);
            }
        }
    }
}
