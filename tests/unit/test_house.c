/* SPDX-License-Identifier: MIT */
/* The clearing house on chain: its views, its events, the search for them, and the calldata of
 * finalizing; that of the other calls is in vec_merkle and vec_transactions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "credit/house.h"
#include "evm/rpc_logs.h"
#include "fake_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://rpc.example/v3/secret-key"
#define HOUSE "0x1111111111111111111111111111111111111111"
#define ID "23ee62dae6d65ffac62899dadd136549d6839a8a5f6073bec53b944b41dbf3f3"
#define ROOT "e0db3e1e7c8f9730779a5c5333bd85c32e417aea64c3d0f91447cc8b937e702b"
#define LEAF "ab06864f1d7caea780414b07971eb7e4022c10e5d93a983f8e1f2b794de550b8"
#define Z24 "000000000000000000000000"
#define ASSET Z24 "2222222222222222222222222222222222222222"
#define WHO Z24 "3333333333333333333333333333333333333333"
#define ZEROS "000000000000000000000000000000000000000000000000000000000000000"
#define W(digit) ZEROS digit
#define ANSWERS 6

/** Asset, root, debit 5, credit 5, in 4, out 1, covered 2, resolved 4, pay by 8, final at 9. */
#define CYCLE_ROW ASSET ROOT W("5") W("5") W("4") W("1") W("2") W("4") W("8") W("9")
#define OPEN W("1") W("1")

struct fixture {
	struct fake_http fake;
	struct fm_rpc rpc;
	struct fm_addr house, who;
	struct fm_hash id;
	struct fm_clearing_leaf leaf;
	const char *answers[ANSWERS]; /* members "result" or "error" */
	struct fm_house_view view;
	struct fm_buf body; /* of the last answer */
	struct fm_err err;
	/* a chain of logs */
	uint64_t limit;	 /* blocks the node answers about */
	uint64_t at[8];	 /* blocks with a log */
	uint64_t spoil;	 /* a block whose log is another's; 0: none */
	uint64_t got[8]; /* blocks of the logs that were handed out */
	size_t got_count, stop_after;
};

static const char *const healthy[ANSWERS] = {
	"\"result\":\"0x14a34\"",
	"\"result\":\"0x6080\"",
	"\"result\":{\"number\":null,\"hash\":null,\"timestamp\":\"0x7\","
	"\"baseFeePerGas\":\"0x1\"}",
	"\"result\":\"0x" CYCLE_ROW OPEN "\"",
	"\"result\":\"0x" W("3") W("0") W("1") W("0") W("0") "\"",
	"\"result\":\"0x" LEAF "\"",
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	fake_http_init(&f->fake);
	fm_buf_init(&f->body, 1u << 20);
	f->rpc = (struct fm_rpc){ .http = &f->fake.http, .url = URL };
	memcpy(f->answers, healthy, sizeof(healthy));
	memset(f->house.b, 0x11, sizeof(f->house.b));
	memset(f->who.b, 0x33, sizeof(f->who.b));
	if (!fm_hash_parse(&f->id, fm_span_of("0x" ID)))
		return -1;
	f->leaf = (struct fm_clearing_leaf){
		.chain_id = 84532,
		.house = f->house,
		.cycle_id = f->id,
		.participant = f->who,
		.amount = fm_u256_from_u64(60000000),
		.role = FM_CLEARING_DEBTOR,
	};
	memset(f->leaf.asset.b, 0x22, sizeof(f->leaf.asset.b));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t unexpected = f->fake.unexpected, left = fake_http_clear(&f->fake);

	fm_buf_clear(&f->body);
	free(f);
	return unexpected || left ? -1 : 0;
}

static enum fm_code read_view(struct fixture *f)
{
	enum fm_code rc;

	fm_buf_clear(&f->body);
	fm_buf_init(&f->body, 1u << 20);
	for (int i = 0; i < ANSWERS; i++)
		fm_buf_fmt(&f->body, "%c{\"jsonrpc\":\"2.0\",\"id\":%d,%s}",
			   i ? ',' : '[', i + 1, f->answers[i]);
	fm_buf_chr(&f->body, ']');
	fake_http_reply(&f->fake, 200, "", f->body.ptr);
	fm_err_init(&f->err);
	rc = fm_house_view_read(&f->view, &f->rpc, 84532, &f->house, &f->id, &f->who,
				&f->leaf, &f->err);
	memcpy(f->answers, healthy, sizeof(healthy));
	return rc;
}

static void is_number(const struct fm_u256 *got, uint64_t want)
{
	struct fm_u256 wide = fm_u256_from_u64(want);

	assert_int_equal(fm_u256_cmp(got, &wide), 0);
}

