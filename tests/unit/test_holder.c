/* SPDX-License-Identifier: MIT */
/** The key holder: what is said to it, what it signs, who it listens to, when it ends. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <client/chain.h>
#include <client/holder.h>
#include <evm/contract.h>
#include <evm/sign.h>
#include <fourmica/cycles.h>
#include <fourmica/file.h>
#include <keystore/holder.h>

#include <ledger_home.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHAIN UINT64_C(84532)
#define KEY "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"

static struct fm_err err;
static struct fm_secret *key;
static struct fm_addr payer, seller, token, vault;
static struct fm_ledger *ledger;
static struct fm_spending spending;
static struct fm_payment row;
static struct fm_client *client;
static struct fm_holder_memory memory;
static int64_t since_ms;
static char stop[512], run[512], heads[512];
static pid_t holder;

static struct fm_addr addr(uint8_t last)
{
	struct fm_addr a = { { 0x11 } };

	a.b[19] = last;
	return a;
}

static void must(enum fm_code rc)
{
	if (rc)
		fail_msg("%s", err.msg);
}

/* ---- a wallet with a ledger ---- */

static void open_ledger(void)
{
	const struct fm_ledger_options options = { .path = home_ledger(),
						   .clock = &fm_system_clock,
						   .rand = &fm_system_rand,
						   .head_dir = heads };

	must(fm_ledger_open(&ledger, &options, &err));
	spending.bound = true;
	must(fm_ledger_name(&spending.ledger, ledger, &err));
}

static const char *core_url(void *ctx, uint64_t chain_id)
{
	(void)ctx;
	return chain_id == CHAIN ? "https://core.example" : NULL;
}

static void open_client(void)
{
	const struct fm_client_config config = { .clock = &fm_system_clock,
						 .rand = &fm_system_rand,
						 .ledger_file = home_ledger(),
						 .spending = &spending,
						 .head_dir = heads,
						 .stop_file = stop,
						 .core_url = core_url,
						 .dry_run = true,
						 .payer = payer,
						 .has_payer = true };

	must(fm_client_new(&client, &config, &err));
}

static int set_up(void **state)
{
	fm_err_init(&err);
	if (home_set_up(state) || fm_init(&err) ||
	    fm_wallet_key_text(&key, fm_span_of(KEY), &err) ||
	    fm_key_address(&payer, key, &err))
		return -1;
	seller = addr(1), token = addr(2), vault = addr(3);
	memset(&spending, 0, sizeof(spending));
	snprintf(stop, sizeof(stop), "%s", home_file("stop"));
	snprintf(run, sizeof(run), "%s", home_file("run"));
	snprintf(heads, sizeof(heads), "%s", home_file("heads"));
	if (fm_dir_make(heads, FM_FILE_PRIVATE, &err))
		return -1;
	open_ledger();
	open_client();
	return 0;
}

static void end_holder(int signal_number)
{
	int status;

	if (!holder)
		return;
	kill(holder, signal_number);
	waitpid(holder, &status, 0);
	holder = 0;
}

static int tear_down(void **state)
{
	end_holder(SIGKILL);
	fm_holder_memory_clear(&memory);
	fm_client_free(&client);
	fm_payment_clear(&row);
	memset(&row, 0, sizeof(row));
	fm_ledger_close(&ledger);
	fm_secret_free(&key);
	return home_tear_down(state);
}

/* ---- documents ---- */

static struct fm_document claims_doc(void)
{
	struct fm_document doc = { .kind = FM_SIGN_CLAIMS,
				   .address = payer,
				   .chain_id = CHAIN };

	doc.claims = (struct fm_claims){ .version = 1,
					 .user = payer,
					 .recipient = seller,
					 .asset = token,
					 .req_id = fm_u256_from_u64(77),
					 .amount = fm_u256_from_u64(10000),
					 .timestamp = 1782122405 };
	doc.domain = (struct fm_credit_domain){ .name = "4Mica",
						.version = "1",
						.chain_id = CHAIN };
	snprintf(doc.id, sizeof(doc.id), "%s", row.id);
	return doc;
}

static struct fm_document authorization_doc(void)
{
	struct fm_document doc = { .kind = FM_SIGN_AUTHORIZATION,
				   .address = payer,
				   .chain_id = CHAIN };

	doc.authorization = (struct fm_authorization){ .domain_name = "USD \"Coin\"",
						       .domain_version = "2",
						       .token = token,
						       .from = payer,
						       .to = seller,
						       .value = fm_u256_from_u64(10000),
						       .valid_after_s = 5,
						       .valid_before_s = 1999999999,
						       .nonce = { { 9, 8, 7 } } };
	snprintf(doc.id, sizeof(doc.id), "%s", row.id);
	return doc;
}

static struct fm_document sign_in_doc(void)
{
	struct fm_document doc = { .kind = FM_SIGN_SIGN_IN,
				   .address = payer,
				   .chain_id = CHAIN };
	int64_t now = fm_wall_s(&fm_system_clock);

	doc.siwe = (struct fm_siwe){ .nonce = "n-1",
				     .domain = "core.example",
				     .uri = "https://core.example",
				     .statement = "Sign \"in\".",
				     .chain_id = CHAIN };
	fm_time_text(doc.siwe.issued_at, now);
	fm_time_text(doc.siwe.expiration, now + 300);
	return doc;
}

/* The calldata lasts until the next call. */
static struct fm_document call_doc(const struct fm_op *op, enum fm_fn fn,
				   const struct fm_abi_value *args, size_t count)
{
	static struct fm_buf data;
	struct fm_document doc = { .kind = FM_SIGN_TRANSACTION,
				   .address = payer,
				   .chain_id = CHAIN };

	fm_buf_clear(&data);
	fm_buf_init(&data, 4096);
	assert_true(fm_fn_calldata(&data, fn, args, count));
	doc.tx = (struct fm_tx){ .chain_id = CHAIN,
				 .nonce = 4,
				 .gas_limit = 100000,
				 .max_fee = fm_u256_from_u64(20),
				 .priority_fee = fm_u256_from_u64(1),
				 .to = op->target,
				 .data = fm_buf_span(&data) };
	snprintf(doc.id, sizeof(doc.id), "%s", op->id);
	snprintf(doc.purpose, sizeof(doc.purpose), "%s", fm_move_purpose(op->kind));
	return doc;
}

