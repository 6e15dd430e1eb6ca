-- The whole schema of a new file. Later versions add src/store/migrate/NNNN_<what>.sql; a test proves both ways agree.
--
-- Conventions: amounts are minor units of the row's currency; instants are UTC microseconds; civil dates are
-- 'YYYY-MM-DD'; percentages are thousandths; booleans are 0 or 1; *_json columns hold JSON text.
-- `key` is the row's integer key (payfirma shows it as the numeric id); `id` is the public id.
-- Rows that others may guess by address have a 128-bit random `public_id` beside the id.

-- The merchant whose books these are: exactly one row.
CREATE TABLE company (
  key INTEGER PRIMARY KEY CHECK (key = 1),
  id TEXT NOT NULL,
  install_id TEXT NOT NULL,                       -- part of every processor reference; a clone gets a new one
  name TEXT NOT NULL,
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  website TEXT NOT NULL DEFAULT '',
  logo_url TEXT NOT NULL DEFAULT '',
  accent TEXT NOT NULL DEFAULT '#3454d1',         -- colour of pages and mails, #rrggbb
  language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'sv', 'de', 'fr')), -- of customers who chose none
  public_url TEXT NOT NULL DEFAULT '',            -- where customers reach the server, as it was last started: links in mails begin with it
  address_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(address_json)),
  currency TEXT NOT NULL DEFAULT 'USD',
  time_zone TEXT NOT NULL DEFAULT 'UTC',          -- IANA name; billing dates begin at its midnight
  settlement_cutoff_s INTEGER NOT NULL DEFAULT 0 CHECK (settlement_cutoff_s BETWEEN 0 AND 86399), -- second of the day in the company's zone
  invoice_prefix TEXT NOT NULL DEFAULT 'INV-',
  next_invoice_number INTEGER NOT NULL DEFAULT 1,
  retry_days TEXT NOT NULL DEFAULT '1,3,5,7',     -- days after the first decline on which a soft decline is tried again
  payment_terms_days INTEGER NOT NULL DEFAULT 14,
  mails_receipts INTEGER NOT NULL DEFAULT 1 CHECK (mails_receipts IN (0, 1)), -- payments of invoices are receipted without being asked
  reminder_days TEXT NOT NULL DEFAULT '-3,3,14',  -- days from an invoice's due date on which its customer is reminded; below zero before it
  reminded_on TEXT,                               -- the last day whose reminders were written; NULL: none yet
  expiry_warned_on TEXT,                          -- the last day whose warnings of expiring cards were written; NULL: none yet
  fees_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fees_json)), -- {"surcharge": "3.000%", "service_fee": "1.50 USD"}
  real_charge_at INTEGER,                         -- first charge at a live processor; the test clock is refused from then on
  billing_held_at INTEGER,                        -- billing waits for a person since then
  billing_held_reason TEXT,
  last_tick_at INTEGER,                           -- heartbeat of the ticker
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Where the clock of this file stands, if it is moved by hand (--test-clock). One row or none.
CREATE TABLE test_clock (
  key INTEGER PRIMARY KEY CHECK (key = 1),
  at INTEGER NOT NULL,
  after_seq INTEGER NOT NULL                      -- events up to this one were dated by the machine's clock
) STRICT;

-- Everything that happened, in one gap-free order: audit log, webhook outbox and event feed are views of it.
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  topic TEXT NOT NULL,                            -- 'invoice.paid'
  subject_kind TEXT NOT NULL,                     -- 'invoice'
  subject_id TEXT NOT NULL,
  actor TEXT NOT NULL,                            -- 'user:<id>', 'key:<id>', 'job:<name>', 'customer', 'customer:<id>', 'command', 'processor'
  correlation_id TEXT NOT NULL DEFAULT '',
  data_json TEXT NOT NULL CHECK (json_valid(data_json))
) STRICT;
CREATE INDEX event_by_subject ON event (subject_kind, subject_id, seq);
CREATE TRIGGER event_is_append_only_u BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_is_append_only_d BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- People who work for the merchant.
CREATE TABLE user (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  time_zone TEXT NOT NULL DEFAULT 'ETC/UTC',
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  role TEXT NOT NULL CHECK (role IN ('admin', 'standard')),
  password_hash TEXT,                             -- PHC string; NULL until a set-up link was used
  password_expired INTEGER NOT NULL DEFAULT 0 CHECK (password_expired IN (0, 1)), -- somebody else chose it
  permissions INTEGER NOT NULL DEFAULT 0,         -- bits of domain/access.rs; an admin has all
  settings_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings_json)), -- notifications, defaults
  failed_logins INTEGER NOT NULL DEFAULT 0,
  locked_until INTEGER,
  deleted_at INTEGER,                             -- the row stays for the documents that name it; nobody finds it any more
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_by_username ON user (username) WHERE deleted_at IS NULL;
CREATE INDEX user_notified ON user (key) WHERE json_array_length(settings_json, '$.notifications') > 0;

