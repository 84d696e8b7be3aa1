/* SPDX-License-Identifier: MIT */
/** How many columns of a terminal a text takes, whatever the locale. */
#ifndef WIDTH_H
#define WIDTH_H

#include <fourmica/types.h>

/** Of text as fm_text_escape leaves it: UTF-8 without control characters. East Asian wide and
 *  full-width characters count two, combining marks none. */
size_t width_of(struct fm_span text);

#endif
