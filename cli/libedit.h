/* SPDX-License-Identifier: MIT */
/** libedit, loaded by the prompt and by nothing else: every command would pay for it. */
#ifndef LIBEDIT_H
#define LIBEDIT_H

#include <fourmica/fourmica.h>

#include <histedit.h>

/** Its functions, by their names without el_. */
struct libedit {
	EditLine *(*init)(const char *program, FILE *in, FILE *out, FILE *err);
	void (*end)(EditLine *el);
	void (*reset)(EditLine *el);
	const char *(*gets)(EditLine *el, int *len);
	int (*set)(EditLine *el, int what, ...);
	int (*wset)(EditLine *el, int what, ...);
	int (*get)(EditLine *el, int what, ...);
	int (*source)(EditLine *el, const char *file);
	void (*resize)(EditLine *el);
	const LineInfo *(*line)(EditLine *el);
	int (*insertstr)(EditLine *el, const char *text);
	History *(*history_init)(void);
	void (*history_end)(History *h);
	int (*history)(History *h, HistEvent *event, int what, ...);
};

/** Load it. Errors: FM_E_CONFIG it is not installed. */
enum fm_code libedit_load(struct fm_err *err);
/** What was loaded; after libedit_load. */
const struct libedit *libedit(void);

#endif