-- Keys of programs. Only the SHA-256 of a key is kept.
CREATE TABLE api_key (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES user (id),
  type TEXT NOT NULL CHECK (type IN ('api', 'pub')),
  name TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  last_used_at INTEGER,                           -- to the minute
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_key_by_user ON api_key (user_id);

-- Logins in force; only the SHA-256 of the token is kept.
CREATE TABLE session (
  hash BLOB PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES user (id),
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_created ON session (created_at);

-- One-time links to the dashboard, and codes that reset a password.
CREATE TABLE setup_link (
  hash BLOB PRIMARY KEY,
  user_id TEXT REFERENCES user (id),              -- NULL opens nothing: asking for an unknown user takes the same work
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Links that open a customer's pages: each is good once, for three days. Only the SHA-256 of a link's secret is kept.
CREATE TABLE login_link (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  hash BLOB NOT NULL UNIQUE,
  customer_id TEXT,                               -- NULL opens nothing: asking for an unknown address takes the same work
  asked_hash BLOB,                                -- SHA-256 of the code of whoever asked for it; NULL: the merchant made it
  contact TEXT NOT NULL DEFAULT '',               -- what the merchant noted with it
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX login_link_by_customer ON login_link (customer_id, key);
CREATE INDEX login_link_by_expiry ON login_link (expires_at);

-- Customers who are logged in to their pages; only the SHA-256 of the token is kept.
CREATE TABLE customer_session (
  hash BLOB PRIMARY KEY,
  customer_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_session_by_customer ON customer_session (customer_id);
CREATE INDEX customer_session_by_created ON customer_session (created_at);

-- Data keys of the vault, sealed under the key file's key. Key 0 is the root of derived keys.
CREATE TABLE vault_key (
  id INTEGER PRIMARY KEY,
  wrapped BLOB NOT NULL,
  retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;

-- Ways to move money.
CREATE TABLE processor (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,                             -- 'simulator'
  name TEXT NOT NULL,
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX processor_default ON processor (is_default) WHERE is_default = 1;

-- Card readers.
CREATE TABLE terminal (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  processor_id TEXT NOT NULL REFERENCES processor (id),
  manufacturer TEXT NOT NULL,
  model TEXT NOT NULL,
  serial_number TEXT NOT NULL,
  tpn TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  auth_key TEXT NOT NULL,
  register_id TEXT NOT NULL,
  auto_settle INTEGER NOT NULL DEFAULT 1 CHECK (auto_settle IN (0, 1)),
  settle_at TEXT NOT NULL DEFAULT '00:00:00',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Customers of the merchant, one record for all five APIs.
CREATE TABLE customer (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  name TEXT,                                      -- NULL: the default billing address says it
  email TEXT,                                     -- likewise
  stripe_id TEXT,                                 -- NULL: made of the id
  language TEXT,                                  -- in which we write to them (domain/language.rs); NULL: pages as their browser wishes, letters as the company's
  metadata_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata_json)), -- any JSON value of the merchant's
  flags_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(flags_json)),
  default_payment_method_id TEXT,
  default_billing_address_id TEXT,
  default_shipping_address_id TEXT,
  deleted_at INTEGER,                             -- the row stays for the documents that name it; nobody finds it any more
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX customer_by_created ON customer (created_at) WHERE deleted_at IS NULL;
CREATE INDEX customer_by_updated ON customer (updated_at) WHERE deleted_at IS NULL;
CREATE INDEX customer_by_email ON customer (email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE INDEX customer_by_description ON customer (description) WHERE description <> '';

-- Addresses of customers.
CREATE TABLE address (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  hash BLOB NOT NULL,                             -- SHA-256 of the normalised address: one customer has it once
  first_name TEXT NOT NULL DEFAULT '',
  last_name TEXT NOT NULL DEFAULT '',
  company TEXT NOT NULL DEFAULT '',
  line_1 TEXT NOT NULL DEFAULT '',
  line_2 TEXT NOT NULL DEFAULT '',
  city TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT '',
  postal_code TEXT NOT NULL DEFAULT '',
  country TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  fax TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (customer_id, hash)
) STRICT;
-- One for each part that a search may name; what is left empty costs nothing.
CREATE INDEX address_by_first_name ON address (first_name, customer_id) WHERE first_name <> '';
CREATE INDEX address_by_last_name ON address (last_name, customer_id) WHERE last_name <> '';
CREATE INDEX address_by_company ON address (company, customer_id) WHERE company <> '';
CREATE INDEX address_by_line_1 ON address (line_1, customer_id) WHERE line_1 <> '';
CREATE INDEX address_by_line_2 ON address (line_2, customer_id) WHERE line_2 <> '';
CREATE INDEX address_by_city ON address (city, customer_id) WHERE city <> '';
CREATE INDEX address_by_state ON address (state, customer_id) WHERE state <> '';
CREATE INDEX address_by_postal_code ON address (postal_code, customer_id) WHERE postal_code <> '';
CREATE INDEX address_by_country ON address (country, customer_id) WHERE country <> '';
CREATE INDEX address_by_email ON address (email, customer_id) WHERE email <> '';
CREATE INDEX address_by_email_nocase ON address (email COLLATE NOCASE, customer_id) WHERE email <> '';
CREATE INDEX address_by_phone ON address (phone, customer_id) WHERE phone <> '';
CREATE INDEX address_by_fax ON address (fax, customer_id) WHERE fax <> '';

-- Stored cards and bank accounts. The number itself only as `sealed` (vault); never a CVC. One that paid a transaction
-- is held here for some days, nobody's, so that it can be kept.
CREATE TABLE payment_method (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT REFERENCES customer (id),      -- NULL: held
  txn_id TEXT,                                    -- the transaction that it paid first, if it was held
  keep TEXT NOT NULL DEFAULT '',                  -- of a held one, what its approval makes of it: 'new', 'new xid_type_last4', 'for <customer>'
  type TEXT NOT NULL CHECK (type IN ('card', 'ach')),
  brand TEXT NOT NULL DEFAULT '',                 -- 'visa'; '' for bank accounts
  masked TEXT NOT NULL,                           -- '401200******5439' or '******1234'
  last_four TEXT NOT NULL,
  expires_on TEXT,                                -- last day a card is good, NULL for bank accounts
  routing_number TEXT NOT NULL DEFAULT '',
  account_type TEXT NOT NULL DEFAULT '',
  sec_code TEXT NOT NULL DEFAULT '',
  sealed BLOB NOT NULL,
  fingerprint BLOB NOT NULL,                      -- keyed HMAC of the number: the same card is recognised, not guessable
  flags_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(flags_json)),
  processor_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_method_by_customer ON payment_method (customer_id, key);
CREATE INDEX payment_method_by_type ON payment_method (type, customer_id);
CREATE UNIQUE INDEX payment_method_by_txn ON payment_method (txn_id) WHERE txn_id IS NOT NULL;
CREATE INDEX payment_method_by_expiry ON payment_method (expires_on) WHERE expires_on IS NOT NULL AND customer_id IS NOT NULL;
CREATE INDEX payment_method_held ON payment_method (created_at) WHERE customer_id IS NULL;

-- Cards and bank accounts that a shop's page turned into a token: good once, for a quarter of an hour. Only the SHA-256
-- of a token is kept. A row is deleted, and with it its sealed number, when the token is used or has expired.
CREATE TABLE method_token (
  hash BLOB PRIMARY KEY,
  sealed BLOB NOT NULL,                           -- number and expiry, or the account; never a CVC
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX method_token_by_expiry ON method_token (expires_at);

-- Cards and bank accounts that are to be kept once the payment they are used for is approved; gone with its outcome.
CREATE TABLE payment_method_waiting (
  transaction_id TEXT PRIMARY KEY,
  id TEXT NOT NULL,                               -- of the payment method it becomes: the number is sealed for that row
  type TEXT NOT NULL CHECK (type IN ('card', 'ach')),
  brand TEXT NOT NULL DEFAULT '',
  masked TEXT NOT NULL,
  last_four TEXT NOT NULL,
  expires_on TEXT,
  routing_number TEXT NOT NULL DEFAULT '',
  account_type TEXT NOT NULL DEFAULT '',
  sec_code TEXT NOT NULL DEFAULT '',
  sealed BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The merchant's keys at Apple Pay and Google Pay; a merchant has few.
CREATE TABLE wallet_key (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  wallet TEXT NOT NULL CHECK (wallet IN ('apple_pay', 'google_pay')),
  merchant_id TEXT NOT NULL,                      -- whom tokens are for: 'merchant.com.example', 'gateway:name'
  sealed BLOB NOT NULL,                           -- the private key (vault)
  trusted_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(trusted_json)), -- Google's root signing keys
  created_at INTEGER NOT NULL,
  UNIQUE (wallet, merchant_id)
) STRICT;

-- Tokens of wallets that were used, until they are too old to be used again.
CREATE TABLE wallet_token (
  hash BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wallet_token_by_expiry ON wallet_token (expires_at);

-- Add-ons and discounts of the catalogue.
CREATE TABLE adjustment (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('add_on', 'discount')),
  name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER CHECK (amount_minor >= 0),
  percentage INTEGER CHECK (percentage BETWEEN 0 AND 100000),
  duration INTEGER NOT NULL DEFAULT 0 CHECK (duration >= 0), -- times it is billed; 0 = until cancelled
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((amount_minor IS NULL) <> (percentage IS NULL))
) STRICT;
CREATE INDEX adjustment_by_kind ON adjustment (kind, key);

-- Plans: what is billed, how often.
CREATE TABLE plan (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency TEXT NOT NULL,
  frequency TEXT NOT NULL CHECK (frequency IN ('monthly', 'twice_monthly', 'daily')),
  billing_days TEXT NOT NULL,                     -- as the gateway writes them: '0' is the last day
  billing_interval INTEGER NOT NULL CHECK (billing_interval BETWEEN 1 AND 36),
  charge_on_day INTEGER NOT NULL DEFAULT 0 CHECK (charge_on_day IN (0, 1)),
  duration INTEGER NOT NULL DEFAULT 0 CHECK (duration >= 0),
  catch_up TEXT NOT NULL DEFAULT 'each' CHECK (catch_up IN ('each', 'latest', 'hold')),
  deleted_at INTEGER,                             -- the row stays for the subscriptions that ended; nobody finds it any more
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Add-ons and discounts as a plan carries them: names and values may differ from the catalogue's.
CREATE TABLE plan_adjustment (
  plan_id TEXT NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('add_on', 'discount')),
  adjustment_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER,
  percentage INTEGER,
  duration INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (plan_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_adjustment_by_source ON plan_adjustment (adjustment_id);

-- A customer billed on a schedule.
CREATE TABLE subscription (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT REFERENCES plan (id),
  customer_id TEXT NOT NULL REFERENCES customer (id),
  payment_method_id TEXT,                         -- NULL: the customer's default at the time
  billing_address_id TEXT,
  shipping_address_id TEXT,
  processor_id TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency TEXT NOT NULL,
  frequency TEXT NOT NULL CHECK (frequency IN ('monthly', 'twice_monthly', 'daily')),
  billing_days TEXT NOT NULL,
  billing_interval INTEGER NOT NULL CHECK (billing_interval BETWEEN 1 AND 36),
  charge_on_day INTEGER NOT NULL DEFAULT 0 CHECK (charge_on_day IN (0, 1)),
  duration INTEGER NOT NULL DEFAULT 0 CHECK (duration >= 0), -- payments in all; 0 = until cancelled
  expires_on TEXT,                                -- the last date that may be billed
  extras_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extras_json)), -- BillExtras: what each bill says besides its amount
  catch_up TEXT NOT NULL DEFAULT 'each' CHECK (catch_up IN ('each', 'latest', 'hold')),
  status TEXT NOT NULL CHECK (status IN ('active', 'failing', 'failed', 'error', 'completed', 'paused', 'past_due', 'cancelled', 'stopped')),
  parked_reason TEXT,                             -- waits for a person's word (RELIABILITY.md 3.4.3)
  made_on TEXT NOT NULL,                          -- made, or its next date set by hand: earlier periods are never billed, but the first
  next_bill_date TEXT,                            -- NULL when nothing will be billed any more
  due_at INTEGER,                                 -- instant next_bill_date begins; NULL when it must not be billed now
  periods_billed INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER,                             -- the row stays for its invoices; nobody finds it any more
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX subscription_due ON subscription (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscription_parked ON subscription (key) WHERE parked_reason IS NOT NULL;
-- Of the overview: few rows, so counting them reads no others.
CREATE INDEX subscription_troubled ON subscription (key) WHERE status IN ('failing', 'failed', 'error') AND deleted_at IS NULL;
CREATE INDEX subscription_by_customer ON subscription (customer_id, key);
CREATE INDEX subscription_by_plan ON subscription (plan_id, key);

-- Add-ons and discounts of a subscription, with how often each is still billed.
CREATE TABLE subscription_adjustment (
  subscription_id TEXT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('add_on', 'discount')),
  adjustment_id TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER,
  percentage INTEGER,
  duration INTEGER NOT NULL DEFAULT 0,
  remaining INTEGER,                              -- NULL = for ever; 0 = used up (kept, no longer billed)
  PRIMARY KEY (subscription_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_adjustment_by_source ON subscription_adjustment (adjustment_id);

-- Invoices: made by the API or dashboard, or one per period of a subscription.
CREATE TABLE invoice (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  public_id TEXT NOT NULL UNIQUE,                 -- 128 random bits, part of hosted_url
  number TEXT NOT NULL DEFAULT '',                -- what the merchant calls it; '' if nothing
  source TEXT NOT NULL CHECK (source IN ('api', 'subscription')),
  user_id TEXT NOT NULL DEFAULT '',               -- who asked for it; '' for a subscription's
  customer_id TEXT REFERENCES customer (id),
  customer_number TEXT NOT NULL DEFAULT '',
  subscription_id TEXT REFERENCES subscription (id),
  period_start TEXT,                              -- the billing date of a subscription's period
  processor_id TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'partially_paid', 'authorized', 'paying_via_mail', 'declined', 'failed', 'rejected', 'past_due', 'void')),
  subtotal_minor INTEGER NOT NULL,                -- lines less their discounts, with freight, without taxes
  discount_minor INTEGER NOT NULL DEFAULT 0,      -- discounts in the subtotal
  tax_minor INTEGER NOT NULL DEFAULT 0,
  shipping_minor INTEGER NOT NULL DEFAULT 0,
  adjustment_minor INTEGER NOT NULL DEFAULT 0,
  total_minor INTEGER NOT NULL CHECK (total_minor >= 0), -- subtotal + tax + shipping + adjustment
  paid_minor INTEGER NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
  date_due INTEGER NOT NULL,
  collect_at INTEGER,                             -- next automatic charge; NULL: nothing is charged by itself
  collect_attempts INTEGER NOT NULL DEFAULT 0,
  first_declined_at INTEGER,
  payments INTEGER NOT NULL DEFAULT 0,            -- successful payments so far; part of the next charge's natural key
  bill_to_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(bill_to_json)),
  payable_to_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(payable_to_json)),
  terms_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(terms_json)), -- InvoiceTerms: everything that changes how it is shown or paid, not what is owed
  message TEXT NOT NULL DEFAULT '',
  reject_message TEXT NOT NULL DEFAULT '',
  last_sent_at INTEGER,                           -- when the customer was last told of it; NULL: never
  deleted_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (subscription_id, period_start)
) STRICT;
CREATE INDEX invoice_by_customer ON invoice (customer_id, key);
CREATE INDEX invoice_by_number ON invoice (number) WHERE number <> '';
CREATE INDEX invoice_collect ON invoice (collect_at) WHERE collect_at IS NOT NULL;
CREATE INDEX invoice_open_due ON invoice (date_due) WHERE status IN ('pending', 'partially_paid', 'declined');
CREATE INDEX invoice_by_due ON invoice (date_due);
CREATE INDEX invoice_by_status ON invoice (status, key);
CREATE INDEX invoice_by_amount_due ON invoice (total_minor - paid_minor);
CREATE INDEX invoice_by_user ON invoice (user_id, key) WHERE user_id <> '';
-- Of the overview: holds everything its sum of what is owed reads, of open invoices only.
CREATE INDEX invoice_owed ON invoice (currency, date_due, status, total_minor, paid_minor) WHERE status NOT IN ('paid', 'rejected', 'void') AND deleted_at IS NULL;

-- Lines of invoices, already rounded: every total anywhere is a sum of these.
CREATE TABLE invoice_line (
  invoice_id TEXT NOT NULL REFERENCES invoice (id) ON DELETE CASCADE,
  line INTEGER NOT NULL,
  id TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  type TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  unit_price_minor INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  discount_minor INTEGER NOT NULL DEFAULT 0,
  freight_minor INTEGER NOT NULL DEFAULT 0,
  tax_minor INTEGER NOT NULL DEFAULT 0,
  local_tax_minor INTEGER NOT NULL DEFAULT 0,
  national_tax_minor INTEGER NOT NULL DEFAULT 0,
  amount_minor INTEGER NOT NULL,                  -- what the line adds to the total
  details_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details_json)), -- rates, codes, units as given
  rule TEXT NOT NULL DEFAULT '',                  -- how the amount came about, for people
  PRIMARY KEY (invoice_id, line)
) STRICT, WITHOUT ROWID;

-- Lines that a customer leaves out with a payment whose outcome is not known yet; applied, or dropped, with it.
CREATE TABLE invoice_rejection (
  transaction_id TEXT PRIMARY KEY,
  reject_message TEXT NOT NULL,
  line_ids_json TEXT NOT NULL CHECK (json_valid(line_ids_json))
) STRICT, WITHOUT ROWID;

-- Transactions: sale, authorization, verification, credit, refund. ("transaction" is a word of SQL.)
CREATE TABLE txn (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL CHECK (type IN ('sale', 'authorize', 'verification', 'credit', 'refund')),
  status TEXT NOT NULL CHECK (status IN ('unknown', 'pending', 'declined', 'authorized', 'pending_settlement', 'settled', 'voided', 'reversed', 'refunded', 'partially_refunded', 'returned', 'late_return')),
  response_code INTEGER NOT NULL DEFAULT 0,
  source TEXT NOT NULL CHECK (source IN ('api', 'cp', 'cart', 'invoice', 'recurring', 'batch')),
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  base_amount_minor INTEGER NOT NULL DEFAULT 0,
  tax_minor INTEGER NOT NULL DEFAULT 0,
  shipping_minor INTEGER NOT NULL DEFAULT 0,
  discount_minor INTEGER NOT NULL DEFAULT 0,
  tip_minor INTEGER NOT NULL DEFAULT 0,
  surcharge_minor INTEGER NOT NULL DEFAULT 0,
  service_fee_minor INTEGER NOT NULL DEFAULT 0,
  adjustment_minor INTEGER NOT NULL DEFAULT 0,    -- what payment_adjustment came to
  authorized_minor INTEGER NOT NULL DEFAULT 0,
  captured_minor INTEGER NOT NULL DEFAULT 0,
  settled_minor INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0,      -- refunds that succeeded or are under way
  processor_id TEXT NOT NULL DEFAULT '',
  method TEXT NOT NULL,                           -- how it was given: card, ach, customer, terminal, token, apm
  fingerprint BLOB,                               -- keyed HMAC of the card number: finds its charges, tells nothing
  payment_type TEXT NOT NULL DEFAULT '',          -- what it is: card, ach
  customer_id TEXT,
  payment_method_id TEXT,
  subscription_id TEXT,
  invoice_id TEXT,
  referenced_id TEXT,                             -- the transaction a refund belongs to
  terminal_id TEXT,
  settlement_batch_id TEXT,
  user_id TEXT NOT NULL DEFAULT '',
  order_id TEXT NOT NULL DEFAULT '',
  po_number TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  ip_address TEXT NOT NULL DEFAULT '',
  billing_address_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(billing_address_json)),
  shipping_address_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(shipping_address_json)),
  details_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details_json)),   -- request fields that only travel along
  response_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(response_json)), -- masked facts of the instrument and the processor's answer
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  captured_at INTEGER,
  settled_at INTEGER
) STRICT;
CREATE INDEX txn_to_settle ON txn (terminal_id, captured_at) WHERE status = 'pending_settlement';
CREATE INDEX txn_by_customer ON txn (customer_id, key);
CREATE INDEX txn_by_subscription ON txn (subscription_id, key) WHERE subscription_id IS NOT NULL;
CREATE INDEX txn_by_invoice ON txn (invoice_id, key) WHERE invoice_id IS NOT NULL;
CREATE INDEX txn_by_reference ON txn (referenced_id, key) WHERE referenced_id IS NOT NULL;
CREATE INDEX txn_by_order ON txn (order_id) WHERE order_id <> '';
CREATE INDEX txn_by_batch ON txn (settlement_batch_id) WHERE settlement_batch_id IS NOT NULL;
CREATE INDEX txn_by_created ON txn (created_at);
-- One for each filter of a search that may leave few rows; what is left empty costs nothing.
CREATE INDEX txn_by_billing_first_name ON txn (billing_address_json ->> '$.first_name') WHERE billing_address_json ->> '$.first_name' <> '';
CREATE INDEX txn_by_billing_last_name ON txn (billing_address_json ->> '$.last_name') WHERE billing_address_json ->> '$.last_name' <> '';
CREATE INDEX txn_by_billing_company ON txn (billing_address_json ->> '$.company') WHERE billing_address_json ->> '$.company' <> '';
CREATE INDEX txn_by_billing_line_1 ON txn (billing_address_json ->> '$.address_line_1') WHERE billing_address_json ->> '$.address_line_1' <> '';
CREATE INDEX txn_by_billing_postal_code ON txn (billing_address_json ->> '$.postal_code') WHERE billing_address_json ->> '$.postal_code' <> '';
CREATE INDEX txn_by_billing_city ON txn (billing_address_json ->> '$.city') WHERE billing_address_json ->> '$.city' <> '';
CREATE INDEX txn_by_billing_email ON txn (billing_address_json ->> '$.email') WHERE billing_address_json ->> '$.email' <> '';
CREATE INDEX txn_by_billing_phone ON txn (billing_address_json ->> '$.phone') WHERE billing_address_json ->> '$.phone' <> '';
CREATE INDEX txn_by_billing_fax ON txn (billing_address_json ->> '$.fax') WHERE billing_address_json ->> '$.fax' <> '';
CREATE INDEX txn_by_billing_address ON txn (details_json ->> '$.billing_address_id') WHERE details_json ->> '$.billing_address_id' <> '';
CREATE INDEX txn_by_shipping_first_name ON txn (shipping_address_json ->> '$.first_name') WHERE shipping_address_json ->> '$.first_name' <> '';
CREATE INDEX txn_by_shipping_last_name ON txn (shipping_address_json ->> '$.last_name') WHERE shipping_address_json ->> '$.last_name' <> '';
CREATE INDEX txn_by_shipping_company ON txn (shipping_address_json ->> '$.company') WHERE shipping_address_json ->> '$.company' <> '';
CREATE INDEX txn_by_shipping_line_1 ON txn (shipping_address_json ->> '$.address_line_1') WHERE shipping_address_json ->> '$.address_line_1' <> '';
CREATE INDEX txn_by_shipping_postal_code ON txn (shipping_address_json ->> '$.postal_code') WHERE shipping_address_json ->> '$.postal_code' <> '';
CREATE INDEX txn_by_shipping_city ON txn (shipping_address_json ->> '$.city') WHERE shipping_address_json ->> '$.city' <> '';
CREATE INDEX txn_by_shipping_email ON txn (shipping_address_json ->> '$.email') WHERE shipping_address_json ->> '$.email' <> '';
CREATE INDEX txn_by_shipping_phone ON txn (shipping_address_json ->> '$.phone') WHERE shipping_address_json ->> '$.phone' <> '';
CREATE INDEX txn_by_shipping_fax ON txn (shipping_address_json ->> '$.fax') WHERE shipping_address_json ->> '$.fax' <> '';
CREATE INDEX txn_by_shipping_address ON txn (details_json ->> '$.shipping_address_id') WHERE details_json ->> '$.shipping_address_id' <> '';
CREATE INDEX txn_by_last_four ON txn (response_json ->> '$.instrument.last_four') WHERE response_json ->> '$.instrument.last_four' <> '';
CREATE INDEX txn_by_po_number ON txn (po_number) WHERE po_number <> '';
CREATE INDEX txn_by_ip_address ON txn (ip_address) WHERE ip_address <> '';
CREATE INDEX txn_by_status ON txn (status) WHERE status <> 'settled'; -- nearly all are settled: that one is no help
CREATE INDEX txn_by_amount ON txn (amount_minor);
CREATE INDEX txn_by_captured ON txn (captured_at) WHERE captured_at IS NOT NULL;
CREATE INDEX txn_by_settled ON txn (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX txn_by_updated ON txn (updated_at);
CREATE INDEX txn_void_wanted ON txn (key) WHERE details_json ->> '$.void_on_success' = 1 AND status IN ('authorized', 'pending_settlement');
CREATE INDEX txn_by_fingerprint ON txn (fingerprint) WHERE fingerprint IS NOT NULL;
-- Of the overview: holds everything its sums of received money read.
CREATE INDEX txn_received ON txn (captured_at, currency, captured_minor) WHERE type IN ('sale', 'authorize') AND status IN ('pending_settlement', 'settled', 'refunded', 'partially_refunded');

-- One conversation with a processor about one operation (RELIABILITY.md section 2).
CREATE TABLE attempt (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  txn_id TEXT NOT NULL REFERENCES txn (id),
  charge_key TEXT NOT NULL,                       -- the business fact: 'invoice/<id>/<payment>', 'batch/<id>/<line>', 'txn/<id>', 'capture/<id>', 'void/<id>', 'adjust/<id>/<n>', 'refund/<id>', 'order/<id>'
  number INTEGER NOT NULL,                        -- 1, 2, … within the charge
  operation TEXT NOT NULL CHECK (operation IN ('sale', 'authorize', 'verify', 'credit', 'capture', 'void', 'refund', 'adjust')),
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  processor_id TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,                 -- hash(install, charge, number): the processor's idempotency key
  request_hash BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'succeeded', 'declined', 'absent', 'cancelled', 'review')),
  handle TEXT NOT NULL DEFAULT '',                -- the processor's own id
  boot_id TEXT NOT NULL DEFAULT '',               -- the process that sent it
  was_unknown INTEGER NOT NULL DEFAULT 0 CHECK (was_unknown IN (0, 1)),
  provisional INTEGER NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1)), -- a decline after an unknown: one more look after the settle time
  response_code INTEGER NOT NULL DEFAULT 0,
  hard INTEGER NOT NULL DEFAULT 0 CHECK (hard IN (0, 1)),
  sent_at INTEGER,
  polls INTEGER NOT NULL DEFAULT 0,
  poll_at INTEGER,                                -- when the processor is asked next; NULL: never
  change_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(change_json)), -- what its success changes of the transaction besides money
  finished_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (charge_key, number)
) STRICT;
CREATE UNIQUE INDEX attempt_one_live ON attempt (charge_key) WHERE state NOT IN ('declined', 'absent', 'cancelled');
CREATE INDEX attempt_by_txn ON attempt (txn_id, key);
CREATE INDEX attempt_poll ON attempt (poll_at) WHERE poll_at IS NOT NULL;
CREATE INDEX attempt_open ON attempt (key) WHERE state IN ('intent', 'prepared', 'sending', 'unknown', 'action', 'pending', 'review');

