/* SPDX-License-Identifier: MIT */
#include <fourmica/fourmica.h>

const char *fm_version(void)
{
	return FM_VERSION;
}