static struct fm_document deposit_doc(const struct fm_op *op, uint64_t amount)
{
	const struct fm_u256 number = fm_u256_from_u64(amount);
	const struct fm_abi_value args[] = { fm_abi_of_addr(&token),
					     fm_abi_of_u256(&number) };

	return call_doc(op, FM_FN_DEPOSIT_TOKEN, args, 2);
}

static void reserve(const struct fm_document *doc)
{
	bool credit = doc->kind == FM_SIGN_CLAIMS;
	const struct fm_ask ask = { .chain_id = CHAIN,
				    .amount = fm_u256_from_u64(10000),
				    .pay_to = seller,
				    .scheme = credit ? "4mica-credit" : "exact",
				    .origin = "https://shop.example",
				    .route = "/",
				    .task = "",
				    .category = "",
				    .payer = payer };
	struct fm_payment found = { .id = "" };
	enum fm_reserve what;

	row = (struct fm_payment){ .idem_key = "k",
				   .payer = payer,
				   .chain_id = CHAIN,
				   .asset = token,
				   .amount = fm_u256_from_u64(10000),
				   .pay_to = seller,
				   .origin = "https://shop.example",
				   .method = "GET",
				   .route = strdup("/"),
				   .guarantee_version = credit };
	snprintf(row.scheme, sizeof(row.scheme), "%s", ask.scheme);
	if (credit)
		row.req_id = doc->claims.req_id;
	else {
		row.nonce = doc->authorization.nonce;
		row.valid_before_s = doc->authorization.valid_before_s;
	}
	fm_client_identity(&row);
	must(fm_ledger_reserve(&what, &found, ledger, &row, &ask, NULL, 0, &err));
	assert_int_equal(what, FM_RESERVE_NEW);
	fm_payment_clear(&found);
}

static enum fm_code check(const struct fm_document *doc)
{
	struct fm_hash digest;

	fm_err_init(&err);
	must(fm_document_digest(&digest, doc, &err));
	return fm_holder_check(&since_ms, client, &memory, doc, &digest, &err);
}

static void refused(const struct fm_document *doc)
{
	assert_int_equal(check(doc), FM_E_LOCKED);
	assert_string_equal(err.rule, "reservation");
	assert_true(err.hint[0]);
}

/* ---- reading documents ---- */

static enum fm_code reread(struct fm_document *out, const char *text)
{
	struct fm_json *json = NULL;
	enum fm_code rc;

	fm_err_init(&err);
	must(fm_json_parse(&json, fm_span_of(text), false, &err));
	rc = fm_document_read(out, json, &err);
	fm_json_free(&json);
	return rc;
}

static void put(struct fm_buf *text, const struct fm_document *doc)
{
	fm_buf_init(text, FM_DOCUMENT_MAX);
	must(fm_document_write(text, doc, &err));
}

static void same_after_reading(const struct fm_document *doc)
{
	struct fm_hash before, after;
	struct fm_document read;
	struct fm_buf text, again;

	put(&text, doc);
	must(reread(&read, text.ptr));
	must(fm_document_digest(&before, doc, &err));
	must(fm_document_digest(&after, &read, &err));
	assert_true(fm_hash_equal(&before, &after));
	put(&again, &read);
	assert_string_equal(again.ptr, text.ptr);
	fm_document_clear(&read);
	fm_buf_clear(&text);
	fm_buf_clear(&again);
}

static void documents_survive_reading(void **state)
{
	struct fm_op op = { .id = "op_0123456789abcdef0123456789abcdef" };
	struct fm_document doc;

	(void)state;
	memcpy(row.id, "pay_0123456789abcdef0123456789abcdef", 37);
	doc = claims_doc();
	same_after_reading(&doc);
	doc.eip191 = true;
	same_after_reading(&doc);
	doc = authorization_doc();
	same_after_reading(&doc);
	doc = sign_in_doc();
	same_after_reading(&doc);
	doc = deposit_doc(&op, 5);
	same_after_reading(&doc);
	doc.tx.data = (struct fm_span){ NULL, 0 };
	same_after_reading(&doc);
}

/* Replace the first `from` in the text of a document; it must not be read then. */
static void not_read_with(const struct fm_document *doc, const char *from, const char *to)
{
	struct fm_document read;
	struct fm_buf text, changed;
	const char *at;
	enum fm_code rc;

	put(&text, doc);
	at = strstr(text.ptr, from);
	assert_non_null(at);
	fm_buf_init(&changed, 2 * FM_DOCUMENT_MAX);
	fm_buf_add(&changed, text.ptr, (size_t)(at - text.ptr));
	fm_buf_str(&changed, to);
	fm_buf_str(&changed, at + strlen(from));
	rc = reread(&read, changed.ptr);
	if (rc != FM_E_MALFORMED && rc != FM_E_UNSUPPORTED)
		fail_msg("%s instead of %s: %d %s", to, from, rc, err.msg);
	assert_true(err.msg[0]);
	fm_document_clear(&read);
	fm_buf_clear(&text);
	fm_buf_clear(&changed);
}

