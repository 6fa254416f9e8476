//! A deserializer that walks to one place of a type and notes what is asked for there.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
        value::{BorrowedStrDeserializer, StringDeserializer},
    },
};
use std::{cell::RefCell, fmt};

/// A step from a place to one within it.
#[derive(Clone)]
pub(super) enum Step {
    Field(&'static str),
    Item,
    Key,
    /// The content of an enum's variant.
    Variant(&'static str),
}

/// What is asked for at a place.
#[derive(Clone, Default)]
pub(super) enum Asked {
    #[default]
    Nothing,
    Any,
    Bool,
    Whole,
    Number,
    Text,
    Unit,
    List,
    Map,
    Struct(&'static [&'static str]),
    Enum(&'static [&'static str]),
}

#[derive(Default)]
pub(super) struct Notes {
    pub asked: Asked,
    /// Is it asked for as something that may be absent?
    pub optional: bool,
}

pub(super) struct Probe<'a> {
    pub path: &'a [Step],
    /// The text to give at the end of the path; without one the probe stops there.
    pub give: Option<&'a str>,
    pub notes: &'a RefCell<Notes>,
}

/// A refusal: of the type, or of the probe, which has seen enough.
#[derive(Debug)]
pub(super) struct Stop(pub String);

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Stop {}
impl serde::de::Error for Stop {
    fn custom<T: fmt::Display>(words: T) -> Stop {
        Stop(words.to_string())
    }
}

impl<'a> Probe<'a> {
    /// The end of the path: notes what is asked for, and stops.
    fn note(&self, asked: Asked) -> Stop {
        self.notes.borrow_mut().asked = asked;
        Stop::custom("seen")
    }
    fn next(&self) -> Option<(&'a Step, Probe<'a>)> {
        let (first, rest) = self.path.split_first()?;
        let probe = Probe {
            path: rest,
            give: self.give,
            notes: self.notes,
        };
        Some((first, probe))
    }
}

/// Methods of a deserializer that note one answer.
macro_rules! noted {
    ($($method:ident $asked:expr),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
            Err(self.note($asked))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;
    noted!(
        deserialize_any Asked::Any, deserialize_bool Asked::Bool,
        deserialize_i8 Asked::Whole, deserialize_i16 Asked::Whole, deserialize_i32 Asked::Whole, deserialize_i64 Asked::Whole,
        deserialize_i128 Asked::Whole, deserialize_u8 Asked::Whole, deserialize_u16 Asked::Whole, deserialize_u32 Asked::Whole,
        deserialize_u64 Asked::Whole, deserialize_u128 Asked::Whole,
        deserialize_f32 Asked::Number, deserialize_f64 Asked::Number,
        deserialize_bytes Asked::Any, deserialize_byte_buf Asked::Any, deserialize_unit Asked::Unit,
        deserialize_ignored_any Asked::Any,
    );
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.give {
            Some(text) if self.path.is_empty() => visitor.visit_string(text.to_owned()),
            _ => Err(self.note(Asked::Text)),
        }
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.path.is_empty() {
            self.notes.borrow_mut().optional = true;
        }
        visitor.visit_some(self)
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Stop> {
        Err(self.note(Asked::Unit))
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.next() {
            Some((Step::Item, probe)) => visitor.visit_seq(Once(Some((None, probe)))),
            _ => Err(self.note(Asked::List)),
        }
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.next() {
            Some((Step::Key, probe)) => visitor.visit_map(Once(Some((Some("1"), probe)))),
            _ => Err(self.note(Asked::Map)),
        }
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match self.next() {
            Some((Step::Field(field), probe)) => visitor.visit_map(Once(Some((Some(*field), probe)))),
            _ => Err(self.note(Asked::Struct(fields))),
        }
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match self.next() {
            Some((Step::Variant(word), probe)) => visitor.visit_enum(Chosen(word, probe)),
            _ => Err(self.note(Asked::Enum(words))),
        }
    }
}

/// A list or a map with one thing in it.
struct Once<'a>(Option<(Option<&'static str>, Probe<'a>)>);

impl<'de> SeqAccess<'de> for Once<'_> {
    type Error = Stop;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        self.0.take().map(|(_, probe)| seed.deserialize(probe)).transpose()
    }
}

impl<'de> MapAccess<'de> for Once<'_> {
    type Error = Stop;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        match &self.0 {
            Some((Some(key), _)) => {
                let key: StringDeserializer<Stop> = (*key).to_owned().into_deserializer();
                seed.deserialize(key).map(Some)
            }
            _ => Ok(None),
        }
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        match self.0.take() {
            Some((_, probe)) => seed.deserialize(probe),
            None => Err(Stop::custom("no more")),
        }
    }
}

/// One variant of an enum.
struct Chosen<'a>(&'static str, Probe<'a>);

impl<'a, 'de> EnumAccess<'de> for Chosen<'a> {
    type Error = Stop;
    type Variant = Content<'a>;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Stop> {
        let word: BorrowedStrDeserializer<'_, Stop> = BorrowedStrDeserializer::new(self.0);
        Ok((seed.deserialize(word)?, Content(self.1)))
    }
}

struct Content<'a>(Probe<'a>);

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Stop;
    fn unit_variant(self) -> Result<(), Stop> {
        if self.0.path.is_empty() {
            self.0.note(Asked::Unit);
        }
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.0)
    }
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Stop> {
        self.0.deserialize_tuple(len, visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Stop> {
        self.0.deserialize_struct("", fields, visitor)
    }
}
