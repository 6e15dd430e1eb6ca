//! The fields of a form as they were typed; wiped when dropped, because card numbers are among them.

use actix_web::HttpRequest;
use actix_web::web::{Payload, Query};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::http::body;
use crate::limits;

/// Fields in the order they came, names repeated as they came.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form's body, at most [`limits::FORM_MAX_BYTES`].
    ///
    /// # Errors
    /// `TooLarge`, `TooSlow`, `Invalid` where it is no form.
    pub(super) async fn read(request: &HttpRequest, payload: Payload) -> Result<Self> {
        let mut bytes = body::read(request, &mut payload.into_inner(), limits::FORM_MAX_BYTES).await?;
        let fields = std::str::from_utf8(&bytes).ok().and_then(|text| Self::parse(text).ok());
        bytes.as_mut().zeroize();
        fields.ok_or_else(|| Error::invalid("form", "was not received whole"))
    }

    fn parse(text: &str) -> Result<Self> {
        let fields = Query::<Vec<(String, String)>>::from_query(text);
        fields.map(|fields| Self(fields.into_inner())).map_err(|_| Error::invalid("form", "is no form"))
    }

    /// The first field of this name as it was typed, or "": a password's spaces belong to it.
    pub(super) fn untrimmed(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every field of this name, in the order they came: boxes that were ticked.
    pub(super) fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The first field of this name without the space around it, or "".
    pub(super) fn text(&self, name: &str) -> &str {
        self.untrimmed(name).trim()
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_trimmed() {
        let fields = Fields::parse("a=+1+2%2F3+&b=&a=9&c=%C3%A5").expect("a form");
        assert_eq!((fields.text("a"), fields.text("b"), fields.text("c"), fields.text("d")), ("1 2/3", "", "å", ""));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1 2/3", "9"]);
        assert!(Fields::parse("").expect("an empty form").text("a").is_empty());
    }
}
