-- From version 1 to 2: operations, their transactions, outstanding authority.

-- kind, state: enum fm_op_kind, enum fm_op_state of fourmica/policy.h. seq is also the place of the
-- owner's lock in ledger.owners, behind those of payments.
CREATE TABLE op (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL,
	kind INTEGER NOT NULL,
	payer BLOB NOT NULL,
	network INTEGER NOT NULL,
	asset BLOB NOT NULL,
	amount BLOB NOT NULL,
	target BLOB NOT NULL,
	note TEXT NOT NULL,
	state INTEGER NOT NULL,
	told INTEGER NOT NULL,
	created INTEGER NOT NULL,
	ended INTEGER NOT NULL DEFAULT 0,
	policy_hash BLOB NOT NULL,
	booked INTEGER NOT NULL
);
CREATE UNIQUE INDEX op_id ON op (id);
CREATE INDEX op_untold ON op (seq) WHERE told = 0;

-- What version 1 had under this name was never written.
DROP TABLE tx;

-- state: enum fm_tx_state.
CREATE TABLE tx (
	seq INTEGER PRIMARY KEY,
	hash BLOB NOT NULL,
	op TEXT NOT NULL,
	purpose TEXT NOT NULL,
	payer BLOB NOT NULL,
	network INTEGER NOT NULL,
	nonce INTEGER NOT NULL,
	recipient BLOB NOT NULL,
	value BLOB NOT NULL,
	max_fee BLOB NOT NULL,
	priority_fee BLOB NOT NULL,
	gas_limit INTEGER NOT NULL,
	raw BLOB NOT NULL,
	state INTEGER NOT NULL,
	created INTEGER NOT NULL,
	sent INTEGER NOT NULL DEFAULT 0,
	ended INTEGER NOT NULL DEFAULT 0,
	block INTEGER NOT NULL DEFAULT 0,
	block_hash BLOB,
	gas_used INTEGER NOT NULL DEFAULT 0,
	fee BLOB
);
CREATE UNIQUE INDEX tx_hash ON tx (hash);
CREATE INDEX tx_op ON tx (op, seq);
CREATE INDEX tx_nonce ON tx (payer, network, nonce);
CREATE INDEX tx_open ON tx (payer, network, nonce) WHERE state = 0;

-- The sums a payment is in now: 1 "credit PAYER", 2 "credit-paid PAYER" (rows of `total`, ever).
-- Who upgrades fills them. Noted per row because a program of version 1 that has the ledger open
-- meanwhile moves states without them.
ALTER TABLE payment ADD COLUMN owed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX payment_unsure ON payment (payer, network) WHERE state IN (2, 5);
