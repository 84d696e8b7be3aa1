/* SPDX-License-Identifier: MIT */
/* The prompt's lines: how they become words, and which of them are kept. */
#include <lines.h>
#include <words.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define HEX64 "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"

static enum fm_code last(struct fm_buf *out, void *ctx, struct fm_span path,
			 struct fm_err *err)
{
	(void)ctx;
	if (path.len == 4 && memcmp(path.ptr, "none", 4) == 0)
		return fm_fail(err, FM_E_USAGE, "none");
	if (path.len == 5 && memcmp(path.ptr, "minus", 5) == 0)
		return fm_buf_str(out, "--yes now") ? FM_OK : fm_nomem(err);
	if (path.len == 2 && memcmp(path.ptr, "at", 2) == 0)
		return fm_buf_str(out, "@/etc/passwd") ? FM_OK : fm_nomem(err);
	fm_buf_str(out, "<");
	fm_buf_add(out, path.ptr, path.len);
	fm_buf_str(out, " x>");
	return FM_OK;
}

/* The words joined with |, without the first. */
static char *joined(const char *line, enum fm_code *rc)
{
	static char text[4096];
	struct words words;
	struct fm_err err;
	size_t len = 0;

	fm_err_init(&err);
	text[0] = '\0';
	*rc = words_split(&words, fm_span_of(line), last, NULL, &err);
	for (size_t i = 1; !*rc && i < words.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
					i > 1 ? "|" : "", words.items[i]);
	if (!*rc) {
		assert_string_equal(words.items[0], "fourmica");
		assert_null(words.items[words.count]);
		words_clear(&words);
	}
	return text;
}

static void splits(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
		{"",				 ""			       },
		{ "  \t ",			   ""			       },
		{ "# comment",		       ""				  },
		{ "pay url#part # comment",	    "pay|url#part"		   },
		{ "pay  https://a/?b=1&c=2;d",       "pay|https://a/?b=1&c=2;d"	  },
		{ "a 'b c' \"d e\" f\\ g",	   "a|b c|d e|f g"		   },
		{ "a '' \"\" b",			 "a|||b"				 },
		{ "x'y'\"z\"",		       "xyz"			     },
		{ "'$last.a \\'",			  "$last.a \\"		       },
		{ "\"\\\"\\\\\\$last.a\\n\"",	      "\"\\$last.a\\n"		       },
		{ "\\$last.a",		       "$last.a"			 },
		{ "$last.a.0.b",			 "<a.0.b x>"			     },
		{ "\"$last.a\"",			 "<a x>"				 },
		{ "a$last.b.",		       "a<b x>."			 },
		{ "$last $HOME ${x} `y` ~ * $last.", "$last|$HOME|${x}|`y`|~|*|$last."},
		{ "--task=$last.minus a$last.minus", "--task=--yes now|a--yes now"	   },
		{ "by$last.at \"to $last.at\"",	"by@/etc/passwd|to @/etc/passwd" },
		{ "a|b >c",			    "a|b|>c"			     },
	};
	enum fm_code rc;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(joined(cases[i].line, &rc), cases[i].words);
		assert_int_equal(rc, FM_OK);
	}
}

static void refuses(void **state)
{
	static const char *const cases[] = { "a 'b", "a \"b", "a \\", "\"$last.none\"",
					     "$last.none",
					     /* an option, a file to be sent */
					     "pay u $last.minus", "pay u \"$last.minus\"",
					     "pay u ''$last.minus", "pay u -d $last.at",
					     "pay u -d$last.at", "pay u --data=$last.at",
					     "pay u -F f=$last.at" };
	enum fm_code rc;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		joined(cases[i], &rc);
		assert_int_equal(rc, FM_E_USAGE);
	}
}

static void too_long(void **state)
{
	size_t size = WORDS_LINE_MAX + 16;
	char *line = malloc(size);
	struct words words;
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	assert_non_null(line);
	memset(line, 'a', size);
	assert_int_equal(words_split(&words, (struct fm_span){ line, size }, NULL, NULL,
				     &err),
			 FM_E_NOMEM);
	free(line);
}

static void typed(void **state)
{
	static const struct {
		const char *line, *last;
		size_t count, at;
	} cases[] = {
		{"",	      "",	  2, 0},
		{ "wal",	 "wal",	2, 0},
		{ "wallet ",     "",	 3, 7},
		{ "wallet sh",   "sh",	     3, 7},
		{ "pay 'a b",    "a b",     3, 4},
		{ "pay \"a",     "a",	  3, 4},
		{ "pay a\\",     "a",	  3, 4},
		{ "pay $last.x", "$last.x", 3, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct words words;

		assert_true(words_typed(&words, fm_span_of(cases[i].line)));
		assert_int_equal(words.count, cases[i].count);
		assert_string_equal(words.items[words.count - 1], cases[i].last);
		assert_int_equal(words.last_at, cases[i].at);
		words_clear(&words);
	}
}

/* What is quoted is read again as it was. */
static void quotes(void **state)
{
	static const char *const words[] = { "a b",	"it's", "\"x\"", "back\\slash",
					     "$last.a", "#x",	"plain", "tab\there" };
	static const char quote[] = { '\0', '"', '\'' };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t q = 0; q < sizeof(quote); q++) {
			struct fm_buf line;
			enum fm_code rc;

			fm_buf_init(&line, 256);
			if (quote[q])
				fm_buf_chr(&line, quote[q]);
			words_quote(&line, words[i], quote[q]);
			if (quote[q])
				fm_buf_chr(&line, quote[q]);
			assert_string_equal(joined(line.ptr, &rc), words[i]);
			fm_buf_clear(&line);
		}
}

