/* SPDX-License-Identifier: MIT */
#include <evm/eip712.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DOMAIN "\"domain\":{\"name\":\"d\",\"chainId\":1}"

static enum fm_code parse(const char *text, struct fm_hash *digest, struct fm_err *err)
{
	struct fm_typed *typed = NULL;
	enum fm_code rc;

	fm_err_init(err);
	rc = fm_typed_parse(&typed, fm_span_of(text), err);
	if (rc == FM_OK)
		*digest = typed->digest;
	else
		assert_null(typed);
	fm_typed_free(&typed);
	return rc;
}

static void accepts(const char *text)
{
	struct fm_hash digest;
	struct fm_err err;

	if (parse(text, &digest, &err))
		fail_msg("%s: %s", text, err.msg);
}

static void refuses(const char *text, const char *why)
{
	struct fm_hash digest;
	struct fm_err err;

	assert_int_equal(parse(text, &digest, &err), FM_E_MALFORMED);
	if (!strstr(err.msg, why))
		fail_msg("'%s' does not say '%s'", err.msg, why);
}

/* A document with one member of the given type. */
static void one(const char *type, const char *value, bool good)
{
	char text[1024];
	struct fm_buf buf;

	fm_buf_init(&buf, sizeof(text) - 1);
	fm_buf_fmt(
		&buf,
		"{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"%s\"}],\"S\":[{\"name\":\"n\","
		"\"type\":\"uint8\"}]},\"primaryType\":\"M\"," DOMAIN
		",\"message\":{\"x\":%s}}",
		type, value);
	if (good)
		accepts(fm_buf_span(&buf).ptr);
	else
		refuses(fm_buf_span(&buf).ptr, "");
	fm_buf_clear(&buf);
}

