/* SPDX-License-Identifier: MIT */
/** Parts of the program that writes the manual pages. */
#ifndef GEN_H
#define GEN_H

#include <fourmica/bytes.h>

/* gen_mdoc.c: text as mdoc. */
void mdoc_word(struct fm_buf *out, const char *word, size_t len);
/** Running text. */
void mdoc_text(struct fm_buf *out, const char *text, size_t len);
/** One line by itself. */
void mdoc_line(struct fm_buf *out, const char *text);
/** A display; the two spaces before its lines are taken off. */
void mdoc_literal(struct fm_buf *out, const char *text, size_t len);
/** Paragraphs with an empty line between; those that begin with a space are displays. */
void mdoc_paragraphs(struct fm_buf *out, const char *text);
/** Words of a summary or help line as a sentence. */
void mdoc_sentence(struct fm_buf *out, const char *text);

/* gen_causes.c */
/** `page` with the failure table between its two marks; false: it has no marks. */
bool gen_causes(struct fm_buf *out, struct fm_span page);

/* gen_facts.c: "command", "option", "exit", "variable" or "file" and what belongs to it, separated
 * by tabs. An option has the command's words (none: every command), its name, letter, and value. */
void gen_facts(struct fm_buf *out);

#endif
