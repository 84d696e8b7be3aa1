/* SPDX-License-Identifier: MIT */
/* Pages of the manual are read by man, and found beside the program before they are looked for where
 * the system keeps its own. */
#define _GNU_SOURCE /* pipe2, environ */
#include "manual.h"

#include "args.h"
#include "cmd.h"
#include "help.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_MOST 4096
#define NOT_FOUND 16 /* what man says of a page it does not know */

/* ---- names ---- */

void manual_word(char out[static MANUAL_WORD], const struct manual *manual)
{
	snprintf(out, MANUAL_WORD, "%s.%d", manual->name, manual->section);
}

/* "", ".5" or "(5)". */
static bool section_fits(const char *text, int section)
{
	char dotted[16], round[16];

	snprintf(dotted, sizeof(dotted), ".%d", section);
	snprintf(round, sizeof(round), "(%d)", section);
	return !*text || strcmp(text, dotted) == 0 || strcmp(text, round) == 0;
}

static bool is_taken(const char *name)
{
	for (const struct topic *t = topics; t->name; t++)
		if (strcmp(t->name, name) == 0)
			return true;
	return cmd_find(commands, name);
}

const struct manual *manual_find(const char *word)
{
	static const char prefix[] = "fourmica-";
	bool whole = strncmp(word, prefix, sizeof(prefix) - 1) == 0;

	if (whole)
		word += sizeof(prefix) - 1;
	else if (is_taken(word))
		return NULL;
	for (const struct manual *m = manuals; m->name; m++) {
		size_t len = strlen(m->name);

		if (strncmp(word, m->name, len) == 0 &&
		    section_fits(word + len, m->section))
			return m;
	}
	return NULL;
}

/* ---- the file ---- */

static bool is_at(char out[static PATH_MOST], const char *dir, const char *folder,
		  const struct manual *m, const char *end)
{
	int len = snprintf(out, PATH_MOST, "%s/../%s/fourmica-%s.%d%s", dir, folder,
			   m->name, m->section, end);

	return len > 0 && len < PATH_MOST && access(out, R_OK) == 0;
}

/* Beside the program: installed, as it is or compressed; in the tree it was built in, build/ or
 * build/SANITIZED/. */
static bool find_file(char out[static PATH_MOST], const struct manual *m)
{
	char dir[PATH_MOST], installed[32];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	char *slash;

	if (len <= 0)
		return false;
	dir[len] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return false;
	*slash = '\0';
	snprintf(installed, sizeof(installed), "share/man/man%d", m->section);
	return is_at(out, dir, installed, m, "") ||
	       is_at(out, dir, installed, m, ".gz") || is_at(out, dir, "man", m, "") ||
	       is_at(out, dir, "../man", m, "");
}

/* ---- man ---- */

#define ENVIRONMENT_MOST 4096

/* Ours, with the width that our own texts have. */
static char **narrow(char **copy)
{
	static char width[] = "MANWIDTH=80";
	size_t count = 0;

	for (char **e = environ; *e && count < ENVIRONMENT_MOST - 2; e++)
		if (strncmp(*e, "MANWIDTH=", 9) != 0)
			copy[count++] = *e;
	copy[count++] = width;
	copy[count] = NULL;
	return copy;
}

static int spawn(pid_t *pid, char **words, int out, char **environment)
{
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	if (out >= 0)
		rc = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawnp(pid, words[0], &actions, NULL, words, environment);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum fm_code run(pid_t *pid, char **words, int out, struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];
	char **copy = out < 0 ? NULL : calloc(ENVIRONMENT_MOST, sizeof(*copy));
	int rc = out >= 0 && !copy
			 ? ENOMEM
			 : spawn(pid, words, out, copy ? narrow(copy) : environ);

	free(copy);
	if (!rc)
		return FM_OK;
	fm_fail(err, FM_E_CONFIG, "man cannot be run: %s", sys_error(why, rc));
	return fm_hint(err, "install it (Debian: man-db); the pages are text files, too");
}

static enum fm_code ended(pid_t pid, const struct manual *m, struct fm_err *err)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return FM_OK;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND)
		return fm_fail(err, FM_E_IO, "man failed to show fourmica-%s(%d)",
			       m->name, m->section);
	fm_fail(err, FM_E_CONFIG, "man does not know fourmica-%s(%d)", m->name,
		m->section);
	return fm_hint(err, "is it installed? it comes with the program: make install");
}

/* What it writes, as text. */
static enum fm_code capture(struct fm_buf *text, char **words, const struct manual *m,
			    struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];
	struct fm_err failed;
	enum fm_code rc;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return fm_fail(err, FM_E_IO, "cannot make a pipe: %s",
			       sys_error(why, errno));
	rc = run(&pid, words, ends[1], err);
	close(ends[1]);
	if (rc) {
		close(ends[0]);
		return rc;
	}
	fm_err_init(&failed);
	rc = sys_read_all(text, ends[0], "man", err);
	close(ends[0]);
	if (ended(pid, m, &failed) && !rc) {
		*err = failed;
		rc = failed.code;
	}
	return rc;
}

enum fm_code manual_show(const struct manual *manual, struct fm_buf *text,
			 struct fm_err *err)
{
	char program[] = "man", local[] = "-l", section[16], page[MANUAL_WORD];
	char file[PATH_MOST];
	char *words[] = { program, local, file, NULL };
	enum fm_code rc;
	pid_t pid;

	if (!find_file(file, manual)) {
		snprintf(section, sizeof(section), "%d", manual->section);
		snprintf(page, sizeof(page), "fourmica-%s", manual->name);
		words[1] = section;
		words[2] = page;
	}
	if (text)
		return capture(text, words, manual, err);
	rc = run(&pid, words, -1, err);
	return rc ? rc : ended(pid, manual, err);
}
