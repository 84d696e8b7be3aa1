/* SPDX-License-Identifier: MIT */
#include <fourmica/system.h>

#include <dlfcn.h>
#include <string.h>

/* Copied as bytes: ISO C has no conversion from an object pointer to a function pointer, POSIX
 * promises that the bits are the same. */
static const char *find_all(void *table, void *handle, const struct fm_symbol *symbols,
			    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *found = dlsym(handle, symbols[i].name);

		if (!found)
			return symbols[i].name;
		memcpy((char *)table + symbols[i].at, &found, sizeof(found));
	}
	return NULL;
}

enum fm_code fm_library_open(void **handle, void *table, const char *library,
			     const struct fm_symbol *symbols, size_t count,
			     struct fm_err *err)
{
	const char *missing;

	*handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
	if (!*handle)
		return fm_fail(err, FM_E_CONFIG, "%s is not installed", library);
	missing = find_all(table, *handle, symbols, count);
	if (!missing)
		return FM_OK;
	fm_library_close(handle);
	return fm_fail(err, FM_E_CONFIG, "%s has no %s: it is too old", library, missing);
}

void fm_library_close(void **handle)
{
	if (*handle)
		dlclose(*handle);
	*handle = NULL;
}