/* ---- views ---- */

static void test_view(void **state)
{
	struct fixture *f = *state;
	const struct fm_cycle_state *c = &f->view.cycle;
	struct fm_u256 liquid;

	assert_int_equal(read_view(f), FM_OK);
	assert_int_equal(f->fake.count, 1);
	assert_true(f->view.committed && f->view.has_leaf);
	assert_int_equal(f->view.chain_now_s, 7);
	assert_true(fm_addr_equal(&c->asset, &f->leaf.asset));
	is_number(&c->net_debit, 5);
	is_number(&c->resolved, 4);
	assert_int_equal(c->pay_by_s, 8);
	assert_int_equal(c->final_at_s, 9);
	assert_string_equal(fm_cycle_status_word(c->status), "PAYMENT_WINDOW_OPEN");
	liquid = fm_cycle_liquid(c);
	is_number(&liquid, 5);
	is_number(&f->view.seat.net_debit, 3);
	assert_true(f->view.seat.paid);
	assert_false(f->view.seat.claimed || f->view.seat.defaulted);
	assert_non_null(strstr(f->fake.requests[0].body, "0xcc169513" ID));
	assert_non_null(strstr(f->fake.requests[0].body, "0x3d05878b" ID WHO));
	assert_non_null(strstr(f->fake.requests[0].body, "0xfc662b69" ID ASSET WHO));
}

static void test_not_committed(void **state)
{
	struct fixture *f = *state;
	char unknown[200];

	snprintf(unknown, sizeof(unknown),
		 "\"error\":{\"code\":3,\"message\":\"execution reverted\",\"data\":"
		 "\"0xd2d96225%s\"}",
		 ID);
	f->answers[3] = f->answers[4] = unknown;
	assert_int_equal(read_view(f), FM_OK);
	assert_false(f->view.committed);
	assert_true(f->view.has_leaf);
	/* about another cycle, or another error: that is not said */
	snprintf(unknown, sizeof(unknown),
		 "\"error\":{\"code\":3,\"message\":\"execution reverted\",\"data\":"
		 "\"0xd2d96225%s\"}",
		 ROOT);
	f->answers[3] = unknown;
	assert_int_equal(read_view(f), FM_E_CHAIN);
	f->answers[3] = "\"error\":{\"code\":3,\"message\":\"execution reverted\"}";
	assert_int_equal(read_view(f), FM_E_CHAIN);
}

static void test_hostile_views(void **state)
{
	static const struct {
		int at;
		const char *answer, *words;
	} rows[] = {
		{0,  "\"result\":\"0x2105\"",			      "serves chain 8453"			  },
		{ 1, "\"result\":\"0x\"",				  "no contract at the clearing house's address"},
		{ 2, "\"result\":null",				""					   },
		{ 3, "\"result\":\"0x\"",				  "no such view"				 },
		{ 3, "\"result\":\"0x" CYCLE_ROW W("4") W("1") "\"", "status"				      },
		{ 3, "\"result\":\"0x" CYCLE_ROW W("1") W("2") "\"", "exists"				      },
		{ 3, "\"result\":\"0x" CYCLE_ROW OPEN W("0") "\"",   "bytes"					   },
		{ 4, "\"result\":\"0x" W("3") "\"",		    "bytes"					    },
		{ 5, "\"result\":\"0x" ROOT "\"",			  "another leaf"				 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->answers[rows[i].at] = rows[i].answer;
		assert_int_equal(read_view(f), FM_E_CHAIN);
		if (!strstr(f->err.msg, rows[i].words))
			fail_msg("'%s' lacks '%s'", f->err.msg, rows[i].words);
		assert_null(strstr(f->err.msg, "secret-key"));
	}
}

/** Sums that no contract holds are nothing to claim from. */
static void test_liquid(void **state)
{
	(void)state;
	struct fm_cycle_state c = { .claimed_out = fm_u256_from_u64(1) };
	struct fm_u256 got = fm_cycle_liquid(&c);

	assert_true(fm_u256_is_zero(&got));
	c.covered = fm_u256_from_u64(3);
	got = fm_cycle_liquid(&c);
	is_number(&got, 2);
	memset(c.paid_in.w, 0xff, sizeof(c.paid_in.w));
	got = fm_cycle_liquid(&c);
	assert_true(fm_u256_is_zero(&got));
}

/* ---- events ---- */

static struct fm_event_log log_of(enum fm_event event, const struct fixture *f,
				  const char *data)
{
	struct fm_event_log log = {
		.address = f->house,
		.topic_count = event == FM_EV_CYCLE_FINALIZED ? 2 : 3,
		.data = {data, strlen(data)},
	};

	fm_event_topic(&log.topics[0], event);
	log.topics[1] = f->id;
	fm_rpc_topic_of(&log.topics[2],
			event == FM_EV_CYCLE_COMMITTED ? &f->leaf.asset : &f->who);
	return log;
}

static void test_events(void **state)
{
	static const struct {
		enum fm_event event;
		const char *word;
	} rows[] = {
		{FM_EV_DEBTOR_PAID,	     "paid"	    },
		{ FM_EV_CLAIMED,	 "claimed"  },
		{ FM_EV_DEFAULTED,	   "defaulted"},
		{ FM_EV_COVERED,	 "covered"  },
		{ FM_EV_CYCLE_FINALIZED, "finalized"},
	};
	struct fixture *f = *state;
	struct fm_clearing_event got;
	uint8_t words[5 * 32] = { 0 };
	struct fm_event_log log;

	words[31] = 42;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool final = rows[i].event == FM_EV_CYCLE_FINALIZED;

		log = log_of(rows[i].event, f, "");
		log.data = (struct fm_span){ (const char *)words, final ? 0 : 32 };
		assert_true(fm_house_event(&got, &f->house, &log));
		assert_string_equal(fm_clearing_event_word(got.kind), rows[i].word);
		assert_int_equal(fm_house_event_id(got.kind), rows[i].event);
		assert_true(fm_hash_equal(&got.cycle_id, &f->id));
		is_number(&got.amount, final ? 0 : 42);
		assert_int_equal(fm_addr_equal(&got.who, &f->who), !final);
		assert_false(fm_house_event(&got, &f->who, &log));
		log.data.len++;
		assert_false(fm_house_event(&got, &f->house, &log));
	}
	log = log_of(FM_EV_TRANSFER, f, "");
	log.data = (struct fm_span){ (const char *)words, 32 };
	assert_false(fm_house_event(&got, &f->house, &log));
}

