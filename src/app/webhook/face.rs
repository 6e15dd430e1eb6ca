//! How a dialect tells of an event: the dialects register their faces, the sender asks them. It lies below HTTP and
//! knows none of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::app::App;
use crate::domain::event::{Event, Topic};
use crate::domain::webhook::{Format, topic_fits};
use crate::error::{Error, Result};

/// A message on its way, for headers of a dialect.
pub struct Message<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// The body as it is sent.
    pub body: &'a [u8],
    /// The secret's text.
    pub secret: &'a str,
    /// The secret before the last rotation, while it signs too.
    pub previous: Option<&'a str>,
    /// The replay this try belongs to, if a person asked for the message again.
    pub replay: Option<&'a str>,
    /// Whether it is a test.
    pub is_test: bool,
}

/// How a dialect tells of events.
pub trait WebhookFace: Send + Sync {
    /// What the dialect calls events of this topic of ours; `None` where it does not tell of them.
    fn type_of(&self, topic: &str) -> Option<String>;

    /// Whether an endpoint may name this type among its topics, besides our own topics.
    fn knows_type(&self, name: &str) -> bool;

    /// What an endpoint with these topics is told of, in the dialect's own words: patterns are spelt out, each type
    /// stands once.
    fn types_of(&self, topics: &[String]) -> Vec<String> {
        let mut types = Vec::new();
        for topic in topics {
            let fits = Topic::ALL.iter().map(|known| known.as_str()).filter(|known| topic_fits(topic, known));
            let spelt: Vec<String> = fits.filter_map(|known| self.type_of(known)).collect();
            let named = if self.knows_type(topic) { vec![topic.clone()] } else { spelt };
            types.extend(named);
        }
        let mut seen = HashSet::new();
        types.retain(|name| seen.insert(name.clone()));
        types
    }

    /// The body that tells of an event. Asked again at every try; events carry snapshots, so it says what was then.
    ///
    /// # Errors
    /// A snapshot that cannot be read.
    fn body(&self, app: &App, event: &Event) -> Result<Vec<u8>>;

    /// The body of a test.
    ///
    /// # Errors
    /// Whatever the file refuses.
    fn test_body(&self, app: &App) -> Result<Vec<u8>>;

    /// Headers besides those of Standard Webhooks and HTTP Basic, which every message carries.
    fn headers(&self, message: &Message<'_>) -> Vec<(String, String)>;
}

/// The faces by their formats.
#[derive(Default)]
pub(in crate::app) struct Faces(RwLock<HashMap<Format, Arc<dyn WebhookFace>>>);

impl App {
    /// Takes a dialect's face into use; once per format, before anything is sent.
    pub fn webhook_face_register(&self, format: Format, face: Arc<dyn WebhookFace>) {
        self.webhook_faces().0.write().unwrap_or_else(PoisonError::into_inner).insert(format, face);
    }

    /// The face of `format`.
    ///
    /// # Errors
    /// `Conflict` where this process serves no such dialect.
    pub(in crate::app) fn webhook_face(&self, format: Format) -> Result<Arc<dyn WebhookFace>> {
        let faces = self.webhook_faces().0.read().unwrap_or_else(PoisonError::into_inner);
        let face = faces.get(&format).cloned();
        face.ok_or_else(|| Error::Conflict(format!("webhooks in the format {} are not served", format.as_str())))
    }
}
