//! A browser without JavaScript: keeps cookies, says where its forms come from.

use super::{Answer, Client, TestApp};

/// A browser: keeps cookies, says where its forms come from.
pub struct Browser {
    client: Client,
    origin: String,
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// One that was never here.
    pub fn new(app: &TestApp) -> Self {
        Self { client: app.anon(), origin: app.base().to_owned(), cookies: Vec::new() }
    }

    /// With its cookies, but not as a page of ours would ask.
    pub fn client(&self) -> Client {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.client.clone().header("cookie", &cookies.join("; "))
    }

    /// Opens an address.
    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.client().get(path).await;
        self.keep(&answer);
        answer
    }

    /// Sends a form as one of our pages does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.client().header("origin", &self.origin).post_form(path, fields).await;
        self.keep(&answer);
        answer
    }

    /// Opens `page` and sends its form to `path` with the token that it holds.
    pub async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = csrf(&self.get(page).await);
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// A cookie that it keeps.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Keeps the cookies of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().expect("ASCII");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

/// The token in the page's form.
pub fn csrf(page: &Answer) -> String {
    let (_, rest) = page.text.split_once(r#"name="csrf" value=""#).unwrap_or_else(|| panic!("no form: {}", page.text));
    rest.split('"').next().expect("a value").to_owned()
}
