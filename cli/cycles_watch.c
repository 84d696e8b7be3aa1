/* SPDX-License-Identifier: MIT */
/* `cycles watch`: how a cycle goes on, until nothing is left to wait for. */
#include "cycles_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVERY_MS 15000
#define STEP_MS 200

/* clang-format off */
static const struct param params[] = {
	ARG_OPTIONAL(struct cycles_read, id, "ID", "the cycle; without it the newest one of this wallet"),
	GROUP("Watching"),
	OPT(struct cycles_read, every, "every", 0, "TIME", "ask chain and 4Mica Core this often (15s)"),
	CYCLES_SIGN_IN,
	{ 0 },
};

static const struct field fields[] = {
	CYCLES_WHOSE_FIELDS,
	CYCLES_STANDING_FIELDS,
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica cycles watch", "the newest cycle, until it is final" },
	{ "fourmica cycles watch 0x036cbd --jsonl | while read -r line; do ...; done", "for scripts" },
	{ 0 },
};
/* clang-format on */

struct watch {
	struct app *app;
	const struct cycles_read *args;
	struct fm_cycle_ref ref;
	struct fm_cycle_standing *now;
	char said[320]; /* the last event, so that only changes are told */
};

/* ---- telling ---- */

static void left(char out[static 64], int64_t seconds)
{
	if (seconds >= 86400)
		snprintf(out, 64, "%lld d %lld h", (long long)(seconds / 86400),
			 (long long)(seconds % 86400 / 3600));
	else if (seconds >= 3600)
		snprintf(out, 64, "%lld h %lld min", (long long)(seconds / 3600),
			 (long long)(seconds % 3600 / 60));
	else
		snprintf(out, 64, "%lld min %lld s", (long long)(seconds / 60),
			 (long long)(seconds % 60));
}

/** What is waited for, by the chain's clock when it is known. */
static const char *deadline(int64_t *at_s, const struct fm_cycle_standing *s)
{
	int64_t now = s->chain_now_s;

	if (!s->committed) {
		*at_s = (int64_t)(s->ref.start_s +
				  (s->ref.length_s ? s->ref.length_s : 86400u));
		return *at_s > fm_wall_s(&fm_system_clock) ? "until it ends" : NULL;
	}
	*at_s = (int64_t)s->cycle.pay_by_s;
	if (now <= *at_s)
		return "to pay";
	*at_s = (int64_t)s->cycle.final_at_s;
	return now <= *at_s ? "until it can be final" : NULL;
}

/** At a terminal: one line that counts down between two questions. */
static void tick(struct watch *w, int64_t since_s)
{
	const char *source, *what;
	int64_t at_s, now_s = fm_wall_s(&fm_system_clock);
	enum fm_cycle_phase phase = fm_cycle_phase_of(&source, w->now, now_s);
	char text[64];

	what = deadline(&at_s, w->now);
	if (w->now->committed)
		now_s = w->now->chain_now_s + since_s;
	if (!what || at_s < now_s) {
		out_waits(w->app->out, "%s", fm_cycle_phase_word(phase));
		return;
	}
	left(text, at_s - now_s);
	out_waits(w->app->out, "%s, %s %s", fm_cycle_phase_word(phase), text, what);
}

/** For scripts: an event when something is another than it was. */
static void tell(struct watch *w)
{
	const char *source, *next;
	char room[192], line[320];
	enum fm_cycle_phase phase =
		fm_cycle_phase_of(&source, w->now, fm_wall_s(&fm_system_clock));

	next = cycles_next(room, w->now, phase);
	snprintf(line, sizeof(line), "%s%s%s%s%s", fm_cycle_phase_word(phase),
		 w->now->seat.paid	? ", paid"
		 : w->now->seat.claimed ? ", claimed"
					: "",
		 w->now->seat.defaulted ? ", defaulted" : "", next ? ": " : "",
		 next ? next : "");
	if (strcmp(line, w->said) == 0)
		return;
	snprintf(w->said, sizeof(w->said), "%s", line);
	if (out_is_json(w->app->out))
		out_event(w->app->out, "cycle", "%s", line);
	else
		out_note(w->app->out, "%s", line);
}

