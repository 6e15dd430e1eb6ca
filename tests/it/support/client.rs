//! An HTTP client with one set of credentials.

use reqwest::Method;
use serde_json::Value;

/// Who speaks to the program.
#[derive(Clone)]
pub struct Client {
    base: String,
    authorization: Option<String>,
    headers: Vec<(String, String)>,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
}

impl Client {
    /// A client of the program at `base`.
    pub fn of(base: &str, authorization: &str) -> Self {
        Self::new(base, Some(authorization.to_owned()))
    }

    pub(super) fn new(base: &str, authorization: Option<String>) -> Self {
        bursar::outbound::provider_install();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        Self {
            base: base.to_owned(),
            authorization,
            headers: Vec::new(),
            http: http.expect("a client without TLS can be built"),
        }
    }

    /// This client with one more header on every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    /// `POST path` with a body as it is.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, Some(body.to_owned())).await
    }

    /// `POST path` with a body that says what it is, or does not.
    pub async fn post_as(&self, path: &str, content_type: Option<&str>, body: &str) -> Answer {
        let request = self.request("POST", path).body(body.to_owned());
        self.answer(match content_type {
            Some(text) => request.header("content-type", text),
            None => request,
        })
        .await
    }

    /// `POST path` with form fields, as a page without scripts does.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.answer(self.request("POST", path).form(fields)).await
    }

    /// `POST path` with one part of a `multipart/form-data` body.
    pub async fn post_part(&self, path: &str, name: &str, content: &[u8]) -> Answer {
        let head = format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n");
        let body = [head.as_bytes(), content, b"\r\n--cut--\r\n"].concat();
        let request = self.request("POST", path).header("content-type", "multipart/form-data; boundary=cut");
        self.answer(request.body(body)).await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// Any method, with a JSON text as body where there is one.
    pub async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        let request = self.request(method, path);
        let request = match body {
            Some(text) => request.header("content-type", "application/json").body(text),
            None => request,
        };
        self.answer(request).await
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("the program answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer arrives whole");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }
}

impl Answer {
    /// A header's value, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// `body.msg`, or "".
    pub fn msg(&self) -> &str {
        self.body["msg"].as_str().unwrap_or("")
    }

    /// `body.data`, with the status checked.
    #[track_caller]
    pub fn data(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        &self.body["data"]
    }
}
