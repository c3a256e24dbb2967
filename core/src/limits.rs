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
/// Most rows in one answer to `sanctions`, `server_bans` or `reports`, each with a reason.
pub const SANCTION_ROWS_MAX: usize = 50;
/// Longest gap that a returning client is sent entry by entry; past it the server says `skipped`, and the client pages.
pub const RESUME_ENTRIES_MAX: u64 = 1_000;

/// Numbers of posts that a server remembers for each device, counted back from the highest.
pub const POST_WINDOW: u64 = 64;
/// Posts that a client keeps on their way at once; their numbers never span more than the server's window.
pub const POSTS_IN_FLIGHT_MAX: u64 = POST_WINDOW;
/// Highest number that a post may carry: what every JSON parser keeps exact.
pub const POST_NUMBER_MAX: u64 = (1 << 53) - 1;
/// How often a client says a post under a further number, since others have its own; then a person is to look.
pub const COUNTED_UP_MAX: u8 = 3;
/// Posts that a client holds back while it is offline, before it refuses more.
pub const OUTBOX_POSTS_MAX: usize = 10_000;
/// Entries of one room that a client keeps in memory; older ones are paged in again on demand.
pub const TIMELINE_ENTRIES_MAX: usize = 5_000;
/// Notices that a client keeps on its screen.
pub const NOTICES_MAX: usize = 50;

/// Sessions that one server holds at once, unless configured otherwise, or the system gives it fewer descriptors. Half as
/// many may be those on which nobody has come in, so that those who only hold a place leave room for people.
pub const SESSIONS_MAX: usize = 16_384;
/// Sessions from one address, or one /64 of IPv6, at once, unless configured otherwise: a school behind one address, and
/// 64 such addresses until all places are taken. Those from the server's own machine are not counted.
pub const SESSIONS_PER_ADDRESS_MAX: usize = 256;
/// When whoever finds too many connections from his address may try again, in milliseconds.
pub const CROWDED_RETRY_MS: u64 = 10_000;
/// Descriptors that a server keeps for itself, beside one for each session: for its database, its index, its logs, and
/// connections that are only taken in to be sent away.
pub const DESCRIPTORS_KEPT: u64 = 128;
/// Rooms on one server.
pub const ROOMS_MAX: usize = 10_000;
/// People on one server.
pub const PEOPLE_MAX: usize = 200_000;
/// Members of one room.
pub const ROOM_MEMBERS_MAX: usize = 20_000;
/// Rooms that one person is in at once.
pub const ROOMS_JOINED_MAX: usize = 100;
/// Direct conversations of one person, beside those rooms.
pub const DIRECTS_MAX: usize = 200;
/// Direct conversations of one person up to which others may begin one with him; the rest is his own to begin.
pub const DIRECTS_BY_OTHERS_MAX: usize = 150;
/// Logs of which a device says how much it holds: its person's rooms, and his own.
pub const HAVE_MAX: usize = ROOMS_JOINED_MAX + DIRECTS_MAX + 1;
/// Devices of one person.
pub const DEVICES_MAX: usize = 16;
/// Devices of one person that were shut out last, and whose numbers are known if he signs in with one of them again.
pub const FORMER_DEVICES_MAX: usize = 16;
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
/// Posts of one person on all of his connections together, as a multiple of what one may send: he has some devices, and
/// more of them win him nothing.
pub const POSTS_PER_PERSON: u32 = 2;
/// Other requests, and lines that are none, that a session may send in a burst, unless configured otherwise.
pub const REQUESTS_BURST: u32 = 200;
/// Other requests, and lines that are none, that a session may send each second for long, unless configured otherwise.
pub const REQUESTS_PER_SECOND: u32 = 20;
/// Requests that a session may have refused unread in a burst before it is hung up.
pub const HASTE_MAX: u32 = 10_000;
/// Requests that a session may have refused unread each second for long: more than a client draws that keeps its window
/// full and waits as it is told.
pub const HASTE_PER_SECOND: u32 = 1_000;
/// Lines that a session may send in a burst before somebody has come in on it. One is enough; a client may be asked for a
/// password more than once, and shows signs of life.
pub const STRANGER_LINES_BURST: u32 = 100;
/// Lines that it may send each second for long.
pub const STRANGER_LINES_PER_SECOND: u32 = 1;

