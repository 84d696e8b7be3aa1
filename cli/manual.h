/* SPDX-License-Identifier: MIT */
/** Manual pages that are no command's. */
#ifndef MANUAL_H
#define MANUAL_H

#include "app.h"

struct manual {
	const char *name; /**< "config"; NULL ends the table */
	int section;
	const char *summary;
};

extern const struct manual manuals[];

#define MANUAL_WORD 64

/** "config.5", as `fourmica help` takes it. */
void manual_word(char out[static MANUAL_WORD], const struct manual *manual);
/** The page that "config.5", "config(5)" or "fourmica-config" means; also "config", unless that is a
 *  command or a topic. NULL: none. */
const struct manual *manual_find(const char *word);
/** Have man show it: at a terminal with its pager, else as plain text; in `text`, if that is not NULL,
 *  80 columns wide.
 *  Errors: FM_E_CONFIG man or the page is not installed; FM_E_IO. */
enum fm_code manual_show(const struct manual *manual, struct fm_buf *text,
			 struct fm_err *err);

#endif