-- Money that settled together: one per processor, currency, terminal and cut-off.
CREATE TABLE settlement_batch (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  processor_id TEXT NOT NULL,
  batch_number INTEGER NOT NULL,
  terminal_id TEXT NOT NULL DEFAULT '',           -- '' for what came from no terminal
  cutoff_at INTEGER NOT NULL,
  currency TEXT NOT NULL,
  num_transactions INTEGER NOT NULL,
  captured_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  response_code INTEGER NOT NULL DEFAULT 100,
  response_message TEXT NOT NULL DEFAULT 'ACCEPT',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX settlement_batch_by_cutoff ON settlement_batch (cutoff_at);
CREATE UNIQUE INDEX settlement_batch_once ON settlement_batch (processor_id, currency, terminal_id, cutoff_at);

-- The key that signs orders for others (RS256): one row, made when it is first needed.
CREATE TABLE signing_key (
  key INTEGER PRIMARY KEY CHECK (key = 1),
  sealed BLOB NOT NULL,                           -- its two primes (vault)
  created_at INTEGER NOT NULL
) STRICT;

-- The terms under which a customer is billed as an account. A customer without a row has the defaults.
CREATE TABLE billing_account (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL UNIQUE REFERENCES customer (id),
  number TEXT,
  currency TEXT NOT NULL,
  schedule TEXT NOT NULL,                         -- 'monthly', 'quarterly 1/3 @2,-1': domain/billing_account/schedule.rs
  limit_json TEXT CHECK (json_valid(limit_json)), -- {"number"} or {"hard","soft","margin"}, decimal texts
  customer_json TEXT CHECK (json_valid(customer_json)), -- the customer as it was given
  method_order_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(method_order_json)), -- payment methods in the order they are tried
  due_on TEXT,                                    -- when the balance becomes an order
  due_at INTEGER,                                 -- the instant at which that day begins
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX billing_account_due ON billing_account (due_at) WHERE due_at IS NOT NULL;

-- What was added to balances of accounts. Nothing is earned yet; the sale of the order it goes into is posted.
CREATE TABLE account_item (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  subscription_id TEXT,                           -- the subscription of the account that added it
  due_on TEXT,                                    -- and the date it did so for
  line INTEGER NOT NULL DEFAULT 0,
  item_json TEXT NOT NULL CHECK (json_valid(item_json)),
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  order_id TEXT,                                  -- the order it went into; NULL: it stands on the balance
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_item_open ON account_item (customer_id, key) WHERE order_id IS NULL;
CREATE INDEX account_item_by_order ON account_item (order_id) WHERE order_id IS NOT NULL;
-- A subscription adds what it does for a date once.
CREATE UNIQUE INDEX account_item_once ON account_item (customer_id, subscription_id, due_on, line) WHERE subscription_id IS NOT NULL;

-- What accounts pay again and again. An id is the account's own.
CREATE TABLE account_subscription (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  id TEXT NOT NULL CHECK (length(id) = 4),
  number TEXT,
  items_json TEXT NOT NULL CHECK (json_valid(items_json)),
  currency TEXT NOT NULL,
  schedule TEXT NOT NULL,
  start_on TEXT NOT NULL,
  end_on TEXT,                                    -- nothing is added from this day on
  callback TEXT,
  due_on TEXT,                                    -- the next date; NULL where it has ended
  due_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (customer_id, id)
) STRICT;
CREATE INDEX account_subscription_due ON account_subscription (due_at) WHERE due_at IS NOT NULL;

-- Orders: what the balance of an account became, or what a shop sold at once. ("order" is a word of SQL.)
CREATE TABLE sales_order (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  number TEXT,
  customer_id TEXT REFERENCES customer (id),
  currency TEXT NOT NULL,
  items_json TEXT NOT NULL CHECK (json_valid(items_json)),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
  payment_type TEXT NOT NULL CHECK (payment_type IN ('account', 'card', 'invoice', 'installment', 'direct', 'swish', 'defer')),
  charge TEXT CHECK (charge IN ('auto', 'balance')),
  payment_json TEXT NOT NULL CHECK (json_valid(payment_json)), -- {"reference","descriptor","retry_days","created_at"}
  subscription_id TEXT,
  details_json TEXT NOT NULL CHECK (json_valid(details_json)), -- what travels along: {"client","customer","theme","meta","language"}
  callback TEXT,
  due_on TEXT,                                    -- the account's due date that made it
  state TEXT NOT NULL CHECK (state IN ('outside', 'waiting', 'charging', 'failed', 'paid', 'ended')),
  charge_at INTEGER,                              -- when it is charged, while it waits
  tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((state = 'waiting') = (charge_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX sales_order_once ON sales_order (customer_id, due_on) WHERE due_on IS NOT NULL;
CREATE INDEX sales_order_to_charge ON sales_order (charge_at) WHERE charge_at IS NOT NULL;
CREATE INDEX sales_order_by_customer ON sales_order (customer_id, key) WHERE customer_id IS NOT NULL;
CREATE INDEX sales_order_owed ON sales_order (customer_id, state, amount_minor) WHERE state IN ('waiting', 'charging', 'failed');
CREATE INDEX sales_order_by_created ON sales_order (created_at, key);

-- What happened to orders. An event whose transaction is open has not happened yet.
CREATE TABLE sales_order_event (
  key INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES sales_order (id),
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  event_json TEXT NOT NULL CHECK (json_valid(event_json)), -- {"reference","items","descriptor","original","error","details"}
  txn_id TEXT,
  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting IN (0, 1))
) STRICT;
CREATE INDEX sales_order_event_by_order ON sales_order_event (order_id, key);
CREATE UNIQUE INDEX sales_order_event_by_txn ON sales_order_event (txn_id) WHERE txn_id IS NOT NULL AND waiting = 1;

-- What the merchant's program is told of an order at the address it named; a row goes when it was told, or in vain.
CREATE TABLE order_callback (
  key INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES sales_order (id),
  url TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
  send_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX order_callback_due ON order_callback (send_at);
CREATE INDEX order_callback_by_order ON order_callback (order_id);

-- Uploaded files of transactions.
CREATE TABLE file_batch (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL DEFAULT '',               -- who uploaded it: its rows run with that user's rights
  status TEXT NOT NULL CHECK (status IN ('uploading', 'pending', 'processing', 'completed')),
  columns_json TEXT NOT NULL CHECK (json_valid(columns_json)), -- the header's columns in their order
  num_lines INTEGER NOT NULL DEFAULT 0 CHECK (num_lines >= 0),
  processed_lines INTEGER NOT NULL DEFAULT 0 CHECK (processed_lines BETWEEN 0 AND num_lines),
  completed_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX file_batch_open ON file_batch (key) WHERE status IN ('pending', 'processing');
CREATE INDEX file_batch_uploading ON file_batch (created_at) WHERE status = 'uploading';
CREATE INDEX file_batch_completed ON file_batch (completed_at) WHERE completed_at IS NOT NULL;

-- Rows of uploaded files. What was uploaded is only in `sealed` (vault), and only until the row's request has left.
CREATE TABLE file_batch_row (
  key INTEGER PRIMARY KEY,
  batch_id TEXT NOT NULL REFERENCES file_batch (id),
  line INTEGER NOT NULL,                          -- as a spreadsheet counts: the header is 1
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'waiting', 'done')),
  sealed BLOB,                                    -- the row's cells
  attempt_id TEXT,                                -- what was begun for it, written in the same commit
  type TEXT NOT NULL DEFAULT '',
  amount_minor INTEGER,
  order_id TEXT NOT NULL DEFAULT '',
  txn_id TEXT NOT NULL DEFAULT '',                -- the verdict, from here on
  status TEXT NOT NULL DEFAULT '',
  response_code INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  UNIQUE (batch_id, line)
) STRICT;
CREATE INDEX file_batch_row_pending ON file_batch_row (batch_id, line) WHERE state = 'pending';
CREATE INDEX file_batch_row_waiting ON file_batch_row (batch_id, line) WHERE state = 'waiting';
CREATE INDEX file_batch_row_sealed ON file_batch_row (key) WHERE sealed IS NOT NULL;

-- Accounts of the double-entry ledger: four totals, of which what is posted only grows. A total is
-- its `_high` part times 10^12 and the rest: it is the sum of amounts that each may fill 63 bits.
CREATE TABLE ledger_account (
  key INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                             -- domain/ledger/chart.rs
  owner TEXT NOT NULL DEFAULT '',                 -- customer or processor id; '' for the company's own
  denomination TEXT NOT NULL,
  debits_pending INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending BETWEEN 0 AND 999999999999),
  debits_pending_high INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending_high >= 0),
  debits_posted INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted BETWEEN 0 AND 999999999999),
  debits_posted_high INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted_high >= 0),
  credits_pending INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending BETWEEN 0 AND 999999999999),
  credits_pending_high INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending_high >= 0),
  credits_posted INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted BETWEEN 0 AND 999999999999),
  credits_posted_high INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted_high >= 0),
  credit_limit INTEGER NOT NULL DEFAULT 0 CHECK (credit_limit >= 0), -- how far below zero a gated balance may go
  gated INTEGER NOT NULL DEFAULT 0 CHECK (gated IN (0, 1)), -- whether entries refuse to take it below its limit; a usage event without the flag does not ask
  moved_at INTEGER NOT NULL DEFAULT 0,            -- when its totals last changed
  UNIQUE (kind, owner, denomination)
) STRICT;

