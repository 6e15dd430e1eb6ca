//! A set of named switches as an object of booleans: permissions, notifications.
//!
//! A name that is not known is ignored, as every unknown field is; one that is not given, or null, is left as it was.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::domain::access::Permission;
use crate::domain::user_settings::Notification;

/// Something that has a name and is on or off.
pub trait Switch: Copy + 'static {
    /// Every switch there is.
    fn all() -> &'static [Self];

    /// Its name on the wire.
    fn name(self) -> &'static str;
}

impl Switch for Permission {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> &'static str {
        Self::name(self)
    }
}

impl Switch for Notification {
    fn all() -> &'static [Self] {
        Self::ALL
    }

    fn name(self) -> &'static str {
        Self::name(self)
    }
}

/// Switches with what they are, or are to be set to.
#[derive(Clone, Debug)]
pub struct Switches<S>(pub Vec<(S, bool)>);

impl<S> Default for Switches<S> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<S: Switch> Switches<S> {
    /// All of them, on where `is_on` says so.
    pub fn of(is_on: impl Fn(S) -> bool) -> Self {
        Self(S::all().iter().map(|switch| (*switch, is_on(*switch))).collect())
    }
}

impl<S: Switch> Serialize for Switches<S> {
    fn serialize<T: Serializer>(&self, to: T) -> Result<T::Ok, T::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (switch, is_on) in &self.0 {
            map.serialize_entry(switch.name(), is_on)?;
        }
        map.end()
    }
}

impl<'de, S: Switch> Deserialize<'de> for Switches<S> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Names(PhantomData))
    }
}

struct Names<S>(PhantomData<S>);

impl<'de, S: Switch> Visitor<'de> for Names<S> {
    type Value = Switches<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Switches<S>, A::Error> {
        let mut given = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match S::all().iter().find(|switch| switch.name() == name) {
                Some(switch) => given.extend(map.next_value::<Option<bool>>()?.map(|is_on| (*switch, is_on))),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Switches(given))
    }
}

/// The permissions in the document.
pub(super) fn permissions() -> RefOr<Schema> {
    schema::<Permission>()
}

/// The notifications in the document.
pub(super) fn notifications() -> RefOr<Schema> {
    schema::<Notification>()
}

fn schema<S: Switch>() -> RefOr<Schema> {
    let one = || ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean)).examples([true]);
    let all = S::all().iter().fold(ObjectBuilder::new(), |object, switch| object.property(switch.name(), one()));
    all.into()
}
