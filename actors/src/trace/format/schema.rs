//! A fingerprint of all messages: the names, order and types of their fields and variants.
//!
//! Messages are written without the names of their fields, so a reader must know that it has the same messages. The
//! fingerprint is made by asking every type to read itself, and noting what it asks for.

use std::{collections::BTreeMap, fmt, sync::OnceLock};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor},
};
use xxhash_rust::xxh3::Xxh3;

use crate::message::{
    BarrierCoordinatorMessage, ClusterManagerMessage, DagSchedulerMessage, DriverEndpointMessage,
    ExecutorAllocationMessage, ExecutorBackendMessage, HeartbeatReceiverMessage, HostMessage,
    JobWaiterMessage, MapOutputTrackerMessage, ResultGetterMessage, SparkListenerEvent, TaskRunnerMessage,
    TaskSchedulerMessage,
};

/// The fingerprint of this version's messages.
pub(in crate::trace) fn fingerprint() -> u64 {
    static FINGERPRINT: OnceLock<u64> = OnceLock::new();
    *FINGERPRINT.get_or_init(|| {
        let mut schema = Schema::default();
        describe(&mut schema);
        schema.hash.digest()
    })
}

fn describe(schema: &mut Schema) {
    schema.add::<DagSchedulerMessage>();
    schema.add::<TaskSchedulerMessage>();
    schema.add::<DriverEndpointMessage>();
    schema.add::<ExecutorBackendMessage>();
    schema.add::<TaskRunnerMessage>();
    schema.add::<ResultGetterMessage>();
    schema.add::<JobWaiterMessage>();
    schema.add::<SparkListenerEvent>();
    schema.add::<HostMessage>();
    schema.add::<HeartbeatReceiverMessage>();
    schema.add::<MapOutputTrackerMessage>();
    schema.add::<BarrierCoordinatorMessage>();
    schema.add::<ExecutorAllocationMessage>();
    schema.add::<ClusterManagerMessage>();
}

#[derive(Default)]
struct Schema {
    hash: Xxh3,
    /// How often each enum was read, one variant after the other, and how many variants it has.
    variants: BTreeMap<&'static str, (usize, usize)>,
    /// Within a blob, which compares its bytes with their digest: it is read without bytes.
    in_blob: bool,
    /// What could not be read.
    errors: Vec<String>,
}

impl Schema {
    /// Reads a type until each variant of each enum within it was read. Each enum begins anew behind its last variant, so
    /// that those within its variants have their turns as well.
    fn add<T: Deserialize<'static>>(&mut self) {
        loop {
            if let Err(error) = T::deserialize(Walk(self)) {
                return self.errors.push(format!("{}: {error}", std::any::type_name::<T>()));
            }
            if self.is_read() {
                return;
            }
        }
    }

    /// Whether every variant was read of every enum that was seen.
    fn is_read(&self) -> bool {
        self.variants.values().all(|(read, all)| read >= all)
    }

    fn note(&mut self, text: &str) {
        self.hash.update(text.as_bytes());
        // No text has this byte, so two texts are not one.
        self.hash.update(&[0xFF]);
    }

    fn note_all(&mut self, what: &str, name: &str, parts: &[&str]) {
        self.note(what);
        self.note(name);
        parts.iter().for_each(|part| self.note(part));
    }
}

/// Gives each type the least that it takes.
struct Walk<'s>(&'s mut Schema);

/// So many values one after the other.
struct Several<'s>(&'s mut Schema, usize);

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WalkError(String);

impl de::Error for WalkError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        WalkError(text.to_string())
    }
}

macro_rules! plain {
    ($($method:ident $visit:ident $($value:expr)?;)*) => {$(
        fn $method<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, WalkError> {
            self.0.note(stringify!($method));
            visitor.$visit($($value)?)
        }
    )*};
}