-- Entries: one debit, one credit, one amount, so an entry that does not balance cannot exist.
-- `hash` covers the entry and the hash before it: the books are tamper-evident.
CREATE TABLE ledger_entry (
  key INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  fact TEXT NOT NULL,                             -- why: domain/ledger/chart.rs
  source_kind TEXT NOT NULL,                      -- the document in whose transaction it was written
  source_id TEXT NOT NULL,
  form TEXT NOT NULL CHECK (form IN ('posted', 'pending', 'post_pending', 'void_pending')),
  pending_key INTEGER REFERENCES ledger_entry (key),
  debit_account INTEGER NOT NULL REFERENCES ledger_account (key),
  credit_account INTEGER NOT NULL REFERENCES ledger_account (key),
  amount INTEGER NOT NULL CHECK (amount > 0),
  hash BLOB NOT NULL,
  CHECK (debit_account <> credit_account)
) STRICT;
CREATE INDEX ledger_entry_by_source ON ledger_entry (source_kind, source_id);
CREATE UNIQUE INDEX ledger_entry_resolves ON ledger_entry (pending_key) WHERE pending_key IS NOT NULL;
CREATE TRIGGER ledger_entry_is_append_only_u BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_entry_is_append_only_d BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

-- Mails to people: written in the commit of what they report, delivered by the job send_mails.
CREATE TABLE mail (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,                             -- what it says: 'user.password_reset'
  about_kind TEXT NOT NULL,                       -- the noun it is about, and that noun's id
  about_id TEXT NOT NULL,
  step TEXT NOT NULL DEFAULT '',                  -- tells two mails of one kind about one thing apart
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body_json TEXT CHECK (json_valid(body_json)),   -- {"text","html"}
  sealed BLOB,                                    -- the same, where it carries a secret (vault); erased once it is of no more use
  is_secret INTEGER NOT NULL DEFAULT 0 CHECK (is_secret IN (0, 1)),
  status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'bounced', 'failed', 'kept')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  send_at INTEGER NOT NULL,                       -- when it is tried next, while it is queued
  last_error TEXT NOT NULL DEFAULT '',
  sent_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (about_kind, about_id, kind, step),      -- the same mail is queued once
  CHECK (body_json IS NULL OR is_secret = 0)
) STRICT;
CREATE INDEX mail_due ON mail (send_at) WHERE status = 'queued';
CREATE INDEX mail_sealed ON mail (key) WHERE sealed IS NOT NULL;

