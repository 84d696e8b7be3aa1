/* SPDX-License-Identifier: MIT */
/** Small private files, read with a cap and written so that a crash leaves the old or the new
 *  content, never a piece. */
#ifndef FOURMICA_FILE_H
#define FOURMICA_FILE_H

#include <fourmica/bytes.h>

/** Whose eyes and hands a file may be open to. */
enum fm_file_guard {
	FM_FILE_ANY, /**< whatever its mode */
	FM_FILE_UNSHARED, /**< ours or root's, not writable by group or world: config, policy */
	FM_FILE_PRIVATE, /**< ours, not readable by anybody else, no symbolic link: keys */
};

enum fm_file_replace {
	FM_FILE_REPLACE,
	FM_FILE_CREATE, /**< an existing file stays: FM_E_USAGE */
};

/** Append the whole file to `out`; over its cap is FM_E_TOO_LARGE. *found (may be NULL) false
 *  and FM_OK when there is none; with found NULL that is FM_E_IO.
 *  Errors: FM_E_CONFIG wrong owner or mode, with chmod as the hint; FM_E_IO. */
FM_API enum fm_code fm_file_read(struct fm_buf *out, bool *found, const char *path,
				 enum fm_file_guard guard,
				 struct fm_err *err) FM_MUST_USE;
/** Owner and mode alone. Follows links. *found false and FM_OK: there is none.
 *  Errors: as of fm_file_read. */
FM_API enum fm_code fm_file_check(bool *found, const char *path, enum fm_file_guard guard,
				  struct fm_err *err) FM_MUST_USE;
/** Write with mode 0600, sync, put in place, sync the directory. What replaces is a temporary
 *  neighbour until then, which a crash may leave behind; what is created has no name until it is
 *  whole, where the file system knows such files. */
FM_API enum fm_code fm_file_write(const char *path, struct fm_span bytes,
				  enum fm_file_replace replace,
				  struct fm_err *err) FM_MUST_USE;
/** Remove what interrupted writings of `path` left beside it. The caller knows that nobody is
 *  writing it. Errors: FM_E_IO. */
FM_API enum fm_code fm_file_sweep(const char *path, struct fm_err *err) FM_MUST_USE;
/** Take a file, or a link, away and sync the directory. *found (may be NULL) false and FM_OK when
 *  there is none; with found NULL that is FM_E_IO. */
FM_API enum fm_code fm_file_remove(const char *path, bool *found,
				   struct fm_err *err) FM_MUST_USE;
/** Make the directory and its missing parents with mode 0700; an existing one must be ours and
 *  closed to others when `guard` is FM_FILE_PRIVATE. */
FM_API enum fm_code fm_dir_make(const char *path, enum fm_file_guard guard,
				struct fm_err *err) FM_MUST_USE;

#endif