static void test_committed_event(void **state)
{
	struct fixture *f = *state;
	struct fm_event_log log = log_of(FM_EV_CYCLE_COMMITTED, f, "");
	uint8_t words[5 * 32] = { 0 };
	struct fm_clearing_event got;

	for (size_t i = 0; i < 5; i++)
		words[32 * i + 31] = (uint8_t)(i + 1);
	log.data = (struct fm_span){ (const char *)words, sizeof(words) };
	assert_true(fm_house_event(&got, &f->house, &log));
	assert_int_equal(got.kind, FM_CLEARING_COMMITTED);
	assert_true(fm_addr_equal(&got.asset, &f->leaf.asset));
	assert_int_equal(got.root.b[31], 1);
	is_number(&got.net_debit, 2);
	is_number(&got.net_credit, 3);
	assert_int_equal(got.pay_by_s, 4);
	assert_int_equal(got.final_at_s, 5);
	words[32 * 3] = 1; /* over 64 bits */
	assert_false(fm_house_event(&got, &f->house, &log));
}

/* ---- the search ---- */

static uint64_t number_at(const char *body, const char *name)
{
	const char *at = strstr(body, name);

	assert_non_null(at);
	return strtoull(at + strlen(name) + strlen("\":\"0x"), NULL, 16);
}

static void put_log(struct fixture *f, uint64_t block)
{
	struct fm_hash topic;
	char text[FM_HASH_TEXT];

	fm_event_topic(&topic, FM_EV_DEBTOR_PAID);
	fm_hash_text(text, &topic);
	fm_buf_fmt(&f->body,
		   "%s{\"address\":\"" HOUSE "\",\"topics\":[\"%s\",\"0x" ID
		   "\",\"0x%s\"],\"data\":\"0x" W(
			   "7") "\",\"blockNumber\":\"0x%llx\","
				"\"logIndex\":\"0x0\",\"transactionHash\":\"0x" ROOT
				"\",\"removed\":false}",
		   f->body.ptr[f->body.len - 1] == '[' ? "" : ",", text,
		   block == f->spoil ? ASSET : WHO, (unsigned long long)block);
}

/** A node with a limit, in words of its own. */
static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct fixture *f = ctx;
	uint64_t from = number_at(request->body, "fromBlock"),
		 to = number_at(request->body, "toBlock");

	fm_buf_clear(&f->body);
	fm_buf_init(&f->body, 1u << 20);
	fm_buf_str(&f->body, "{\"jsonrpc\":\"2.0\",\"id\":1,");
	if (to - from + 1 > f->limit) {
		fm_buf_str(&f->body,
			   "\"error\":{\"code\":-32005,\"message\":\"a lot\"}}");
	} else {
		fm_buf_str(&f->body, "\"result\":[");
		for (size_t i = 0; i < 8; i++)
			if (f->at[i] && f->at[i] >= from && f->at[i] <= to)
				put_log(f, f->at[i]);
		fm_buf_str(&f->body, "]}");
	}
	*reply = (struct fake_reply){ .status = 200,
				      .body = f->body.ptr,
				      .body_len = f->body.len };
	return true;
}