-- Prepaid balances, one per customer and denomination that anything ever touched. The amounts are the ledger account's.
CREATE TABLE balance (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  denomination TEXT NOT NULL,
  account INTEGER NOT NULL UNIQUE REFERENCES ledger_account (key),
  pending_events INTEGER NOT NULL DEFAULT 0 CHECK (pending_events >= 0),
  alert_at INTEGER,                               -- told when what is available falls to it; NULL: never
  paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)), -- nothing may be taken by events
  refill_threshold INTEGER,                       -- its auto refill is looked at when what is available falls to it; NULL: a fall starts nothing now
  last_monthly_at INTEGER,                        -- the monthly instants of its auto refill: the last that was bought, and the next
  next_monthly_at INTEGER,
  plan_grant INTEGER CHECK (plan_grant >= 0),     -- what the plan gave for the present period; NULL: no plan manages it
  events_taken INTEGER NOT NULL DEFAULT 0 CHECK (events_taken >= 0), -- what complete events took since that grant; what they gave is not in it; stays at 2^63 - 1
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,                    -- of this row; ledger_account.moved_at is of the amounts
  UNIQUE (customer_id, denomination)
) STRICT;
CREATE INDEX balance_by_customer ON balance (customer_id, key);

-- Auto refills, one per balance: what is bought by itself, and when. What they bought is in `refill`.
CREATE TABLE auto_refill (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  denomination TEXT NOT NULL,
  threshold INTEGER,                              -- units are bought when this or less is available; NULL: only by the month
  amount INTEGER NOT NULL CHECK (amount >= 1),    -- units
  charge_minor INTEGER NOT NULL CHECK (charge_minor >= 0), -- what they cost, in the company's currency
  monthly INTEGER NOT NULL CHECK (monthly IN (0, 1)), -- bought by the month as well, balance.next_monthly_at
  cap_minor INTEGER CHECK (cap_minor >= 0),       -- what a calendar month may cost
  cooldown_s INTEGER NOT NULL CHECK (cooldown_s BETWEEN 300 AND 2678400), -- from one start to the next
  off_reason TEXT CHECK (off_reason IN ('requested', 'hard_decline', 'soft_declines', 'no_card')), -- NULL: it is on
  soft_declines INTEGER NOT NULL DEFAULT 0 CHECK (soft_declines >= 0), -- in a row
  anchor_at INTEGER,                              -- when it was switched on: the months count from there
  owed_at INTEGER,                                -- the monthly instant that has come and is not bought yet
  last_start_at INTEGER,                          -- when the last refill started
  look_at INTEGER,                                -- when the job looks at it next; NULL: not by itself
  created_at INTEGER NOT NULL,
  updated_at INTEGER,
  UNIQUE (customer_id, denomination),
  FOREIGN KEY (customer_id, denomination) REFERENCES balance (customer_id, denomination)
) STRICT;
CREATE INDEX auto_refill_by_customer ON auto_refill (customer_id, key);
CREATE INDEX auto_refill_due ON auto_refill (look_at) WHERE look_at IS NOT NULL;