static void keeps(void **state)
{
	static const char *const good[] = {
		"status",
		"pay https://api.example.com/a?b=c --max-amount 0.05usdc",
		"wallet show 0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
		"audit show pay_1f0c9a3e5b7d42680c1e9fa35b7d4268",
		"explain Not enough free collateral",
		"pay https://api.example.com/tokens -d '{\"city\":\"Oslo\"}'",
		"sign --message note.txt",
		"sign --message note.txt --passphrase-file pass --yes",
		"pay https://x.example/how/to/make/many/short/words/fit/into/one/long/url",
		"budget set day --amount 5usdc --network base-sepolia --wallet main --json",
	};
	static const char *const bad[] = {
		"",
		" status",
		"\tstatus",
		"pay https://x -u ann:hunter2",
		"pay https://x -uann:hunter2",
		"pay https://x --user=ann:hunter2",
		"pay https://x --user ann:hunter2",
		"pay https://x -sH 'X-Key: 1'",
		"pay https://x --header 'X-Key: 1'",
		"pay https://x -b session=1",
		"pya https://x -H 'X-Key: 1'",
		"pay https://ann:hunter2@example.com/",
		"pay 'https://example.com/?api_key=1'",
		"pay 'https://example.com/?token=1'",
		"pay https://x -d '{\"Password\":\"x\"}'",
		"pay https://x -d 'Authorization: Bearer y'",
		"wallet import " HEX64,
		"wallet import 0x" HEX64,
		"pay https://x/" HEX64,
		"pay https://x -d 'k=" HEX64 "'",
		"test test test test test test test test test test test junk",
		"wallet import 'test test test test test test test test test test test junk'",
		"x test, test, test, test, test, test, test, test, test, test, test, junk",
		"x TEST Test test test test test test test test test test junk",
		"x 1. test 2. test 3. test 4. test 5. test 6. test 7. test 8. test 9. test "
		"10. test 11. test 12. junk",
		"pay u --reason=test test test test test test test test test test test junk",
		"pay u --task test-test-test-test-test-test-test-test-test-test-test-junk",
		"pay u -d pass=hunter2",
		"pay u -d '{\"pwd\":\"hunter2\"}'",
		"pay 'https://x.example/f?sig=abc'",
		"my passphrase is hunter2",
		"pay u --passphrase-file f -d passphrase=x",
		"a\nb",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!lines_may_keep(good[i]))
			fail_msg("not kept: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (lines_may_keep(bad[i]))
			fail_msg("kept: %s", bad[i]);
}

struct seen {
	size_t count;
	char first[64], last[64];
};

static void see(void *ctx, const char *line)
{
	struct seen *seen = ctx;

	if (!seen->count++)
		snprintf(seen->first, sizeof(seen->first), "%s", line);
	snprintf(seen->last, sizeof(seen->last), "%s", line);
}

static void remembers(void **state)
{
	char dir[] = "/tmp/fourmica-lines-XXXXXX", path[64], line[32];
	struct seen seen = { 0 };
	struct fm_err err;
	struct stat st;

	(void)state;
	fm_err_init(&err);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/new/history", dir);
	assert_int_equal(lines_load(path, see, &seen, &err), FM_OK);
	assert_int_equal(seen.count, 0);
	for (int i = 0; i <= 2 * LINES_MOST; i++) {
		snprintf(line, sizeof(line), "status %d", i);
		assert_int_equal(lines_append(path, line, &err), FM_OK);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(lines_load(path, see, &seen, &err), FM_OK);
	assert_int_equal(seen.count, LINES_MOST);
	assert_string_equal(seen.first, "status 2001");
	assert_string_equal(seen.last, "status 4000");
	/* It was cut. */
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < (off_t)sizeof("status 4000") * (LINES_MOST + 1));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(lines_append(path, "status", &err), FM_E_CONFIG);
	assert_int_equal(lines_load(path, see, &seen, &err), FM_E_CONFIG);
	unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(lines_append(path, "status", &err), FM_E_IO);
	unlink(path);
	snprintf(path, sizeof(path), "%s/new", dir);
	rmdir(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),    cmocka_unit_test(refuses),
		cmocka_unit_test(too_long),  cmocka_unit_test(typed),
		cmocka_unit_test(quotes),    cmocka_unit_test(keeps),
		cmocka_unit_test(remembers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