static bool keep(void *ctx, const struct fm_rpc_found *found)
{
	struct fixture *f = ctx;
	struct fm_clearing_event event;

	assert_true(f->got_count < 8);
	assert_true(fm_house_event(&event, &f->house, &found->log));
	is_number(&event.amount, 7);
	f->got[f->got_count++] = found->block;
	return f->got_count != f->stop_after;
}

static enum fm_code search(struct fixture *f, uint64_t from, uint64_t to, uint64_t *next)
{
	static const enum fm_event events[] = { FM_EV_DEBTOR_PAID, FM_EV_CLAIMED };
	struct fm_rpc_filter filter = { &f->house, events, 2, { NULL } };
	struct fm_hash who;

	fm_rpc_topic_of(&who, &f->who);
	filter.topics[1] = &who;
	f->fake.respond = respond;
	f->fake.respond_ctx = f;
	f->got_count = 0;
	fm_err_init(&f->err);
	return fm_rpc_logs(&f->rpc, &filter, from, to, keep, f, next, &f->err);
}

static void test_search(void **state)
{
	static const uint64_t limits[] = { 1500, 4096, 10000, UINT64_MAX };
	struct fixture *f = *state;
	uint64_t next;

	f->at[0] = 5, f->at[1] = 4101, f->at[2] = 20000, f->at[3] = 20001;
	for (size_t i = 0; i < 4; i++) {
		f->limit = limits[i];
		assert_int_equal(search(f, 5, 20001, &next), FM_OK);
		assert_int_equal(f->got_count, 4);
		assert_memory_equal(f->got, f->at, 4 * sizeof(f->at[0]));
		assert_int_equal(next, 20002);
	}
	assert_non_null(strstr(f->fake.requests[0].body, "\"address\":\"" HOUSE "\""));
	assert_non_null(strstr(f->fake.requests[0].body, "],null,\"0x" WHO "\"]"));
	assert_int_equal(search(f, 6, 20000, &next), FM_OK);
	assert_int_equal(f->got_count, 2);
	assert_int_equal(search(f, 0, 0, &next), FM_OK);
	assert_int_equal(f->got_count, 0);
	assert_int_equal(next, 1);
	assert_int_equal(search(f, 7, 6, &next), FM_OK); /* no blocks at all */
	assert_int_equal(next, 7);
}

/** Whoever reads them may have enough; what is behind is not searched. */
static void test_search_stops(void **state)
{
	struct fixture *f = *state;
	uint64_t next;

	f->at[0] = 5, f->at[1] = 6;
	f->limit = f->stop_after = 1;
	assert_int_equal(search(f, 5, 8, &next), FM_OK);
	assert_int_equal(f->got_count, 1);
	assert_int_equal(next, 5);
}

static void test_search_refused(void **state)
{
	struct fixture *f = *state;
	uint64_t next;

	f->at[0] = 5;
	assert_int_equal(search(f, 5, 12, &next), FM_E_CHAIN); /* not even one block */
	assert_int_equal(next, 5);
	assert_non_null(strstr(f->err.msg, "a lot"));
	f->limit = 100;
	f->spoil = 5; /* another participant's */
	assert_int_equal(search(f, 5, 12, &next), FM_E_CHAIN);
	assert_non_null(strstr(f->err.msg, "not asked for"));
	f->at[0] = 7, f->at[1] = 6, f->spoil = 0;
	assert_int_equal(search(f, 5, 12, &next), FM_E_CHAIN);
	assert_non_null(strstr(f->err.msg, "out of order"));
}

static void test_finalize(void **state)
{
	struct fixture *f = *state;
	char hex[2 * 36 + 1] = "";
	struct fm_buf data;

	fm_buf_init(&data, 100);
	assert_true(fm_clearing_finalize_calldata(&data, &f->id));
	assert_int_equal(data.len, 36);
	fm_hex_write(hex, data.ptr, data.len);
	assert_string_equal(hex, "398a608d" ID);
	fm_buf_clear(&data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_view),     TEST(test_not_committed), TEST(test_hostile_views),
		TEST(test_liquid),   TEST(test_events),	       TEST(test_committed_event),
		TEST(test_search),   TEST(test_search_stops),  TEST(test_search_refused),
		TEST(test_finalize),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