static void documents_are_read_strictly(void **state)
{
	static const char *const all[][2] = {
		{"\"version\":1",	   "\"version\":2"		   },
		{ "\"version\":1,",	    "\"version\":1,\"more\":1,"},
		{ "\"kind\":\"claims\"",	 "\"kind\":\"hash\""	     },
		{ "\"kind\":\"claims\"",	 "\"kind\":\"message\""	},
		{ "\"kind\":\"claims\"",	 "\"kind\":\"transaction\"" },
		{ "\"chain_id\":84532",	"\"chain_id\":84533"	     },
		{ "\"chain_id\":84532",	"\"chain_id\":0"		 },
		{ "\"digest\":\"0x",	     "\"digest\":\"0x0"		},
		{ "\"signing\":\"eip712\"", "\"signing\":\"eip191\""   },
		{ "\"signing\":\"eip712\"", "\"signing\":\"none\""	   },
		{ "\"payment\":\"pay_",	"\"payment\":\"op_"	    },
		{ "\"name\":\"4Mica\"",	"\"name\":\"5Mica\""	     },
		{ "\"name\":\"4Mica\",",	 ""			    },
		{ "0x2710",		    "0x2711"		     },
		{ "\"v1\"",		    "\"v2\""		     },
	};
	struct fm_document doc;

	(void)state;
	memcpy(row.id, "pay_0123456789abcdef0123456789abcdef", 37);
	doc = claims_doc();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		not_read_with(&doc, all[i][0], all[i][1]);
	doc = authorization_doc();
	not_read_with(&doc, "\"valid_before\":1999999999", "\"valid_before\":2999999999");
	not_read_with(&doc, "\"value\":\"10000\"", "\"value\":10000");
	not_read_with(&doc, "\"from\":\"0x", "\"from\":\"0x0");
	doc = sign_in_doc();
	not_read_with(&doc, "\"domain\":\"core.example\"", "\"domain\":\"evil.example\"");
	not_read_with(&doc, "\"domain\":\"core.example\"",
		      "\"domain\":\"core.example\\nURI: x\"");
	doc = (struct fm_document){ .kind = FM_SIGN_MESSAGE,
				    .address = payer,
				    .chain_id = CHAIN,
				    .text = fm_span_of("hello") };
	not_read_with(&doc, "\"version\":1", "\"version\":1");
}

/* ---- what is signed ---- */

static void signs_what_is_reserved(void **state)
{
	struct fm_document doc = claims_doc(), other;
	struct fm_hash digest;

	(void)state;
	snprintf(doc.id, sizeof(doc.id), "pay_0123456789abcdef0123456789abcdef");
	refused(&doc);
	reserve(&doc);
	doc = claims_doc();
	assert_int_equal(check(&doc), FM_OK);
	other = doc;
	other.claims.amount = fm_u256_from_u64(10001);
	refused(&other);
	other = doc;
	other.claims.recipient = addr(9);
	refused(&other);
	other = doc;
	other.claims.asset = addr(9);
	refused(&other);
	other = doc;
	other.chain_id = other.domain.chain_id = 1;
	refused(&other);
	other = doc;
	other.address = other.claims.user = addr(9);
	refused(&other);
	/* A tab endpoint proposed another id. */
	other = doc;
	other.claims.req_id = fm_u256_from_u64(78);
	assert_int_equal(check(&other), FM_OK);
	/* Once: the same again is no news, another is a second one. */
	must(fm_document_digest(&digest, &doc, &err));
	must(fm_holder_remember(&memory, &doc, &digest, since_ms, &err));
	assert_int_equal(check(&doc), FM_OK);
	must(fm_holder_remember(&memory, &doc, &digest, since_ms, &err));
	assert_int_equal(memory.count, 1);
	refused(&other);
	/* The process that asked for it died, and the next one took the id over. */
	memory.entries[0].since_ms--;
	assert_int_equal(check(&other), FM_OK);
	must(fm_ledger_release(ledger, &row, &err));
	refused(&doc);
}

static void signs_authorizations_as_reserved(void **state)
{
	struct fm_document doc = authorization_doc(), other;

	(void)state;
	reserve(&doc);
	doc = authorization_doc();
	assert_int_equal(check(&doc), FM_OK);
	other = doc;
	other.authorization.valid_before_s++;
	refused(&other);
	other = doc;
	other.authorization.nonce.b[0]++;
	refused(&other);
	other = doc;
	other.authorization.value = fm_u256_from_u64(1);
	refused(&other);
	other = claims_doc();
	refused(&other);
}

static void signs_transactions_of_operations(void **state)
{
	struct fm_op op = { .kind = FM_OP_DEPOSIT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .asset = token,
			    .amount = fm_u256_from_u64(500),
			    .target = vault };
	struct fm_document doc;
	struct fm_hash digest;
	bool resumed;

	(void)state;
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = deposit_doc(&op, 500);
	assert_int_equal(check(&doc), FM_OK);
	must(fm_document_digest(&digest, &doc, &err));
	must(fm_holder_remember(&memory, &doc, &digest, since_ms, &err));
	doc.tx.max_fee = fm_u256_from_u64(99); /* a replacement */
	assert_int_equal(check(&doc), FM_OK);
	doc.tx.max_fee = fm_u256_from_u64(UINT64_C(1000000000001)); /* over 1000 gwei */
	refused(&doc);
	doc.tx.max_fee = fm_u256_from_u64(99);
	doc.tx.nonce++; /* a second deposit */
	refused(&doc);
	doc = deposit_doc(&op, 501);
	refused(&doc);
	doc = deposit_doc(&op, 500);
	doc.tx.to = token;
	refused(&doc);
	doc = deposit_doc(&op, 500);
	doc.tx.value = fm_u256_from_u64(1);
	refused(&doc);
	doc = deposit_doc(&op, 500);
	snprintf(doc.purpose, sizeof(doc.purpose), "claim");
	refused(&doc);
	doc = deposit_doc(&op, 500);
	doc.tx.data.len -= 1;
	refused(&doc);
	doc = deposit_doc(&op, 500);
	memset(doc.id + 3, '0', 32);
	refused(&doc);
}

