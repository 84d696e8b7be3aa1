/* SPDX-License-Identifier: MIT */
/** Every statement of the ledger, prepared when first used. */
#ifndef FOURMICA_POLICY_SQL_H
#define FOURMICA_POLICY_SQL_H

/* Read by fm_row_read in this order. */
#define FM_SQL_ROW                                                                             \
	"SELECT seq, id, idem_key, binding, payer, network, asset, amount, scheme, req_id, "   \
	"nonce, identity, valid_before, digest, header, origin, route, method, pay_to, task, " \
	"category, reason, policy_hash, approval, x402_version, guarantee_version, state, "    \
	"evidence, error_code, seller_reason, http_status, retries, created, signed, "         \
	"first_sent, ended, cycle_hint, resolution, guarantee, body_sha256, artefact, "        \
	"booked, owed FROM payment "

/* Read by fm_record_read. */
#define FM_SQL_RECORD "SELECT seq, at, prev, hash, body, subject FROM journal "

/* Read by fm_op_row_read and fm_tx_row_read. */
#define FM_SQL_OP                                                                          \
	"SELECT seq, id, kind, payer, network, asset, amount, target, note, state, told, " \
	"created, ended, policy_hash, booked FROM op "
#define FM_SQL_TX                                                                        \
	"SELECT hash, op, purpose, payer, network, nonce, recipient, value, max_fee, "   \
	"priority_fee, gas_limit, raw, state, created, sent, ended, block, block_hash, " \
	"gas_used, fee FROM tx "

/* Read by item_read of cycle.c. */
#define FM_SQL_ITEM \
	"SELECT seq, id, req_id, pay_to, amount, guarantee_version, state, evidence, signed "

