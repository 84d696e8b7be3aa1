/* SPDX-License-Identifier: MIT */
/** The failure table without the reverts, which have a table of their own (evm/revert.h). */
#ifndef FOURMICA_CREDIT_CAUSE_ROWS_H
#define FOURMICA_CREDIT_CAUSE_ROWS_H

#include <fourmica/cause.h>

struct fm_cause_row {
	const char *code, *cause, *source;
	const char *text; /**< as struct fm_cause has it */
	const char *meaning, *remedy;
};

extern const struct fm_cause_row fm_cause_rows[];
extern const size_t fm_cause_row_count;

#endif
