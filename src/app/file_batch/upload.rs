//! A file arrives: its header is checked, every row is sealed and stored as it comes, and only a file that arrived
//! whole is ever run. What is refused, or never ends, leaves nothing.

use futures_util::{Stream, StreamExt};
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::records::{Cells, Records};
use super::{place, row_name};
use crate::app::idempotency::{Claim, TTL_DEFAULT, claim_in, record_in};
use crate::app::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::card::Cvc;
use crate::domain::event::Topic;
use crate::domain::file_batch::{FileBatch, FileBatchStatus};
use crate::domain::file_batch_row::parse_header;
use crate::domain::id::FileBatchId;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};

/// Rows stored in one write.
const ROWS_PER_WRITE: usize = 256;

/// What has arrived so far.
struct Upload {
    id: FileBatchId,
    records: Records,
    digest: Sha256,
    bytes: usize,
    has_header: bool,
    num_lines: u32,
    /// Where the header has the security code, which is never stored.
    cvc_at: Option<usize>,
    /// Rows that are not stored yet: line and sealed cells.
    held: Vec<(u32, Vec<u8>)>,
}

impl App {
    /// Stores an uploaded file, to be run by the job `run_file_batches`. A repeated idempotency key answers with the
    /// batch that it made.
    ///
    /// # Errors
    /// `Forbidden`; `TooLarge`; `Invalid` naming `file` and the line; `IdempotencyMismatch`; what `pieces` says.
    pub async fn file_batch_upload<S, B>(&self, caller: &Caller, mut pieces: S) -> Result<FileBatch>
    where
        S: Stream<Item = Result<B>> + Unpin,
        B: AsRef<[u8]>,
    {
        caller.may(Action::FileBatchAccess)?;
        let id: FileBatchId = self.random().id(self.now());
        let mut upload = Upload {
            id: id.clone(),
            records: Records::new(),
            digest: Sha256::new(),
            bytes: 0,
            has_header: false,
            num_lines: 0,
            cvc_at: None,
            held: Vec::with_capacity(ROWS_PER_WRITE),
        };
        let made = match self.upload_take(caller, &mut upload, &mut pieces).await {
            Ok(()) => self.upload_finish(caller, upload).await,
            Err(why) => Err(why),
        };
        match &made {
            Ok(made) if *made == id => {}
            // Refused, or a repetition: what arrived is forgotten.
            _ => self.file_batch_forget(&id).await.map(drop)?,
        }
        let made = made?;
        self.checkpoint("file stored")?;
        let found = self.store().read(|tx| store::file_batch::fetch(tx, &made))?;
        found.ok_or_else(|| Error::not_found("file batch", made.as_str()))
    }

