/* SPDX-License-Identifier: MIT */
/* Wallets whose key only a program of the user's can use: config.json names it. */
#include "hold.h"

#include "config.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

/* What a program gets of our environment, and nothing else of it. */
static const char *const names[] = { "HOME", "PATH",	"LANG",		  "LC_ALL",
				     "USER", "LOGNAME", "XDG_RUNTIME_DIR" };
#define NAMES (sizeof(names) / sizeof(names[0]))

struct external {
	char *environment[NAMES + 1];
};

static struct external *make(void)
{
	struct external *e = calloc(1, sizeof(*e));
	size_t count = 0;

	for (size_t i = 0; e && i < NAMES; i++) {
		const char *value = sys_env(names[i]);
		size_t size = value ? strlen(names[i]) + strlen(value) + 2 : 0;
		char *entry = value ? malloc(size) : NULL;

		if (!entry)
			continue;
		memcpy(entry, names[i], strlen(names[i]));
		entry[strlen(names[i])] = '=';
		memcpy(entry + strlen(names[i]) + 1, value, strlen(value) + 1);
		e->environment[count++] = entry;
	}
	return e;
}

void external_free(struct app *app)
{
	struct external *e = app->external;

	for (size_t i = 0; e && e->environment[i]; i++)
		free(e->environment[i]);
	free(e);
	app->external = NULL;
}

bool external_has(const struct app *app)
{
	return app->wallet.watch && app->wallet.name[0] &&
	       config_signer_program(app, app->wallet.name);
}

enum fm_code external_signer(struct app *app, struct fm_signer *out, bool *found,
			     struct fm_err *err)
{
	struct fm_program program = { .cancel = &app_signal };
	struct external *e;

	/* A person's word is their passphrase, and no program's. */
	*found = external_has(app) && !app->at_hand;
	if (!*found)
		return FM_OK;
	e = app->external ? app->external : make();
	if (!e)
		return fm_nomem(err);
	app->external = e;
	program.path = config_signer_program(app, app->wallet.name);
	program.environment = e->environment;
	return fm_signer_program(out, &program, &app->wallet.address, err);
}