impl<'s> Deserializer<'static> for Walk<'s> {
    type Error = WalkError;

    plain! {
        deserialize_any visit_unit;
        deserialize_bool visit_bool false;
        deserialize_i8 visit_i8 0;
        deserialize_i16 visit_i16 0;
        deserialize_i32 visit_i32 0;
        deserialize_i64 visit_i64 0;
        deserialize_u8 visit_u8 0;
        deserialize_u16 visit_u16 0;
        deserialize_u32 visit_u32 0;
        deserialize_u64 visit_u64 0;
        deserialize_f32 visit_f32 0.0;
        deserialize_f64 visit_f64 0.0;
        deserialize_char visit_char '0';
        deserialize_str visit_borrowed_str "";
        deserialize_string visit_borrowed_str "";
        deserialize_bytes visit_borrowed_bytes &[];
        deserialize_byte_buf visit_borrowed_bytes &[];
        deserialize_unit visit_unit;
        deserialize_identifier visit_borrowed_str "";
        deserialize_ignored_any visit_unit;
    }

    fn deserialize_option<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, WalkError> {
        self.0.note("option");
        if self.0.in_blob { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.0.note_all("unit struct", name, &[]);
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.0.note_all("newtype", name, &[]);
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, WalkError> {
        self.0.note("sequence");
        visitor.visit_seq(Several(self.0, 1))
    }

    fn deserialize_tuple<V: Visitor<'static>>(self, len: usize, visitor: V) -> Result<V::Value, WalkError> {
        self.0.note(&format!("tuple of {len}"));
        visitor.visit_seq(Several(self.0, len))
    }

    fn deserialize_tuple_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.0.note_all("tuple struct", name, &[]);
        visitor.visit_seq(Several(self.0, len))
    }

    fn deserialize_map<V: Visitor<'static>>(self, visitor: V) -> Result<V::Value, WalkError> {
        self.0.note("map");
        visitor.visit_map(Several(self.0, 1))
    }

    fn deserialize_struct<V: Visitor<'static>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.0.note_all("struct", name, fields);
        self.0.in_blob = name == "Blob";
        let value = visitor.visit_seq(Several(self.0, fields.len()));
        self.0.in_blob = false;
        value
    }

    fn deserialize_enum<V: Visitor<'static>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.0.note_all("enum", name, variants);
        // The visitor's name tells apart what is called the same, such as two kinds of `Result`.
        let (read, _) = self.0.variants.entry(std::any::type_name::<V>()).or_insert((0, variants.len()));
        let variant = read.checked_rem(variants.len()).unwrap_or_default();
        *read += 1;
        visitor.visit_enum(Variant(self.0, variant as u32))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'s> SeqAccess<'static> for Several<'s> {
    type Error = WalkError;

    fn next_element_seed<T: DeserializeSeed<'static>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, WalkError> {
        let Some(left) = self.1.checked_sub(1) else { return Ok(None) };
        self.1 = left;
        seed.deserialize(Walk(self.0)).map(Some)
    }
}

impl<'s> MapAccess<'static> for Several<'s> {
    type Error = WalkError;

    fn next_key_seed<K: DeserializeSeed<'static>>(&mut self, seed: K) -> Result<Option<K::Value>, WalkError> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'static>>(&mut self, seed: V) -> Result<V::Value, WalkError> {
        seed.deserialize(Walk(self.0))
    }
}

/// A variant of an enum by its place.
struct Variant<'s>(&'s mut Schema, u32);

impl<'s> EnumAccess<'static> for Variant<'s> {
    type Error = WalkError;
    type Variant = Walk<'s>;

    fn variant_seed<V: DeserializeSeed<'static>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), WalkError> {
        let place: de::value::U32Deserializer<WalkError> = self.1.into_deserializer();
        Ok((seed.deserialize(place)?, Walk(self.0)))
    }
}

