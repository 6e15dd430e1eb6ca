//! Every bound of the program in one place: sizes, counts, times. Units are in the names.

use std::num::NonZeroU32;

/// Largest JSON body, bytes (RELIABILITY.md R37).
pub const BODY_MAX_BYTES: usize = 256 * 1024;
/// Largest form body of a page, bytes.
pub const FORM_MAX_BYTES: usize = 64 * 1024;
/// How long a client may take to send its body, seconds (RELIABILITY.md R36).
pub const BODY_DEADLINE_S: u64 = 10;
/// How long a connection may stay open between an answer and the next whole head, seconds (R36, M8).
pub const IDLE_CONNECTION_S: u64 = 10;
/// How long a client may take to send its head, seconds.
pub const HEAD_DEADLINE_S: u64 = 5;
/// How long requests at work may take to finish when the server stops, seconds (R41).
pub const STOP_DEADLINE_S: u64 = 12;
/// Open connections at most.
pub const CONNECTIONS_MAX: usize = 2_000;

/// Write jobs that may wait for the writer; one more is refused as busy.
pub const WRITE_QUEUE_MAX: usize = 4_096;
/// Write jobs that share one commit at most.
pub const WRITE_GROUP_MAX: usize = 512;
/// A group that has run this long commits before it takes another job, milliseconds.
pub const WRITE_GROUP_MS: u64 = 10;
/// Ledger accounts, and customers, that the writer remembers; about 400 bytes each.
pub const KNOWN_BALANCES_MAX: usize = 131_072;
/// Accounts of its memory that the writer compares with the file in one job.
pub const MEMORY_CHECK_MAX: usize = 1_000;
/// Keys whose holder is remembered between requests.
pub const KNOWN_KEYS_MAX: usize = 1_024;
/// Types of usage events whose prices the writer remembers.
pub const KNOWN_PRICES_MAX: usize = 4_096;
/// Read-only connections kept open.
pub const READERS_MAX: usize = 8;
/// How long a read may keep its snapshot in a server, milliseconds (RELIABILITY.md R10).
pub const READ_MAX_MS: u64 = 30_000;

/// Rows of a list page at most.
pub const PAGE_MAX: u32 = 100;
/// Rows of a list page where the caller names none.
pub const PAGE_DEFAULT: u32 = 10;
/// Rows a caller may skip.
pub const OFFSET_MAX: u32 = 10_000;

/// Rows of a page of the treasury at most (contract-fermata.md, section 1).
pub const TREASURY_PAGE_MAX: u32 = 500;
/// Rows of a page of the treasury where the caller names none.
pub const TREASURY_PAGE_DEFAULT: u32 = 50;
/// Usage events of one request at most.
pub const USAGE_EVENTS_MAX: usize = 1_000;
/// Pending usage events that one write ends because their hour is over.
pub const EXPIRE_BATCH_MAX: u32 = 200;

/// Subscriptions billed in one write (PERFORMANCE.md section 6: 10-15 ms).
pub const BILL_BATCH_MAX: usize = 100;
/// Processor calls in flight at once from jobs.
pub const CHARGES_IN_FLIGHT_MAX: usize = 16;
/// Missed periods of one subscription that are billed without a person's word (RELIABILITY.md 3.4.3).
pub const MISSED_PERIODS_MAX: usize = 3;
/// Oldest missed period that is billed without a person's word, days (RELIABILITY.md 3.4.3).
pub const MISSED_DAYS_MAX: i64 = 35;
/// A pause since the last heartbeat that holds billing at start, days (RELIABILITY.md 3.3.3).
pub const SILENCE_MAX_DAYS: i64 = 7;

/// Longest idempotency key, bytes.
pub const IDEMPOTENCY_KEY_MAX_BYTES: usize = 255;

/// Argon2 hashes computed at once (19 MiB each).
pub const PASSWORD_HASHES_MAX: usize = 4;
/// Declined payments of one hosted invoice in an hour; one more blocks the page (RELIABILITY.md S43).
pub const DECLINES_PER_PAGE_MAX: u32 = 5;
/// Lines of one invoice.
pub const INVOICE_LINES_MAX: usize = 500;
/// Add-ons, and discounts, of one plan or subscription.
pub const ADJUSTMENTS_MAX: usize = 50;
/// Addresses of one customer.
pub const ADDRESSES_MAX: usize = 100;
/// Payment methods of one customer.
pub const PAYMENT_METHODS_MAX: usize = 100;

