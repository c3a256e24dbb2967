//! Every bound of Sala, in one place, each with its unit last in its name and its reason beside it.

/// Longest name of a person or room, in bytes of UTF-8: 32 characters of two bytes.
pub const NAME_BYTES_MAX: usize = 64;
/// Longest name of a person or room, in characters: what fits a sidebar.
pub const NAME_CHARS_MAX: usize = 32;
/// Longest text of one post, in bytes of UTF-8.
pub const POST_BYTES_MAX: usize = 4_096;
/// Longest topic, in bytes of UTF-8.
pub const TOPIC_BYTES_MAX: usize = 512;
/// Shortest token that a device may choose, in characters: 43 of base64url carry 256 bits; no fewer than 192.
pub const TOKEN_CHARS_MIN: usize = 32;
/// Longest token that a device may choose, in characters.
pub const TOKEN_CHARS_MAX: usize = 128;
/// Longest label of a device, in characters of ASCII.
pub const DEVICE_LABEL_CHARS_MAX: usize = 32;

/// Longest line that a client may send, in bytes with its newline: a post in which every byte is escaped as `\u0000`
/// sixfold, and what stands around it.
pub const REQUEST_BYTES_MAX: usize = 32 * 1024;
/// Longest line that a server sends, in bytes with its newline.
pub const UPDATE_BYTES_MAX: usize = 128 * 1024;
/// Most entries in one page of history.
pub const PAGE_ENTRIES_MAX: usize = 200;
/// Most bytes of entries in one page of history, or in one read for a connection that lags behind the tail. A single
/// entry is always smaller, so a page is never empty for want of room.
pub const PAGE_BYTES_MAX: usize = 32 * 1024;
/// Longest entry as it lies on disk, in bytes.
pub const ENTRY_BYTES_MAX: usize = 30 * 1024;
/// Most rows in one answer to `rooms` or `who`.
pub const LIST_ROWS_MAX: usize = 100;
/// Longest gap that a returning client is sent entry by entry; past it the server says `skipped`, and the client pages.
pub const RESUME_ENTRIES_MAX: u64 = 1_000;

/// Numbers of posts that a server remembers for each device, counted back from the highest.
pub const POST_WINDOW: u64 = 64;
/// Posts that a client keeps on their way at once; their numbers never span more than the server's window.
pub const POSTS_IN_FLIGHT_MAX: u64 = POST_WINDOW;
/// Highest number that a post may carry: what every JSON parser keeps exact.
pub const POST_NUMBER_MAX: u64 = (1 << 53) - 1;
/// Posts that a client holds back while it is offline, before it refuses more.
pub const OUTBOX_POSTS_MAX: usize = 10_000;
/// Entries of one room that a client keeps in memory; older ones are paged in again on demand.
pub const TIMELINE_ENTRIES_MAX: usize = 5_000;
/// Notices that a client keeps on its screen.
pub const NOTICES_MAX: usize = 50;

/// Sessions that one server holds at once.
pub const SESSIONS_MAX: usize = 16_384;
/// Rooms on one server.
pub const ROOMS_MAX: usize = 10_000;
/// People on one server.
pub const PEOPLE_MAX: usize = 200_000;
/// Members of one room.
pub const ROOM_MEMBERS_MAX: usize = 20_000;
/// Rooms that one person is in at once.
pub const ROOMS_JOINED_MAX: usize = 100;
/// Devices of one person.
pub const DEVICES_MAX: usize = 16;
/// Commands of one session that wait for the order and the disk.
pub const SESSION_PENDING_MAX: usize = 512;
/// Answers of one session that wait for its socket, in bytes, before its requests are left unread.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Pages of one session that wait for the disk, before its requests are left unread.
pub const PAGES_WAITING_MAX: usize = 4;

/// Silence after which a peer is asked for a sign of life, in milliseconds; a link silent for two is dead.
pub const HEARTBEAT_MS: u64 = 15_000;
/// Time that a new connection has to say who it is, in milliseconds.
pub const ENTER_TIMEOUT_MS: u64 = 10_000;
/// Time in which a socket must take something when there is something to take, in milliseconds.
pub const WRITE_TIMEOUT_MS: u64 = 30_000;
/// Time that a client waits for a connection to be made and greeted, in milliseconds.
pub const DIAL_TIMEOUT_MS: u64 = 10_000;
/// First pause before a client dials again, in milliseconds; it doubles with each failure.
pub const BACKOFF_MS_MIN: u64 = 250;
/// Longest pause before a client dials again, in milliseconds.
pub const BACKOFF_MS_MAX: u64 = 15_000;
/// Longest pause that a client lets a server impose, in milliseconds.
pub const RETRY_MS_MAX: u64 = 600_000;
/// How long changes of presence are gathered before they are told, in milliseconds: a storm of reconnects nets to nothing.
pub const PRESENCE_MS: u64 = 250;
/// How long a full disk is left alone before a post may try it again, in milliseconds.
pub const STORAGE_RETRY_MS: u64 = 1_000;
/// Time that a stopping server gives its connections to take their goodbye, in milliseconds.
pub const GOODBYE_MS: u64 = 1_000;
/// Pause that a stopping server asks of its clients, in milliseconds.
pub const STOPPING_RETRY_MS: u64 = 1_000;

