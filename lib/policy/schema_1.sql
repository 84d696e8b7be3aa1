-- The ledger, schema version 1; schema_2.sql and so on change it further. Amounts, request ids and
-- hashes are blobs of 32 bytes, most significant first; addresses of 20. Times are milliseconds
-- since 1970.

CREATE TABLE meta (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) WITHOUT ROWID;

-- state: 0 reserved, 1 released, 2 signed, 3 paid, 4 refused, 5 in_doubt, 6 resolved.
-- seq is also the offset of the owner's lock in ledger.owners.
CREATE TABLE payment (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL,
	idem_key TEXT,
	binding BLOB NOT NULL,
	wallet TEXT,
	payer BLOB NOT NULL,
	network INTEGER NOT NULL,
	asset BLOB NOT NULL,
	amount BLOB NOT NULL,
	scheme TEXT NOT NULL,
	req_id BLOB,
	nonce BLOB,
	identity BLOB,
	valid_before INTEGER NOT NULL DEFAULT 0,
	digest BLOB,
	header TEXT,
	origin TEXT NOT NULL,
	route TEXT,
	method TEXT NOT NULL,
	pay_to BLOB NOT NULL,
	task TEXT NOT NULL,
	category TEXT,
	reason TEXT,
	policy_hash BLOB NOT NULL,
	state INTEGER NOT NULL,
	evidence TEXT NOT NULL DEFAULT '',
	error_code TEXT NOT NULL DEFAULT '',
	error_category TEXT,
	seller_reason TEXT,
	http_status INTEGER NOT NULL DEFAULT 0,
	retries INTEGER NOT NULL DEFAULT 0,
	created INTEGER NOT NULL,
	signed INTEGER NOT NULL DEFAULT 0,
	first_sent INTEGER NOT NULL DEFAULT 0,
	ended INTEGER NOT NULL DEFAULT 0,
	cycle_hint TEXT,
	booked INTEGER NOT NULL
);
CREATE UNIQUE INDEX payment_id ON payment (id);
-- What was released was never signed: its key and its ids are free again.
CREATE UNIQUE INDEX payment_idem ON payment (idem_key)
	WHERE idem_key IS NOT NULL AND state <> 1;
CREATE UNIQUE INDEX payment_identity ON payment (identity)
	WHERE identity IS NOT NULL AND state <> 1;
CREATE UNIQUE INDEX payment_req_id ON payment (payer, req_id)
	WHERE req_id IS NOT NULL AND state <> 1;
CREATE INDEX payment_reserved ON payment (seq) WHERE state = 0;
CREATE INDEX payment_released ON payment (idem_key)
	WHERE idem_key IS NOT NULL AND state = 1;

-- What was booked for a scope in one asset within [bucket * width, (bucket + 1) * width),
-- width in seconds; width 0: ever. newest: time of the latest booking in it.
CREATE TABLE total (
	scope TEXT NOT NULL,
	width INTEGER NOT NULL,
	bucket INTEGER NOT NULL,
	asset TEXT NOT NULL,
	amount BLOB NOT NULL,
	count INTEGER NOT NULL,
	newest INTEGER NOT NULL,
	PRIMARY KEY (scope, width, bucket, asset)
) WITHOUT ROWID;

CREATE TABLE tx (
	hash BLOB PRIMARY KEY,
	wallet BLOB NOT NULL,
	network INTEGER NOT NULL,
	nonce INTEGER NOT NULL,
	raw BLOB NOT NULL,
	purpose TEXT NOT NULL,
	state INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tx_nonce ON tx (wallet, network, nonce);

CREATE TABLE pin (
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	value BLOB NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE approval (
	hash BLOB PRIMARY KEY,
	deadline INTEGER NOT NULL,
	used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- hash: SHA-256 over "fourmica.journal/1", NUL, seq and at as 8 bytes each, prev, body.
CREATE TABLE journal (
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	prev BLOB NOT NULL,
	hash BLOB NOT NULL,
	body TEXT NOT NULL
);