-- What auto refills bought: at most one of a balance is under way, and each is charged at most once.
CREATE TABLE refill (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL,
  denomination TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 1),    -- 1, 2, … of its balance
  reason TEXT NOT NULL CHECK (reason IN ('threshold', 'monthly', 'retry')),
  amount INTEGER NOT NULL CHECK (amount >= 1),
  charge_minor INTEGER NOT NULL CHECK (charge_minor >= 0),
  txn_id TEXT UNIQUE REFERENCES txn (id),         -- the card's charge; NULL where it costs nothing
  status TEXT NOT NULL CHECK (status IN ('confirming', 'succeeded', 'declined', 'not_sent')),
  due_at INTEGER,                                 -- the instant it is for; NULL where a person asked for it
  started_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (customer_id, denomination, number),
  FOREIGN KEY (customer_id, denomination) REFERENCES auto_refill (customer_id, denomination)
) STRICT;
CREATE UNIQUE INDEX refill_under_way ON refill (customer_id, denomination) WHERE status = 'confirming';
CREATE INDEX refill_by_start ON refill (customer_id, denomination, started_at);

-- Pages on which an account's customer enters a card, once; only the SHA-256 of a page's secret is kept.
CREATE TABLE card_collector (
  hash BLOB PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  created_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX card_collector_by_customer ON card_collector (customer_id, created_at);

-- What one unit of a type of usage event costs.
CREATE TABLE event_price (
  key INTEGER PRIMARY KEY,
  event_type TEXT NOT NULL,
  denomination TEXT NOT NULL,
  amount INTEGER NOT NULL,                        -- below zero gives
  UNIQUE (event_type, denomination)
) STRICT;

-- What customers did. The hottest table: no foreign key (the writer has just read the customer), few indexes.
CREATE TABLE usage_event (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL,
  type TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity >= 1),
  costs_json TEXT NOT NULL CHECK (json_valid(costs_json)), -- [["sms", 5], …] by denomination; below zero gives
  gate_on_balance INTEGER NOT NULL CHECK (gate_on_balance IN (0, 1)),
  metadata_json TEXT NOT NULL CHECK (json_valid(metadata_json)),
  state TEXT NOT NULL CHECK (state IN ('pending', 'complete', 'cancelled', 'gated')), -- a pending one is cancelled one hour after created_at, whatever stands here
  cancel_reason TEXT CHECK (cancel_reason IN ('requested', 'expired')),
  refusal_json TEXT CHECK (json_valid(refusal_json)), -- why a gate refused it: [reason, denomination, needed, available]
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  updated_at INTEGER
) STRICT;
CREATE INDEX usage_event_by_customer ON usage_event (customer_id, key);
CREATE INDEX usage_event_by_type ON usage_event (type, key);
CREATE INDEX usage_event_not_complete ON usage_event (key) WHERE state <> 'complete';
CREATE INDEX usage_event_expiring ON usage_event (created_at) WHERE state = 'pending';

