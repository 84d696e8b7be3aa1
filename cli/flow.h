/* SPDX-License-Identifier: MIT */
/** Words in lines no longer than a terminal is wide. */
#ifndef FLOW_H
#define FLOW_H

#include <fourmica/bytes.h>

struct flow {
	struct fm_buf *buf;
	size_t width;  /**< columns; 0: no line is broken */
	size_t indent; /**< columns before each line that is begun here */
	size_t at;     /**< columns of the line that are used */
	bool open;     /**< the line has something that a blank must follow */
};

/** Text as fm_text_escape leaves it, behind what is on the line, broken between words. A command to
 *  run is not broken, so that it can be copied; a word longer than a line is not, either. */
void flow_words(struct flow *f, struct fm_span text);
/** "Label: value", two blanks behind another one: in one piece where a line can hold it. */
void flow_pair(struct flow *f, const char *label, struct fm_span value, bool color);

#endif