/// Bytes that TLS keeps of a connection whose socket takes nothing: one record.
pub const TLS_BUFFER_BYTES_MAX: usize = 16 * 1024;

/// Names for which an authority is asked for one certificate: as many as Let's Encrypt takes.
pub const ACME_DOMAINS_MAX: usize = 100;
/// Bytes of one answer of an authority. A chain of certificates for all of these has some 10,000.
pub const ACME_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Time that an authority has for one answer, in milliseconds.
pub const ACME_ANSWER_MS: u64 = 30_000;
/// Time that a certificate may take from the order to the last answer, in milliseconds.
pub const ACME_ORDER_MS: u64 = 300_000;
/// Milliseconds before it is tried again, at first. Let's Encrypt bears five failures of a name in an hour.
pub const ACME_RETRY_MS_MIN: u64 = 15 * 60_000;
/// Milliseconds before it is tried again, at most.
pub const ACME_RETRY_MS_MAX: u64 = 12 * 3_600_000;
/// How often it is looked whether a certificate is due, in milliseconds: a clock may be set meanwhile.
pub const ACME_LOOK_MS: u64 = 3_600_000;

/// Size at which a chunk of the shared tail is closed, in bytes: what one stopped reader can pin.
pub const CHUNK_BYTES_MAX: usize = 32 * 1024;
/// Chunks of all logs in the tails of one thread, unless there are so many logs that each would have fewer than a few.
pub const TAIL_CHUNKS_MAX: usize = 1_024;
/// Bytes of all logs in the tails of all threads.
pub const TAIL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Pieces of one vectored write.
pub const WRITE_PIECES_MAX: usize = 64;
/// Commands decided before the batch is committed.
pub const BATCH_COMMANDS_MAX: usize = 4_096;
/// Parts of a batch before the last one, with which it is flushed: what is said while one is being written is in the next.
pub const BATCH_PARTS_MAX: usize = 8;
/// How long a batch waits for more commands, in milliseconds, if many were answered by the last one.
pub const COMMIT_DELAY_MS: u64 = 1;
/// So many commands are many.
pub const COMMIT_DELAY_COMMANDS_MIN: usize = 16;
/// A batch that could begin only so long after the last one was let out does not wait, in milliseconds.
pub const COMMIT_DELAY_SEEN_MS: u64 = 5;
/// How many batches that would wait begin at once after one waited in vain.
pub const COMMIT_DELAY_SKIPS_MIN: u32 = 4;
/// The same, once many have waited in vain.
pub const COMMIT_DELAY_SKIPS_MAX: u32 = 64;
const _: () =
    assert!(COMMIT_DELAY_MS < COMMIT_DELAY_SEEN_MS && COMMIT_DELAY_COMMANDS_MIN <= BATCH_COMMANDS_MAX);
/// How often the server's other tasks may run between two parts of a batch: each time, some sixty of them.
pub const GATHER_TURNS_MAX: usize = 16;
/// How often they may run before a batch is begun.
pub const HAND_OUT_TURNS_MAX: usize = 64;
/// Entries after which the folded state is written to disk again, so that a start reads no more than these.
pub const CHECKPOINT_ENTRIES: u64 = 20_000;

/// How long a checkpoint that holds what was erased since may stay, in milliseconds: it is as large as the state, and so is
/// not written again for each who leaves.
pub const CHECKPOINT_ERASED_MS: u64 = 60_000;

