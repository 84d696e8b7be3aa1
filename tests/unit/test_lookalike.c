/* SPDX-License-Identifier: MIT */
#include "policy/lookalike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool alike(const char *a, const char *b)
{
	struct fm_lookalike first, second;
	bool forth, back;

	fm_lookalike_of(&first, a);
	fm_lookalike_of(&second, b);
	forth = fm_lookalike(&first, b);
	back = fm_lookalike(&second, a);
	assert_true(forth == back);
	return forth;
}

/* The Punycode is that of independent implementations (Python's idna codec). */
static void what_looks_alike(void **state)
{
	static const char *const pairs[][2] = {
		{"https://api.example.com",    "https://api.examp1e.com"     },
		{ "https://api.example.com",   "https://api.exampie.com"     },
		{ "https://api.example.com",   "https://apl.example.com:8443"},
		{ "https://modern.example",    "https://rnodem.example"	     },
		{ "https://wave.example",	  "https://vvave.example"	  },
		{ "https://good.example",	  "https://g00d.example"	 },
		{ "https://my-shop.example",   "https://myshop.example"      },
		{ "https://apple.com",	       "https://xn--80ak6aa92e.com"  }, /* all Cyrillic */
		{ "https://paypal.com",	"https://xn--pypal-4ve.com"   }, /* Cyrillic a */
		{ "https://google.com",
		  "https://xn--ggle-0nda.com"				      }, /* Greek omicrons */
		{ "https://cafe.example",	  "https://xn--caf-dma.example" }, /* acute */
		{ "https://xn--pypal-4ve.com", "https://paypa1.com"	    },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!alike(pairs[i][0], pairs[i][1]))
			fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
}

static void what_does_not(void **state)
{
	static const char *const pairs[][2] = {
	/* the same host */
		{"https://api.example.com",   "http://api.example.com:8080"	   },
		{ "http://[::1]:8402",	       "http://[::1]"			      },
 /* others */
		{ "https://api.example.com",  "https://api.example.net"	       },
		{ "https://api.example.com",  "https://apiexample.com"	      },
		{ "https://api.example.com",  "https://api.example.com.evil.example"},
		{ "http://127.0.0.1",	      "http://127.0.0.10"			  },
		{ "http://10.0.0.1",	     "http://10.0.0.7"		       },
		{ "http://[::1]",		  "http://[::2]"			 },
 /* r and n of two labels are no m */
		{ "https://bar.name.example", "https://bamame.example"	       },
 /* no Punycode, or not what looks like a letter */
		{ "https://apple.com",	       "https://xn--99999999999.com"	     },
		{ "https://apple.com",	       "https://xn--.com"			  },
		{ "https://apple.com",	       "https://xn--fiqs8s.com"		},
		{ "https://xn--fiqs8s.com",   "https://xn--fiqz9s.com"		     },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (alike(pairs[i][0], pairs[i][1]))
			fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
}

static void the_same_host(void **state)
{
	struct fm_lookalike host;

	(void)state;
	fm_lookalike_of(&host, "https://api.example.com:8443");
	assert_true(fm_lookalike_same(&host, "http://api.example.com"));
	assert_false(fm_lookalike_same(&host, "https://api.examp1e.com"));
	fm_lookalike_of(&host, "http://[::1]:80");
	assert_true(fm_lookalike_same(&host, "https://[::1]"));
	fm_lookalike_of(&host, "");
	assert_true(fm_lookalike_same(&host, ""));
}

/* Every text stays inside its room, also where Punycode makes the most of it. */
static void hostile_names(void **state)
{
	char origin[300] = "https://";
	struct fm_lookalike host;

	(void)state;
	for (unsigned seed = 1; seed < 20000; seed++) {
		unsigned x = seed;
		size_t len = 8;

		while (len < 8 + 253) {
			static const char digits[] =
				"abcdefghijklmnopqrstuvwxyz0123456789-.";

			x = x * 1103515245u + 12345u;
			if (len % 64 == 8)
				len += (size_t)snprintf(origin + len, 5, "xn--");
			else
				origin[len++] = digits[x >> 16 & 31];
			if (len % 64 == 7)
				origin[len++] = '.';
		}
		origin[len] = '\0';
		fm_lookalike_of(&host, origin);
		assert_true(strlen(host.skeleton) < sizeof(host.skeleton));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_looks_alike),
		cmocka_unit_test(what_does_not),
		cmocka_unit_test(the_same_host),
		cmocka_unit_test(hostile_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
