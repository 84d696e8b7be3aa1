/* SPDX-License-Identifier: MIT */
/** Completion scripts, made from the table. They are static: nothing runs while completing. */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "cmd.h"

void complete_bash(struct fm_buf *out);
void complete_zsh(struct fm_buf *out);
void complete_fish(struct fm_buf *out);

#endif
