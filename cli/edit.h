/* SPDX-License-Identifier: MIT */
/** A change in a JSON file of the user's: all other bytes stay as their author wrote them. */
#ifndef EDIT_H
#define EDIT_H

#include "app.h"

struct edit {
	const char
		*file; /**< a link is followed; made, with its directory, when missing */
	size_t most;   /**< bytes of it */
	/** Append the new text to `out`. `root` is the old text's, NULL: there is no file. */
	enum fm_code (*change)(void *ctx, struct fm_buf *out, struct fm_span old,
			       const struct fm_json *root, struct fm_err *err);
	/** May the new text be written? */
	enum fm_code (*check)(void *ctx, struct fm_span text, struct fm_err *err);
	void *ctx;
};

/** Read, change, check and replace the file, with its directory locked: two programs that change it
 *  do it one after the other. Errors: those of the two; FM_E_CONFIG it cannot be read or would be
 *  too large; FM_E_IO. */
enum fm_code edit_file(const struct edit *edit, struct fm_err *err);

/** The old text with `len` bytes at `at` replaced by `text`. */
void edit_splice(struct fm_buf *out, struct fm_span old, const char *at, size_t len,
		 const char *text);
/** The old text with the member at a NULL-terminated path of names set to `json`; `root` NULL: a text
 *  with nothing else. False: something on the way is no object. */
bool edit_member(struct fm_buf *out, struct fm_span old, const struct fm_json *root,
		 const char *const *path, const char *json);
/** The old text with an element behind the others of a list, laid out as the last one is. */
void edit_append(struct fm_buf *out, struct fm_span old, const struct fm_json *list,
		 const char *json);
/** The old text without a member, given by its name's node, and the comma that goes with it. */
void edit_remove(struct fm_buf *out, struct fm_span old, const struct fm_json *object,
		 const struct fm_json *name);

#endif
