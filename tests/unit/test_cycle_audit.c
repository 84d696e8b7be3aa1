/* SPDX-License-Identifier: MIT */
/** What a net position proves of single guarantees, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/cycle_audit.h>

#include "support/ledger_home.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN UINT64_C(84532)
#define ASSET "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
#define START UINT64_C(1777248000)
#define TEXT ASSET ":1777248000"
#define LENGTH 86400u
#define ME 1
#define STRANGER 8

enum {
	SIGNED = 2,
	PAID,
	REFUSED,
	IN_DOUBT,
	RESOLVED
};

static struct fm_err err;
static struct fm_client *client;
static struct fm_cycle_ref ref;
static struct fm_cycle_audit audit;

static const char *ledger_file(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s", home_ledger());
	return path;
}

static int set_up(void **state)
{
	struct fm_client_config config = { .clock = &home_clock,
					   .rand = &fm_system_rand,
					   .has_payer = true };
	struct fm_ledger *ledger;

	if (home_set_up(state))
		return -1;
	fm_err_init(&err);
	memset(config.payer.b, ME, sizeof(config.payer.b));
	config.ledger_file = ledger_file();
	if (!fm_cycle_ref_of(&ref, fm_span_of(TEXT)) ||
	    fm_client_new(&client, &config, &err) ||
	    fm_client_ledger(&ledger, client, true, &err))
		return -1;
	ref.length_s = LENGTH;
	return 0;
}

static int tear_down(void **state)
{
	fm_client_free(&client);
	return home_tear_down(state);
}

/* ---- what is in the ledger ---- */

