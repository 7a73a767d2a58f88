//! Messages as trees of texts, so that two can be compared field by field whatever their types are.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize};

/// A value with its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A number, a text, or nothing.
    Leaf(String),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name: fields, or the entries of a map.
    Named(Vec<(String, Value)>),
}

/// The tree of a value; `None` for one that does not serialize.
pub(super) fn value_of(value: &impl Serialize) -> Option<Value> {
    value.serialize(Writer).ok()
}

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Leaf(text) => f.write_str(text),
            Value::List(values) if values.is_empty() => f.write_str("[]"),
            Value::List(values) => write!(f, "[{} values]", values.len()),
            Value::Named(values) => match &values[..] {
                [(name, value)] => write!(f, "{name}({value})"),
                _ => write!(f, "{{{} fields}}", values.len()),
            },
        }
    }
}

/// Why a value has no tree: it says so itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoTree(String);

impl ser::Error for NoTree {
    fn custom<T: Display>(text: T) -> Self {
        NoTree(text.to_string())
    }
}

struct Writer;

/// Gathers the parts of a value; `variant` is what they are wrapped in, if they are of an enum.
struct Parts {
    variant: Option<&'static str>,
    list: Vec<Value>,
    named: Vec<(String, Value)>,
    is_list: bool,
}

impl Parts {
    fn new(variant: Option<&'static str>, is_list: bool) -> Result<Self, NoTree> {
        Ok(Parts { variant, list: Vec::new(), named: Vec::new(), is_list })
    }

    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), NoTree> {
        self.list.push(value.serialize(Writer)?);
        Ok(())
    }

    fn name(&mut self, name: String, value: &(impl Serialize + ?Sized)) -> Result<(), NoTree> {
        self.named.push((name, value.serialize(Writer)?));
        Ok(())
    }

    fn finish(self) -> Result<Value, NoTree> {
        let value = if self.is_list { Value::List(self.list) } else { Value::Named(self.named) };
        Ok(match self.variant {
            Some(variant) => Value::Named(vec![(variant.to_owned(), value)]),
            None => value,
        })
    }
}

macro_rules! leaves {
    ($($method:ident $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<Value, NoTree> {
            Ok(Value::Leaf(value.to_string()))
        }
    )*};
}

impl ser::Serializer for Writer {
    type Ok = Value;
    type Error = NoTree;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    leaves! {
        serialize_bool bool,
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
        serialize_f32 f32,
        serialize_f64 f64,
        serialize_char char,
        serialize_str &str,
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, NoTree> {
        let digest = xxhash_rust::xxh3::xxh3_64(value);
        Ok(Value::Leaf(format!("{} bytes {digest:016x}", value.len())))
    }

    fn serialize_none(self) -> Result<Value, NoTree> {
        Ok(Value::Leaf("none".to_owned()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, NoTree> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, NoTree> {
        Ok(Value::Leaf("nothing".to_owned()))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Value, NoTree> {
        Ok(Value::Leaf(name.to_owned()))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, NoTree> {
        Ok(Value::Leaf(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, NoTree> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, NoTree> {
        Ok(Value::Named(vec![(variant.to_owned(), value.serialize(self)?)]))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts, NoTree> {
        Parts::new(None, true)
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts, NoTree> {
        Parts::new(None, true)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts, NoTree> {
        Parts::new(None, true)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, NoTree> {
        Parts::new(Some(variant), true)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts, NoTree> {
        Parts::new(None, false)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts, NoTree> {
        Parts::new(None, false)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts, NoTree> {
        Parts::new(Some(variant), false)
    }
}

macro_rules! lists {
    ($($trait:ident $method:ident,)*) => {$(
        impl ser::$trait for Parts {
            type Ok = Value;
            type Error = NoTree;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoTree> {
                self.push(value)
            }

            fn end(self) -> Result<Value, NoTree> {
                self.finish()
            }
        }
    )*};
}

macro_rules! structs {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Parts {
            type Ok = Value;
            type Error = NoTree;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NoTree> {
                self.name(name.to_owned(), value)
            }

            fn end(self) -> Result<Value, NoTree> {
                self.finish()
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}
structs! { SerializeStruct, SerializeStructVariant, }

impl ser::SerializeMap for Parts {
    type Ok = Value;
    type Error = NoTree;

    /// The key waits as the last of the list for its value.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NoTree> {
        self.push(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NoTree> {
        let key = self.list.pop().map(|key| key.to_string()).unwrap_or_default();
        self.name(key, value)
    }

    fn end(self) -> Result<Value, NoTree> {
        self.finish()
    }
}