/* The example of EIP-712, with the domain type written out. */
static void the_mail(void **state)
{
	const char *text =
		"{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},"
		"{\"name\":\"version\",\"type\":\"string\"},{\"name\":\"chainId\",\"type\":"
		"\"uint256\"},{\"name\":\"verifyingContract\",\"type\":\"address\"}],"
		"\"Person\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":\"wallet\","
		"\"type\":\"address\"}],\"Mail\":[{\"name\":\"from\",\"type\":\"Person\"},"
		"{\"name\":\"to\",\"type\":\"Person\"},{\"name\":\"contents\",\"type\":"
		"\"string\"}]},\"primaryType\":\"Mail\",\"domain\":{\"name\":\"Ether Mail\","
		"\"version\":\"1\",\"chainId\":1,\"verifyingContract\":"
		"\"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC\"},\"message\":{\"contents\":"
		"\"Hello, \\u0042ob!\",\"from\":{\"name\":\"Cow\",\"wallet\":"
		"\"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826\"},\"to\":{\"wallet\":"
		"\"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB\",\"name\":\"Bob\"}}}";
	char hex[FM_HASH_TEXT];
	struct fm_hash digest;
	struct fm_err err;

	(void)state;
	assert_int_equal(parse(text, &digest, &err), FM_OK);
	fm_hash_text(hex, &digest);
	assert_string_equal(
		hex,
		"0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
}

static void values(void **state)
{
	(void)state;
	one("uint8", "255", true);
	one("uint8", "\"0xff\"", true);
	one("uint8", "256", false);
	one("uint8", "-1", false);
	one("uint8", "1.0", false);
	one("uint8", "null", false);
	one("uint8", "true", false);
	one("uint8", "\"\"", false);
	one("int8", "-128", true);
	one("int8", "\"-128\"", true);
	one("int8", "127", true);
	one("int8", "-129", false);
	one("int8", "128", false);
	one("int8", "\"-0\"", false);
	one("int8", "\"-\"", false);
	one("int8", "-1.5", false);
	one("int256",
	    "\"-57896044618658097711785492504343953926634992332820282019728792003956564819968\"",
	    true);
	one("int256",
	    "\"-57896044618658097711785492504343953926634992332820282019728792003956564819969\"",
	    false);
	one("int256",
	    "\"57896044618658097711785492504343953926634992332820282019728792003956564819968\"",
	    false);
	one("bool", "true", true);
	one("bool", "1", false);
	one("bool", "\"true\"", false);
	one("address", "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", true);
	one("address", "\"0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\"", false);
	one("address", "\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe\"", false);
	one("address", "1", false);
	one("bytes4", "\"0x01020304\"", true);
	one("bytes4", "\"0x010203\"", false);
	one("bytes4", "\"0x0102030405\"", false);
	one("bytes4", "\"01020304\"", false);
	one("bytes", "\"0x\"", true);
	one("bytes", "\"0x0aFF\"", true);
	one("bytes", "\"0x0\"", false);
	one("bytes", "\"0xgg\"", false);
	one("bytes", "\"abcd\"", false);
	one("string", "\"\"", true);
	one("string", "\"a\\u0000b\"", true);
	one("string", "7", false);
	one("S", "{\"n\":1}", true);
	one("S", "{}", false);
	one("S", "null", false);
	one("S", "{\"n\":1,\"m\":2}", false);
	one("S[]", "[{\"n\":1},{\"n\":2}]", true);
	one("S[]", "[]", true);
	one("S[]", "{\"n\":1}", false);
	one("uint8[2]", "[1,2]", true);
	one("uint8[2]", "[1]", false);
	one("uint8[2]", "[1,2,3]", false);
	one("uint8[2][]", "[[1,2],[3,4],[5,6]]", true);
	one("uint8[2][]", "[[1,2,3],[4,5,6]]", false);
	one("uint8[][2]", "[[1,2,3],[]]", true);
}

static void type_names(void **state)
{
	static const char *const bad[] = {
		"uint",
		"int",
		"uint7",
		"uint264",
		"uint0",
		"uint08",
		"uint256 ",
		"bytes0",
		"bytes33",
		"bytes01",
		"Bytes",
		"Missing",
		"",
		"uint8[0]",
		"uint8[",
		"uint8]",
		"uint8[a]",
		"uint8[-1]",
		"uint8[01]",
		"uint8[1",
		"uint8[][][][][][][][][]",
		"uint8[1]x",
		"address payable",
		"uint8[99999999999]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		one(bad[i], "1", false);
}

static void documents(void **state)
{
	(void)state;
	refuses("{}", "types");
	refuses("[]", "types");
	refuses("{\"types\":[]}", "types");
	refuses("{\"types\":{}}", "'domain' is missing");
	refuses("{\"types\":{\"M\":[]}," DOMAIN "}", "'primaryType' is missing");
	refuses("{\"types\":{\"M\":[]}," DOMAIN ",\"primaryType\":\"M\"}",
		"'message' is missing");
	accepts("{\"types\":{\"M\":[]}," DOMAIN ",\"primaryType\":\"M\",\"message\":{}}");
	/* What nobody signs may be there. */
	accepts("{\"types\":{\"M\":[]}," DOMAIN
		",\"primaryType\":\"M\",\"message\":{},\"note\":1}");
	refuses("{\"types\":{\"M\":[]}," DOMAIN ",\"primaryType\":\"N\",\"message\":{}}",
		"must name one of the types");
	refuses("{\"types\":{\"M\":[]}," DOMAIN ",\"primaryType\":1,\"message\":{}}",
		"must name one of the types");
	refuses("{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"}],\"M\":[]},"
		"\"domain\":{\"name\":\"d\"},\"primaryType\":\"EIP712Domain\","
		"\"message\":{\"name\":\"d\"}}",
		"must name one of the types");
	refuses("{\"types\":{\"M\":[]},\"domain\":{\"name\":\"d\",\"chain\":1},"
		"\"primaryType\":\"M\",\"message\":{}}",
		"does not have");
	refuses("{\"types\":{\"M\":[]},\"domain\":{\"name\":1},\"primaryType\":\"M\","
		"\"message\":{}}",
		"string");
	refuses("{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"}],\"M\":[]},"
		"\"domain\":{},\"primaryType\":\"M\",\"message\":{}}",
		"without its member 'name'");
	refuses("{\"types\":{\"M\":[]}", "JSON");
}

