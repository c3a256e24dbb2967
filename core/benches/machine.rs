//! What the machine costs by itself, for each entry: `cargo bench -p sala-core --bench machine`.

mod common;

use common::Hall;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sala_core::protocol::{entry_line, parse};
use sala_core::server::State;
use std::hint::black_box;

/// Posts that are measured at once.
const POSTS: u64 = 1_000;

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("machine");
    group.throughput(Throughput::Elements(POSTS));
    for members in [10, 1_000] {
        let mut hall = Hall::new(members);
        group.bench_function(format!("a post, from its line to its entry's, {members} members"), |bench| {
            bench.iter(|| {
                for _ in 0..POSTS {
                    let (talker, line) = hall.line(8);
                    hall.says(talker, &line);
                }
                hall.written.clear();
                black_box(&hall.bytes);
            });
        });
    }
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let mut hall = Hall::new(100);
    hall.written.clear();
    let line = hall.line(8).1;
    for _ in 0..POSTS {
        let (talker, line) = hall.line(8);
        hall.says(talker, &line);
    }
    let written = std::mem::take(&mut hall.written);
    let (log, seq, entry) = &written[0];
    let body = entry.encode();
    let key = hall.server.state().room(*log).expect("everybody is in the lobby").key.clone();

    let mut group = criterion.benchmark_group("parts");
    group.bench_function("parse a post's line", |bench| bench.iter(|| parse(black_box(line.as_bytes()))));
    group.bench_function("encode its entry", |bench| bench.iter(|| black_box(entry).encode()));
    group.bench_function("decode its entry", |bench| {
        bench.iter(|| sala_core::entry::Entry::decode(*log, *seq, black_box(&body)));
    });
    group.bench_function("write its entry's line", |bench| {
        let mut out = Vec::with_capacity(1_024);
        bench.iter(|| {
            out.clear();
            entry_line(&mut out, *log, &key, *seq, black_box(&body));
        });
    });
    group.throughput(Throughput::Elements(POSTS));
    let before = {
        let mut hall = Hall::new(100);
        hall.written.clear();
        hall.server.state().encode()
    };
    group.bench_function("fold posts into the state", |bench| {
        let fresh = || State::decode(&before).expect("a state that was encoded just now");
        bench.iter_batched_ref(
            fresh,
            |state| {
                for (log, seq, entry) in &written {
                    state.replay(*log, *seq, entry).expect("entries follow on those before");
                }
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, whole, parts);
criterion_main!(benches);
