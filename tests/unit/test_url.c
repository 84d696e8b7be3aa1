/* SPDX-License-Identifier: MIT */
/* URLs: the parts that decide trust, and every spelling that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/http.h>

#include <string.h>

struct good {
	const char *text, *origin, *path;
};

static const struct good goods[] = {
	{"https://example.com/a/b?q=1#f",		   "https://example.com",		  "/a/b"	 },
	{ "http://example.com",				"http://example.com",	      "/"	  },
	{ "https://example.com?x=/y",		      "https://example.com",	     "/"	 },
	{ "https://example.com#/y",			    "https://example.com",	   "/"	       },
	{ "HTTPS://EXAMPLE.Com:443/A",		       "https://example.com",	      "/A"	   },
	{ "http://example.com:443/",		     "http://example.com:443",	       "/"	   },
	{ "https://example.com:80/",		     "https://example.com:80",	       "/"	   },
	{ "https://example.com:65535/",			"https://example.com:65535",     "/"	 },
	{ "https://example.com./x",			    "https://example.com",	   "/x"	},
	{ "https://good.example@evil.example/",		"https://evil.example",		"/"	    },
	{ "https://good.example:pw@evil.example:8443/", "https://evil.example:8443",
	  "/"											},
	{ "https://a@b@evil.example/",		       "https://evil.example",	       "/"	   },
	{ "https://evil.example/@good.example",		"https://evil.example",
	  "/@good.example"									   },
	{ "https://evil.example?@good.example",		"https://evil.example",		"/"	    },
	{ "https://evil.example#@good.example",		"https://evil.example",		"/"	    },
	{ "http://127.0.0.1:8402/x",		     "http://127.0.0.1:8402",	      "/x"	   },
	{ "http://[::1]:8402/x",			 "http://[::1]:8402",	      "/x"	   },
	{ "http://[0:0:0:0:0:0:0:1]/",		       "http://[::1]",		       "/"	   },
	{ "http://[2001:DB8::A]",			  "http://[2001:db8::a]",	  "/"	      },
	{ "https://xn--bcher-kva.example/",		    "https://xn--bcher-kva.example", "/"	 },
	{ "https://a_b-c.example/\xc3\xa9",		    "https://a_b-c.example",	     "/\xc3\xa9"},
	{ "https://1.example/",				"https://1.example",	     "/"	 },
	{ "https://0xg/",			       "https://0xg",			 "/"	     },
	{ "https://localhost//x",			  "https://localhost",	       "//x"	     },
};

static const char *const bads[] = {
	"",
	"example.com",
	"//example.com/",
	"/path",
	"ftp://example.com/",
	"file:///etc/passwd",
	"https:/example.com/",
	"https:example.com",
	"https:///example.com/",
	"https://",
	"https://?x",
	"https://user@",
	"https://:443/",
	"mcp://tool",
	"javascript:alert(1)",
	" https://example.com/",
	"https://example.com/ ",
	"https://example.com/a b",
	"https://example.com/\n",
	"https://exa\tmple.com/",
	"https://example.com/\x7f",
	"https://example.com\\@evil.example/",
	"https://example.com/a\\b",
	"https://example.com:/",
	"https://example.com:0/",
	"https://example.com:00080/",
	"https://example.com:080/",
	"https://example.com:65536/",
	"https://example.com:99999/",
	"https://example.com:123456/",
	"https://example.com:-1/",
	"https://example.com:+1/",
	"https://example.com:8o/",
	"https://example.com:80:80/",
	"https://ex%61mple.com/",
	"https://b\xc3\xbc.example/",
	"https://a..b/",
	"https://.example/",
	"https://./",
	"https://example..",
	"https://ex*mple.com/",
	"https://ex,mple/",
	"https://[::1",
	"https://[::1]x/",
	"https://[::1]:/",
	"https://[]/",
	"https://[::g]/",
	"https://[fe80::1%25eth0]/",
	"https://[127.0.0.1]/",
	"https://::1/",
	/* other spellings of an IPv4 address */
	"http://127.1/",
	"http://2130706433/",
	"http://0x7f000001/",
	"http://0x7f.0.0.1/",
	"http://0177.0.0.1/",
	"http://127.0.0.01/",
	"http://127.0.0.256/",
	"http://1.2.3.4.5/",
	"http://example.1/",
	"http://example.0x1/",
	"http://0x/",
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
		struct fm_buf origin;
		struct fm_url url;
		fm_buf_init(&origin, 512);
		if (!fm_url_parse(&url, fm_span_of(goods[i].text)))
			fail_msg("refused: %s", goods[i].text);
		assert_true(fm_url_origin(&origin, &url));
		assert_string_equal(origin.ptr, goods[i].origin);
		if (!fm_span_is(url.path, goods[i].path))
			fail_msg("path of %s", goods[i].text);
		fm_buf_clear(&origin);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct fm_url url;
		if (fm_url_parse(&url, fm_span_of(bads[i])))
			fail_msg("accepted: '%s' as %s", bads[i], url.host);
	}
}

static void test_parts(void **state)
{
	const char *text = "hTTps://User:Pw@API.Example.COM.:8443/v1/x?k=v";
	struct fm_url url;

	(void)state;
	assert_true(fm_url_parse(&url, fm_span_of(text)));
	assert_string_equal(url.scheme, "https");
	assert_string_equal(url.host, "api.example.com");
	assert_int_equal(url.port, 8443);
	assert_ptr_equal(url.path.ptr, strstr(text, "/v1/x"));
	assert_int_equal(url.path.len, 5);
}

