/* SPDX-License-Identifier: MIT */
/* What a node answers to a search for events: the input is the result. Only logs that were asked
 * for are handed out, in their order. */
#include <fuzz.h>

#include <fake_http.h>

#include "credit/house.h"
#include "evm/rpc_logs.h"

#define FROM 5
#define TO 12

struct seen {
	struct fm_buf body;
	struct fm_addr house, who;
	uint64_t block, index;
	bool any;
};

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct seen *s = ctx;

	MUST(request->body);
	*reply = (struct fake_reply){
		.status = 200,
		.body = s->body.ptr,
		.body_len = s->body.len,
	};
	return true;
}

static bool each(void *ctx, const struct fm_rpc_found *found)
{
	struct seen *s = ctx;
	struct fm_clearing_event event;

	MUST(found->block >= FROM && found->block <= TO);
	MUST(!s->any || found->block > s->block ||
	     (found->block == s->block && found->index > s->index));
	MUST(fm_addr_equal(&found->log.address, &s->house));
	if (fm_house_event(&event, &s->house, &found->log)) {
		MUST(event.kind == FM_CLEARING_PAID || event.kind == FM_CLEARING_CLAIMED);
		MUST(fm_addr_equal(&event.who, &s->who));
	}
	s->any = true;
	s->block = found->block;
	s->index = found->index;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum fm_event events[] = { FM_EV_DEBTOR_PAID, FM_EV_CLAIMED };
	struct fm_rpc_filter filter = { .events = events, .event_count = 2 };
	struct fm_rpc rpc = { .url = "https://rpc.example" };
	struct seen seen = { .any = false };
	struct fake_http fake;
	struct fm_hash who;
	struct fm_err err;
	enum fm_code rc;

	fake_http_init(&fake);
	fm_err_init(&err);
	rpc.http = &fake.http;
	fake.respond = respond;
	fake.respond_ctx = &seen;
	memset(seen.house.b, 0x11, sizeof(seen.house.b));
	memset(seen.who.b, 0x33, sizeof(seen.who.b));
	fm_rpc_topic_of(&who, &seen.who);
	filter.address = &seen.house;
	filter.topics[1] = &who;
	fm_buf_init(&seen.body, size + 64);
	fm_buf_str(&seen.body, "{\"jsonrpc\":\"2.0\",\"id\":1,");
	fm_buf_add(&seen.body, data, size);
	fm_buf_chr(&seen.body, '}');
	rc = fm_rpc_logs(&rpc, &filter, FROM, TO, each, &seen, NULL, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	fm_buf_clear(&seen.body);
	fake_http_clear(&fake);
	return 0;
}
