/* SPDX-License-Identifier: MIT */
/** Where everything lies: FOURMICA_HOME, or the XDG base directories. */
#ifndef PATHS_H
#define PATHS_H

#include "app.h"

/** Only computes; makes and opens nothing. Errors: FM_E_CONFIG, FM_E_NOMEM. */
enum fm_code paths_find(struct paths *out, struct fm_err *err);
void paths_clear(struct paths *paths);

#endif
