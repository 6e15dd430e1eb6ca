//! A file of transactions that a caller uploaded, and the verdict of each of its rows.

use super::csv::{self, Cell};
use super::id::{FileBatchId, TransactionId, UserId};
use super::time::Timestamp;

/// Where a file batch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileBatchStatus {
    /// Still arriving; nobody sees it, and it goes where the rest never comes.
    Uploading,
    /// Arrived whole; no row has a verdict.
    Pending,
    /// Some rows have their verdict.
    Processing,
    /// Every row has its verdict.
    Completed,
}

impl FileBatchStatus {
    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Uploading, Self::Pending, Self::Processing, Self::Completed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// An uploaded file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileBatch {
    /// Its id.
    pub id: FileBatchId,
    /// Who uploaded it; its rows run with that user's rights. `None`: the program itself.
    pub user_id: Option<UserId>,
    /// Where it stands.
    pub status: FileBatchStatus,
    /// The header's columns, in the file's order.
    pub columns: Vec<String>,
    /// Rows without the header.
    pub num_lines: u32,
    /// Rows that have their verdict.
    pub processed_lines: u32,
    /// When the last row got its verdict.
    pub completed_at: Option<Timestamp>,
    /// When the upload began.
    pub created_at: Timestamp,
}

/// What of a row is no secret and is shown with its verdict.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RowFacts {
    /// "sale", "capture", …; "" where the row does not say.
    pub kind: String,
    /// What it asked for, minor units; `None` where it names nothing.
    pub amount_minor: Option<i64>,
    /// The merchant's order.
    pub order_id: String,
}

/// What became of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowVerdict {
    /// Which row: the header is line 1.
    pub line: u32,
    /// What it was.
    pub facts: RowFacts,
    /// The transaction it made, captured, or gave back with; `None` where nothing was tried.
    pub transaction_id: Option<TransactionId>,
    /// The transaction's status, or "error" where nothing was tried.
    pub status: String,
    /// The response code, 0 where nothing was tried.
    pub response_code: u16,
    /// The processor's text, or what is wrong with which column.
    pub message: String,
}

impl RowVerdict {
    /// A row with which nothing was tried, and why.
    pub fn refused(line: u32, facts: RowFacts, problem: String) -> Self {
        Self { line, facts, transaction_id: None, status: "error".to_owned(), response_code: 0, message: problem }
    }

    /// The head of a file of verdicts.
    pub fn write_head(out: &mut String) {
        let names = ["id", "type", "status", "response", "response_code", "message", "line", "amount", "order_id"];
        csv::write_line(out, &names.map(Cell::Text));
    }

    /// This verdict as one line of that file.
    pub fn write_line(&self, out: &mut String) {
        let Self { line, facts, transaction_id, status, response_code, message } = self;
        csv::write_line(
            out,
            &[
                Cell::Text(transaction_id.as_ref().map_or("", TransactionId::as_str)),
                Cell::Text(&facts.kind),
                Cell::Text(status),
                Cell::Text(self.response()),
                Cell::Number(i64::from(*response_code)),
                Cell::Text(message),
                Cell::Number(i64::from(*line)),
                facts.amount_minor.map_or(Cell::Text(""), Cell::Number),
                Cell::Text(&facts.order_id),
            ],
        );
    }

    fn response(&self) -> &'static str {
        match self.response_code {
            0 => "",
            99 => "pending",
            100..=199 => "approved",
            _ => "declined",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_one_safe_line() {
        let facts = RowFacts { kind: "sale".to_owned(), amount_minor: Some(100), order_id: "=1+1".to_owned() };
        let refused = RowVerdict::refused(3, facts.clone(), "invalid amount: must be whole, in cents".to_owned());
        let approved = RowVerdict {
            line: 2,
            facts,
            transaction_id: Some(TransactionId::from_stored("t1".to_owned())),
            status: "pending_settlement".to_owned(),
            response_code: 100,
            message: "APPROVED".to_owned(),
        };
        let mut out = String::new();
        RowVerdict::write_head(&mut out);
        approved.write_line(&mut out);
        refused.write_line(&mut out);
        assert_eq!(
            out,
            "id,type,status,response,response_code,message,line,amount,order_id\n\
             t1,sale,pending_settlement,approved,100,APPROVED,2,100,'=1+1\n\
             ,sale,error,,0,\"invalid amount: must be whole, in cents\",3,100,'=1+1\n"
        );
    }
}