-- What pending usage events hold of a balance or promise to it, by the instant at which their hour ends.
CREATE TABLE pending_cost (
  customer_id TEXT NOT NULL,
  denomination TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  event_id TEXT NOT NULL REFERENCES usage_event (id),
  amount INTEGER NOT NULL,
  reservation INTEGER REFERENCES ledger_entry (key), -- NULL for a cost of nothing
  PRIMARY KEY (customer_id, denomination, expires_at, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_cost_by_event ON pending_cost (event_id);

-- Units bought by card or from another balance, or granted.
CREATE TABLE deposit (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  denomination TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 1),
  charged INTEGER NOT NULL CHECK (charged >= 0),
  charged_against TEXT,                           -- the denomination that pays; NULL: the card, or nothing
  txn_id TEXT UNIQUE REFERENCES txn (id),         -- the card's charge
  status TEXT NOT NULL CHECK (status IN ('confirming', 'succeeded', 'declined')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX deposit_by_customer ON deposit (customer_id, key);

-- What a customer may be sold by the period: units of balances, at a price. A prepaid plan never changes.
CREATE TABLE prepaid_plan (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  monthly_price INTEGER CHECK (monthly_price >= 0), -- minor units; NULL: does not renew monthly
  yearly_price INTEGER CHECK (yearly_price >= 0),
  refill_cadence TEXT NOT NULL CHECK (refill_cadence IN ('MONTHLY', 'YEARLY')), -- how often balances are filled
  flags_json TEXT NOT NULL CHECK (json_valid(flags_json)),
  created_at INTEGER NOT NULL,
  CHECK (monthly_price IS NOT NULL OR yearly_price IS NOT NULL)
) STRICT;

-- The balances that a prepaid plan fills.
CREATE TABLE prepaid_plan_balance (
  plan_id TEXT NOT NULL REFERENCES prepaid_plan (id),
  denomination TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),    -- units a fill
  rollover INTEGER NOT NULL CHECK (rollover IN (0, 1)), -- what is left does not lapse
  variable_unit_price INTEGER CHECK (variable_unit_price >= 0), -- of what an account has beyond `amount`; NULL: it cannot
  alert_percentage INTEGER CHECK (alert_percentage BETWEEN 1 AND 100), -- a fill sets balance.alert_at to this part of it
  overage_unit_price INTEGER CHECK (overage_unit_price >= 0), -- of what is below zero when a period ends; NULL: it is carried
  PRIMARY KEY (plan_id, denomination)
) STRICT, WITHOUT ROWID;

-- Which prepaid plan a customer has, one row per customer that ever had one. Period ends are counted from the anchor.
CREATE TABLE plan_attachment (
  key INTEGER PRIMARY KEY,
  customer_id TEXT NOT NULL UNIQUE REFERENCES customer (id),
  status TEXT NOT NULL CHECK (status IN ('NONE', 'AWAITING_CARD', 'ACTIVE', 'PAST_DUE', 'FAILED')),
  terms_json TEXT CHECK (json_valid(terms_json)), -- [plan, cadence, [[denomination, variable amount], …]]; NULL: none
  next_json TEXT CHECK (json_valid(next_json)),   -- terms from the next renewal on; 'null': it ends there; NULL: no change
  credit INTEGER NOT NULL DEFAULT 0 CHECK (credit >= 0), -- pays for later plan charges first, minor units
  anchor INTEGER,                                 -- NULL: never attached
  renewed_months INTEGER NOT NULL DEFAULT 0 CHECK (renewed_months >= 0), -- from the anchor to the last renewal
  refilled_months INTEGER NOT NULL DEFAULT 0 CHECK (refilled_months >= 0), -- from the anchor to the last fill
  refill_cadence TEXT NOT NULL DEFAULT 'MONTHLY' CHECK (refill_cadence IN ('MONTHLY', 'YEARLY')),
  retry_from INTEGER,                             -- while past due: what the days of the retries are counted from
  due_at INTEGER,                                 -- when the job renew_plans acts on it; NULL: nothing is due, or a charge is under way
  step_id TEXT,                                   -- the step whose charge is under way
  CHECK (status IN ('NONE', 'FAILED') OR terms_json IS NOT NULL)
) STRICT;
CREATE INDEX plan_attachment_due ON plan_attachment (due_at, key) WHERE due_at IS NOT NULL;

-- Steps in the life of an attachment, each charged at most once: what was charged and what it brought. A period's end
-- is one step, however often its card is tried.
CREATE TABLE plan_step (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  customer_id TEXT NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL CHECK (kind IN ('attach', 'renewal', 'refill', 'change')),
  due_at INTEGER,                                 -- the end of the period; NULL where a request asked for it
  terms_json TEXT CHECK (json_valid(terms_json)), -- what holds when it is done, as in plan_attachment; NULL: nothing
  price INTEGER NOT NULL,                         -- minor units, as the rest
  overage INTEGER NOT NULL CHECK (overage >= 0),
  credit_used INTEGER NOT NULL CHECK (credit_used >= 0),
  charge INTEGER NOT NULL CHECK (charge >= 0),
  currency TEXT NOT NULL,
  paid_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(paid_json)), -- debts that the overage pays, [[denomination, units], …]
  working_json TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(working_json)), -- of a change: [[kind, denomination, old, new, seconds left, seconds, prorated, applied], …]
  status TEXT NOT NULL CHECK (status IN ('confirming', 'succeeded', 'declined')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_step_once ON plan_step (customer_id, due_at) WHERE due_at IS NOT NULL;

-- What a step did to one balance, in the commit of its success.
CREATE TABLE plan_grant (
  key INTEGER PRIMARY KEY,
  step_id TEXT NOT NULL REFERENCES plan_step (id),
  customer_id TEXT NOT NULL,
  denomination TEXT NOT NULL,
  granted INTEGER NOT NULL CHECK (granted >= 0),
  lapsed INTEGER NOT NULL CHECK (lapsed >= 0),
  moved INTEGER NOT NULL,                         -- what the balance changed by: the ledger has the same
  UNIQUE (step_id, denomination)
) STRICT;

-- What card charges for prepaid units are for: one row per attempt of a charge. Amount and outcome are the transaction's.
CREATE TABLE prepaid_charge (
  key INTEGER PRIMARY KEY,
  txn_id TEXT NOT NULL UNIQUE REFERENCES txn (id),
  customer_id TEXT NOT NULL REFERENCES customer (id),
  kind TEXT NOT NULL CHECK (kind IN ('deposit', 'auto_refill', 'plan_attach', 'plan_renewal', 'plan_change', 'overage')),
  source_id TEXT NOT NULL,                        -- the deposit, refill or period that is paid
  denomination TEXT,                              -- what is bought, where that is one
  due_at INTEGER,                                 -- the instant it is for; NULL for charges made by a request
  attempt INTEGER NOT NULL CHECK (attempt >= 1)
) STRICT;
CREATE INDEX prepaid_charge_by_customer ON prepaid_charge (customer_id, key);

-- What a key of a caller already did.
CREATE TABLE idempotency (
  scope TEXT NOT NULL,                            -- the caller: 'user:<id>'
  key TEXT NOT NULL,
  command_hash BLOB NOT NULL,                     -- keyed HMAC of the decoded command
  result_kind TEXT NOT NULL,
  result_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_expired ON idempotency (expires_at);

-- Runs of jobs, newest last; old ones are pruned.
CREATE TABLE job_run (
  key INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  items INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed')),
  detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX job_run_by_job ON job_run (job, key);

-- Endpoints that are told of events. The outbox is the event table: cursor is the last event an endpoint is done with.
CREATE TABLE webhook (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  format TEXT NOT NULL CHECK (format IN ('standard', 'gateway', 'fermata')),
  topics_json TEXT NOT NULL CHECK (json_valid(topics_json)), -- ["invoice.paid", "transaction.*", "*"]
  disabled TEXT,                                  -- why it is told nothing; NULL while it is
  secret_sealed BLOB NOT NULL,
  previous_sealed BLOB,                           -- the secret before the last rotation
  previous_until INTEGER,                         -- it signs too until then
  username TEXT NOT NULL DEFAULT '',              -- HTTP Basic
  password_sealed BLOB,
  cursor INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,               -- failed tries of the message it stands at
  next_try_at INTEGER,
  failing_since INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- Events an endpoint is sent once more, before anything new; a row goes when it is done.
CREATE TABLE webhook_replay (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  after_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_replay_by_webhook ON webhook_replay (webhook_id, key);

-- Every try of every message, newest last; old ones are pruned.
CREATE TABLE webhook_delivery (
  key INTEGER PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  seq INTEGER,                                    -- the event; NULL for a test
  message_id TEXT NOT NULL,
  type TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  is_replay INTEGER NOT NULL DEFAULT 0 CHECK (is_replay IN (0, 1)),
  at INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  status INTEGER,                                 -- the receiver's HTTP status
  problem TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT ''                 -- its first bytes
) STRICT;
CREATE INDEX webhook_delivery_by_webhook ON webhook_delivery (webhook_id, key);
CREATE INDEX webhook_delivery_by_at ON webhook_delivery (at);