static void allowances_are_for_what_pays(void **state)
{
	struct fm_op op = { .kind = FM_OP_DEPOSIT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .asset = token,
			    .amount = fm_u256_from_u64(500),
			    .target = vault };
	const struct fm_abi_value args[] = { fm_abi_of_addr(&vault),
					     fm_abi_of_u256(&op.amount) };
	struct fm_document doc;
	bool resumed;

	(void)state;
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = call_doc(&op, FM_FN_APPROVE, args, 2);
	doc.tx.to = token;
	snprintf(doc.purpose, sizeof(doc.purpose), "%s", FM_PURPOSE_APPROVE);
	assert_int_equal(check(&doc), FM_OK);
	doc.tx.to = vault;
	refused(&doc);
	op.kind = FM_OP_WITHDRAW_REQUEST;
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = call_doc(&op, FM_FN_APPROVE, args, 2);
	doc.tx.to = token;
	snprintf(doc.purpose, sizeof(doc.purpose), "%s", FM_PURPOSE_APPROVE);
	refused(&doc);
}

/* payNetDebit, claimNetCredit: the cycle, the amount, and a path of two. */
static struct fm_document clearing_doc(const struct fm_op *op, enum fm_fn fn,
				       const struct fm_hash *cycle, uint64_t amount)
{
	static const struct fm_hash path[2];
	const struct fm_u256 number = fm_u256_from_u64(amount);
	const struct fm_abi_value args[] = { fm_abi_of_hash(cycle),
					     fm_abi_of_u256(&number),
					     fm_abi_of_hashes(path, 2) };

	return call_doc(op, fn, args, 3);
}

static void signs_what_settles_a_cycle(void **state)
{
	static const char cycle[] = "0x0000000000000000000000000000000000000000:"
				    "1777248000";
	struct fm_op op = { .kind = FM_OP_PAY_DEBIT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .amount = fm_u256_from_u64(500),
			    .target = vault };
	struct fm_hash other = { { 9 } };
	struct fm_document doc;
	struct fm_cycle_ref ref;
	bool resumed;

	(void)state;
	assert_true(fm_cycle_ref_of(&ref, fm_span_of(cycle)));
	snprintf(op.note, sizeof(op.note), "%s", cycle);
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = clearing_doc(&op, FM_FN_PAY_DEBIT, &ref.id, 500);
	refused(&doc); /* of ETH, the amount leaves with the call */
	doc.tx.value = fm_u256_from_u64(500);
	assert_int_equal(check(&doc), FM_OK);
	doc = clearing_doc(&op, FM_FN_PAY_DEBIT, &other, 500);
	doc.tx.value = fm_u256_from_u64(500);
	refused(&doc);
	doc = clearing_doc(&op, FM_FN_PAY_DEBIT, &ref.id, 501);
	doc.tx.value = fm_u256_from_u64(500);
	refused(&doc);
	doc = clearing_doc(&op, FM_FN_CLAIM_CREDIT, &ref.id, 500);
	refused(&doc);

	op = (struct fm_op){ .kind = FM_OP_CLAIM_CREDIT,
			     .payer = payer,
			     .chain_id = CHAIN,
			     .asset = token,
			     .amount = fm_u256_from_u64(7),
			     .target = vault };
	fm_hash_text(op.note, &other);
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = clearing_doc(&op, FM_FN_CLAIM_CREDIT, &other, 7);
	assert_int_equal(check(&doc), FM_OK);
	doc.tx.value = fm_u256_from_u64(7);
	refused(&doc);
	doc = clearing_doc(&op, FM_FN_CLAIM_CREDIT, &ref.id, 7);
	refused(&doc);
}

static void signs_the_default_of_its_debtor(void **state)
{
	static const struct fm_hash cycle = { { 3 } };
	struct fm_op op = { .kind = FM_OP_MARK_DEFAULT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .asset = token,
			    .amount = fm_u256_from_u64(7),
			    .target = vault };
	const struct fm_addr debtor = addr(5), another = addr(6);
	struct fm_abi_value args[] = { fm_abi_of_hash(&cycle), fm_abi_of_addr(&debtor),
				       fm_abi_of_u256(&op.amount),
				       fm_abi_of_hashes(NULL, 0) };
	char text[FM_ADDR_TEXT];
	struct fm_document doc;
	bool resumed;

	(void)state;
	fm_addr_text(text, &debtor);
	snprintf(op.note, sizeof(op.note), "1760000000/%s", text);
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	doc = call_doc(&op, FM_FN_MARK_DEFAULTED, args, 4);
	assert_int_equal(check(&doc), FM_OK);
	args[1] = fm_abi_of_addr(&another);
	doc = call_doc(&op, FM_FN_MARK_DEFAULTED, args, 4);
	refused(&doc);
}

static void nothing_under_a_stop(void **state)
{
	struct fm_document doc = claims_doc();

	(void)state;
	reserve(&doc);
	doc = claims_doc();
	must(fm_stop_set(stop, 1, "test", &err));
	assert_int_equal(check(&doc), FM_E_STOPPED);
	doc = sign_in_doc();
	assert_int_equal(check(&doc), FM_E_STOPPED);
}

static void only_by_its_own_ledger(void **state)
{
	struct fm_document doc = claims_doc();

	(void)state;
	reserve(&doc);
	doc = claims_doc();
	spending.ledger.b[0]++;
	assert_int_equal(check(&doc), FM_E_LEDGER);
}

static void copy_file(const char *to, const char *from)
{
	struct fm_buf bytes;

	fm_buf_init(&bytes, 64u << 20);
	must(fm_file_read(&bytes, NULL, from, FM_FILE_ANY, &err));
	must(fm_file_write(to, fm_buf_span(&bytes), FM_FILE_REPLACE, &err));
	fm_buf_clear(&bytes);
}

