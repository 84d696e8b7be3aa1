/* SPDX-License-Identifier: MIT */
/* Names of hosts that a person takes for one another: examp1e.com, exarnple.com, api-example.com,
 * and names with letters of other alphabets, which a URL has as Punycode (RFC 3492).
 *
 * Two names look alike when they have the same skeleton (the idea of UTS #39, section 4, with a
 * table of what the Latin alphabet of host names is mistaken for). The tables are short on purpose:
 * what they do not have is compared as it is, and a seller that is refused wrongly can be named in
 * the policy. */
#include "policy/lookalike.h"

#include <string.h>

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

/* RFC 3492, section 5. */
enum {
	BASE = 36,
	T_MIN = 1,
	T_MAX = 26,
	SKEW = 38,
	DAMP = 700,
	FIRST_BIAS = 72,
	FIRST_CODE = 128,
};

#define CODE_MAX 0x10ffffu

/* Letters that look like a Latin one: Latin with marks, Greek, Cyrillic, Armenian. */
static const struct {
	uint32_t code;
	char latin;
} letters[] = {
	{0x00df,  'b'},
	 { 0x00e6, 'a'},
	  { 0x00e7, 'c'},
	   { 0x00f0, 'o'},
	{ 0x00f1, 'n'},
	 { 0x00f8, 'o'},
	  { 0x00fe, 'p'},
	   { 0x0111, 'd'},
	{ 0x0127, 'h'},
	 { 0x0131, 'i'},
	  { 0x0138, 'k'},
	   { 0x0142, 'l'},
	{ 0x014b, 'n'},
	 { 0x0153, 'o'},
	  { 0x0167, 't'},
	   { 0x017f, 'f'},
	{ 0x0180, 'b'},
	 { 0x0192, 'f'},
	  { 0x01a1, 'o'},
	   { 0x01b0, 'u'},
	{ 0x01b6, 'z'},
	 { 0x0251, 'a'},
	  { 0x0261, 'g'},
	   { 0x0269, 'i'},
	{ 0x026a, 'i'},
	 { 0x03b1, 'a'},
	  { 0x03b3, 'y'},
	   { 0x03b5, 'e'},
	{ 0x03b7, 'n'},
	 { 0x03b9, 'i'},
	  { 0x03ba, 'k'},
	   { 0x03bd, 'v'},
	{ 0x03bf, 'o'},
	 { 0x03c1, 'p'},
	  { 0x03c3, 'o'},
	   { 0x03c4, 't'},
	{ 0x03c5, 'u'},
	 { 0x03c7, 'x'},
	  { 0x03c9, 'w'},
	   { 0x03f2, 'c'},
	{ 0x03f3, 'j'},
	 { 0x0430, 'a'},
	  { 0x0432, 'b'},
	   { 0x0433, 'r'},
	{ 0x0435, 'e'},
	 { 0x043a, 'k'},
	  { 0x043c, 'm'},
	   { 0x043d, 'h'},
	{ 0x043e, 'o'},
	 { 0x043f, 'n'},
	  { 0x0440, 'p'},
	   { 0x0441, 'c'},
	{ 0x0442, 't'},
	 { 0x0443, 'y'},
	  { 0x0445, 'x'},
	   { 0x044c, 'b'},
	{ 0x0455, 's'},
	 { 0x0456, 'i'},
	  { 0x0457, 'i'},
	   { 0x0458, 'j'},
	{ 0x045b, 'h'},
	 { 0x0475, 'v'},
	  { 0x04af, 'y'},
	   { 0x04bb, 'h'},
	{ 0x04bd, 'e'},
	 { 0x04cf, 'l'},
	  { 0x0501, 'd'},
	   { 0x050d, 'g'},
	{ 0x051b, 'q'},
	 { 0x051d, 'w'},
	  { 0x0561, 'w'},
	   { 0x0563, 'q'},
	{ 0x0570, 'h'},
	 { 0x0578, 'n'},
	  { 0x057d, 'u'},
	   { 0x0581, 'g'},
	{ 0x0584, 'p'},
	 { 0x0585, 'o'},
	  { 0x0454, 'e'},
	   { 0x04e9, 'o'},
};

/* Latin letters with marks come in runs that belong to one letter. */
static const struct {
	uint32_t first, last;
	char latin;
} runs[] = {
	{0x00e0,  0x00e5, 'a'},
	 { 0x00e8, 0x00eb, 'e'},
	  { 0x00ec, 0x00ef, 'i'},
	{ 0x00f2, 0x00f6, 'o'},
	 { 0x00f9, 0x00fc, 'u'},
	  { 0x00fd, 0x00ff, 'y'},
	{ 0x0100, 0x0105, 'a'},
	 { 0x0106, 0x010d, 'c'},
	  { 0x010e, 0x0110, 'd'},
	{ 0x0112, 0x011b, 'e'},
	 { 0x011c, 0x0123, 'g'},
	  { 0x0124, 0x0126, 'h'},
	{ 0x0128, 0x0130, 'i'},
	 { 0x0134, 0x0135, 'j'},
	  { 0x0136, 0x0137, 'k'},
	{ 0x0139, 0x0141, 'l'},
	 { 0x0143, 0x0149, 'n'},
	  { 0x014c, 0x0151, 'o'},
	{ 0x0154, 0x0159, 'r'},
	 { 0x015a, 0x0161, 's'},
	  { 0x0162, 0x0166, 't'},
	{ 0x0168, 0x0173, 'u'},
	 { 0x0174, 0x0175, 'w'},
	  { 0x0176, 0x0178, 'y'},
	{ 0x0179, 0x017e, 'z'},
	 { 0x1ea0, 0x1eb7, 'a'},
	  { 0x1eb8, 0x1ec7, 'e'},
	{ 0x1ec8, 0x1ecb, 'i'},
	 { 0x1ecc, 0x1ee3, 'o'},
	  { 0x1ee4, 0x1ef1, 'u'},
	{ 0x1ef2, 0x1ef9, 'y'},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static uint32_t latin_of(uint32_t code)
{
	for (size_t i = 0; i < COUNT(letters); i++)
		if (letters[i].code == code)
			return (uint32_t)letters[i].latin;
	for (size_t i = 0; i < COUNT(runs); i++)
		if (code >= runs[i].first && code <= runs[i].last)
			return (uint32_t)runs[i].latin;
	return code;
}

/* ---- Punycode ---- */

static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / count;
	for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* BASE: no digit. */
static uint32_t digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a');
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') + 26 : BASE;
}