/// How long a disk that had no room for a checkpoint is left alone before it is tried again, in milliseconds.
pub const CHECKPOINT_RETRY_MS: u64 = 30_000;

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
/// Connections whose time has come that are seen to before the others have their turn: what thousands began together ends
/// together, too.
pub const OVERDUE_PER_TURN_MAX: usize = 64;
/// Connections that are taken in before the others have their turn.
pub const ACCEPTS_PER_TURN_MAX: usize = 16;
/// Threads on which a server's connections live, the one on which it decides included.
pub const THREADS_MAX: usize = 16;
/// Threads if nobody says how many: more than these wait for the one that decides.
pub const THREADS_USUAL_MAX: usize = 4;
/// Connections that live where the server decides before others have any: so few are served soonest by one thread.
pub const HOME_CONNECTIONS_MIN: usize = 64;
/// Groups of words that wait for a thread that connections live on; nobody is heard and nothing decided while there are more.
pub const WORDS_WAITING_MAX: usize = 1_024;
/// What connections on other threads said and the one that decides has not heard, before each may say only one thing at a time.
pub const SAID_WAITING_MAX: usize = 8_192;
/// The same with what all may say then, and what is said of them.
pub const SAID_MAX: usize = 1 << 20;
/// How often, once a second, a thread that connections live on is looked at in vain before it is taken for stuck.
pub const SILENT_LOOKS_MAX: u32 = 60;
/// What others said that the thread that decides hears before its own connections have their turn.
pub const SAID_PER_TURN_MAX: usize = 256;
/// Connections on which nobody has come in that are heard before the others have their turn. Each may shake hands, which takes
/// some tenths of a millisecond.
pub const STRANGERS_PER_TURN_MAX: usize = 4;
/// Lines of one connection that are heard before the others have their turn: some tenths of a millisecond.
pub const LINES_PER_TURN_MAX: u32 = 64;
/// Connections at once of those who watch a server, each of which gets one answer.
pub const OPERATIONS_CONNECTIONS_MAX: usize = 8;
/// Longest request of theirs, in bytes.
pub const OPERATIONS_HEADER_BYTES_MAX: usize = 8 * 1024;
/// Time that one of them has to ask and to take the answer, in milliseconds.
pub const OPERATIONS_MS: u64 = 5_000;
/// Connections at once that have yet to say where they come from, or to greet by HTTP, before they are sessions. When there are
/// more, the one that has had the longest time for it goes.
pub const HALL_PLACES_MAX: usize = 1_024;
/// Time that they have for it, in milliseconds.
pub const HALL_MS: u64 = ENTER_TIMEOUT_MS;
/// Longest header in which a proxy says where a connection comes from, in bytes: the addresses, and what it adds to them.
pub const PROXY_HEADER_BYTES_MAX: usize = 2_048;
/// Most addresses on the way of which proxies are believed; what stands before them is not looked at.
pub const FORWARDED_ADDRESSES_MAX: usize = 32;
/// Longest request by which a WebSocket begins, in bytes, with all of its headers.
pub const WEBSOCKET_HEADER_BYTES_MAX: usize = 8 * 1024;
/// Longest message of a client by WebSocket, in bytes, however many frames it comes in: a line without its newline.
pub const WEBSOCKET_MESSAGE_BYTES_MAX: usize = REQUEST_BYTES_MAX - 1;
/// Bytes that are read from a WebSocket at once. Each has a buffer of this size for as long as it is there.
pub const WEBSOCKET_READ_BYTES_MAX: usize = 4 * 1024;
/// Bytes that are gathered for a WebSocket before they are written; one update more may wait if its socket takes nothing.
pub const WEBSOCKET_WRITE_BYTES_MAX: usize = 16 * 1024;
/// Pings and pongs of one WebSocket before the others have their turn.
pub const WEBSOCKET_CONTROLS_PER_TURN_MAX: usize = 64;
/// Lines in the log, at once, of what strangers do to come in and of what they are refused, by each thread: they decide how often.
pub const STRANGERS_LOGGED_BURST: u64 = 1_000;
/// Such lines in a second, for long.
pub const STRANGERS_LOGGED_PER_SECOND: u64 = 10;
/// How long it is not told again how many were not logged, in milliseconds.
pub const STRANGERS_UNLOGGED_TOLD_MS: u64 = 10_000;
/// Letters of a page's origin that are logged.
pub const ORIGIN_LOGGED_BYTES_MAX: usize = 128;
/// Orders of whoever runs a server that wait for it.
pub const ORDERS_WAITING_MAX: usize = 16;
/// Connections at once to the socket in the data folder, by which whoever runs a server gives it orders.
pub const ADMIN_CONNECTIONS_MAX: usize = 8;
/// Longest order, in bytes with its newline: a post in which every byte is escaped sixfold.
pub const ADMIN_REQUEST_BYTES_MAX: usize = REQUEST_BYTES_MAX;
/// Time that one of them has to say its next order, or to take the answer, in milliseconds.
pub const ADMIN_MS: u64 = 10_000;
/// Longest time that a draining server gives those who are there, in milliseconds: an hour.
pub const DRAIN_MS_MAX: u64 = 3_600_000;
/// Time that it gives them unless told otherwise, in milliseconds.
pub const DRAIN_MS: u64 = 10_000;
/// Longest greeting of those who come in, in bytes.
pub const GREETING_BYTES_MAX: usize = 2_048;
/// Chunks that are kept for each log on average, where there are many logs.
pub const TAIL_CHUNKS_PER_LOG: usize = 4;
/// Database connections that read at the same time.
pub const DISK_READERS_MAX: usize = 4;
/// Connections that wait to be taken in; a storm of reconnects comes in one instant.
pub const ACCEPT_BACKLOG_MAX: u32 = 4_096;

