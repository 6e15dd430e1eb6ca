//! Records out of a CSV file that arrives in pieces. Memory does not grow with the file or with a row: the buffers
//! have the size of the longest row allowed, and a longer one is refused.

use csv_core::{ReadRecordResult, Reader};
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, Result};
use crate::limits;

/// Most cells of a record: twice the columns there are.
const CELLS_MAX: usize = 128;

/// One record's cells; wiped when dropped.
pub(super) type Cells = Vec<Zeroizing<String>>;

/// The reader. What it holds of a record is wiped when the next one begins.
pub(super) struct Records {
    core: Reader,
    bytes: Zeroizing<Vec<u8>>,
    filled: usize,
    ends: Vec<usize>,
    ended: usize,
    /// The record that is being read; the header is 1.
    line: u32,
}

impl Records {
    pub(super) fn new() -> Self {
        Self {
            core: Reader::new(),
            bytes: Zeroizing::new(vec![0; limits::FILE_BATCH_ROW_MAX_BYTES]),
            filled: 0,
            ends: vec![0; CELLS_MAX],
            ended: 0,
            line: 1,
        }
    }

    /// The next record with its line, as far as `input` reaches; what was read of `input` is taken off.
    ///
    /// # Errors
    /// `Invalid` where a record is too long, has too many cells, or is not UTF-8.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<(u32, Cells)>> {
        if input.is_empty() {
            return Ok(None); // to the reader, nothing is the end of the file
        }
        self.read(input)
    }

    /// The last record, where its line was not ended.
    ///
    /// # Errors
    /// As [`Records::next`].
    pub(super) fn finish(&mut self) -> Result<Option<(u32, Cells)>> {
        self.read(&mut &[][..])
    }

    fn read(&mut self, input: &mut &[u8]) -> Result<Option<(u32, Cells)>> {
        let (result, read, written, ended) = {
            let (bytes, ends) = (self.bytes.get_mut(self.filled..), self.ends.get_mut(self.ended..));
            self.core.read_record(input, bytes.unwrap_or_default(), ends.unwrap_or_default())
        };
        *input = input.get(read..).unwrap_or_default();
        self.filled = self.filled.saturating_add(written);
        self.ended = self.ended.saturating_add(ended);
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => Ok(None),
            ReadRecordResult::OutputFull => Err(self.refused("is longer than 16384 bytes")),
            ReadRecordResult::OutputEndsFull => Err(self.refused("has too many fields")),
            ReadRecordResult::Record => self.take().map(Some),
        }
    }

    fn take(&mut self) -> Result<(u32, Cells)> {
        let mut cells = Cells::with_capacity(self.ended);
        let mut start = 0;
        for end in self.ends.iter().take(self.ended) {
            let bytes = self.bytes.get(start..*end).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| self.refused("is not UTF-8"))?;
            cells.push(Zeroizing::new(text.to_owned()));
            start = *end;
        }
        if let Some(used) = self.bytes.get_mut(..self.filled) {
            used.zeroize();
        }
        (self.filled, self.ended) = (0, 0);
        let line = self.line;
        self.line = line.saturating_add(1);
        Ok((line, cells))
    }

    fn refused(&self, problem: &str) -> Error {
        Error::invalid("file", format!("line {} {problem}", self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text in pieces of `size` bytes.
    fn read(bytes: &[u8], size: usize) -> Result<Vec<Vec<String>>> {
        let mut records = Records::new();
        let mut found = Vec::new();
        for piece in bytes.chunks(size) {
            let mut rest = piece;
            while !rest.is_empty() {
                found.extend(records.next(&mut rest)?);
            }
        }
        while let Some(record) = records.finish()? {
            found.push(record);
        }
        Ok(found.into_iter().map(|(_, cells)| cells.into_iter().map(|cell| cell.to_string()).collect()).collect())
    }

    #[test]
    fn records_come_whole_however_the_file_is_cut() {
        let text = "a,\"b, \"\"quoted\"\"\",c\r\n\n1,\"two\nlines\",å\n,,\nlast,one,here".as_bytes();
        let expected = vec![
            vec!["a", "b, \"quoted\"", "c"],
            vec!["1", "two\nlines", "å"],
            vec!["", "", ""],
            vec!["last", "one", "here"],
        ];
        for size in 1..text.len() + 1 {
            assert_eq!(read(text, size).expect("a good file"), expected, "in pieces of {size}");
        }
        assert_eq!(read(b"\xef\xbb\xbfa,b\n", 100).expect("with a mark"), vec![vec!["a", "b"]]);
        assert!(read(b"", 1).expect("nothing").is_empty());
    }

    #[test]
    fn what_cannot_be_a_row_is_refused_with_its_line() {
        let long = [b"a\n".to_vec(), vec![b'x'; limits::FILE_BATCH_ROW_MAX_BYTES + 1]].concat();
        let many = [b"a\n".to_vec(), vec![b','; CELLS_MAX]].concat();
        for (bytes, problem) in [
            (long, "line 2 is longer than 16384 bytes"),
            (many, "line 2 has too many fields"),
            (b"a\nb\n\xff\n".to_vec(), "line 3 is not UTF-8"),
            (b"a\n\"\xc3\",\"\xa5\"\n".to_vec(), "line 2 is not UTF-8"),
        ] {
            let said = read(&bytes, 1000).expect_err(problem).to_string();
            assert_eq!(said, format!("invalid file: {problem}"));
        }
        let fits = vec![b'x'; limits::FILE_BATCH_ROW_MAX_BYTES - 1];
        assert_eq!(read(&fits, 1000).expect("just fits")[0][0].len(), fits.len());
    }
}