/* Adds one number to *i. */
static bool read_number(uint32_t *i, struct fm_span *in, uint32_t bias)
{
	uint32_t weight = 1;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t digit = in->len ? digit_of(*in->ptr) : BASE;
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (digit == BASE || digit > (UINT32_MAX - *i) / weight)
			return false;
		in->ptr++;
		in->len--;
		*i += digit * weight;
		if (digit < t)
			return true;
		if (weight > UINT32_MAX / (BASE - t))
			return false;
		weight *= BASE - t;
	}
}

/* What is behind "xn--". False: no Punycode. RFC 3492, section 6.2. */
static bool decode(uint32_t out[static LABEL_MAX], size_t *count, struct fm_span in)
{
	uint32_t n = FIRST_CODE, i = 0, bias = FIRST_BIAS, before;
	size_t basic = in.len;

	while (basic && in.ptr[basic - 1] != '-')
		basic--;
	*count = basic ? basic - 1 : 0;
	for (size_t k = 0; k < *count; k++)
		out[k] = (unsigned char)in.ptr[k];
	in.ptr += basic;
	in.len -= basic;
	while (in.len) {
		before = i;
		if (*count == LABEL_MAX || !read_number(&i, &in, bias))
			return false;
		++*count;
		bias = adapt(i - before, (uint32_t)*count, !before);
		if (i / *count > CODE_MAX - n)
			return false;
		n += i / (uint32_t)*count;
		i %= (uint32_t)*count;
		memmove(out + i + 1, out + i, (*count - 1 - i) * sizeof(*out));
		out[i++] = n;
	}
	return true;
}

/* ---- skeletons ---- */

struct writer {
	char *out;
	size_t len;
};

static void put(struct writer *w, char c)
{
	if (w->len < FM_SKELETON_MAX - 1)
		w->out[w->len++] = c;
}

/* "rn" and "vv" are seen as one letter. `from`: where the label began. */
static bool follows(const struct writer *w, size_t from, char before)
{
	return w->len > from && w->out[w->len - 1] == before;
}

static void put_latin(struct writer *w, size_t from, char c)
{
	if (c == '-')
		return;
	if (c == '0')
		c = 'o';
	if (c == '1' || c == 'i')
		c = 'l';
	if (c == 'n' && follows(w, from, 'r'))
		w->out[w->len - 1] = 'm';
	else if (c == 'v' && follows(w, from, 'v'))
		w->out[w->len - 1] = 'w';
	else
		put(w, c);
}

/* What looks like no Latin letter stands for itself. */
static void put_code(struct writer *w, size_t from, uint32_t code)
{
	code = latin_of(code);
	if (code < FIRST_CODE) {
		put_latin(w, from, (char)code);
		return;
	}
	for (int shift = 18; shift >= 0; shift -= 6)
		put(w, (char)(0x80 | (code >> shift & 0x3f)));
}

static void put_label(struct writer *w, struct fm_span label)
{
	uint32_t codes[LABEL_MAX];
	size_t count = 0, from = w->len;
	bool foreign =
		label.len > 4 && label.len <= LABEL_MAX &&
		memcmp(label.ptr, "xn--", 4) == 0 &&
		decode(codes, &count, (struct fm_span){ label.ptr + 4, label.len - 4 });

	for (size_t i = 0; foreign && i < count; i++)
		put_code(w, from, codes[i]);
	for (size_t i = 0; !foreign && i < label.len; i++)
		put_latin(w, from, label.ptr[i]);
}

static void skeleton(char out[static FM_SKELETON_MAX], struct fm_span host)
{
	struct writer w = { .out = out };
	size_t end;

	for (;;) {
		for (end = 0; end < host.len && host.ptr[end] != '.';)
			end++;
		put_label(&w, (struct fm_span){ host.ptr, end });
		if (end == host.len)
			break;
		put(&w, '.');
		host.ptr += end + 1;
		host.len -= end + 1;
	}
	out[w.len] = '\0';
}

static struct fm_span host_of(const char *origin)
{
	const char *colon = strstr(origin, "://");
	const char *host = colon ? colon + 3 : origin;
	size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");

	return (struct fm_span){ host, len <= strlen(host) ? len : strlen(host) };
}

void fm_lookalike_of(struct fm_lookalike *out, const char *origin)
{
	out->host = host_of(origin);
	skeleton(out->skeleton, out->host);
}

static bool same(struct fm_span a, struct fm_span b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool fm_lookalike_same(const struct fm_lookalike *a, const char *origin)
{
	return same(a->host, host_of(origin));
}

bool fm_lookalike(const struct fm_lookalike *a, const char *origin)
{
	struct fm_lookalike b;

	fm_lookalike_of(&b, origin);
	return strcmp(a->skeleton, b.skeleton) == 0 && !same(a->host, b.host);
}