/* ---- waiting ---- */

static bool is_over(const struct fm_cycle_standing *s)
{
	if (s->word == FM_CYCLE_NO_PART || s->word == FM_CYCLE_UNKNOWN)
		return true;
	if (s->word == FM_CYCLE_FLAT)
		return true;
	if (!s->committed)
		return false;
	return s->cycle.status == FM_CYCLE_FINALIZED ||
	       (s->cycle.status == FM_CYCLE_DEFAULTED &&
		(s->word != FM_CYCLE_POSITION || s->proof.role == FM_CLEARING_DEBTOR ||
		 s->seat.claimed));
}

static void nap(int64_t ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL); /* a signal ends it early, as it shall */
}

/** Returns how the run was ended, if it was. */
static enum fm_code wait_some(struct watch *w, struct fm_err *err)
{
	int64_t every = w->args->every ? w->args->every : EVERY_MS;

	for (int64_t ms = 0; ms < every && !app_signal; ms += STEP_MS) {
		if (ms % 1000 == 0)
			tick(w, ms / 1000);
		out_tick(w->app->out);
		nap(every - ms < STEP_MS ? every - ms : STEP_MS);
	}
	return app_signal ? app_interrupted(err) : FM_OK;
}

static enum fm_code watch(struct watch *w, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	while (!rc) {
		rc = fm_cycle_standing_read(w->now, w->app->client,
					    app_network(w->app)->chain_id, &w->ref,
					    cycles_sign_in(w->app, w->args), err);
		if (rc)
			break;
		tell(w);
		if (is_over(w->now))
			break;
		rc = wait_some(w, err);
	}
	cycles_standing(w->app, w->now);
	cycles_silent(w->app, w->now);
	/* Who ends a watch by hand has seen what there was to see. */
	return rc == FM_E_INTERRUPTED && app_signal == SIGINT ? FM_OK : rc;
}

/** The newest of this wallet. */
static enum fm_code newest(struct watch *w, struct fm_err *err)
{
	struct fm_cycle_ref *refs;
	size_t count;
	enum fm_code rc = fm_cycle_known(&refs, &count, w->app->client,
					 app_network(w->app)->chain_id, err);

	if (!rc && !count) {
		rc = fm_fail(err, FM_E_USAGE, "no cycle of this wallet is known");
		fm_hint(err, "name one; see: fourmica cycles");
	}
	if (!rc)
		w->ref = refs[0];
	free(refs);
	return rc;
}

static enum fm_code run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct cycles_read *args = opaque;
	struct cycles_read named = *args;
	struct watch w = { .app = app, .args = args };
	enum fm_code rc = FM_OK;

	if (!args->id)
		rc = newest(&w, err);
	if (!args->id)
		named.id = w.ref.text;
	if (!rc)
		rc = cycles_find(&w.ref, app, &named, err);
	if (rc)
		return rc;
	w.now = calloc(1, sizeof(*w.now));
	rc = w.now ? watch(&w, err) : fm_nomem(err);
	free(w.now);
	return rc;
}

const struct cmd cycles_watch_cmd = {
	.name = "watch",
	.summary = "follow a cycle until it is final",
	.details =
		"Shows phase and what to do next whenever they change, and at a terminal "
		"counts down to the next deadline on the chain's clock. It ends when nothing is "
		"left to wait for: the cycle is final or flat, or it ended in a default and "
		"what this wallet had to claim is claimed. Ctrl-C ends it with exit 0. With --jsonl each change "
		"is an event 'cycle'.",
	.params = params,
	.size = sizeof(struct cycles_read),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-cycles 7",
	.needs = CYCLES_LOOKS,
	.run = run,
};