/* Put back as it was before the payment left, it would have its reservation once more. */
static void not_by_an_older_ledger(void **state)
{
	struct fm_op op = { .kind = FM_OP_DEPOSIT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .asset = token,
			    .amount = fm_u256_from_u64(500),
			    .target = vault };
	struct fm_document doc = claims_doc();
	char copy[512], wal[600];
	bool resumed;

	(void)state;
	reserve(&doc);
	doc = claims_doc();
	assert_int_equal(check(&doc), FM_OK);
	snprintf(copy, sizeof(copy), "%s", home_file("copy"));
	snprintf(wal, sizeof(wal), "%s-wal", home_ledger());
	fm_client_free(&client);
	fm_ledger_close(&ledger); /* all of it is in one file now */
	copy_file(copy, home_ledger());
	open_ledger();
	must(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	fm_ledger_close(&ledger);
	assert_true(unlink(wal) == 0 || errno == ENOENT);
	copy_file(home_ledger(), copy);
	open_client();
	assert_int_equal(check(&doc), FM_E_LEDGER);
}

static void sign_ins_are_to_core(void **state)
{
	struct fm_document doc = sign_in_doc();

	(void)state;
	assert_int_equal(check(&doc), FM_OK);
	snprintf(doc.siwe.domain, sizeof(doc.siwe.domain), "market.example");
	snprintf(doc.siwe.uri, sizeof(doc.siwe.uri), "https://market.example");
	refused(&doc);
	doc = sign_in_doc();
	doc.chain_id = doc.siwe.chain_id = 1;
	refused(&doc);
	doc = sign_in_doc();
	client->config.core_url = NULL;
	refused(&doc);
	client->config.core_url = core_url;
	snprintf(doc.siwe.uri, sizeof(doc.siwe.uri), "https://core.example@evil.example");
	refused(&doc);
	doc = sign_in_doc();
	fm_time_text(doc.siwe.expiration, fm_wall_s(&fm_system_clock) + 2 * 86400);
	assert_int_equal(check(&doc), FM_E_CORE);
}

/* ---- the process ---- */

static int ready_fd;

static void tell_ready(void *ctx)
{
	(void)ctx;
	assert_int_equal(write(ready_fd, "r", 1), 1);
}

static int64_t napped_ms(void *ctx)
{
	static int64_t first_ms;
	int64_t now_ms = fm_steady_ms(&fm_system_clock);

	(void)ctx;
	first_ms = first_ms ? first_ms : now_ms;
	return now_ms - first_ms < 300 ? 7 : 60007;
}

static bool naps;
static rlim_t most_files; /* 0: as many as there are */

/* The process it is in. `ready` may be NULL. */
static pid_t fork_holder(int64_t for_s, int64_t idle_s, void (*ready)(void *ctx))
{
	const struct fm_holder_config config = { .dir = run,
						 .wallet = "main",
						 .address = payer,
						 .key = key,
						 .spending = &spending,
						 .ledger_file = home_ledger(),
						 .stop_file = stop,
						 .core_url = core_url,
						 .for_s = for_s,
						 .idle_s = idle_s,
						 .ready = ready,
						 .asleep_ms = naps ? napped_ms : NULL };
	const struct rlimit files = { most_files, most_files };
	pid_t pid = fork();

	if (pid == 0) {
		if (most_files && setrlimit(RLIMIT_NOFILE, &files) != 0)
			_exit(2);
		_exit(fm_holder_serve(&config, &err) ? 1 : 0);
	}
	return pid;
}

static pid_t start_holder(int64_t for_s, int64_t idle_s)
{
	int ends[2];
	char got;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	ready_fd = ends[1];
	pid = fork_holder(for_s, idle_s, tell_ready);
	close(ends[1]);
	assert_int_equal(read(ends[0], &got, 1), 1);
	close(ends[0]);
	holder = pid;
	return pid;
}

static void ended(pid_t pid)
{
	int status = -1;

	for (int i = 0; i < 500 && waitpid(pid, &status, WNOHANG) == 0; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	if (holder == pid)
		holder = 0;
}

static int call(void)
{
	char name[FM_HOLDER_NAME];
	int fd;

	fm_holder_name(name, &payer);
	must(fm_holder_connect(&fd, run, name, &err));
	return fd;
}

static bool is_there(void)
{
	struct fm_holder_state now;
	bool found = false;

	fm_err_init(&err);
	must(fm_holder_look(&now, &found, run, &payer, &err));
	return found;
}

static void holds_and_signs(void **state)
{
	struct fm_document doc = claims_doc();
	struct fm_holder_state now;
	struct fm_signer signer;
	struct fm_hash digest;
	struct fm_addr from;
	struct fm_sig sig;
	bool found;
	pid_t pid;

	(void)state;
	assert_false(is_there());
	pid = start_holder(60, 30);
	must(fm_holder_look(&now, &found, run, &payer, &err));
	assert_true(found && now.left_s >= 58 && now.left_s <= 60);
	assert_true(now.idle_s >= 28 && now.idle_s <= 30);
	assert_string_equal(now.wallet, "main");
	must(fm_signer_holder(&signer, &found, run, &payer, &err));
	assert_true(found);
	snprintf(doc.id, sizeof(doc.id), "pay_0123456789abcdef0123456789abcdef");
	assert_int_equal(fm_document_sign(&sig, NULL, &signer, &doc, &err), FM_E_LOCKED);
	assert_string_equal(err.rule, "reservation");
	reserve(&doc);
	doc = claims_doc();
	must(fm_document_sign(&sig, &digest, &signer, &doc, &err));
	assert_true(fm_recover(&from, NULL, sig.b, sizeof(sig.b), &digest));
	assert_true(fm_addr_equal(&from, &payer));
	must(fm_holder_look(&now, &found, run, &payer, &err));
	assert_int_equal(now.signatures, 1);
	must(fm_holder_lock(&found, run, &payer, &err));
	assert_true(found);
	ended(pid);
	assert_int_equal(fm_document_sign(&sig, NULL, &signer, &doc, &err), FM_E_LOCKED);
	assert_non_null(strstr(err.hint, "fourmica unlock"));
	fm_signer_close(&signer);
}

static void sessions_only_are_derived(void **state)
{
	struct fm_secret *local = NULL, *held = NULL;
	struct fm_signer here, there;
	struct fm_secret *copy = NULL;
	bool found;

	(void)state;
	start_holder(60, 60);
	must(fm_wallet_key_text(&copy, fm_span_of(KEY), &err));
	must(fm_signer_local(&here, &copy, NULL, false, &err));
	must(fm_signer_holder(&there, &found, run, &payer, &err));
	must(here.ops->derive(here.ctx, &local, "session tokens 1", &err));
	must(there.ops->derive(there.ctx, &held, "session tokens 1", &err));
	assert_memory_equal(fm_secret_read(local), fm_secret_read(held), 32);
	fm_secret_done(local);
	fm_secret_done(held);
	fm_secret_free(&local);
	fm_secret_free(&held);
	assert_int_equal(there.ops->derive(there.ctx, &held, "key", &err),
			 FM_E_UNSUPPORTED);
	assert_null(held);
	fm_signer_close(&here);
	fm_signer_close(&there);
}

static void ends_by_itself(void **state)
{
	pid_t pid;

	(void)state;
	pid = start_holder(1, 60);
	ended(pid);
	pid = start_holder(60, 1);
	ended(pid);
	pid = start_holder(60, 60);
	must(fm_stop_set(stop, 1, NULL, &err));
	ended(pid);
	assert_int_equal(unlink(stop), 0);
	pid = start_holder(60, 60);
	home_remove(run);
	ended(pid);
	/* Killed: what it left is found by connecting, and taken away by the next. */
	start_holder(60, 60);
	end_holder(SIGKILL);
	assert_false(is_there());
	start_holder(60, 60);
	assert_true(is_there());
	end_holder(SIGKILL);
	naps = true;
	pid = start_holder(60, 60);
	naps = false;
	ended(pid);
}

static void the_second_takes_over(void **state)
{
	struct fm_holder_state now;
	pid_t first, second;
	bool found;

	(void)state;
	first = start_holder(600, 600);
	second = start_holder(60, 60);
	ended(first);
	must(fm_holder_look(&now, &found, run, &payer, &err));
	assert_true(found && now.left_s <= 60);
	holder = second;
}

static void one_of_many_remains(void **state)
{
	pid_t pids[8];
	size_t left = 8;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		pids[i] = fork_holder(60, 60, NULL);
	for (int tries = 0; tries < 1000 && left > 1; tries++) {
		for (size_t i = 0; i < 8; i++) {
			int status = 0;

			if (!pids[i] || waitpid(pids[i], &status, WNOHANG) == 0)
				continue;
			assert_int_equal(status, 0);
			pids[i] = 0;
			left--;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	assert_int_equal(left, 1);
	for (size_t i = 0; i < 8; i++)
		holder = pids[i] ? pids[i] : holder;
	assert_true(is_there());
}

/* One connection sends these bytes; what comes back, if anything. */
static size_t say(char *out, size_t size, const void *bytes, size_t len)
{
	int fd = call();
	size_t got = 0;
	ssize_t more;

	assert_true(fd >= 0);
	assert_true(send(fd, bytes, len, MSG_NOSIGNAL) >= 0);
	shutdown(fd, SHUT_WR);
	while (got < size && (more = recv(fd, out + got, size - got, 0)) > 0)
		got += (size_t)more;
	close(fd);
	return got;
}

static size_t say_json(char *out, size_t size, const char *json)
{
	uint8_t frame[8192] = { 0 };
	size_t len = strlen(json), got;

	frame[2] = (uint8_t)(len >> 8);
	frame[3] = (uint8_t)len;
	memcpy(frame + 4, json, len);
	got = say(out, size - 1, frame, len + 4);
	out[got] = '\0';
	return got;
}

static void hostile_clients(void **state)
{
	static const char *const refused_ones[] = {
		"{}",
		"[]",
		"null",
		"{\"request\":\"status\",\"version\":1}",
		"{\"version\":1,\"request\":\"give me the key\"}",
		"{\"version\":1,\"request\":\"status\",\"more\":1}",
		"{\"version\":2,\"request\":\"status\"}",
		"{\"version\":1,\"request\":\"sign\"}",
		"{\"version\":1,\"request\":\"sign\",\"document\":null}",
		"{\"version\":1,\"request\":\"sign\",\"digest\":"
		"\"0x1111111111111111111111111111111111111111111111111111111111111111\"}",
		"{\"version\":1,\"request\":\"sign\",\"document\":{\"version\":1,\"kind\":"
		"\"digest\",\"digest\":"
		"\"0x1111111111111111111111111111111111111111111111111111111111111111\"}}",
		"{\"version\":1,\"request\":\"derive\",\"purpose\":\"\"}",
	};
	static const uint8_t too_long[] = { 0, 1, 0, 1, '{' }, none[] = { 0, 0, 0, 0 },
			     half[] = { 0, 0, 0, 9, '{' };
	char out[4096];
	int idle[100];

	(void)state;
	start_holder(60, 60);
	for (size_t i = 0; i < sizeof(refused_ones) / sizeof(refused_ones[0]); i++) {
		assert_true(say_json(out, sizeof(out), refused_ones[i]) > 4);
		assert_non_null(strstr(out + 4, "\"ok\":false"));
		assert_null(strstr(out + 4, "signature\":"));
	}
	assert_int_equal(say(out, sizeof(out), too_long, sizeof(too_long)), 0);
	assert_int_equal(say(out, sizeof(out), none, sizeof(none)), 0);
	assert_int_equal(say(out, sizeof(out), half, sizeof(half)), 0);
	/* More silent guests than there are places: the others still get through. */
	for (size_t i = 0; i < 100; i++)
		idle[i] = call();
	assert_true(is_there());
	for (size_t i = 0; i < 100; i++)
		close(idle[i]);
	assert_true(is_there());
}

/* What others leave open must not take the ledger's descriptors, or the others' turn. */
static void few_descriptors(void **state)
{
	struct fm_document doc = claims_doc();
	struct fm_signer signer;
	struct fm_sig sig;
	int64_t start_ms;
	bool found;
	int idle[100];

	(void)state;
	reserve(&doc);
	doc = claims_doc();
	most_files = 48;
	start_holder(60, 60);
	most_files = 0;
	for (size_t i = 0; i < 100; i++)
		idle[i] = call();
	start_ms = fm_steady_ms(&fm_system_clock);
	must(fm_signer_holder(&signer, &found, run, &payer, &err));
	assert_true(found);
	must(fm_document_sign(&sig, NULL, &signer, &doc, &err));
	assert_true(fm_steady_ms(&fm_system_clock) - start_ms < 4000);
	fm_signer_close(&signer);
	for (size_t i = 0; i < 100; i++)
		close(idle[i]);
}

static bool stubborn;

/* Something of another version listens, and does not care for what it is told. */
static void another_version(void **state)
{
	static const char answer[] = "{\"version\":9,\"ok\":true}";
	struct fm_holder_place place;
	struct fm_holder_state now;
	bool found;
	pid_t pid;

	(void)state;
	must(fm_dir_make(run, FM_FILE_PRIVATE, &err));
	pid = fork();
	if (pid == 0) {
		if (stubborn)
			sigaction(SIGTERM, &(struct sigaction){ .sa_handler = SIG_IGN },
				  NULL);
		(void)!fm_holder_listen(&place, run, &payer, &err);
		fcntl(place.fd, F_SETFL, 0);
		for (;;) {
			char in[4096];
			int fd = accept(place.fd, NULL, NULL);

			(void)!recv(fd, in, sizeof(in), 0);
			(void)!fm_holder_send(fd, fm_span_of(answer));
			/* What is closed with something unread takes the answer along. */
			shutdown(fd, SHUT_WR);
			while (recv(fd, in, sizeof(in), 0) > 0)
				;
			close(fd);
		}
	}
	holder = pid; /* ended whatever happens */
	for (int i = 0; i < 500; i++) {
		fm_err_init(&err);
		if (fm_holder_look(&now, &found, run, &payer, &err) || found)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	assert_int_equal(err.code, FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "another version"));
	assert_non_null(strstr(err.hint, "fourmica lock"));
	must(fm_holder_lock(&found, run, &payer, &err));
	assert_true(found);
	end_holder(0);
	assert_false(is_there());
}

static void one_that_ignores_even_signals(void **state)
{
	stubborn = true;
	another_version(state);
	stubborn = false;
}

static void one_that_was_stopped(void **state)
{
	bool found;

	(void)state;
	assert_int_equal(kill(start_holder(60, 60), SIGSTOP), 0);
	must(fm_holder_lock(&found, run, &payer, &err));
	assert_true(found);
	end_holder(0);
	assert_false(is_there());
}

static void many_at_once(void **state)
{
	enum {
		CLIENTS = 60,
		EACH = 20
	};
	pid_t pids[CLIENTS];

	(void)state;
	start_holder(60, 60);
	for (size_t i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			for (size_t k = 0; k < EACH; k++)
				if (!is_there())
					_exit(1);
			_exit(0);
		}
	}
	for (size_t i = 0; i < CLIENTS; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
}

/* A socket's path may have 107 bytes; homes of users may be deeper. */
static void deep_folders(void **state)
{
	size_t len = strlen(run);

	(void)state;
	memset(run + len, 'd', 150);
	run[len] = '/';
	run[len + 150] = '\0';
	assert_false(is_there());
	start_holder(60, 60);
	assert_true(is_there());
}

/* ---- what is said ---- */

static void answers_are_read_strictly(void **state)
{
	static const char *const none[] = {
		"",
		"{}",
		"{\"version\":1}",
		"{\"version\":2,\"ok\":true}",
		"{\"version\":1,\"ok\":true,\"signature\":\"0x12\"}",
		"{\"version\":1,\"ok\":true,\"key\":\"0x12\"}",
		"{\"version\":1,\"ok\":true,\"status\":{}}",
		"{\"version\":1,\"ok\":false}",
		("{\"version\":1,\"ok\":false,\"error\":{\"code\":\"stopped\",\"message\":"
		 "\"\\u001b[2J\",\"rule\":\"\",\"hint\":\"\"}}"),
	};
	static const char strange[] =
		"{\"version\":1,\"ok\":false,\"error\":{\"code\":\"new\",\"message\":\"m\","
		"\"rule\":\"\",\"hint\":\"\"}}";
	struct fm_holder_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		fm_err_init(&err);
		assert_int_equal(fm_holder_answer_read(&answer, fm_span_of(none[i]),
						       &err),
				 FM_E_LOCKED);
	}
	must(fm_holder_answer_read(&answer, fm_span_of(strange), &err));
	assert_int_equal(answer.refused.code, FM_E_LOCKED);
	assert_string_equal(answer.refused.msg, "m");
}

/* ---- programs ---- */

static mode_t program_mode = 0700;
static uid_t program_owner;

static void write_program(char *path, size_t size, const char *body)
{
	FILE *file;

	snprintf(path, size, "%s", home_file("signer"));
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", body);
	fclose(file);
	assert_int_equal(chmod(path, program_mode), 0);
	if (program_owner)
		assert_int_equal(chown(path, program_owner, (gid_t)-1), 0);
}

static enum fm_code run_program(struct fm_sig *sig, const char *body, int64_t wait_ms)
{
	static char *const environment[] = { (char *)(uintptr_t) "PATH=/usr/bin:/bin",
					     NULL };
	struct fm_document doc = claims_doc();
	struct fm_program program = { .environment = environment, .wait_ms = wait_ms };
	struct fm_signer signer;
	char path[600];
	enum fm_code rc;

	write_program(path, sizeof(path), body);
	program.path = path;
	fm_err_init(&err);
	must(fm_signer_program(&signer, &program, &payer, &err));
	rc = fm_document_sign(sig, NULL, &signer, &doc, &err);
	fm_signer_close(&signer);
	return rc;
}

static void programs_sign(void **state)
{
	const struct fm_document doc = claims_doc();
	char text[FM_SIG_TEXT], body[1024];
	struct fm_hash digest;
	struct fm_sig sig, right;

	(void)state;
	must(fm_document_digest(&digest, &doc, &err));
	must(fm_sign_digest(&right, key, &digest, &err));
	fm_sig_text(text, &right);
	snprintf(body, sizeof(body), "cat >%s\nenv >%s\necho '{\"signature\":\"%s\"}'",
		 home_file("asked"), "/dev/null", text);
	must(run_program(&sig, body, 0));
	assert_memory_equal(sig.b, right.b, sizeof(sig.b));
	snprintf(body, sizeof(body), "grep -q '\"kind\":\"claims\"' %s",
		 home_file("asked"));
	assert_int_equal(system(body), 0);
	/* It need not read what it is asked. */
	snprintf(body, sizeof(body), "echo '{\"signature\":\"%s\"}'", text);
	must(run_program(&sig, body, 0));
	/* Nor answer in the right form. */
	text[10] = text[10] == '0' ? '1' : '0';
	snprintf(body, sizeof(body), "cat >/dev/null; echo '{\"signature\":\"%s\"}'",
		 text);
	assert_int_equal(run_program(&sig, body, 0), FM_E_LOCKED);
	assert_int_equal(run_program(&sig, "exit 1", 0), FM_E_LOCKED);
	assert_int_equal(run_program(&sig, "echo nonsense", 0), FM_E_LOCKED);
	assert_int_equal(run_program(&sig, "kill -9 $$", 0), FM_E_LOCKED);
	assert_int_equal(run_program(&sig, "exec head -c 100000 /dev/zero", 0),
			 FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "4 KiB"));
	assert_int_equal(run_program(&sig, "exec sleep 60", 200), FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "in time"));
	assert_int_equal(run_program(&sig, "exec >&-; exec sleep 60", 200), FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "in time"));
}

