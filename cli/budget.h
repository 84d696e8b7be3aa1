/* SPDX-License-Identifier: MIT */
/** The sub-commands of `budget`. */
#ifndef BUDGET_H
#define BUDGET_H

#include "app.h"

extern const struct cmd budget_show_cmd, budget_check_cmd, budget_set_cmd,
	budget_approve_cmd, budget_reset_task_cmd;

#endif
