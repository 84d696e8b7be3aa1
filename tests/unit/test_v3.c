/* SPDX-License-Identifier: MIT */
#include "keystore/v3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Texts that are read and never opened. */
#define ADDRESS "7e5f4552091a69125d5dfcb7b8c2659029395bdf" /* of key 1 */
#define IV "ffffffffffffffffffffffffffffffff"
#define SALT "abababababababababababababababab"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define SCRYPT(n, r, p)                                                       \
	"\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,\"n\":" n ",\"r\":" r \
	",\"p\":" p ",\"salt\":\"" SALT "\"}"
#define PBKDF2(c)                                                                    \
	"\"kdf\":\"pbkdf2\",\"kdfparams\":{\"dklen\":32,\"c\":" c ",\"prf\":\"hmac-" \
	"sha256\",\"salt\":\"" SALT "\"}"
#define REST                                                               \
	"\"cipher\":\"aes-128-ctr\",\"cipherparams\":{\"iv\":\"" IV "\"}," \
	"\"ciphertext\":\"" ZEROS "\",\"mac\":\"" ZEROS "\","
#define FILE_OF(kdf) "{\"version\":3,\"crypto\":{" REST kdf "}}"

static struct fm_err err;

static struct fm_secret *secret_of(const char *text)
{
	char copy[2048];

	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	return fm_secret_take(copy, strlen(text));
}

static struct fm_secret *key_1(void)
{
	struct fm_secret *key = NULL;

	assert_int_equal(
		fm_wallet_key_text(&key,
				   fm_span_of("00000000000000000000000000000000"
					      "00000000000000000000000000000001"),
				   NULL),
		FM_OK);
	return key;
}

static bool same_secret(const struct fm_secret *a, const struct fm_secret *b)
{
	bool same = fm_equal_ct(fm_secret_read(a), fm_secret_read(b), 32);

	fm_secret_done(a);
	fm_secret_done(b);
	return same;
}

static char *sealed(const char *passphrase)
{
	struct fm_secret *key = key_1(), *pass = secret_of(passphrase);
	struct fm_buf out;

	fm_buf_init(&out, FM_V3_MAX);
	assert_int_equal(fm_v3_seal(&out, key, pass, &fm_system_rand, &err), FM_OK);
	fm_secret_free(&key);
	fm_secret_free(&pass);
	return out.ptr;
}

static enum fm_code opens(struct fm_secret **key, const char *text,
			  const char *passphrase)
{
	struct fm_secret *pass = secret_of(passphrase);
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_v3_open(key, fm_span_of(text), pass, &err);
	fm_secret_free(&pass);
	return rc;
}

static void comes_back(void **state)
{
	char *text = sealed("correct horse"), *again = sealed("correct horse");
	struct fm_secret *key = NULL, *one = key_1();

	(void)state;
	assert_int_equal(opens(&key, text, "correct horse"), FM_OK);
	assert_true(same_secret(key, one));
	assert_non_null(strstr(text, "\"address\": \"" ADDRESS "\""));
	assert_non_null(strstr(text, "\"n\": 262144, \"r\": 8, \"p\": 1"));
	/* Salt, counter and id are fresh. */
	assert_string_not_equal(text, again);
	fm_secret_free(&key);
	assert_int_equal(opens(&key, text, "correct hors"), FM_E_LOCKED);
	assert_null(key);
	assert_non_null(strstr(err.msg, "wrong passphrase"));
	fm_secret_free(&one);
	free(text);
	free(again);
}

static void no_empty_passphrase(void **state)
{
	struct fm_secret *key = key_1(), *none = fm_secret_new(0);
	struct fm_buf out;

	(void)state;
	fm_buf_init(&out, FM_V3_MAX);
	assert_int_equal(fm_v3_seal(&out, key, none, &fm_system_rand, &err), FM_E_USAGE);
	assert_int_equal(fm_v3_seal(&out, key, NULL, &fm_system_rand, &err), FM_E_USAGE);
	assert_int_equal(out.len, 0);
	fm_secret_free(&key);
	fm_secret_free(&none);
}