/// Shortest password, in bytes: NIST SP 800-63B asks for eight characters.
pub const PASSWORD_BYTES_MIN: usize = 8;
/// Longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Passwords that wait to be hashed or compared; each takes tens of milliseconds of a core.
pub const PASSWORDS_WAITING_MAX: usize = 64;
/// Searches that wait for their turn; each takes up to some tenths of a second.
pub const SEARCHES_WAITING_MAX: usize = 64;
/// Pause that is asked of whoever comes when so many passwords or searches wait, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 2_000;
/// Shortest code that somebody chooses to be used once, in characters: 16 of base32 carry 80 bits.
pub const CODE_CHARS_MIN: usize = 16;
/// Longest such code, in characters.
pub const CODE_CHARS_MAX: usize = 64;
/// Recovery codes of one person.
pub const RECOVERY_CODES_MAX: usize = 16;
/// Shortest secret of one-time codes, in characters of base32: RFC 4226 asks for 128 bits.
pub const TOTP_SECRET_CHARS_MIN: usize = 26;
/// Longest secret of one-time codes, in characters of base32.
pub const TOTP_SECRET_CHARS_MAX: usize = 103;
/// Time for which a one-time code is good, in milliseconds: RFC 6238's default.
pub const TOTP_STEP_MS: u64 = 30_000;
/// Steps before and after the present one whose codes are good: clocks differ, and people type slowly.
pub const TOTP_STEPS_OFF_MAX: u64 = 1;
/// Time after which a device's use is noted again, in milliseconds.
pub const SEEN_MS: u64 = 24 * 3_600_000;
/// Time for which the name of somebody who deleted his account is kept from others, in milliseconds.
pub const NAME_KEPT_MS: u64 = 30 * 24 * 3_600_000;
/// Time for which a code to reset a password is good, in milliseconds.
pub const RESET_MS: u64 = 24 * 3_600_000;
/// Wrong passwords from one address for one name before more are refused for a while.
pub const WRONG_PER_PAIR_BURST: u32 = 5;
/// Wrong passwords from one address for all names together before more are refused for a while.
pub const WRONG_PER_ADDRESS_BURST: u32 = 20;
/// Wrong passwords for one name from all addresses together before each address has but one try.
pub const WRONG_PER_NAME_BURST: u32 = 100;
/// Time for which it is remembered that an address has tried a name, in milliseconds: a day.
pub const FIRST_TRY_MS: u64 = 24 * 3_600_000;
/// Wrong one-time codes for one name from all addresses together before more are refused for a while.
pub const WRONG_CODES_BURST: u32 = 20;
/// Time in which one more wrong password is allowed again, in milliseconds.
pub const WRONG_REFILL_MS: u64 = 60_000;
/// Buckets of one kind (of names, addresses or people) that are remembered; then the one nearest to full is forgotten.
pub const BUCKETS_REMEMBERED_MAX: usize = 20_000;
/// New names that one address may take in a burst, unless configured otherwise: a class that comes in together.
pub const NEWCOMERS_BURST: u32 = 100;
/// Time in which one more may be taken there, in milliseconds.
pub const NEWCOMER_MS: u64 = 10_000;
/// What others hear of or what stays (rooms, links, invitations, requests for friendship, conversations begun, reports)
/// that one person may begin in a burst, unless configured otherwise: a group of the largest size, and as much again.
pub const VENTURES_BURST: u32 = 100;
/// Time in which he may begin one more, in milliseconds: 2,880 a day.
pub const VENTURE_MS: u64 = 30_000;
/// Rooms that one person may enter in a burst, unless configured otherwise.
pub const JOINS_BURST: u32 = 100;
/// Time in which he may enter one more, in milliseconds.
pub const JOIN_MS: u64 = 2_000;
/// Passwords by which one address may sign in in a burst, right or wrong, unless configured otherwise: a class that comes in together.
pub const SIGN_INS_BURST: u32 = 100;
/// Time in which one more may be tried there, in milliseconds.
pub const SIGN_IN_MS: u64 = 1_000;
/// Searches of one person in a burst, unless configured otherwise.
pub const SEARCHES_BURST: u32 = 20;
/// Time in which he may search once more, in milliseconds: all searches of a server wait in one queue.
pub const SEARCH_MS: u64 = 1_000;
/// People for whom one address has budgets of these kinds: so much more may come from it than from one person.
pub const PEOPLE_PER_ADDRESS: u32 = 4;
/// Longest reason of an act of moderation, in bytes.
pub const REASON_BYTES_MAX: usize = 512;
/// Longest note to a request for friendship, in bytes.
pub const NOTE_BYTES_MAX: usize = 256;
/// Longest status line, in bytes.
pub const STATUS_BYTES_MAX: usize = 128;
/// Longest sign that is put to a post, in bytes: a family of four with their skins takes 41.
pub const EMOJI_BYTES_MAX: usize = 48;
/// Different signs of one post; what goes beyond is not shown.
pub const EMOJI_PER_POST_MAX: usize = 20;
/// People who are named for one sign of one post; the others are counted.
pub const REACTORS_SHOWN_MAX: usize = 20;
/// Members whom one post can name.
pub const MENTIONS_MAX: usize = 32;
/// Newest posts of a room that name somebody and are counted as such.
pub const MENTION_POSTS_MAX: usize = 1_000;
/// Posts of a room that are kept in sight.
pub const PINS_MAX: usize = 50;
/// Moderators of one room.
pub const MODERATORS_MAX: usize = 50;
/// People who are invited to one room at once.
pub const INVITED_MAX: usize = 1_000;
/// Rooms that one person is invited to at once.
pub const INVITATIONS_MAX: usize = 100;
/// Rooms to which one person has invited another and was not answered.
pub const INVITATIONS_BY_ONE_MAX: usize = 10;
/// Links into one room that are good at once.
pub const LINKS_MAX: usize = 50;
/// Invitations to the server of one person that are not over: those who are no administrators can make so many accounts possible
/// in the time for which one is good.
pub const SERVER_INVITATIONS_BY_ONE_MAX: usize = 10;
/// Those of all who are no administrators together, and again those of each administrator.
pub const SERVER_INVITATIONS_MAX: usize = 1_000;
/// Time for which an invitation to the server is good unless it is said otherwise, in hours: a week.
pub const SERVER_INVITATION_HOURS: u64 = 7 * 24;
/// Longest validity of one, in hours: 30 days.
pub const SERVER_INVITATION_HOURS_MAX: u64 = 30 * 24;
/// Bans of one room, and again mutes, that are remembered at once.
pub const SANCTIONS_MAX: usize = 2_000;
/// Bans of addresses on one server.
pub const ADDRESS_BANS_MAX: usize = 1_000;
/// Longest ban or mute with an end, in minutes: ten years.
pub const SANCTION_MINUTES_MAX: u64 = 10 * 366 * 24 * 60;
/// Longest validity of a link, in hours: a year.
pub const LINK_HOURS_MAX: u64 = 366 * 24;
/// Longest pause that slow mode asks of members, in seconds: six hours.
pub const SLOW_SECONDS_MAX: u64 = 6 * 3_600;
/// Longest time for which what is said is kept where it is not kept for ever, in days: a hundred years.
pub const KEEP_DAYS_MAX: u64 = 36_525;
/// Time after which a rule holds by which what is said goes, in milliseconds: whoever set it by mistake has a day.
pub const KEEP_BEGINS_MS: u64 = 24 * 3_600_000;
/// Time between two days of a room that go, in milliseconds, by a clock that nobody can set: where that of the wall is wrong
/// by years, a room loses a day in an hour, and not all at once.
pub const FADE_MS: u64 = 3_600_000;
/// Time between two steps by which rooms lose what is too old, in milliseconds.
pub const FADE_STEP_MS: u64 = 1_000;
/// Posts that go in one step, which is one transaction, for which everybody waits: 5,000 took 0.17 s, and 0.64 s if each was as long
/// as can be, on a machine of two cores that had other work, with a build that was not optimised for speed.
pub const FADED_POSTS_MAX: u64 = 1_000;
/// Reports of a room that wait for its moderators.
pub const REPORTS_MAX: usize = 200;
/// Those of them by one member.
pub const REPORTS_BY_ONE_MAX: usize = 20;
/// Words by which one room holds posts back for its moderators.
pub const HOLD_WORDS_MAX: usize = 100;
/// Longest of them, in bytes: as long as a name.
pub const HOLD_WORD_BYTES_MAX: usize = NAME_BYTES_MAX;
/// Posts of one room that wait for its moderators.
pub const HELD_MAX: usize = 50;
/// Posts of one person that wait for moderators, in all of his rooms: the state holds their words.
pub const HELD_BY_ONE_MAX: usize = 10;
/// People from whom one group is made.
pub const GROUP_PEOPLE_MAX: usize = 50;
/// People whom one person has as friends, asks, is asked by, or blocks.
pub const CONTACTS_MAX: usize = 1_000;
/// Requests for friendship of one person that wait for an answer.
pub const FRIENDSHIPS_ASKED_MAX: usize = 50;
/// Requests for friendship that wait for one person's answer; the rest of those whom he knows is his own to choose.
pub const FRIENDSHIPS_WAITING_MAX: usize = 200;
/// How often somebody's typing is told, in milliseconds.
pub const TYPING_MS: u64 = 2_000;
/// Longest words to search for, in bytes.
pub const SEARCH_BYTES_MAX: usize = 256;
/// Posts that one search finds at once.
pub const FOUND_MAX: usize = 50;

