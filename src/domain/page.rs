//! A page of a list that is read newest first: rows made while a client pages neither shift nor repeat what it sees.

/// Which page is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageAsked {
    /// Rows at most.
    pub limit: u32,
    /// Only rows older than this place; `None`: from the newest on.
    pub before: Option<i64>,
}

impl PageAsked {
    /// The place before which the page begins.
    pub fn before_key(self) -> i64 {
        self.before.unwrap_or(i64::MAX)
    }

    /// One row more than asked for: it tells whether there is another page.
    pub fn probe(self) -> u32 {
        self.limit.saturating_add(1)
    }
}

/// Rows, and where the next page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The place before which the next page begins; `None` on the last.
    pub next: Option<i64>,
}

impl<T> Page<T> {
    /// The page of what [`PageAsked::probe`] found, each row with its place.
    pub fn of(mut found: Vec<(i64, T)>, asked: PageAsked) -> Self {
        let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().map(|(key, _)| *key).filter(|_| has_more);
        Self { rows: found.into_iter().map(|(_, row)| row).collect(), next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_its_rows_do() {
        let asked = PageAsked { limit: 2, before: None };
        for (found, rows, next) in
            [(vec![], 0, None), (vec![(9, ()), (7, ())], 2, None), (vec![(9, ()), (7, ()), (3, ())], 2, Some(7))]
        {
            let page = Page::of(found, asked);
            assert_eq!((page.rows.len(), page.next), (rows, next));
        }
        assert_eq!((asked.before_key(), asked.probe()), (i64::MAX, 3));
    }
}
