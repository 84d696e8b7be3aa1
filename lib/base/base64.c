/* SPDX-License-Identifier: MIT */
/* RFC 4648, sections 4 and 5, by table: what goes through here is public, so nothing has
 * to be constant time. */
#include <fourmica/bytes.h>

static const char symbols[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four symbols for every three bytes, the last group padded. */
bool fm_base64_write(struct fm_buf *out, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	size_t groups = len / 3 + (len % 3 != 0);
	char *to = groups > SIZE_MAX / 4 ? NULL : fm_buf_grow(out, groups * 4);

	if (!to) {
		fm_buf_grow(out,
			    SIZE_MAX); /* a length no buffer has: now it has failed */
		return false;
	}
	for (; len >= 3; len -= 3, in += 3, to += 4) {
		uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		to[0] = symbols[v >> 18];
		to[1] = symbols[v >> 12 & 63];
		to[2] = symbols[v >> 6 & 63];
		to[3] = symbols[v & 63];
	}
	if (len) {
		uint32_t v =
			(uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);

		to[0] = symbols[v >> 18];
		to[1] = symbols[v >> 12 & 63];
		to[2] = '=';
		if (len == 2)
			to[2] = symbols[v >> 6 & 63];
		to[3] = '=';
	}
	return true;
}

/* Value of a symbol of either alphabet, plus 64 to tell it from what is no symbol. */
#define FOUND 64
static const uint8_t values[256] = {
	/* clang-format off */
	['A'] = 64, ['B'] = 65, ['C'] = 66, ['D'] = 67, ['E'] = 68, ['F'] = 69,
	['G'] = 70, ['H'] = 71, ['I'] = 72, ['J'] = 73, ['K'] = 74, ['L'] = 75,
	['M'] = 76, ['N'] = 77, ['O'] = 78, ['P'] = 79, ['Q'] = 80, ['R'] = 81,
	['S'] = 82, ['T'] = 83, ['U'] = 84, ['V'] = 85, ['W'] = 86, ['X'] = 87,
	['Y'] = 88, ['Z'] = 89, ['a'] = 90, ['b'] = 91, ['c'] = 92, ['d'] = 93,
	['e'] = 94, ['f'] = 95, ['g'] = 96, ['h'] = 97, ['i'] = 98, ['j'] = 99,
	['k'] = 100, ['l'] = 101, ['m'] = 102, ['n'] = 103, ['o'] = 104, ['p'] = 105,
	['q'] = 106, ['r'] = 107, ['s'] = 108, ['t'] = 109, ['u'] = 110, ['v'] = 111,
	['w'] = 112, ['x'] = 113, ['y'] = 114, ['z'] = 115, ['0'] = 116, ['1'] = 117,
	['2'] = 118, ['3'] = 119, ['4'] = 120, ['5'] = 121, ['6'] = 122, ['7'] = 123,
	['8'] = 124, ['9'] = 125, ['+'] = 126, ['/'] = 127, ['-'] = 126, ['_'] = 127,
	/* clang-format on */
};

static unsigned value(char c)
{
	return values[(unsigned char)c];
}

/* Length without padding; false when the padding that is there is not the right one. */
static bool unpadded(size_t *len, struct fm_span text)
{
	size_t pad = 0;

	while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=')
		pad++;
	*len = text.len - pad;
	return *len % 4 != 1 && (!pad || text.len % 4 == 0);
}

/* The last two or three symbols. Bits that stand for nothing must be 0, so that no two
 * texts mean the same bytes (RFC 4648, section 3.5). */
static bool tail(uint8_t *to, const char *in, size_t left)
{
	unsigned a = value(in[0]), b = value(in[1]), c = left == 3 ? value(in[2]) : FOUND;

	if (!(a & b & c & FOUND) || (left == 3 ? c & 3 : b & 15))
		return false;
	to[0] = (uint8_t)(a << 2 | (b >> 4 & 3));
	if (left == 3)
		to[1] = (uint8_t)(b << 4 | (c >> 2 & 15));
	return true;
}

bool fm_base64_read(struct fm_buf *out, struct fm_span text)
{
	const char *in = text.ptr;
	size_t len, size;
	uint8_t *to;

	if (!unpadded(&len, text))
		return false;
	size = len / 4 * 3 + (len % 4 ? len % 4 - 1 : 0);
	to = (uint8_t *)fm_buf_grow(out, size);
	if (!to)
		return false;
	for (; len >= 4; len -= 4, in += 4, to += 3) {
		unsigned a = value(in[0]), b = value(in[1]), c = value(in[2]),
			 d = value(in[3]);

		if (!(a & b & c & d & FOUND))
			goto junk;
		to[0] = (uint8_t)(a << 2 | (b >> 4 & 3));
		to[1] = (uint8_t)(b << 4 | (c >> 2 & 15));
		to[2] = (uint8_t)(c << 6 | (d & 63));
	}
	if (!len || tail(to, in, len))
		return true;
junk:
	out->len -= size;
	out->ptr[out->len] = '\0';
	return false;
}