impl<'s> VariantAccess<'static> for Walk<'s> {
    type Error = WalkError;

    fn unit_variant(self) -> Result<(), WalkError> {
        self.0.note("unit variant");
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'static>>(self, seed: T) -> Result<T::Value, WalkError> {
        self.0.note("newtype variant");
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'static>>(self, len: usize, visitor: V) -> Result<V::Value, WalkError> {
        self.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'static>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::{Serialize, de::DeserializeOwned};

    use super::*;
    use crate::{message::catalogue, testkit::compact};

    /// Writes and reads the values that the walk makes, one for each variant at least; how many.
    fn round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>() -> usize {
        let (mut schema, mut count) = (Schema::default(), 0);
        loop {
            compact::round_trip(&T::deserialize(Walk(&mut schema)).unwrap());
            count += 1;
            if schema.is_read() {
                return count;
            }
        }
    }

    #[test]
    fn a_message_of_every_kind_is_read_as_it_was_written() {
        let counts = [
            round_trips::<DagSchedulerMessage>(),
            round_trips::<TaskSchedulerMessage>(),
            round_trips::<DriverEndpointMessage>(),
            round_trips::<ExecutorBackendMessage>(),
            round_trips::<TaskRunnerMessage>(),
            round_trips::<ResultGetterMessage>(),
            round_trips::<JobWaiterMessage>(),
            round_trips::<SparkListenerEvent>(),
            round_trips::<HeartbeatReceiverMessage>(),
            round_trips::<MapOutputTrackerMessage>(),
            round_trips::<BarrierCoordinatorMessage>(),
            round_trips::<ExecutorAllocationMessage>(),
            round_trips::<ClusterManagerMessage>(),
            round_trips::<HostMessage>(),
        ];
        for (count, (receiver, kinds)) in counts.into_iter().zip(catalogue()) {
            assert!(count >= kinds.len(), "{receiver}: {count} of {}", kinds.len());
        }
    }

    #[test]
    fn every_message_can_be_described() {
        let mut schema = Schema::default();
        describe(&mut schema);
        assert_eq!(schema.errors, Vec::<String>::new());
        assert!(schema.variants.len() > 25, "{:?}", schema.variants);
        assert_eq!(schema.hash.digest(), fingerprint());
    }

    #[test]
    fn what_the_variants_of_an_enum_within_a_variant_are_made_of_counts() {
        #[derive(Deserialize)]
        #[serde(rename = "O")]
        #[allow(dead_code)]
        enum Outer<I> {
            Nothing,
            Inner(I),
            Other,
        }
        #[derive(Deserialize)]
        #[serde(rename = "I")]
        #[allow(dead_code)]
        enum Inner<T> {
            One,
            Two,
            Three(T),
        }
        assert_ne!(of::<Outer<Inner<u32>>>(), of::<Outer<Inner<bool>>>());
    }

    /// The fingerprint of one type.
    fn of<T: Deserialize<'static>>() -> u64 {
        let mut schema = Schema::default();
        schema.add::<T>();
        assert_eq!(schema.errors, Vec::<String>::new());
        schema.hash.digest()
    }

    #[test]
    fn names_order_and_types_of_fields_and_variants_count() {
        #[derive(Deserialize)]
        #[serde(rename = "S")]
        #[allow(dead_code)]
        struct Plain {
            a: u32,
            b: Vec<Choice>,
        }
        #[derive(Deserialize)]
        #[serde(rename = "S")]
        #[allow(dead_code)]
        struct Renamed {
            a: u32,
            c: Vec<Choice>,
        }
        #[derive(Deserialize)]
        #[serde(rename = "S")]
        #[allow(dead_code)]
        struct Retyped {
            a: u64,
            b: Vec<Choice>,
        }
        #[derive(Deserialize)]
        #[serde(rename = "S")]
        #[allow(dead_code)]
        struct Deeper {
            a: u32,
            b: Vec<Other>,
        }
        #[derive(Deserialize)]
        #[serde(rename = "C")]
        #[allow(dead_code)]
        enum Choice {
            One,
            Two(u32),
        }
        #[derive(Deserialize)]
        #[serde(rename = "C")]
        #[allow(dead_code)]
        enum Other {
            One,
            Two(bool),
        }
        let all = [of::<Plain>(), of::<Renamed>(), of::<Retyped>(), of::<Deeper>()];
        let mut different = all.to_vec();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), all.len());
        assert_eq!(of::<Plain>(), all[0]);
    }
}