static void run(const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(ledger_file(), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", why, sql);
	sqlite3_close(db);
}

struct given {
	unsigned number;
	uint64_t amount;
	const char *hint; /* NULL: no certificate */
	const char *evidence;
	int state, version;
	uint64_t signed_s;
	int payer, network;
};

static void give(struct given g)
{
	char sql[2048], hint[128] = "NULL";

	if (g.hint)
		snprintf(hint, sizeof(hint), "'%s'", g.hint);
	snprintf(
		sql, sizeof(sql),
		"INSERT INTO payment (id, binding, payer, network, asset, amount, scheme, "
		"req_id, origin, method, pay_to, task, policy_hash, state, evidence, created, "
		"signed, cycle_hint, booked, guarantee_version, identity) VALUES "
		"('pay_%u', zeroblob(32), x'%s', %d, x'%s', x'%064llx', '4mica-credit', "
		"x'%064x', '', 'GET', zeroblob(20), '', zeroblob(32), %d, '%s', 0, %llu, %s, 0, "
		"%d, x'%064x')",
		g.number,
		g.payer == STRANGER ? "0808080808080808080808080808080808080808"
				    : "0101010101010101010101010101010101010101",
		g.network ? g.network : (int)CHAIN, &ASSET[2],
		(unsigned long long)g.amount, g.number, g.state ? g.state : PAID,
		g.evidence ? g.evidence : "verified",
		(unsigned long long)(g.signed_s ? g.signed_s : START + 60) * 1000, hint,
		g.version ? g.version : 1, g.number);
	run(sql);
}

#define CERT TEXT "/86400"

static void certified(unsigned number, uint64_t amount)
{
	give((struct given){ .number = number, .amount = amount, .hint = CERT });
}

static void doubtful(unsigned number, uint64_t amount)
{
	give((struct given){
		.number = number, .amount = amount, .state = IN_DOUBT, .evidence = "" });
}

static void v2(unsigned number, uint64_t amount)
{
	give((struct given){
		.number = number, .amount = amount, .hint = CERT, .version = 2 });
}

static struct fm_incoming incoming(unsigned number, uint64_t amount, int version)
{
	struct fm_incoming in = {
		.chain_id = CHAIN,
		.cycle_id = ref.id,
		.asset = ref.asset,
		.req_id = fm_u256_from_u64(number),
		.amount = fm_u256_from_u64(amount),
		.version = version,
		.timestamp = START + 5,
		.claims = {"claims",     6},
		.signature = { "signature", 9}
	};

	memset(in.recipient.b, ME, sizeof(in.recipient.b));
	memset(in.payer.b, STRANGER, sizeof(in.payer.b));
	return in;
}

static enum fm_code take(bool *known, const struct fm_incoming *in)
{
	struct fm_ledger *ledger;

	fm_err_init(&err);
	return fm_client_ledger(&ledger, client, true, &err)
		       ? err.code
		       : fm_ledger_incoming_add(known, ledger, in, &err);
}

static void received(unsigned number, uint64_t amount, int version)
{
	const struct fm_incoming in = incoming(number, amount, version);
	bool known;

	assert_int_equal(take(&known, &in), FM_OK);
	assert_false(known);
}

/* ---- what is found ---- */

static void charged(uint64_t amount, bool credit)
{
	const struct fm_net net = { .credit = credit,
				    .amount = fm_u256_from_u64(amount) };

	fm_err_init(&err);
	if (fm_cycle_compare(&audit, client, CHAIN, &ref, &net, &err))
		fail_msg("%s", err.msg);
}

static void finds(enum fm_audit_finding finding, uint64_t difference, bool less)
{
	struct fm_u256 want = fm_u256_from_u64(difference);

	assert_string_equal(fm_audit_finding_word(audit.finding),
			    fm_audit_finding_word(finding));
	assert_int_equal(fm_u256_cmp(&audit.difference.amount, &want), 0);
	assert_int_equal(audit.difference.credit, less);
}

static void names(enum fm_audit_cause cause, uint64_t count)
{
	assert_int_equal(audit.causes[cause], count);
}

static bool shows(enum fm_audit_cause cause, const char *id)
{
	for (size_t i = 0; i < audit.shown_count; i++)
		if (audit.shown[i].cause == cause &&
		    strcmp(audit.shown[i].item.id, id) == 0)
			return true;
	return false;
}

static void test_match(void **state)
{
	(void)state;
	charged(0, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	certified(1, 100);
	certified(2, 50);
	give((struct given){ .number = 3, .amount = 7, .evidence = "receipt_only" });
	charged(157, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.certified.count, 2);
	assert_int_equal(audit.presumed.count, 1);
	received(9, 200, 1);
	charged(43, true);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.received.count, 1);
	assert_true(audit.own.credit);
	assert_int_equal(fm_cycle_audit_verdict(&audit, client, CHAIN, &err), FM_OK);
}

static void test_others_do_not_count(void **state)
{
	(void)state;
	certified(1, 100);
	/* Another wallet, another chain, a cycle whose name begins like this one's. */
	give((struct given){ .number = 2, .amount = 1, .hint = CERT, .payer = STRANGER });
	give((struct given){ .number = 3, .amount = 1, .hint = CERT, .network = 8453 });
	give((struct given){ .number = 4, .amount = 1, .hint = TEXT "0/86400" });
	give((struct given){
		.number = 5, .amount = 1, .hint = ASSET ":177724800/86400" });
	/* Without certificate: before and after. */
	give((struct given){ .number = 6, .amount = 1, .signed_s = START - 1 });
	give((struct given){ .number = 7, .amount = 1, .signed_s = START + LENGTH });
	charged(100, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.presumed.count + audit.doubtful.count, 0);
	give((struct given){ .number = 8, .amount = 1, .signed_s = START });
	give((struct given){ .number = 10, .amount = 1, .signed_s = START + LENGTH - 1 });
	charged(102, false);
	finds(FM_AUDIT_MATCHED, 0, false);
}

static void test_surplus(void **state)
{
	(void)state;
	certified(1, 100);
	certified(2, 50);
	charged(157, false);
	finds(FM_AUDIT_SURPLUS, 7, false);
	assert_int_equal(audit.shown_count, 0);
	assert_int_equal(fm_cycle_audit_verdict(&audit, client, CHAIN, &err),
			 FM_E_SURPLUS);
	assert_string_equal(err.rule, "audit");
	charged(200, false);
	finds(FM_AUDIT_SURPLUS, 50, false);
	names(FM_AUDIT_TWICE, 1);
	assert_true(shows(FM_AUDIT_TWICE, "pay_2"));
}

static void test_missing_and_less(void **state)
{
	(void)state;
	certified(1, 100);
	certified(2, 50);
	charged(50, false);
	finds(FM_AUDIT_MISSING, 100, true);
	assert_true(shows(FM_AUDIT_LEFT_OUT, "pay_1"));
	assert_int_equal(fm_cycle_audit_verdict(&audit, client, CHAIN, &err),
			 FM_E_MISSING);
	fm_err_init(&err);
	charged(149, false);
	finds(FM_AUDIT_DIFFERS, 1, true);
	assert_int_equal(audit.shown_count, 0);
	assert_int_equal(fm_cycle_audit_verdict(&audit, client, CHAIN, &err),
			 FM_E_DIFFERS);
	/* It crosses zero. */
	fm_err_init(&err);
	charged(10, true);
	finds(FM_AUDIT_DIFFERS, 160, true);
}

static void test_received_wrong(void **state)
{
	(void)state;
	certified(1, 100);
	received(7, 30, 1);
	charged(100, false);
	finds(FM_AUDIT_MISSING, 30, false);
	names(FM_AUDIT_CREDIT_LEFT_OUT, 1);
	charged(40, false);
	finds(FM_AUDIT_DIFFERS, 30, true);
	names(FM_AUDIT_CREDIT_TWICE, 1);
	/* Both a credit left out and one accepted twice would fit: the worse is told. */
	certified(2, 30);
	charged(130, false);
	finds(FM_AUDIT_SURPLUS, 30, false);
	names(FM_AUDIT_CREDIT_LEFT_OUT, 1);
	names(FM_AUDIT_TWICE, 1);
}

static void test_pending(void **state)
{
	(void)state;
	certified(1, 100);
	v2(2, 20);
	received(3, 5, 2);
	charged(100, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.v2_given.count, 1);
	assert_int_equal(audit.v2_received.count, 1);
	charged(115, false); /* both were validated */
	finds(FM_AUDIT_EXPLAINED, 15, false);
	assert_true(audit.only);
	names(FM_AUDIT_VALIDATED, 2);
	charged(95, false);
	finds(FM_AUDIT_EXPLAINED, 5, true);
	names(FM_AUDIT_VALIDATED, 1);
	charged(140, false); /* the pending one cannot have been accepted twice */
	finds(FM_AUDIT_SURPLUS, 40, false);
}

static void test_in_doubt(void **state)
{
	(void)state;
	certified(1, 100);
	doubtful(2, 20);
	doubtful(3, 30);
	give((struct given){
		.number = 4, .amount = 7, .state = REFUSED, .evidence = "" });
	give((struct given){ .number = 5,
			     .amount = 3,
			     .state = RESOLVED,
			     .evidence = FM_MARKED_UNUSED });
	charged(100, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.doubtful.count, 4);
	charged(127, false);
	finds(FM_AUDIT_EXPLAINED, 27, false);
	assert_true(audit.only);
	assert_true(shows(FM_AUDIT_DOUBT, "pay_2") && shows(FM_AUDIT_DOUBT, "pay_4"));
	names(FM_AUDIT_DOUBT, 2);
	charged(103, false); /* marked as unused, and used all the same */
	finds(FM_AUDIT_EXPLAINED, 3, false);
	charged(130, false); /* 30, or 20 + 7 + 3 */
	finds(FM_AUDIT_EXPLAINED, 30, false);
	assert_false(audit.only);
	names(FM_AUDIT_DOUBT, 4);
}

static void test_many_open(void **state)
{
	uint64_t sum = 0;

	(void)state;
	for (unsigned i = 1; i <= FM_AUDIT_OPEN + 4; i++) {
		doubtful(i, 1000 + i);
		sum += 1000 + i;
	}
	charged(sum, false);
	finds(FM_AUDIT_EXPLAINED, sum, false);
	assert_false(audit.only);
	charged(1003, false); /* found, but others were not tried */
	finds(FM_AUDIT_EXPLAINED, 1003, false);
	assert_false(audit.only);
	charged(5, false);
	finds(FM_AUDIT_SURPLUS, 5, false);
}

static void test_too_much(void **state)
{
	(void)state;
	certified(1, 1);
	certified(2, 1);
	run("UPDATE payment SET amount = "
	    "x'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'");
	fm_err_init(&err);
	assert_int_equal(fm_cycle_compare(&audit, client, CHAIN, &ref,
					  &(struct fm_net){ .credit = false }, &err),
			 FM_E_LEDGER);
}

static void test_incoming_kept_once(void **state)
{
	struct fm_incoming in = incoming(7, 30, 1);
	bool known = true;

	(void)state;
	assert_int_equal(take(&known, &in), FM_OK);
	assert_false(known);
	assert_int_equal(take(&known, &in), FM_OK);
	assert_true(known);
	in.amount = fm_u256_from_u64(31);
	assert_int_equal(take(&known, &in), FM_E_CERT_DIFF);
	assert_string_equal(err.rule, "identity");
	in = incoming(7, 30, 1);
	in.cycle_id.b[0] ^= 1; /* accepted again in another cycle: another guarantee */
	assert_int_equal(take(&known, &in), FM_OK);
	assert_false(known);
	charged(30, true);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(audit.received.count, 1);
}

static void test_no_ledger(void **state)
{
	struct fm_client_config config = { .clock = &home_clock,
					   .rand = &fm_system_rand,
					   .ledger_file = home_file("none/ledger.db"),
					   .has_payer = true };
	struct fm_client *other;
	const struct fm_net none = { .credit = false },
			    some = { .amount = fm_u256_from_u64(3) };

	(void)state;
	assert_int_equal(fm_client_new(&other, &config, &err), FM_OK);
	assert_int_equal(fm_cycle_compare(&audit, other, CHAIN, &ref, &none, &err),
			 FM_OK);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(fm_cycle_compare(&audit, other, CHAIN, &ref, &some, &err),
			 FM_OK);
	finds(FM_AUDIT_SURPLUS, 3, false);
	fm_client_free(&other);
}

static void test_recorded(void **state)
{
	struct fm_cycle_scope scope = { .chain_id = CHAIN,
					.asset = ref.asset,
					.id = ref.id,
					.text = ref.text,
					.start_s = ref.start_s,
					.length_s = LENGTH };
	struct fm_addr me;
	struct fm_ledger *ledger;
	uint64_t count = 0;
	bool done = false;

	(void)state;
	memset(me.b, ME, sizeof(me.b));
	scope.wallet = &me;
	for (unsigned i = 1; i <= 600; i++) /* more than one flush */
		certified(i, 1);
	v2(1001, 5);
	doubtful(1002, 9);
	assert_int_equal(fm_client_ledger(&ledger, client, true, &err), FM_OK);
	assert_int_equal(fm_ledger_cycle_charged(&done, ledger, &scope, "pay_1", &err),
			 FM_OK);
	assert_false(done); /* is paid */
	assert_int_equal(fm_ledger_cycle_charged(&done, ledger, &scope, "pay_1002", &err),
			 FM_OK);
	assert_true(done);
	assert_int_equal(fm_ledger_cycle_charged(&done, ledger, &scope, "pay_1002", &err),
			 FM_OK);
	assert_false(done);
	charged(609, false);
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_int_equal(fm_ledger_cycle_cleared(&count, ledger, &scope, &err), FM_OK);
	assert_int_equal(count, 601); /* not that of version 2 */
	assert_int_equal(fm_ledger_cycle_cleared(&count, ledger, &scope, &err), FM_OK);
	assert_int_equal(count, 0);
	charged(609, false); /* what is settled still counts in the audit */
	finds(FM_AUDIT_MATCHED, 0, false);
	assert_true(home_journal() > 600);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_match),	   T(test_others_do_not_count),
		T(test_surplus),   T(test_missing_and_less),
		T(test_pending),   T(test_received_wrong),
		T(test_in_doubt),  T(test_many_open),
		T(test_too_much),  T(test_incoming_kept_once),
		T(test_no_ledger), T(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
