/* SPDX-License-Identifier: MIT */
/** A person's word: what they are shown before they give it, and the proof that it is theirs. */
#ifndef APPROVE_H
#define APPROVE_H

#include "app.h"

enum prove_how {
	PROVE_ANYHOW, /**< what lies ready may answer: a command that is meant by its name */
	PROVE_AT_HAND, /**< only what is typed at the terminal now; not what lies ready, not --yes */
};
/** The passphrase itself of the selected wallet; an open key holder does not do. For a wallet without
 *  one the question is confirmed instead. `lines` tell what it is about: shown at a terminal first.
 *  Errors: FM_E_LOCKED; FM_E_DECLINED; FM_E_INPUT there is nobody to ask. */
enum fm_code prove(struct app *app, const char *lines, const char *question,
		   enum prove_how how, struct fm_err *err);

/** What a quote would pay, to whom, why that takes approval, and what is left then: for people. */
void approve_text(struct fm_buf *out, const struct app *app,
		  const struct fm_quote *quote);

/** A client's question (fm_client_config.approve). */
enum fm_code approve_at_hand(void *app, const struct fm_quote *quote, struct fm_err *err);

/** Facts of a payment that needed approval: `quote_path`. */
#define APPROVE_FIELDS                                                                \
	{                                                                             \
		"quote_path", "Quote file", FIELD_TEXT,                               \
			"exit 30: what somebody may approve; null: nothing was kept", \
			NULL                                                          \
	}

#endif
