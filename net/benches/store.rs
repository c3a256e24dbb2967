//! What the store and the search cost by themselves; a commit waits for the disk below the folder of temporary files, and
//! pages come from memory.

#[path = "../../core/benches/common/mod.rs"]
mod hall;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hall::Hall;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sala_core::entry::{LogId, PersonId, Position, Seq};
use sala_core::server::Query;
use sala_net::search::{Change, Changes, Index};
use sala_net::store::{Range, Reader, Row, Writer};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the lobby's entries are.
const LOBBY: LogId = LogId(1);

/// Makes rows as a server does that a hundred people talk on.
struct Source {
    hall: Hall,
    position: Position,
}

impl Source {
    fn new() -> Self {
        Source { hall: Hall::new(100), position: Position(0) }
    }

    /// The rows of so many further posts, and of what came before the first ones.
    fn rows(&mut self, posts: usize) -> Vec<Row> {
        for _ in 0..posts {
            let (talker, line) = self.hall.line(100);
            self.hall.says(talker, &line);
        }
        let written = std::mem::take(&mut self.hall.written);
        let row = |(log, seq, entry): hall::Written| {
            self.position = self.position.next();
            let body = entry.encode();
            Row { position: self.position, log, seq, entry, body }
        };
        written.into_iter().map(row).collect()
    }
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(what: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sala-bench-{what}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder of temporary files can be written to");
        Folder(path)
    }

    fn database(&self) -> PathBuf {
        self.0.join("sala.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn opened(path: &Path) -> Writer {
    Writer::open(path, None, StdRng::seed_from_u64(1)).expect("a database is made in an empty folder")
}

fn commits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    for posts in [1, 64, 1_000] {
        let (folder, mut source) = (Folder::new(&format!("commit-{posts}")), Source::new());
        let mut writer = opened(&folder.database());
        group.throughput(Throughput::Elements(posts as u64));
        group.bench_function(format!("{posts} posts of a hundred people"), |bench| {
            let commit = |rows: Vec<Row>| {
                writer.commit(&rows, &[]).expect("the disk takes it");
                writer.tend();
            };
            bench.iter_batched(|| source.rows(posts), commit, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn reads(criterion: &mut Criterion) {
    let (folder, mut source) = (Folder::new("read"), Source::new());
    let mut writer = opened(&folder.database());
    for _ in 0..100 {
        writer.commit(&source.rows(1_000), &[]).expect("the disk takes it");
        writer.tend();
    }
    let reader = Reader::open(&folder.database(), None).expect("it was written just now");
    let mut group = criterion.benchmark_group("read");
    group.bench_function("the newest page of 100", |bench| {
        bench.iter(|| reader.page(LOBBY, Range::Before(Seq(100_000)), 100));
    });
    group.bench_function("a page of 100 somewhere", |bench| {
        let mut before = 1;
        bench.iter(|| {
            before = before % 99_000 + 7_919;
            reader.page(LOBBY, Range::Before(Seq(before)), 100)
        });
    });
    group.bench_function("what one of them has written, 100 of it", |bench| {
        bench.iter(|| reader.written_by(PersonId(50), Position(0), 100));
    });
    group.bench_function("all of it, added up", |bench| bench.iter(|| reader.load()));
    group.finish();
}

fn searches(criterion: &mut Criterion) {
    let (folder, mut source) = (Folder::new("search"), Source::new());
    let mut writer = opened(&folder.database());
    let mut index = Index::open(&folder.database().with_extension("search"), None);
    let reader = Reader::open(&folder.database(), None).expect("it was made just now");
    let take = |index: &mut Index, rows: Vec<Row>| {
        let after = index.ready(&reader).expect("the disk takes it");
        let upto = rows.last().map_or(after, |row| row.position);
        let list = rows.iter().filter_map(|row| Change::of(row.position, row.log, &row.entry)).collect();
        let changes = Changes { after, upto, list };
        index.take(&changes, &reader).expect("the disk takes it");
    };
    let mut group = criterion.benchmark_group("search");
    group.throughput(Throughput::Elements(4_000));
    group.sample_size(60).bench_function("4,000 posts are taken in", |bench| {
        let written = || {
            let rows = source.rows(4_000);
            writer.commit(&rows, &[]).expect("the disk takes it");
            writer.tend();
            rows
        };
        bench.iter_batched(written, |rows| take(&mut index, rows), BatchSize::PerIteration);
    });
    group.throughput(Throughput::Elements(1));
    for (what, words) in [("a word that all have said", "night"), ("a word that nobody said", "nightingale")]
    {
        let query = Query {
            words: words.to_owned(),
            logs: vec![LOBBY],
            author: None,
            since: None,
            until: None,
            before: None,
            limit: 20,
        };
        group.bench_function(what, |bench| bench.iter(|| index.search(&query, &reader)));
    }
    group.finish();
}

criterion_group!(benches, commits, reads, searches);
criterion_main!(benches);
