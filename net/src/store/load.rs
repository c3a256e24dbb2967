//! Reads what the whole database adds up to.

use super::chain;
use super::kept::{COLUMNS, Kept, Sums, integer};
use super::reader::Reader;
use super::{LoadError, Loaded, ReadError};
use rusqlite::OptionalExtension as _;
use sala_core::entry::{Entry, Position};
use sala_core::server::State;

impl Reader {
    /// Adds up the last checkpoint that is whole, and the entries since.
    ///
    /// # Errors
    /// When an entry since the checkpoint is damaged or cannot be understood, or when entries are missing before it.
    pub fn load(&self) -> Result<Loaded, LoadError> {
        let kept = self.last_checkpoint()?.and_then(|(position, state)| match State::decode(&state) {
            Ok(state) => Some((position, state)),
            Err(error) => {
                tracing::warn!(%error, "the checkpoint is of another program; reading every entry instead");
                None
            }
        });
        let (checkpointed, mut state) = kept.unwrap_or((Position(0), State::new()));
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE position > ?1 ORDER BY position");
        let mut select = self.connection.prepare(&sql).map_err(ReadError::from)?;
        let mut rows = select.query([integer(checkpointed.0)]).map_err(ReadError::from)?;
        let mut sums = Sums::default();
        while let Some(row) = rows.next().map_err(ReadError::from)? {
            let row = Kept::read(row).map_err(ReadError::from)?;
            let whole = sums.check(&self.connection, &row).map_err(ReadError::from)?;
            if !whole || row.position != state.position().next() {
                return Err(LoadError::Damaged { log: row.log, seq: row.seq });
            }
            let entry = Entry::decode(row.log, row.seq, &row.body)?;
            state.replay(row.log, row.seq, &entry)?;
        }
        Ok(Loaded { state, checkpointed })
    }

    /// A checkpoint that is damaged is none: the entries alone say everything. One that is whole was written after them, so
    /// if it is ahead of them some are gone; no power cut takes what was flushed before and leaves what came after it.
    fn last_checkpoint(&self) -> Result<Option<(Position, Vec<u8>)>, LoadError> {
        let sql = "SELECT position, digest, state, (SELECT coalesce(max(position), 0) FROM entry)
                   FROM checkpoint WHERE one = 1";
        let read = |row: &rusqlite::Row<'_>| {
            let number = |index| row.get::<_, i64>(index).map(|number| Position(number.unsigned_abs()));
            // What is of another type is damage, as is what is not as it was written.
            let bytes = |index| row.get_ref(index).map(|value| value.as_bytes().unwrap_or_default().to_vec());
            Ok((number(0)?, bytes(1)?, bytes(2)?, number(3)?))
        };
        let found = self.connection.query_row(sql, [], read).optional().map_err(ReadError::from)?;
        let Some((position, digest, state, last)) = found else { return Ok(None) };
        if chain::digest(&position.0.to_le_bytes(), &state)[..] != digest[..] {
            tracing::error!(position = position.0, "the checkpoint is damaged; reading every entry instead");
            return Ok(None);
        }
        if position > last {
            return Err(LoadError::Shortened { last, once: position });
        }
        Ok(Some((position, state)))
    }
}
