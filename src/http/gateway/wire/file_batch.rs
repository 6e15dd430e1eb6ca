//! File batches as the seed's "File Batch" and facts-gateway.md show them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::file_batch as domain;

/// The body of an upload.
#[derive(ToSchema)]
pub struct FileUpload {
    /// CSV with a header; columns in any order.
    #[schema(format = Binary, content_media_type = "text/csv")]
    pub file: String,
}

/// A batch as its upload answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewFileBatch {
    /// The id.
    pub id: String,
    /// "pending", or where the first request with the same idempotency key has come to.
    #[schema(example = "pending")]
    pub status: String,
}

/// Where a batch stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileBatch {
    /// The id.
    pub id: String,
    /// "pending", "processing" or "completed".
    #[schema(example = "processing")]
    pub status: String,
    /// Rows without the header.
    pub num_lines: u32,
    /// Rows that have their verdict.
    pub processed_lines: u32,
}

impl From<domain::FileBatch> for NewFileBatch {
    fn from(batch: domain::FileBatch) -> Self {
        let FileBatch { id, status, .. } = batch.into();
        Self { id, status }
    }
}

impl From<domain::FileBatch> for FileBatch {
    fn from(batch: domain::FileBatch) -> Self {
        let domain::FileBatch { id, status, num_lines, processed_lines, .. } = batch;
        Self { id: id.to_string(), status: status.as_str().to_owned(), num_lines, processed_lines }
    }
}