/// Logins that one network may try at once; a classroom behind one address logs in together.
pub const LOGINS_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Logins that one network may try each minute after that.
pub const LOGINS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
/// Payments on hosted pages that one network may try at once (RELIABILITY.md S43).
pub const PAYMENTS_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// Payments on hosted pages that one network may try each minute after that.
pub const PAYMENTS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(2).expect("not zero");
/// Tokens of cards that one network may ask for at once; a shop's counter tablets share an address.
pub const TOKENS_BURST: NonZeroU32 = NonZeroU32::new(120).expect("not zero");
/// Tokens of cards that one network may ask for each minute after that.
pub const TOKENS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Largest body of a request for a token, bytes.
pub const TOKENIZER_BODY_MAX_BYTES: usize = 8 * 1024;
/// Largest token of Apple Pay or Google Pay, bytes; real ones are 2 to 5 KiB.
pub const WALLET_TOKEN_MAX_BYTES: usize = 32 * 1024;
/// How long a token of a card may be used, microseconds.
pub const METHOD_TOKEN_LIFE_US: i64 = 15 * crate::domain::time::MINUTE;
/// Networks remembered by each limit, about 100 bytes each.
pub const RATE_BUCKETS_MAX: usize = 50_000;

/// Invoices or cards looked at in one write by the jobs that write letters about them.
pub const LETTERS_PAGE_MAX: u32 = 100;
/// Mails read at a time by the job that sends them.
pub const MAILS_PAGE_MAX: u32 = 32;
/// Mails on their way to the relay at once.
pub const MAILS_IN_FLIGHT_MAX: usize = 4;
/// How long the mail relay may take for one mail, seconds.
pub const MAIL_DEADLINE_S: u64 = 20;
/// How long a mail with a secret that nobody delivers stays readable, days.
pub const MAIL_SECRET_KEPT_DAYS: i64 = 3;

/// How long a link to a customer's pages stays in the list after it ended, days.
pub const LOGIN_LINK_KEPT_DAYS: i64 = 90;
/// What a customer may top a balance up by at once, whole units of the currency.
pub const TOP_UP_MAX_UNITS: i64 = 5_000;
/// Links that one network may ask for at once.
pub const LINKS_BURST: NonZeroU32 = NonZeroU32::new(20).expect("not zero");
/// Links that one network may ask for each minute after that.
pub const LINKS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(2).expect("not zero");

/// Largest uploaded file of transactions, bytes.
pub const FILE_BATCH_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Rows of one uploaded file.
pub const FILE_BATCH_ROWS_MAX: u32 = 100_000;
/// Longest row of an uploaded file, bytes (RELIABILITY.md S76).
pub const FILE_BATCH_ROW_MAX_BYTES: usize = 16 * 1024;
/// How long a client may take to upload a file, seconds; between two pieces of it [`BODY_DEADLINE_S`] holds.
pub const UPLOAD_DEADLINE_S: u64 = 600;
/// How long the verdicts of a completed file are kept, days (facts-gateway.md, "File batch").
pub const FILE_BATCH_KEPT_DAYS: i64 = 10;
/// Rows of uploaded files that one run of the job takes up before other jobs have their turn.
pub const FILE_BATCH_RUN_ROWS: usize = 640;

const _: () = assert!(WRITE_GROUP_MAX <= WRITE_QUEUE_MAX);
const _: () = assert!(PAGE_DEFAULT <= PAGE_MAX);
/// How often the charge of an invoice is made anew at once after its request got lost; then it counts as a decline.
pub const LOST_REQUESTS_MAX: u32 = 3;

/// Endpoints of webhooks at most: each has one message on its way at a time, so this bounds them all.
pub const WEBHOOKS_MAX: u32 = 100;
/// Events looked at for an endpoint in one read.
pub const WEBHOOK_PAGE_MAX: u32 = 200;
/// Messages whose outcome is written down in one commit; a crash repeats as many at most.
pub const WEBHOOK_COMMIT_MAX: usize = 20;
/// Events that nobody wants are passed over in memory; this many are written down.
pub const WEBHOOK_PASSED_MAX: i64 = 1_000;
/// Bytes of a receiver's answer that the log keeps.
pub const WEBHOOK_ANSWER_MAX_BYTES: usize = 512;
/// How long the log of deliveries is kept, days.
pub const WEBHOOK_LOG_DAYS: i64 = 30;
/// Open replays of one endpoint at most.
pub const WEBHOOK_REPLAYS_MAX: u32 = 20;
/// How long a move of the test clock waits for a receiver at one instant, milliseconds of real time.
pub const WEBHOOK_SETTLE_MS: u64 = 1_000;
/// Rows of the event feed in one answer at most.
pub const EVENTS_PAGE_MAX: u32 = 1_000;
/// Longest wait of a question to the event feed, seconds.
pub const EVENTS_WAIT_MAX_S: u64 = 60;
/// Open streams of events and waiting questions at most.
pub const EVENT_LISTENERS_MAX: usize = 100;
/// A stream says that it lives this often, seconds.
pub const EVENT_STREAM_BEAT_S: u64 = 15;

/// How long the card or bank account of a charge is held, sealed, so that a customer can be made of it, days.
pub const CHARGED_METHOD_KEPT_DAYS: i64 = 7;

/// Items on the balance of one account at most; its order holds them all.
pub const ACCOUNT_ITEMS_MAX: u32 = 5_000;
/// Accounts, and orders, of one answer at most.
pub const ACCOUNTS_PAGE_MAX: u32 = 1_000;
/// Dates that one subscription of an account makes up for in one write after a pause.
pub const ACCRUALS_PER_WRITE_MAX: usize = 100;