/// Posts that a session may send in a burst, unless configured otherwise.
pub const POSTS_BURST: u32 = 500;
/// Posts that a session may send each second for long, unless configured otherwise.
pub const POSTS_PER_SECOND: u32 = 100;
/// Signs of life that a session may send in a burst; a client needs one in a heartbeat.
pub const SIGNS_BURST: u32 = 100;
/// Signs of life that a session may send each second for long.
pub const SIGNS_PER_SECOND: u32 = 5;
/// Other requests, and lines that are none, that a session may send in a burst, unless configured otherwise.
pub const REQUESTS_BURST: u32 = 200;
/// Other requests, and lines that are none, that a session may send each second for long, unless configured otherwise.
pub const REQUESTS_PER_SECOND: u32 = 20;
/// Requests that a session may have refused unread in a burst before it is hung up.
pub const HASTE_MAX: u32 = 10_000;
/// Requests that a session may have refused unread each second for long: more than a client draws that keeps its window
/// full and waits as it is told.
pub const HASTE_PER_SECOND: u32 = 1_000;

/// Size at which a chunk of the shared tail is closed, in bytes: what one stopped reader can pin.
pub const CHUNK_BYTES_MAX: usize = 32 * 1024;
/// Chunks of all logs in the shared tail, unless there are so many logs that each would have fewer than a few.
pub const TAIL_CHUNKS_MAX: usize = 1_024;
/// Bytes of all logs in the shared tail.
pub const TAIL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Pieces of one vectored write.
pub const WRITE_PIECES_MAX: usize = 64;
/// Commands decided before the batch is committed.
pub const BATCH_COMMANDS_MAX: usize = 4_096;
/// Entries after which the folded state is written to disk again, so that a start reads no more than these.
pub const CHECKPOINT_ENTRIES: u64 = 20_000;

/// Refused posts that are remembered; a client that keeps to the window never has more on their way.
pub const POSTS_REFUSED_MAX: u64 = 2 * POST_WINDOW;
/// Requests of a client whose answers are awaited at once.
pub const REQUESTS_ASKED_MAX: usize = 256;
/// Entries of recent history that are loaded by themselves when a room is first seen.
pub const PREFETCH_ENTRIES: usize = 50;
/// Marks on one letter of a name: UTS #39, section 5.4, forbids more.
pub const NAME_MARKS_MAX: usize = 4;
/// Bytes that a server reads from one connection at once, and so the most that it keeps unheard. The buffer lies on the stack, so an idle connection holds none.
pub const READ_BYTES_MAX: usize = 16 * 1024;
/// Reads of one connection before the others have their turn.
pub const READS_PER_TURN_MAX: usize = 2;
/// Chunks that are kept for each log on average, where there are many logs.
pub const TAIL_CHUNKS_PER_LOG: usize = 4;
/// Database connections that read at the same time.
pub const DISK_READERS_MAX: usize = 4;
/// Connections that wait to be taken in; a storm of reconnects comes in one instant.
pub const ACCEPT_BACKLOG_MAX: u32 = 4_096;

const _: () = {
    assert!(NAME_CHARS_MAX <= NAME_BYTES_MAX);
    assert!(POST_BYTES_MAX * 6 + 4_096 < REQUEST_BYTES_MAX);
    assert!(POST_BYTES_MAX * 6 + 2_048 < ENTRY_BYTES_MAX);
    assert!(ENTRY_BYTES_MAX < PAGE_BYTES_MAX);
    assert!(PAGE_BYTES_MAX + ENTRY_BYTES_MAX + 1_024 < UPDATE_BYTES_MAX);
    assert!(LIST_ROWS_MAX * (TOPIC_BYTES_MAX * 2 + NAME_BYTES_MAX + 64) < UPDATE_BYTES_MAX);
    assert!(POSTS_IN_FLIGHT_MAX <= POST_WINDOW);
    assert!(POSTS_IN_FLIGHT_MAX < SESSION_PENDING_MAX as u64);
    assert!(TOKEN_CHARS_MIN <= TOKEN_CHARS_MAX);
    assert!(ENTER_TIMEOUT_MS <= 2 * HEARTBEAT_MS);
    assert!(BACKOFF_MS_MIN < BACKOFF_MS_MAX);
    assert!(CHUNK_BYTES_MAX + PAGE_BYTES_MAX <= 64 * 1024);
};