/* A key that has another address than the file tells, under a right MAC. */
static void address_is_checked(void **state)
{
	char *text = sealed("x"), *at = strstr(text, ADDRESS);
	struct fm_secret *key = NULL;

	(void)state;
	at[0] = '8';
	assert_int_equal(opens(&key, text, "x"), FM_E_CONFIG);
	assert_null(key);
	assert_non_null(strstr(err.msg, "another address"));
	free(text);
}

static void too_long_passphrase(void **state)
{
	struct fm_secret *key = NULL;
	char *text = sealed("x"), word[FM_V3_PASSPHRASE + 2];

	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(opens(&key, text, word), FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "longer than"));
	free(text);
}

static enum fm_code reads(const char *text)
{
	struct fm_v3 v3;

	fm_err_init(&err);
	return fm_v3_read(&v3, fm_span_of(text), &err);
}

static void costs(void **state)
{
	static const struct {
		const char *text, *words; /* NULL: accepted */
	} cases[] = {
		{FILE_OF(SCRYPT("2",	      "1",			   "1")), NULL },
		{ FILE_OF(SCRYPT("262144",			   "8",						"1")), NULL },
		{ FILE_OF(SCRYPT("262144",  "1","8")), NULL },
		{ FILE_OF(SCRYPT("1048576",			    "8",				 "2")), NULL },
		{ FILE_OF(SCRYPT("2",		      "64",								 "64")), NULL },
		{ FILE_OF(SCRYPT("1048576", "8", "3")), "more work" },
		{ FILE_OF(SCRYPT("2097152",			    "8",						 "1")), "more memory" },
		{ FILE_OF(SCRYPT("9223372036854775808",	"1","1")), "more memory" },
		{ FILE_OF(SCRYPT("18446744073709551616",			 "1",			      "1")), "power of two" },
		{ FILE_OF(SCRYPT("2",		      "65",				    "1")), "large r or p" },
		{ FILE_OF(SCRYPT("2", "1",	   "65")), "large r or p" },
		{ FILE_OF(SCRYPT("2",	      "18446744073709551615",				      "1")), "large r or p" },
		{ FILE_OF(SCRYPT("1",		      "8",										     "1")), "power of two" },
		{ FILE_OF(SCRYPT("0",			      "8",		   "1")), "power of two" },
		{ FILE_OF(SCRYPT("3",		      "8",	   "1")), "power of two" },
		{ FILE_OF(SCRYPT("4",	      "0",	   "1")), "power of two" },
		{ FILE_OF(SCRYPT("4",	      "1",					   "0")), "power of two" },
		{ FILE_OF(SCRYPT("-4",		       "1",					    "1")), "power of two" },
		{ FILE_OF(SCRYPT("4e3",			"1",				     "1")), "power of two" },
		{ FILE_OF(SCRYPT("\"4\"",			  "1","1")), "power of two" },
		{ FILE_OF(PBKDF2("1")),	NULL	     },
		{ FILE_OF(PBKDF2("10000000")),	       NULL				    },
		{ FILE_OF(PBKDF2("10000001")),"more rounds"	     },
		{ FILE_OF(PBKDF2("18446744073709551615")),			   "more rounds"				 },
		{ FILE_OF(PBKDF2("0")),			"from 1"			 },
		{ FILE_OF(PBKDF2("1.0")),	  "from 1"			   },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum fm_code want = cases[i].words ? FM_E_CONFIG : FM_OK;

		if (reads(cases[i].text) != want)
			fail_msg("%s: %s", cases[i].text, err.msg);
		if (cases[i].words && !strstr(err.msg, cases[i].words))
			fail_msg("%s: %s", cases[i].text, err.msg);
	}
}

