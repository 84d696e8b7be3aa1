/* SPDX-License-Identifier: MIT */
/* "expect" is for text from a user, "on_wire" for members of answers. */
#include <vectors.h>

#include <string.h>

static bool from_user(struct vectors *v, const struct fm_json *c, struct fm_span text)
{
	bool nul = memchr(text.ptr, '\0', text.len);
	struct fm_addr addr;
	bool taken;

	/* What holds a NUL cannot be typed; everything else takes the user's way. */
	if (nul)
		return expect(v, !vector_accepts(c), "a NUL cannot be accepted");
	taken = fm_addr_from_user(&addr, text.ptr, NULL) == FM_OK;
	return expect(v, taken == vector_accepts(c), "'%s' was %s", text.ptr,
		      taken ? "accepted" : "refused");
}

static bool on_wire(struct vectors *v, const struct fm_json *c, struct fm_span text)
{
	bool warn = vector_is(c, "on_wire", "accept_with_warning");
	bool want = vector_accepts(c) || warn || vector_is(c, "on_wire", "accept");
	char checksum[FM_ADDR_TEXT];
	enum fm_addr_case how;
	struct fm_addr addr;

	if (!expect(v, fm_addr_parse(&addr, &how, text) == want, "'%s' on the wire",
		    text.ptr))
		return false;
	if (!want)
		return true;
	fm_addr_text(checksum, &addr);
	return expect(v, (how == FM_ADDR_MISCASED) == warn, "warning") &&
	       (!fm_json_get(c, "checksum") || expect_str(v, c, "checksum", checksum));
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "input");

	return from_user(v, c, text) && on_wire(v, c, text);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"addresses.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
