//! The tokens that FTS5 makes of a word.

use super::part::TOKENIZER;
use rusqlite::Connection;

/// Makes tokens as the index does: it asks FTS5, so that the two cannot differ.
#[derive(Debug)]
pub(super) struct Tokenizer(Connection);

impl Tokenizer {
    pub(super) fn new() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(&format!(
            "CREATE VIRTUAL TABLE word USING fts5(text, content='', {TOKENIZER});
             CREATE VIRTUAL TABLE token USING fts5vocab(word, instance);"
        ))?;
        Ok(Tokenizer(connection))
    }

    /// The tokens of this word, in their order.
    pub(super) fn tokens(&self, word: &str) -> rusqlite::Result<Vec<String>> {
        // Nothing is left of it afterwards.
        let transaction = self.0.unchecked_transaction()?;
        transaction.prepare_cached("INSERT INTO word(rowid, text) VALUES(1, ?1)")?.execute([word])?;
        let mut select = transaction.prepare_cached("SELECT term FROM token ORDER BY \"offset\"")?;
        select.query_map([], |row| row.get(0))?.collect()
    }
}