/* "state <> 1" lets SQLite use the partial indexes of the schema. */
#define FM_SQLS(X)                                                                              \
	X(FM_SQL_BEGIN, "BEGIN IMMEDIATE")                                                      \
	X(FM_SQL_SNAPSHOT, "BEGIN")                                                             \
	X(FM_SQL_COMMIT, "COMMIT")                                                              \
	X(FM_SQL_ROLLBACK, "ROLLBACK")                                                          \
	X(FM_SQL_META_ADD, "INSERT INTO meta (key, value) VALUES (?, ?)")                       \
	X(FM_SQL_JOURNAL_LAST,                                                                  \
	  "SELECT seq, at, hash FROM journal ORDER BY seq DESC LIMIT 1")                        \
	X(FM_SQL_JOURNAL_AT, "SELECT hash FROM journal WHERE seq = ?")                          \
	X(FM_SQL_JOURNAL_ADD,                                                                   \
	  "INSERT INTO journal (seq, at, prev, hash, body, subject) VALUES (?, ?, ?, ?, ?, ?)") \
	X(FM_SQL_JOURNAL_ALL, FM_SQL_RECORD "ORDER BY seq")                                     \
	X(FM_SQL_JOURNAL_EACH, FM_SQL_RECORD "WHERE seq > ? ORDER BY seq")                      \
	X(FM_SQL_JOURNAL_OF, FM_SQL_RECORD "WHERE seq > ? AND subject = ? ORDER BY seq")        \
	X(FM_SQL_JOURNAL_BACK,                                                                  \
	  FM_SQL_RECORD "WHERE subject = ? AND subject IS NOT NULL ORDER BY seq DESC")          \
	X(FM_SQL_JOURNAL_TIME,                                                                  \
	  "SELECT seq, at FROM journal WHERE seq >= ? ORDER BY seq LIMIT 1")                    \
	X(FM_SQL_JOURNAL_DENIED, "SELECT 1 FROM journal WHERE seq = ? AND "                     \
				 "json_extract(body, '$.event') = 'denied'")                    \
	X(FM_SQL_JOURNAL_REMOVE, "DELETE FROM journal WHERE seq <= ?")                          \
	X(FM_SQL_SUBJECTS,                                                                      \
	  "SELECT DISTINCT subject FROM journal WHERE subject IS NOT NULL")                     \
	X(FM_SQL_SUBJECTS_TO,                                                                   \
	  "SELECT subject, min(seq) FROM journal WHERE "                                        \
	  "subject IS NOT NULL GROUP BY subject HAVING min(seq) <= ?")                          \
	X(FM_SQL_ALL_PAYMENTS, "SELECT * FROM payment ORDER BY seq")                            \
	X(FM_SQL_ALL_OPS, "SELECT * FROM op ORDER BY seq")                                      \
	X(FM_SQL_ALL_TXS, "SELECT * FROM tx ORDER BY seq")                                      \
	X(FM_SQL_PAYMENTS_BETWEEN,                                                              \
	  FM_SQL_ROW "WHERE created >= ? AND created < ? ORDER BY seq")                         \
	X(FM_SQL_EACH_PAYMENT, FM_SQL_ROW "ORDER BY seq")                                       \
	X(FM_SQL_EACH_OP, FM_SQL_OP "ORDER BY seq")                                             \
	X(FM_SQL_EACH_TOTAL,                                                                    \
	  "SELECT scope, width, bucket, asset, amount, count, newest FROM total")               \
	X(FM_SQL_ID_PAYMENT, "SELECT id FROM payment WHERE id = ?")                             \
	X(FM_SQL_ID_OP, "SELECT id FROM op WHERE id = ?")                                       \
	/* What was released gives way to what was paid with its key. */                        \
	X(FM_SQL_ID_KEY,                                                                        \
	  "SELECT id FROM payment WHERE idem_key = ? AND idem_key IS NOT NULL "                 \
	  "ORDER BY state = 1, seq DESC LIMIT 1")                                               \
	X(FM_SQL_ID_TX, "SELECT op FROM tx WHERE hash = ?")                                     \
	X(FM_SQL_ID_GUARANTEE, "SELECT id FROM payment WHERE guarantee = ?")                    \
	X(FM_SQL_ID_NONCE, "SELECT id FROM payment WHERE nonce = ? AND state <> 1")             \
	X(FM_SQL_ID_REQ, "SELECT id FROM payment WHERE req_id = ? AND state <> 1")              \
	X(FM_SQL_ID_BEGINS,                                                                     \
	  "SELECT id FROM payment WHERE id BETWEEN ?1 AND ?2 UNION ALL "                        \
	  "SELECT id FROM op WHERE id BETWEEN ?1 AND ?2 LIMIT 2")                               \
	X(FM_SQL_RESERVED, "SELECT seq FROM payment WHERE state = 0 ORDER BY seq")              \
	X(FM_SQL_BY_SEQ, FM_SQL_ROW "WHERE seq = ?")                                            \
	X(FM_SQL_BY_ID, FM_SQL_ROW "WHERE id = ?")                                              \
	X(FM_SQL_BY_KEY,                                                                        \
	  FM_SQL_ROW "WHERE idem_key = ? AND idem_key IS NOT NULL AND state <> 1")              \
	X(FM_SQL_BY_KEY_RELEASED,                                                               \
	  FM_SQL_ROW "WHERE idem_key = ? AND idem_key IS NOT NULL "                             \
		     "AND state = 1 ORDER BY seq DESC LIMIT 1")                                 \
	/* One statement instead of three: a short command pays for preparing. */               \
	X(FM_SQL_LIKE,                                                                          \
	  "SELECT (SELECT seq FROM payment WHERE idem_key = ? AND idem_key IS NOT NULL AND "    \
	  "state <> 1), (SELECT seq FROM payment WHERE identity = ? AND identity IS NOT NULL "  \
	  "AND state <> 1), (SELECT seq FROM payment WHERE payer = ? AND req_id = ? AND "       \
	  "req_id IS NOT NULL AND state <> 1)")                                                 \
	X(FM_SQL_REQ_ID, "SELECT seq FROM payment WHERE payer = ? AND req_id = ? AND "          \
			 "req_id IS NOT NULL AND state <> 1")                                   \
	X(FM_SQL_EACH, FM_SQL_ROW "ORDER BY seq DESC LIMIT ?")                                  \
	X(FM_SQL_ADD,                                                                           \
	  "INSERT INTO payment (seq, id, idem_key, binding, payer, network, asset, amount, "    \
	  "scheme, req_id, nonce, identity, valid_before, origin, route, method, pay_to, "      \
	  "task, category, reason, policy_hash, approval, x402_version, guarantee_version, "    \
	  "state, created, booked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "    \
	  "?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)")                                                   \
	X(FM_SQL_REMOVE, "DELETE FROM payment WHERE seq = ? AND state = 1")                     \
	X(FM_SQL_RELEASE,                                                                       \
	  "UPDATE payment SET state = 1, ended = ? WHERE seq = ? AND state = 0")                \
	X(FM_SQL_SIGNED,                                                                        \
	  "UPDATE payment SET state = 2, digest = ?, header = ?, valid_before = ?, "            \
	  "req_id = ?, nonce = ?, signed = ? WHERE id = ? AND state = 0 RETURNING seq")         \
	X(FM_SQL_SENT,                                                                          \
	  "UPDATE payment SET first_sent = iif(first_sent = 0, ?1, first_sent), "               \
	  "retries = iif(first_sent = 0, ?2, max(retries + 1, ?2)) "                            \
	  "WHERE id = ?3 AND state >= 2 RETURNING first_sent, retries")                         \
	X(FM_SQL_OUTCOME,                                                                       \
	  "UPDATE payment SET state = ?, evidence = ?, error_code = ?, error_category = ?, "    \
	  "seller_reason = ?, http_status = ?, ended = ?, "                                     \
	  "cycle_hint = coalesce(?, cycle_hint), guarantee = coalesce(?, guarantee), "          \
	  "body_sha256 = coalesce(?, body_sha256), artefact = coalesce(?, artefact) "           \
	  "WHERE id = ? AND state >= 2 "                                                        \
	  "AND (state <> 3 OR ?1 IN (3, 6)) RETURNING seq")                                     \
	X(FM_SQL_TOTAL_SUM,                                                                     \
	  "SELECT amount, count, newest FROM total WHERE scope = ? AND "                        \
	  "width = ? AND bucket >= ? AND bucket < ? AND asset = ?")                             \
	X(FM_SQL_TOTAL_SUM_ANY,                                                                 \
	  "SELECT amount, count, newest FROM total WHERE scope = ? AND "                        \
	  "width = ? AND bucket >= ? AND bucket < ?")                                           \
	X(FM_SQL_TOTAL_SUM_CHAIN,                                                               \
	  "SELECT amount, count, newest FROM total WHERE scope = ? AND "                        \
	  "width = ? AND bucket >= ? AND bucket < ? AND asset >= ? AND asset < ?")              \
	X(FM_SQL_TOTAL_GET,                                                                     \
	  "SELECT amount, count, newest FROM total WHERE scope = ? AND "                        \
	  "width = ? AND bucket = ? AND asset = ?")                                             \
	X(FM_SQL_TOTAL_PUT,                                                                     \
	  "REPLACE INTO total (scope, width, bucket, asset, amount, count, "                    \
	  "newest) VALUES (?, ?, ?, ?, ?, ?, ?)")                                               \
	X(FM_SQL_PAID_BEFORE,                                                                   \
	  "SELECT 1 FROM payment WHERE origin = ? AND state = 3 LIMIT 1")                       \
	X(FM_SQL_LAST_PRICE,                                                                    \
	  "SELECT amount FROM payment WHERE origin = ? AND network = ? AND asset = ? AND "      \
	  "route = ? AND state = 3 ORDER BY seq DESC LIMIT 1")                                  \
	/* Refused, in doubt, or found to be unused; "state >= 2" is its index. */              \
	X(FM_SQL_FAILURES,                                                                      \
	  "SELECT state IN (4, 5) OR (state = 6 AND evidence <> 'marked_paid') FROM "           \
	  "payment WHERE origin = ? AND state >= 2 AND state <> 2 ORDER BY seq DESC LIMIT ?")   \
	X(FM_SQL_PIN_KEYS, "SELECT key FROM pin WHERE kind = ?")                                \
	X(FM_SQL_PIN_GET, "SELECT value, at FROM pin WHERE kind = ? AND key = ?")               \
	X(FM_SQL_PIN_SET,                                                                       \
	  "INSERT INTO pin (kind, key, value, at) VALUES (?, ?, ?, ?) "                         \
	  "ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at")                 \
	X(FM_SQL_PIN_EACH, "SELECT kind, key, value, at FROM pin ORDER BY kind, key")           \
	X(FM_SQL_OP_BY_ID, FM_SQL_OP "WHERE id = ?")                                            \
	X(FM_SQL_OP_UNTOLD, FM_SQL_OP "WHERE told = 0 ORDER BY seq DESC")                       \
	X(FM_SQL_OP_EACH, FM_SQL_OP "ORDER BY seq DESC")                                        \
	X(FM_SQL_OP_ADD,                                                                        \
	  "INSERT INTO op (id, kind, payer, network, asset, amount, target, note, state, "      \
	  "told, created, policy_hash, booked) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)") \
	X(FM_SQL_OP_SET, "UPDATE op SET state = ?, told = ?, ended = ? WHERE seq = ?")          \
	X(FM_SQL_OP_TXS, "SELECT EXISTS (SELECT 1 FROM tx WHERE op = ?1), "                     \
			 "EXISTS (SELECT 1 FROM tx WHERE op = ?1 AND state = 0)")               \
	X(FM_SQL_TX_ANY, "SELECT EXISTS (SELECT 1 FROM tx)")                                    \
	X(FM_SQL_APPROVAL_ANY, "SELECT EXISTS (SELECT 1 FROM approval)")                        \
	X(FM_SQL_APPROVAL_GET,                                                                  \
	  "SELECT made, deadline, used, payment FROM approval WHERE hash = ?")                  \
	X(FM_SQL_APPROVAL_PUT,                                                                  \
	  "REPLACE INTO approval (hash, terms, made, deadline, used, payment) "                 \
	  "VALUES (?, ?, ?, ?, 0, NULL)")                                                       \
	X(FM_SQL_APPROVAL_USE,                                                                  \
	  "UPDATE approval SET used = ?1, payment = ?2 WHERE hash = ?3 AND used = 0 "           \
	  "AND deadline > ?1")                                                                  \
	X(FM_SQL_APPROVAL_BACK,                                                                 \
	  "UPDATE approval SET used = 0, payment = NULL WHERE hash = ? AND payment = ?")        \
	X(FM_SQL_BASELINE_OF,                                                                   \
	  "SELECT asset, amount, count, at FROM baseline WHERE scope = ?")                      \
	X(FM_SQL_BASELINE_PUT,                                                                  \
	  "REPLACE INTO baseline (scope, asset, amount, count, at) VALUES (?, ?, ?, ?, ?)")     \
	X(FM_SQL_EVER,                                                                          \
	  "SELECT asset, amount, count FROM total WHERE scope = ? AND width = 0 AND "           \
	  "bucket = 0 ORDER BY asset")                                                          \
	X(FM_SQL_SCOPES,                                                                        \
	  "SELECT scope FROM total WHERE scope >= ? AND scope < ? AND width = 0 AND "           \
	  "bucket = 0 AND count > 0 GROUP BY scope ORDER BY max(newest) DESC, scope LIMIT ?")   \
	X(FM_SQL_OLDEST,                                                                        \
	  "SELECT newest FROM total WHERE scope = ?1 AND width = 60 AND bucket >= ?2 AND "      \
	  "newest > ?3 AND count > 0 AND asset BETWEEN ?4 AND ?5 ORDER BY bucket LIMIT 1")      \
	X(FM_SQL_TASK_UNSURE,                                                                   \
	  "SELECT amount FROM payment WHERE state IN (2, 5) AND task = ? AND network = ? "      \
	  "AND asset = ?")                                                                      \
	X(FM_SQL_BOOKED, FM_SQL_ROW "WHERE state <> 1 AND booked <> 0 ORDER BY seq")            \
	X(FM_SQL_BOOKED_SET, "UPDATE payment SET booked = ? WHERE seq = ?")                     \
	X(FM_SQL_TX_BY_HASH, FM_SQL_TX "WHERE hash = ?")                                        \
	X(FM_SQL_TX_OF, FM_SQL_TX "WHERE op = ? ORDER BY seq")                                  \
	X(FM_SQL_TX_OPEN,                                                                       \
	  FM_SQL_TX "WHERE payer = ? AND network = ? AND state = 0 ORDER BY nonce, seq")        \
	X(FM_SQL_TX_NONCE,                                                                      \
	  FM_SQL_TX "WHERE payer = ? AND network = ? AND nonce = ? ORDER BY seq")               \
	X(FM_SQL_TX_ADD,                                                                        \
	  "INSERT INTO tx (hash, op, purpose, payer, network, nonce, recipient, value, "        \
	  "max_fee, priority_fee, gas_limit, raw, state, created) VALUES "                      \
	  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)")                                         \
	X(FM_SQL_TX_SENT, "UPDATE tx SET sent = ? WHERE hash = ? AND sent = 0")                 \
	X(FM_SQL_TX_SET,                                                                        \
	  "UPDATE tx SET state = ?, ended = ?, block = ?, block_hash = ?, gas_used = ?, "       \
	  "fee = ? WHERE hash = ?")                                                             \
	X(FM_SQL_TX_COUNT,                                                                      \
	  "SELECT count(*) FROM tx WHERE payer = ? AND network = ? AND state = 0")              \
	X(FM_SQL_UNSURE,                                                                        \
	  "SELECT seq, state FROM payment WHERE payer = ? AND network = ? AND state IN (2, 5)") \
	X(FM_SQL_SIGNED_BY,                                                                     \
	  FM_SQL_ROW "WHERE scheme = ? AND state BETWEEN 2 AND 5 ORDER BY seq")                 \
	X(FM_SQL_OWED_SET, "UPDATE payment SET owed = ? WHERE seq = ?")                         \
	X(FM_SQL_OWED,                                                                          \
	  "SELECT asset, amount, count FROM total WHERE scope = ? AND width = 0 AND "           \
	  "bucket = 0 AND asset >= ? AND asset < ? ORDER BY asset")                             \
	X(FM_SQL_AUTHORITY,                                                                     \
	  FM_SQL_ROW "WHERE payer = ? AND network = ? AND state IN (2, 4, 5) "                  \
		     "ORDER BY seq DESC LIMIT ?")                                               \
	X(FM_SQL_AUTHORITY_COUNT,                                                               \
	  "SELECT count(*) FROM payment WHERE payer = ? AND network = ? AND "                   \
	  "state IN (2, 4, 5)")                                                                 \
	X(FM_SQL_CLAIMED, FM_SQL_ROW                                                            \
	  "WHERE payer = ? AND network = ? AND state = 3 AND valid_before > 0 AND "             \
	  "evidence <> ? ORDER BY seq DESC")                                                    \
	X(FM_SQL_NETWORKS,                                                                      \
	  "SELECT network FROM payment WHERE payer = ?1 AND state IN (2, 4, 5) UNION "          \
	  "SELECT network FROM tx WHERE payer = ?1 AND state = 0 ORDER BY network")             \
	X(FM_SQL_NETWORKS_ALL,                                                                  \
	  "SELECT network FROM payment WHERE payer = ?1 UNION "                                 \
	  "SELECT network FROM tx WHERE payer = ?1 ORDER BY network")                           \
	/* What went through after all has no error any more. */                                \
	X(FM_SQL_RESOLVE,                                                                       \
	  "UPDATE payment SET state = ?1, evidence = ?2, "                                      \
	  "error_code = iif(?1 = 3, '', error_code), "                                          \
	  "error_category = iif(?1 = 3, NULL, error_category), resolution = ?3, "               \
	  "cycle_hint = coalesce(?4, cycle_hint), ended = ?5, "                                 \
	  "guarantee = coalesce(?8, guarantee) WHERE id = ?6 AND state = ?7 RETURNING seq")     \
	/* All columns, whatever later versions add. */                                         \
	X(FM_SQL_WHOLE_PAYMENT, "SELECT * FROM payment WHERE id = ?")                           \
	X(FM_SQL_WHOLE_OP, "SELECT * FROM op WHERE id = ?")                                     \
	X(FM_SQL_WHOLE_TX, "SELECT * FROM tx WHERE hash = ?")                                   \
	X(FM_SQL_META_GET, "SELECT value FROM meta WHERE key = ?")                              \
	X(FM_SQL_META_PUT, "REPLACE INTO meta (key, value) VALUES (?, ?)")                      \
	X(FM_SQL_META_SET, "UPDATE meta SET value = ? WHERE key = ?")                           \
	/* What a cycle is made of: lib/policy/cycle.c. */                                      \
	X(FM_SQL_CYCLE_OUT,                                                                     \
	  FM_SQL_ITEM "FROM payment WHERE cycle_hint >= ? AND "                                 \
		      "cycle_hint < ? AND payer = ? AND network = ? AND "                       \
		      "state >= 2")                                                             \
	/* Starts have ten digits, so that hints of one asset sort by time. */                  \
	X(FM_SQL_CYCLE_BEFORE,                                                                  \
	  "SELECT max(cycle_hint) FROM payment WHERE cycle_hint >= ? AND cycle_hint < ?")       \
	X(FM_SQL_CYCLE_OWED,                                                                    \
	  "SELECT 1 FROM payment WHERE cycle_hint >= ? AND cycle_hint < ? AND payer = ? AND "   \
	  "network = ? AND owed <> 0 LIMIT 1")                                                  \
	X(FM_SQL_CYCLE_UNNAMED, FM_SQL_ITEM                                                     \
	  "FROM payment WHERE payer = ? AND network = ? AND signed >= ? AND "                   \
	  "signed < ? AND cycle_hint IS NULL AND req_id IS NOT NULL AND "                       \
	  "state >= 2 AND asset = ?")                                                           \
	X(FM_SQL_CYCLE_IN,                                                                      \
	  "SELECT seq, '', req_id, payer, amount, version, 3, 'verified', timestamp * 1000 "    \
	  "FROM incoming WHERE network = ? AND recipient = ? AND cycle_id = ? AND asset = ?")   \
	X(FM_SQL_CYCLE_PAID,                                                                    \
	  "UPDATE payment SET state = 3, evidence = ?, error_code = '', "                       \
	  "error_category = NULL, cycle_hint = coalesce(cycle_hint, ?), ended = ? "             \
	  "WHERE seq = ? AND state IN (2, 3, 4, 5)")                                            \
	X(FM_SQL_INCOMING_FIND,                                                                 \
	  "SELECT amount, timestamp, claims FROM incoming WHERE network = ? AND "               \
	  "recipient = ? AND cycle_id = ? AND payer = ? AND req_id = ? AND asset = ? AND "      \
	  "version = ?")                                                                        \
	X(FM_SQL_INCOMING_ADD,                                                                  \
	  "INSERT INTO incoming (network, recipient, cycle_id, payer, req_id, asset, version, " \
	  "amount, timestamp, claims, signature, at) "                                          \
	  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                                        \
	X(FM_SQL_INCOMING_CYCLES,                                                               \
	  "SELECT cycle_id, asset, max(timestamp) FROM incoming WHERE network = ? AND "         \
	  "recipient = ? GROUP BY cycle_id, asset")

#endif
