/* SPDX-License-Identifier: MIT */
/** What `doctor` found, and the facts behind it. */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "app.h"

enum outcome {
	OUTCOME_OK,
	OUTCOME_WARN, /**< worth knowing; does not change the exit status */
	OUTCOME_FAIL,
	OUTCOME_SKIP, /**< could not be looked at */
};
const char *outcome_word(enum outcome outcome);

struct finding {
	const char *name; /**< of the check */
	enum outcome outcome;
	enum fm_code code; /**< FM_OK unless it failed */
	char text[700], hint[300];
};

struct doctor_args {
	bool offline;
	const char *facilitator, *bundle, *payment;
};

struct doctor {
	struct app *app;
	const struct doctor_args *args;
	const struct fm_network *network; /**< NULL: config.json cannot be read */
	/* what came of preparing; code FM_OK: it is there */
	struct fm_err config, policy, wallet, ledger, look, facilitator_error;
	bool has_wallet, no_wallet; /**< no_wallet: there is none at all */
	struct fm_ledger *book;	    /**< NULL: none yet, or it cannot be read */
	struct fm_outstanding owed;
	struct fm_doctor *facts;		   /**< NULL: nobody was asked */
	struct fm_doctor_facilitator *facilitator; /**< NULL: none was named */
	const char *check;			   /**< name of the one that runs */
	struct finding *findings;
	size_t count;
	bool nomem;
};

/** Add a finding of the running check. */
void doctor_say(struct doctor *d, enum outcome outcome, const char *fmt, ...)
	FM_PRINTF(3, 4);
/** The remedy of the last one. */
void doctor_remedy(struct doctor *d, const char *fmt, ...) FM_PRINTF(2, 3);
/** A failure with its words, code and remedy. */
void doctor_fail(struct doctor *d, const struct fm_err *err);
/** A failure in words of our own. */
void doctor_fault(struct doctor *d, enum fm_code code, const char *fmt, ...)
	FM_PRINTF(3, 4);

/** Everything there is to check, in the order it is told; ends with { 0 }. */
struct check {
	const char *name;
	const char *help;
	unsigned wants; /**< enum want */
	void (*run)(struct doctor *d);
};
enum want {
	WANT_CONFIG = 1,
	WANT_NETWORK = 2, /**< not with --offline; nor when the ledger cannot be read */
	WANT_WALLET = 4,
	WANT_POSITION = 8, /**< the chain's word on the wallet */
	WANT_CORE = 16,
	WANT_FACILITATOR = 32, /**< without one there is no such line */
	WANT_LEDGER = 64,
};
extern const struct check doctor_checks[];

/* checks of files and ledger */
void check_config(struct doctor *d);
void check_files(struct doctor *d);
void check_policy(struct doctor *d);
void check_wallet(struct doctor *d);
void check_ledger(struct doctor *d);
void check_stop(struct doctor *d);
void check_in_doubt(struct doctor *d);
void check_transactions(struct doctor *d);

/** Write the report for support to args->bundle, which must not exist. */
enum fm_code doctor_bundle(struct doctor *d, struct fm_err *err);

#endif
