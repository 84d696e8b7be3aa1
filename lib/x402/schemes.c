/* SPDX-License-Identifier: MIT */
/* What every payment scheme shares: being found by name, drafts, saying no. */
#include "x402/scheme.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool named(struct fm_span text, const char *name, bool fold_case)
{
	if (text.len != strlen(name))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (fold_case ? lower(text.ptr[i]) != lower(name[i])
			      : text.ptr[i] != name[i])
			return false;
	}
	return true;
}

const struct fm_scheme *fm_scheme_find(struct fm_span name)
{
	for (const struct fm_scheme *const *scheme = fm_schemes; *scheme; scheme++) {
		if (named(name, (*scheme)->name, (*scheme)->fold_case))
			return *scheme;
		for (const char *const *alias = (*scheme)->aliases; alias && *alias;
		     alias++) {
			if (named(name, *alias, (*scheme)->fold_case))
				return *scheme;
		}
	}
	return NULL;
}

void fm_draft_clear(struct fm_draft *draft)
{
	if (!draft)
		return;
	free(draft->validation);
	memset(draft, 0, sizeof(*draft));
}

bool fm_offer_refuse(struct fm_offer *offer, enum fm_offer_stage stage, enum fm_code why,
		     const char *fmt, ...)
{
	va_list args;
	offer->stage = stage;
	offer->why = why;
	va_start(args, fmt);
	vsnprintf(offer->refused, sizeof(offer->refused), fmt, args);
	va_end(args);
	return false;
}

const char *fm_scheme_name(const struct fm_scheme *scheme)
{
	return scheme->name;
}

bool fm_scheme_certifies(const struct fm_scheme *scheme)
{
	return scheme->certificate;
}
