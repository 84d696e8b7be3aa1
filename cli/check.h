/* SPDX-License-Identifier: MIT */
/** Are the tables in order? Names and letters unique, texts there and in house style. */
#ifndef CHECK_H
#define CHECK_H

#include "cmd.h"

/** Append a line for each fault; returns how many there are. */
unsigned check_tables(struct fm_buf *out);

#endif