const _: () = {
    assert!(NAME_CHARS_MAX <= NAME_BYTES_MAX);
    assert!(POST_BYTES_MAX * 6 + 4_096 < REQUEST_BYTES_MAX);
    assert!(POST_BYTES_MAX * 6 + 2_048 < ENTRY_BYTES_MAX);
    assert!(ENTRY_BYTES_MAX < PAGE_BYTES_MAX);
    assert!(GREETING_BYTES_MAX * 6 + 2_048 < UPDATE_BYTES_MAX);
    // Less than this is refused by whoever reads HTTP.
    assert!(WEBSOCKET_HEADER_BYTES_MAX >= 8_192);
    assert!(PAGE_BYTES_MAX + ENTRY_BYTES_MAX + 1_024 < UPDATE_BYTES_MAX);
    assert!(LIST_ROWS_MAX * (TOPIC_BYTES_MAX * 2 + NAME_BYTES_MAX + 64) < UPDATE_BYTES_MAX);
    assert!(SANCTION_ROWS_MAX * (REASON_BYTES_MAX * 2 + 2 * NAME_BYTES_MAX + 128) < UPDATE_BYTES_MAX);
    assert!(LIST_ROWS_MAX * (STATUS_BYTES_MAX * 2 + NAME_BYTES_MAX + 128) < UPDATE_BYTES_MAX);
    assert!(INVITATIONS_MAX * (3 * NAME_BYTES_MAX + 64) + 4_096 < UPDATE_BYTES_MAX);
    assert!(POSTS_IN_FLIGHT_MAX <= POST_WINDOW);
    assert!(POSTS_IN_FLIGHT_MAX < SESSION_PENDING_MAX as u64);
    // A session counts them in sixteen bits.
    assert!(SESSION_PENDING_MAX < u16::MAX as usize);
    // Who shuts out all of his devices at once can sign in with each again.
    assert!(DEVICES_MAX <= FORMER_DEVICES_MAX);
    assert!(TOKEN_CHARS_MIN <= TOKEN_CHARS_MAX);
    assert!(ENTER_TIMEOUT_MS <= 2 * HEARTBEAT_MS);
    assert!(BACKOFF_MS_MIN < BACKOFF_MS_MAX);
    assert!(CHUNK_BYTES_MAX + PAGE_BYTES_MAX <= 64 * 1024);
    assert!(VENTURES_BURST as usize >= 2 * GROUP_PEOPLE_MAX);
    assert!(DIRECTS_BY_OTHERS_MAX < DIRECTS_MAX);
    assert!(INVITATIONS_BY_ONE_MAX < INVITATIONS_MAX);
    assert!(SERVER_INVITATIONS_BY_ONE_MAX < SERVER_INVITATIONS_MAX);
    assert!(SERVER_INVITATION_HOURS <= SERVER_INVITATION_HOURS_MAX);
    assert!(LIST_ROWS_MAX * (NAME_BYTES_MAX + 96) < UPDATE_BYTES_MAX);
    assert!(REPORTS_BY_ONE_MAX < REPORTS_MAX);
    assert!(HELD_BY_ONE_MAX < HELD_MAX);
    // A post that waits is one of those that a client keeps, until it is told that it waits.
    assert!(HELD_BY_ONE_MAX as u64 <= POSTS_IN_FLIGHT_MAX);
    // A page of what waits has one post at least, whose bytes are all escaped, and the words of the rule.
    let rule = HOLD_WORDS_MAX * (HOLD_WORD_BYTES_MAX + 3);
    assert!(PAGE_BYTES_MAX + POST_BYTES_MAX * 6 + rule + 4_096 < UPDATE_BYTES_MAX);
    assert!(rule + 2_048 < ENTRY_BYTES_MAX);
    assert!(ENTRY_BYTES_MAX < REQUEST_BYTES_MAX);
    assert!(FRIENDSHIPS_WAITING_MAX + FRIENDSHIPS_ASKED_MAX < CONTACTS_MAX);
    assert!(VENTURE_MS.is_multiple_of(PEOPLE_PER_ADDRESS as u64));
    assert!(SEARCH_MS.is_multiple_of(PEOPLE_PER_ADDRESS as u64));
    assert!(JOIN_MS.is_multiple_of(PEOPLE_PER_ADDRESS as u64));
};
