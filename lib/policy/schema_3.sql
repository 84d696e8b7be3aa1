-- From version 2 to 3: what a payment was for and what came of it, approvals, decisions of people,
-- the journal by what it is about.

-- The columns `category` and `reason` (the buyer's) are those of version 1, which never wrote them.
-- resolution: what a person decided of a payment in doubt, and why. approval: the hash of what was
-- approved. guarantee: Core's id of it. artefact: the file the result went to.
ALTER TABLE payment ADD COLUMN resolution TEXT;
ALTER TABLE payment ADD COLUMN approval BLOB;
ALTER TABLE payment ADD COLUMN x402_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN guarantee_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN guarantee BLOB;
ALTER TABLE payment ADD COLUMN body_sha256 BLOB;
ALTER TABLE payment ADD COLUMN artefact TEXT;

-- The price last paid for a route, and what came of the latest payments to a seller.
CREATE INDEX payment_price ON payment (origin, network, asset, route) WHERE state = 3;
CREATE INDEX payment_seller ON payment (origin) WHERE state >= 2;

-- Authority that may still be used.
CREATE INDEX payment_authority ON payment (payer, network) WHERE state IN (2, 4, 5);

-- What version 1 had under this name was never written.
DROP TABLE approval;

-- hash: of the terms as lib/policy/approval.c has them. terms: the same, for people. used: time, 0
-- until then; payment: the one that used it.
CREATE TABLE approval (
	hash BLOB PRIMARY KEY,
	terms TEXT NOT NULL,
	made INTEGER NOT NULL,
	deadline INTEGER NOT NULL,
	used INTEGER NOT NULL DEFAULT 0,
	payment TEXT
) WITHOUT ROWID;

-- What of a total without a window no longer counts: a task that was reset at a time.
CREATE TABLE baseline (
	scope TEXT NOT NULL,
	asset TEXT NOT NULL,
	amount BLOB NOT NULL,
	count INTEGER NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (scope, asset)
) WITHOUT ROWID;

-- subject: the id of the payment or operation a record is about.
ALTER TABLE journal ADD COLUMN subject TEXT;
UPDATE journal SET subject = json_extract(body, '$.id') WHERE json_extract(body, '$.id') IS NOT NULL;
CREATE INDEX journal_subject ON journal (subject) WHERE subject IS NOT NULL;

-- What a clearing cycle is made of: guarantees whose certificate names it, and those that no
-- certificate names one of, by when they were signed.
CREATE INDEX payment_cycle ON payment (cycle_hint) WHERE cycle_hint IS NOT NULL;
CREATE INDEX payment_uncertified ON payment (payer, network, signed)
	WHERE cycle_hint IS NULL AND req_id IS NOT NULL AND state >= 2;

-- Guarantees that others gave a wallet here: certificates that were verified, then imported.
-- timestamp: seconds, as the payer signed it.
CREATE TABLE incoming (
	seq INTEGER PRIMARY KEY,
	network INTEGER NOT NULL,
	recipient BLOB NOT NULL,
	cycle_id BLOB NOT NULL,
	payer BLOB NOT NULL,
	req_id BLOB NOT NULL,
	asset BLOB NOT NULL,
	version INTEGER NOT NULL,
	amount BLOB NOT NULL,
	timestamp INTEGER NOT NULL,
	claims BLOB NOT NULL,
	signature BLOB NOT NULL,
	at INTEGER NOT NULL
);
CREATE UNIQUE INDEX incoming_identity
	ON incoming (network, recipient, cycle_id, payer, req_id, asset, version);