    async fn upload_take<S, B>(&self, caller: &Caller, upload: &mut Upload, pieces: &mut S) -> Result<()>
    where
        S: Stream<Item = Result<B>> + Unpin,
        B: AsRef<[u8]>,
    {
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            let mut rest = piece.as_ref();
            upload.bytes = upload.bytes.saturating_add(rest.len());
            if upload.bytes > limits::FILE_BATCH_MAX_BYTES {
                return Err(Error::TooLarge);
            }
            upload.digest.update(rest);
            while !rest.is_empty() {
                if let Some((line, cells)) = upload.records.next(&mut rest)? {
                    self.upload_record(caller, upload, line, cells).await?;
                }
            }
        }
        while let Some((line, cells)) = upload.records.finish()? {
            self.upload_record(caller, upload, line, cells).await?;
        }
        if upload.num_lines == 0 {
            return Err(Error::invalid("file", "holds no rows below a header"));
        }
        self.upload_store(upload).await
    }

    async fn upload_record(&self, caller: &Caller, upload: &mut Upload, line: u32, mut cells: Cells) -> Result<()> {
        if !upload.has_header {
            upload.has_header = true;
            let columns = parse_header(&cells.iter().map(|cell| cell.as_str()).collect::<Vec<_>>())?;
            upload.cvc_at = columns.iter().position(|column| column == "cc_cvc");
            let batch = FileBatch {
                id: upload.id.clone(),
                user_id: caller.user_id.clone(),
                status: FileBatchStatus::Uploading,
                columns,
                num_lines: 0,
                processed_lines: 0,
                completed_at: None,
                created_at: self.now(),
            };
            return self.store().write(move |tx| store::file_batch::insert(tx, &batch)).await;
        }
        upload.num_lines = upload.num_lines.saturating_add(1);
        if upload.num_lines > limits::FILE_BATCH_ROWS_MAX {
            return Err(Error::invalid("file", format!("has more than {} rows", limits::FILE_BATCH_ROWS_MAX)));
        }
        forget_cvc(&mut cells, upload.cvc_at);
        let secret = Zeroizing::new(serde_json::to_vec(&cells).map_err(Error::internal)?);
        let name = row_name(&upload.id, line);
        upload.held.push((line, self.vault().seal(&place(&name), &secret, self.random())?));
        if upload.held.len() < ROWS_PER_WRITE { Ok(()) } else { self.upload_store(upload).await }
    }

    async fn upload_store(&self, upload: &mut Upload) -> Result<()> {
        let (id, rows) = (upload.id.clone(), std::mem::take(&mut upload.held));
        self.store()
            .write(move |tx| {
                rows.iter().try_for_each(|(line, sealed)| store::file_batch::insert_row(tx, &id, *line, sealed))
            })
            .await?;
        self.checkpoint("rows stored")
    }

    async fn upload_finish(&self, caller: &Caller, upload: Upload) -> Result<FileBatchId> {
        let hash = self.command_hash(&upload.digest.finalize());
        let (id, num_lines, caller) = (upload.id, upload.num_lines, caller.clone());
        self.store().write(move |tx| arrived_in(tx, &caller, &id, num_lines, &hash)).await
    }
}

/// The file is whole: it may be run, unless the caller's key made a batch of the same file before.
fn arrived_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    id: &FileBatchId,
    num_lines: u32,
    hash: &[u8; 32],
) -> Result<FileBatchId> {
    let scope = format!("{}/file", caller.idempotency_scope());
    if let Some(key) = &caller.idempotency_key {
        if let Claim::Replay { id, .. } = claim_in(tx, &scope, key, hash)? {
            return Ok(FileBatchId::from_stored(id));
        }
        record_in(tx, &scope, key, hash, TTL_DEFAULT, ("file_batch", id.as_str()))?;
    }
    store::file_batch::set_arrived(tx, id, num_lines)?;
    event::emit(tx, caller, Topic::FileBatchCreated, id.as_str(), &json!({ "num_lines": num_lines }))?;
    tx.nudge();
    Ok(id.clone())
}

/// A row waits in the file until it is run, and a security code never rests there, not even sealed (PCI DSS 3.3.1,
/// RELIABILITY.md S51): it is taken out. What cannot be one stays, so that its row is told.
fn forget_cvc(cells: &mut Cells, cvc_at: Option<usize>) {
    if let Some(cell) = cvc_at.and_then(|at| cells.get_mut(at))
        && Cvc::parse(cell.trim()).is_ok()
    {
        cell.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_security_code_is_taken_out_and_a_wrong_one_is_left_to_be_told() {
        for (given, at, kept) in [
            ("123", Some(1), ""),
            (" 1234 ", Some(1), ""),
            ("12", Some(1), "12"),
            ("", Some(1), ""),
            ("123", None, "123"),
            ("123", Some(9), "123"),
        ] {
            let mut cells: Cells = ["sale", given].map(|cell| Zeroizing::new(cell.to_owned())).into();
            forget_cvc(&mut cells, at);
            assert_eq!(cells.iter().map(|cell| cell.as_str()).collect::<Vec<_>>(), ["sale", kept], "{given:?}");
        }
    }
}
