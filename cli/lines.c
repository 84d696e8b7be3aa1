/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include "args.h"
#include "sys.h"
#include "words.h"

#include <fourmica/file.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST (64u << 20) /* many times LINES_MOST lines of LINE_MOST */
#define LINE_MOST 4096	      /* bytes of one that is worth keeping */
#define MNEMONIC_WORDS \
	12 /* of BIP-39: the shortest there is; its words have 3 to 8 letters */
#define MNEMONIC_SHORT 3
#define MNEMONIC_LONG 8

/* ---- what may be kept ---- */

/* "--header", "--header=x", "-H", "-HX: y", "-sH": an option of any command whose value is secret.
 * A line that was refused is looked at as well, so its command does not matter. */
static bool names(const struct param *p, const char *word)
{
	size_t len = p->name ? strlen(p->name) : 0;

	if (word[0] != '-' || !(p->traits & PARAM_SECRET))
		return false;
	if (word[1] == '-')
		return len && strncmp(word + 2, p->name, len) == 0;
	return p->letter && strchr(word + 1, p->letter);
}

static bool takes_secret(const struct cmd *const *list, const char *word)
{
	for (; list && *list; list++) {
		for (const struct param *p = (*list)->params; p && !param_is_end(p); p++)
			if (names(p, word))
				return true;
		if (takes_secret((*list)->subs, word))
			return true;
	}
	return false;
}

/* How much of the text is one of the words, in either case; 0: it begins with none. */
static size_t begins_with(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strncasecmp(text, *words, strlen(*words)) == 0)
			return strlen(*words);
	return 0;
}

static bool has_word_of_secrets(const char *text)
{
	static const char *const words[] = {
		"authorization", "bearer ",    "password", "passwd",	 "secret",
		"api_key",	 "apikey",     "api-key",  "access_key", "token=",
		"token:",	 "token\"",    "key=",	   "mnemonic",	 "private",
		"pass=",	 "pass:",      "pass\"",   "pwd=",	 "pwd:",
		"pwd\"",	 "passphrase", "sig=",	   "signature=", "seed=",
		"pin=",		 NULL,
	};
	/* These name a file or a descriptor. */
	static const char *const harmless[] = { "passphrase-file", "passphrase-fd",
						NULL };

	while (*text) {
		size_t len = begins_with(text, harmless);

		if (!len && begins_with(text, words))
			return true;
		text += len ? len : 1;
	}
	return false;
}

static size_t letters(const char *text)
{
	size_t len = 0;

	while (isalpha((unsigned char)text[len]))
		len++;
	return len;
}

/* Words in the line as it was typed: quotes, commas, hyphens or numbers between them, or capitals,
 * do not make it less of one; only the parts of an address do. */
static bool has_mnemonic(const char *line)
{
	size_t run = 0;

	while (*line && run < MNEMONIC_WORDS) {
		size_t len = letters(line);

		if (len)
			run = len >= MNEMONIC_SHORT && len <= MNEMONIC_LONG ? run + 1 : 0;
		line += len;
		if (*line == '/' || *line == '$')
			run = 0;
		line += *line && !letters(line);
	}
	return run >= MNEMONIC_WORDS;
}

/* Digits anywhere, not only as a word of their own. */
static bool has_key(const char *line)
{
	for (; *line; line++)
		if (args_looks_secret(line) ||
		    strspn(line, "0123456789abcdefABCDEF") >= 64)
			return true;
	return false;
}

static bool word_is_secret(const char *word)
{
	return takes_secret(commands, word) || args_looks_secret(word) ||
	       fm_url_has_user(fm_span_of(word));
}

bool lines_may_keep(const char *line)
{
	struct words words;
	bool secret = false;

	if (!*line || strlen(line) > LINE_MOST || *line == ' ' || *line == '\t' ||
	    has_word_of_secrets(line) || has_mnemonic(line) || strpbrk(line, "\n\r"))
		return false;
	if (!words_typed(&words, fm_span_of(line)))
		return false;
	for (size_t i = 1; i < words.count && !secret; i++)
		secret = word_is_secret(words.items[i]) || has_key(words.items[i]);
	words_clear(&words);
	return !secret;
}

/* ---- the file ---- */

static size_t count_lines(struct fm_span text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/* Behind the first `skip` lines. */
static struct fm_span behind(struct fm_span text, size_t skip)
{
	while (skip && text.len) {
		skip -= *text.ptr == '\n';
		text.ptr++;
		text.len--;
	}
	return text;
}

static void each_line(char *text, void (*add)(void *ctx, const char *line), void *ctx)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		bool more = text[len] == '\n';

		text[len] = '\0';
		/* Somebody else may have written there. */
		if (lines_may_keep(text) && fm_utf8_ok(fm_span_of(text)))
			add(ctx, text);
		text += len + more;
	}
}

enum fm_code lines_load(const char *path, void (*add)(void *ctx, const char *line),
			void *ctx, struct fm_err *err)
{
	struct fm_buf text;
	bool found = false;
	size_t count, skip;
	enum fm_code rc;

	fm_buf_init(&text, FILE_MOST);
	rc = fm_file_read(&text, &found, path, FM_FILE_PRIVATE, err);
	if (!rc && text.len) {
		count = count_lines(fm_buf_span(&text));
		skip = count > LINES_MOST ? count - LINES_MOST : 0;
		if (count > 2 * LINES_MOST)
			rc = fm_file_write(path, behind(fm_buf_span(&text), skip),
					   FM_FILE_REPLACE, err);
		each_line(text.ptr + (text.len - behind(fm_buf_span(&text), skip).len),
			  add, ctx);
	}
	fm_buf_wipe(&text);
	return rc;
}

static enum fm_code failed(const char *what, const char *path, struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];

	return fm_fail(err, FM_E_IO, "cannot %s %s: %s", what, path,
		       sys_error(why, errno));
}

static int open_append(const char *path, struct fm_err *err)
{
	const int how = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	int fd = open(path, how, 0600);
	char *dir = fd < 0 && errno == ENOENT ? strdup(path) : NULL;

	if (dir && strrchr(dir, '/')) {
		*strrchr(dir, '/') = '\0';
		if (!fm_dir_make(dir, FM_FILE_ANY, err))
			fd = open(path, how, 0600);
	}
	free(dir);
	return fd;
}

enum fm_code lines_append(const char *path, const char *line, struct fm_err *err)
{
	int fd = open_append(path, err);
	enum fm_code rc = FM_OK;
	struct fm_buf text;
	struct stat st;

	if (fd < 0)
		return failed("open", path, err);
	fm_buf_init(&text, WORDS_LINE_MAX + 1);
	fm_buf_fmt(&text, "%s\n", line);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_mode & 0077) {
		rc = fm_fail(err, FM_E_CONFIG, "%s is open to others", path);
		fm_hint(err, "run: chmod 600 %s", path);
	} else if (!fm_buf_ok(&text)) {
		rc = fm_nomem(err);
	} else if (write(fd, text.ptr, text.len) != (ssize_t)text.len) {
		/* One write: lines of several prompts do not mix. */
		rc = failed("write", path, err);
	}
	fm_buf_wipe(&text);
	close(fd);
	return rc;
}