/* A right signature, and then a word against it. */
static void a_refusal_counts_after_the_answer(void **state)
{
	const struct fm_document doc = claims_doc();
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	char text[FM_SIG_TEXT], body[1024];
	struct fm_hash digest;
	struct fm_sig sig;

	(void)state;
	must(fm_document_digest(&digest, &doc, &err));
	must(fm_sign_digest(&sig, key, &digest, &err));
	fm_sig_text(text, &sig);
	snprintf(body, sizeof(body), "echo '{\"signature\":\"%s\"}'; exit 3", text);
	assert_int_equal(run_program(&sig, body, 0), FM_E_LOCKED);
	/* Who ignores the ends of children is not told how they ended. */
	assert_int_equal(sigaction(SIGCHLD, &ignore, &before), 0);
	assert_int_equal(run_program(&sig, body, 0), FM_E_LOCKED);
	assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

/* Signatures of the right key that are not the one form there is, or of something else. */
static void other_forms_are_none(void **state)
{
	/* n - s is as good to the curve as s. */
	static const char order[] =
		"0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
	const struct fm_document doc = claims_doc();
	char text[FM_SIG_TEXT], body[1024];
	struct fm_hash digest, other = { { 1 } };
	struct fm_u256 n, s;
	struct fm_sig sig, high, wrong;

	(void)state;
	must(fm_document_digest(&digest, &doc, &err));
	must(fm_sign_digest(&sig, key, &digest, &err));
	assert_true(fm_u256_from_text(&n, fm_span_of(order)));
	high = sig;
	s = fm_u256_from_be(sig.b + 32);
	assert_true(fm_u256_sub(&s, &n, &s));
	fm_u256_to_be(high.b + 32, &s);
	high.b[64] ^= 27 ^ 28;
	must(fm_sign_digest(&wrong, key, &other, &err));
	for (size_t i = 0; i < 2; i++) {
		fm_sig_text(text, i ? &wrong : &high);
		snprintf(body, sizeof(body), "echo '{\"signature\":\"%s\"}'", text);
		assert_int_equal(run_program(&sig, body, 0), FM_E_LOCKED);
		assert_non_null(strstr(err.msg, "no signature of"));
	}
}

/* Who may write the program may sign. */
static void programs_are_closed_to_others(void **state)
{
	const char *body = "echo x";
	struct fm_sig sig;

	(void)state;
	program_mode = 0720;
	assert_int_equal(run_program(&sig, body, 0), FM_E_CONFIG);
	assert_non_null(strstr(err.hint, "chmod go-w"));
	program_mode = 0702;
	assert_int_equal(run_program(&sig, body, 0), FM_E_CONFIG);
	program_mode = 0755;
	assert_int_equal(run_program(&sig, body, 0), FM_E_LOCKED);
	program_mode = 0700;
	if (geteuid() == 0) {
		program_owner = 65534;
		assert_int_equal(run_program(&sig, body, 0), FM_E_CONFIG);
		program_owner = 0;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(documents_survive_reading),
		TEST(documents_are_read_strictly),
		TEST(signs_what_is_reserved),
		TEST(signs_authorizations_as_reserved),
		TEST(signs_transactions_of_operations),
		TEST(allowances_are_for_what_pays),
		TEST(signs_what_settles_a_cycle),
		TEST(signs_the_default_of_its_debtor),
		TEST(nothing_under_a_stop),
		TEST(only_by_its_own_ledger),
		TEST(not_by_an_older_ledger),
		TEST(sign_ins_are_to_core),
		TEST(holds_and_signs),
		TEST(sessions_only_are_derived),
		TEST(ends_by_itself),
		TEST(the_second_takes_over),
		TEST(one_of_many_remains),
		TEST(hostile_clients),
		TEST(few_descriptors),
		TEST(another_version),
		TEST(one_that_ignores_even_signals),
		TEST(one_that_was_stopped),
		TEST(many_at_once),
		TEST(deep_folders),
		TEST(answers_are_read_strictly),
		TEST(programs_sign),
		TEST(a_refusal_counts_after_the_answer),
		TEST(other_forms_are_none),
		TEST(programs_are_closed_to_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
