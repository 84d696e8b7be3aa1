/* SPDX-License-Identifier: MIT */
/* Duplicate member names. Small objects: every pair. Larger ones: a merge sort, because
 * its n log n cannot be spoiled by chosen names, as a hash table's average could. */
#include <base/json.h>

#include <stdlib.h>
#include <string.h>

#define FEW 8

/* The first eight decoded bytes as a number that orders alike, and the name itself. */
struct name {
	uint64_t head;
	const struct fm_json *node;
};

static int compare_decoded(const struct fm_json *a, const struct fm_json *b)
{
	struct fm_json_bytes x = fm_json_bytes_of(a), y = fm_json_bytes_of(b);
	int c, d;

	do {
		c = fm_json_byte(&x);
		d = fm_json_byte(&y);
	} while (c == d && c >= 0);
	return (c > d) - (c < d);
}

static int compare(const struct fm_json *a, const struct fm_json *b)
{
	size_t x = a->src.len - 2, y = b->src.len - 2;
	int order;

	if (a->count || b->count)
		return compare_decoded(a, b);
	order = memcmp(a->src.ptr + 1, b->src.ptr + 1, x < y ? x : y);
	return order ? order : (x > y) - (x < y);
}

static uint64_t head_of(const struct fm_json *node)
{
	struct fm_json_bytes in = fm_json_bytes_of(node);
	uint64_t head = 0;

	for (unsigned i = 0; i < 8; i++) {
		int c = fm_json_byte(&in);

		head = head << 8 | (uint64_t)(c > 0 ? c : 0);
	}
	return head;
}

static int order(const struct name *a, const struct name *b)
{
	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	return compare(a->node, b->node);
}

/* Two sorted runs of `from` into one of `to`. */
static void merge(struct name *to, const struct name *from, size_t left, size_t total)
{
	size_t i = 0, j = left;

	for (size_t k = 0; k < total; k++) {
		if (j == total || (i < left && order(&from[i], &from[j]) <= 0))
			to[k] = from[i++];
		else
			to[k] = from[j++];
	}
}

/* Sorts `names` with `spare` as the other half of the room; returns where the result
 * lies. */
static struct name *sort(struct name *names, struct name *spare, size_t count)
{
	for (size_t run = 1; run < count; run *= 2) {
		struct name *old = names;

		for (size_t at = 0; at < count; at += 2 * run) {
			size_t rest = count - at;

			merge(spare + at, names + at, rest < run ? rest : run,
			      rest < 2 * run ? rest : 2 * run);
		}
		names = spare;
		spare = old;
	}
	return names;
}

static const struct fm_json *among_few(const struct fm_json *object)
{
	const struct fm_json *names[FEW], *at;
	size_t count = 0;

	for (at = fm_json_first(object); at; at = fm_json_next(object, at + 1)) {
		for (size_t i = 0; i < count; i++) {
			bool maybe = names[i]->src.len == at->src.len ||
				     names[i]->count || at->count;

			if (maybe && compare(names[i], at) == 0)
				return at;
		}
		names[count++] = at;
	}
	return NULL;
}

enum fm_code fm_json_twice(const struct fm_json **twice, const struct fm_json *object,
			   struct fm_err *err)
{
	const struct fm_json *at = fm_json_first(object);
	struct name *names, *sorted;
	size_t count = 0;

	if (object->count <= FEW) {
		at = among_few(object);
		if (at)
			*twice = at;
		return FM_OK;
	}
	names = malloc(2 * object->count * sizeof(*names));
	if (!names)
		return fm_nomem(err);
	for (; at; at = fm_json_next(object, at + 1))
		names[count++] = (struct name){ head_of(at), at };
	sorted = sort(names, names + count, count);
	/* The sort is stable: of two equal names the later stands behind. */
	for (size_t i = 1; i < count; i++)
		if (order(&sorted[i - 1], &sorted[i]) == 0)
			*twice = sorted[i].node;
	free(names);
	return FM_OK;
}
