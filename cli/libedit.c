/* SPDX-License-Identifier: MIT */
#include "libedit.h"

#define LIBRARY "libedit.so.2"

static struct libedit api;
static bool loaded;

static const struct fm_symbol symbols[] = {
	{"el_init",	     offsetof(struct libedit, init)	    },
	{ "el_end",	    offsetof(struct libedit, end)	  },
	{ "el_reset",     offsetof(struct libedit, reset)	      },
	{ "el_gets",	     offsetof(struct libedit, gets)	    },
	{ "el_set",	    offsetof(struct libedit, set)	  },
	{ "el_wset",	     offsetof(struct libedit, wset)	    },
	{ "el_get",	    offsetof(struct libedit, get)	  },
	{ "el_source",    offsetof(struct libedit, source)	},
	{ "el_resize",    offsetof(struct libedit, resize)	},
	{ "el_line",	     offsetof(struct libedit, line)	    },
	{ "el_insertstr", offsetof(struct libedit, insertstr)   },
	{ "history_init", offsetof(struct libedit, history_init)},
	{ "history_end",	 offsetof(struct libedit, history_end) },
	{ "history",	     offsetof(struct libedit, history)     },
};

enum fm_code libedit_load(struct fm_err *err)
{
	void *library; /* stays for good */

	if (loaded)
		return FM_OK;
	loaded = fm_library_open(&library, &api, LIBRARY, symbols,
				 sizeof(symbols) / sizeof(symbols[0]), err) == FM_OK;
	return loaded ? FM_OK
		      : fm_hint(err, "install it (Debian: libedit2), or give the lines "
				     "over a pipe");
}

const struct libedit *libedit(void)
{
	return &api;
}