/** Bytes behind the span are not part of it; a NUL inside is a control character. */
static void test_span(void **state)
{
	struct fm_url url;

	(void)state;
	assert_true(fm_url_parse(&url, (struct fm_span){ "https://ab.example/x y", 20 }));
	assert_true(fm_span_is(url.path, "/x"));
	assert_false(fm_url_parse(&url, (struct fm_span){ "https://ab\0.example/", 20 }));
	assert_false(fm_url_parse(&url, (struct fm_span){ "https://ab.example/\0", 20 }));
	assert_false(fm_url_parse(&url, (struct fm_span){ NULL, 0 }));
}

static void name_of(char *out, size_t label, size_t len)
{
	memcpy(out, "https://", 8);
	for (size_t i = 0; i < len; i++)
		out[8 + i] = (i + 1) % (label + 1) == 0 && i + 1 < len ? '.' : 'a';
	out[8 + len] = '\0';
}

static void test_lengths(void **state)
{
	char text[400];
	struct fm_url url;

	(void)state;
	name_of(text, 63, 63);
	assert_true(fm_url_parse(&url, fm_span_of(text)));
	name_of(text, 64, 64);
	assert_false(fm_url_parse(&url, fm_span_of(text)));
	name_of(text, 50, 253);
	assert_true(fm_url_parse(&url, fm_span_of(text)));
	assert_int_equal(strlen(url.host), 253);
	name_of(text, 50, 254);
	assert_false(fm_url_parse(&url, fm_span_of(text)));
}

/** A refused text leaves the result alone. */
static void test_untouched(void **state)
{
	struct fm_url url;

	(void)state;
	memset(&url, 0x5a, sizeof(url));
	assert_false(fm_url_parse(&url, fm_span_of("https://example.com:0/")));
	assert_int_equal(url.host[0], 0x5a);
	assert_int_equal(url.scheme[0], 0x5a);
}

static void test_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
		{"http://127.0.0.1/",	       true },
		{ "http://127.255.255.254:1/",  true },
		{ "http://localhost/",	       true },
		{ "http://LOCALHOST.:80/",	   true },
		{ "http://[::1]/",		   true },
		{ "http://[0::0:1]/",	      true },
		{ "http://128.0.0.1/",	       false},
		{ "http://127.example/",	 false},
		{ "http://127.0.0.1.example/",  false},
		{ "http://localhost.example/",  false},
		{ "http://example/localhost",   false},
		{ "http://localhost@example/",  false},
		{ "http://[::ffff:127.0.0.1]/", false},
		{ "http://[::2]/",		   false},
		{ "http://0.0.0.0/",	     false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_url url;
		assert_true(fm_url_parse(&url, fm_span_of(cases[i].text)));
		if (fm_url_is_loopback(&url) != cases[i].loopback)
			fail_msg("loopback: %s", cases[i].text);
	}
}

/** Nothing that may be a key is shown; the path is, where it is asked for. */
static void test_user_part(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{"https://good@evil/",	true },
		  { "https://good:80@evil", true },
		{ "https://@evil/",	    true },
		  { "https://evil/good@x",  false},
		{ "https://evil?good@x",	 false},
		  { "https://evil#good@x",  false},
		{ "https://evil",	  false},
		  { "good@evil",		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(fm_url_has_user(fm_span_of(cases[i].text)) == cases[i].has);
}

static void test_shown(void **state)
{
	static const struct {
		const char *text, *origin, *path;
	} cases[] = {
		{"https://rpc.example",			 "https://rpc.example",	"https://rpc.example"},
		{ "https://rpc.example/",			  "https://rpc.example",	 "https://rpc.example"},
		{ "HTTPS://RPC.example:443/v3/KEY",	    "https://rpc.example/...",
		  "https://rpc.example/v3/KEY"								},
		{ "https://me:KEY@rpc.example:8545/",	      "https://rpc.example:8545",
		  "https://rpc.example:8545"								  },
		{ "https://me:KEY@rpc.example/a?k=KEY#KEY", "https://rpc.example/...",
		  "https://rpc.example/a"								     },
		{ "http://[::1]:8545?k=KEY",		     "http://[::1]:8545/...",
		  "http://[::1]:8545"									 },
		{ "http://127.0.0.1#KEY",			  "http://127.0.0.1/...",	  "http://127.0.0.1"   },
		{ "ftp://KEY.example",		       "...",		      "..."		    },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_buf out;

		fm_buf_init(&out, 256);
		assert_true(fm_url_shown(&out, cases[i].text, false));
		assert_string_equal(out.ptr, cases[i].origin);
		fm_buf_clear(&out);
		fm_buf_init(&out, 256);
		assert_true(fm_url_shown(&out, cases[i].text, true));
		assert_string_equal(out.ptr, cases[i].path);
		fm_buf_clear(&out);
		fm_buf_init(&out, 8);
		assert_false(fm_url_shown(&out, "https://rpc.example/v3", false));
		fm_buf_clear(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	  cmocka_unit_test(test_bad),
		cmocka_unit_test(test_parts),	  cmocka_unit_test(test_span),
		cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_loopback),  cmocka_unit_test(test_shown),
		cmocka_unit_test(test_user_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