static void types(void **state)
{
#define REST "," DOMAIN ",\"primaryType\":\"M\",\"message\":{}}"
	(void)state;
	refuses("{\"types\":{\"M\":{}}" REST, "list");
	refuses("{\"types\":{\"M\":[1]}" REST, "name and a type");
	refuses("{\"types\":{\"M\":[{\"name\":\"x\"}]}" REST, "name and a type");
	refuses("{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"bool\",\"z\":1}]}" REST,
		"name and a type");
	refuses("{\"types\":{\"M\":[{\"name\":1,\"type\":\"bool\"}]}" REST, "identifier");
	refuses("{\"types\":{\"M\":[{\"name\":\"x\",\"type\":1}]}" REST, "no text");
	refuses("{\"types\":{\"M\":[{\"name\":\"x,bool y\",\"type\":\"bool\"}]}" REST,
		"identifier");
	refuses("{\"types\":{\"M\":[{\"name\":\"\",\"type\":\"bool\"}]}" REST,
		"identifier");
	refuses("{\"types\":{\"M\":[{\"name\":\"x\",\"type\":\"bool\"},"
		"{\"name\":\"x\",\"type\":\"bool\"}]}" REST,
		"named twice");
	refuses("{\"types\":{\"M(\":[],\"M\":[]}" REST, "identifier");
	refuses("{\"types\":{\"1M\":[],\"M\":[]}" REST, "identifier");
	refuses("{\"types\":{\"uint8\":[],\"M\":[]}" REST, "identifier");
	refuses("{\"types\":{\"uint\":[],\"M\":[]}" REST, "identifier");
	refuses("{\"types\":{\"A\\u0000\":[],\"M\":[]}" REST, "identifier");
	accepts("{\"types\":{\"Exchange:Order\":[],\"M\":[]}" REST);
#undef REST
}

/* A type may hold a list of itself, never itself: no document could be finished. */
static void types_that_refer_to_themselves(void **state)
{
#define TREE                                                     \
	"{\"types\":{\"T\":[{\"name\":\"t\",\"type\":\"T[]\"}]," \
	"\"L\":[{\"name\":\"l\",\"type\":\"L\"}]}," DOMAIN ","
	struct fm_buf text;

	(void)state;
	accepts(TREE
		"\"primaryType\":\"T\",\"message\":{\"t\":[{\"t\":[]},{\"t\":[]}]}}");
	refuses(TREE "\"primaryType\":\"L\",\"message\":{\"l\":{\"l\":{}}}}",
		"without its member");
	fm_buf_init(&text, 100000);
	fm_buf_str(&text, TREE "\"primaryType\":\"L\",\"message\":");
	for (unsigned i = 0; i < 5000; i++)
		fm_buf_str(&text, "{\"l\":");
	refuses(fm_buf_span(&text).ptr, "too deep");
	fm_buf_clear(&text);
#undef TREE
}

static void sizes(void **state)
{
	struct fm_buf text;

	(void)state;
	fm_buf_init(&text, (size_t)4 << 20);
	fm_buf_str(&text, "{\"types\":{");
	for (unsigned i = 0; i < FM_EIP712_TYPES; i++)
		fm_buf_fmt(&text, "\"T%u\":[],", i);
	fm_buf_str(&text, "\"M\":[]}," DOMAIN ",\"primaryType\":\"M\",\"message\":{}}");
	refuses(fm_buf_span(&text).ptr, "at most 32 types");
	fm_buf_clear(&text);
	fm_buf_str(&text, "{\"types\":{\"M\":[");
	for (unsigned i = 0; i < 129; i++)
		fm_buf_fmt(&text, "%s{\"name\":\"m%u\",\"type\":\"bool\"}", i ? "," : "",
			   i);
	fm_buf_str(&text, "]}," DOMAIN ",\"primaryType\":\"M\",\"message\":{}}");
	refuses(fm_buf_span(&text).ptr, "at most 128 members");
	fm_buf_clear(&text);
	while (text.len <= (size_t)1 << 20)
		fm_buf_str(&text,
			   "                                                        ");
	refuses(fm_buf_span(&text).ptr, "at most 1048576");
	fm_buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mail),
		cmocka_unit_test(values),
		cmocka_unit_test(type_names),
		cmocka_unit_test(documents),
		cmocka_unit_test(types),
		cmocka_unit_test(types_that_refer_to_themselves),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