/* The good text with one piece replaced. */
static void every_field(void **state)
{
	static const char good[] = "{\"version\":3,\"address\":\"" ADDRESS
				   "\",\"crypto\":{" REST SCRYPT("4096", "8", "6") "}}";
	static const struct {
		const char *piece, *other;
	} changes[] = {
		{"\"version\":3",		   "\"version\":1"		   },
		{ "\"version\":3",		   "\"version\":\"3\""	       },
		{ "\"version\":3,",		    ""			       },
		{ "\"crypto\":",			 "\"krypto\":"		       },
		{ "\"crypto\":",			 "\"Crypto\":{},\"crypto\":"     },
		{ "\"crypto\":{",		  "\"crypto\":{\"more\":1,"	    },
		{ "\"address\":\"7e",	      "\"address\":\"e"		},
		{ "\"address\":\"" ADDRESS "\"",	 "\"address\":7"		 },
		{ "aes-128-ctr",			 "aes-128-cbc"		       },
		{ "\"iv\":\"ff",			 "\"iv\":\""		     },
		{ "\"iv\":\"ff",			 "\"iv\":\"fg"		       },
		{ "\"iv\":",			     "\"vi\":"		       },
		{ "\"cipherparams\":{",		"\"cipherparams\":{\"x\":0,"    },
		{ "\"ciphertext\":\"00",		 "\"ciphertext\":\""	     },
		{ "\"ciphertext\":\"00",		 "\"ciphertext\":\"0000"	 },
		{ "\"ciphertext\":\"" ZEROS "\"", "\"ciphertext\":null"		},
		{ "\"mac\":\"00",		  "\"mac\":\""		       },
		{ "\"mac\":",		      "\"Mac\":"			 },
		{ "\"kdf\":\"scrypt\"",		"\"kdf\":\"argon2id\""	       },
		{ "\"kdf\":\"scrypt\"",		"\"kdf\":\"pbkdf2\""	     },
		{ "\"kdfparams\":{",		     "\"kdfparams\":{\"x\":0,"       },
		{ "\"dklen\":32",		  "\"dklen\":16"			 },
		{ "\"dklen\":32",		  "\"dklen\":33"			 },
		{ "\"dklen\":32,",		   ""			      },
		{ "\"n\":4096",			"\"n\":4096,\"n\":4096"		},
		{ "\"salt\":\"" SALT "\"",	   "\"salt\":\"\""		   },
		{ "\"salt\":\"" SALT "\"",	   "\"salt\":\"abc\""	      },
		{ "\"salt\":\"" SALT "\"",	   "\"salt\":\"" ZEROS ZEROS "00\""},
		{ "}}",			   "}"			     },
		{ "}}",			   "}}x"			      },
	};
	char text[2048];

	(void)state;
	assert_int_equal(reads(good), FM_OK);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *at = strstr(good, changes[i].piece);

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
			 changes[i].other, at + strlen(changes[i].piece));
		if (reads(text) != FM_E_CONFIG)
			fail_msg("accepted: %s", text);
		assert_true(err.msg[0]);
	}
}

static void too_large(void **state)
{
	char *text = malloc(FM_V3_MAX + 2);

	(void)state;
	memset(text, ' ', FM_V3_MAX + 1);
	text[FM_V3_MAX + 1] = '\0';
	memcpy(text, FILE_OF(PBKDF2("1")), strlen(FILE_OF(PBKDF2("1"))));
	assert_int_equal(reads(text), FM_E_CONFIG);
	text[FM_V3_MAX] = '\0';
	assert_int_equal(reads(text), FM_OK);
	assert_int_equal(fm_v3_check(fm_span_of(text), &err), FM_OK);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(no_empty_passphrase),
		cmocka_unit_test(address_is_checked),
		cmocka_unit_test(too_long_passphrase),
		cmocka_unit_test(costs),
		cmocka_unit_test(every_field),
		cmocka_unit_test(too_large),
	};

	if (fm_init(&err))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
