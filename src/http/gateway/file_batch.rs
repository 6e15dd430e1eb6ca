//! Files of transactions: uploaded, watched, read back with a verdict a row.

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{Bytes, Data, Json, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{Stream, try_unfold};

use super::customer::path_id;
use super::wire::file_batch::{FileBatch, FileUpload, NewFileBatch};
use super::{Answer, Envelope, GatewayCaller, GatewayError, Refusal};
use crate::app::{App, Caller};
use crate::domain::file_batch::RowVerdict;
use crate::domain::id::FileBatchId;
use crate::error::Error;
use crate::http::multipart;
use crate::limits::FILE_BATCH_MAX_BYTES;

/// `POST /api/filebatch`: takes a file; its rows are run afterwards.
#[utoipa::path(post, path = "/api/filebatch", tag = "File batch",
    request_body(content = FileUpload, content_type = "multipart/form-data"),
    responses((status = 200, body = Envelope<NewFileBatch>), (status = 400, body = Refusal), (status = 413, body = Refusal)))]
pub async fn create(
    app: Data<App>,
    caller: GatewayCaller,
    request: HttpRequest,
    payload: Payload,
) -> Answer<NewFileBatch> {
    let file = multipart::part(&request, payload, "file", FILE_BATCH_MAX_BYTES);
    Ok(Json(Envelope::success(app.file_batch_upload(&caller, file).await?.into())))
}

/// `GET /api/filebatch/{id}`: where it stands, without an envelope.
#[utoipa::path(get, path = "/api/filebatch/{id}", tag = "File batch",
    responses((status = 200, body = FileBatch), (status = 404, body = Refusal)))]
pub async fn show(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Result<Json<FileBatch>, GatewayError> {
    Ok(Json(app.file_batch_find(&caller, &path_id(&id)?)?.into()))
}

/// `GET /api/filebatch/{id}/download`: a verdict a row, as CSV; refused while there are rows without one.
#[utoipa::path(get, path = "/api/filebatch/{id}/download", tag = "File batch",
    responses((status = 200, body = String, content_type = "text/csv"), (status = 400, body = Refusal), (status = 404, body = Refusal)))]
pub async fn download(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Result<HttpResponse, GatewayError> {
    let id = app.file_batch_find_completed(&caller, &path_id(&id)?)?.id;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"filebatch-{id}.csv\"")))
        .streaming(pages(app.get_ref().clone(), caller.0, id)))
}

/// The file in pieces, the head in the first.
fn pages(app: App, caller: Caller, id: FileBatchId) -> impl Stream<Item = Result<Bytes, Error>> {
    try_unfold((app, caller, id, 0u32), |(app, caller, id, after)| async move {
        let verdicts = app.file_batch_verdicts(&caller, &id, after)?;
        let Some(last) = verdicts.last().map(|verdict| verdict.line) else { return Ok(None) };
        let mut text = String::new();
        if after == 0 {
            RowVerdict::write_head(&mut text);
        }
        verdicts.iter().for_each(|verdict| verdict.write_line(&mut text));
        Ok(Some((Bytes::from(text), (app, caller, id, last))))
    })
}
