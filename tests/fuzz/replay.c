/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files (or every file of a folder), as TAP: replay FILE|FOLDER... */
#include <fuzz.h>

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>

static unsigned done, failed;

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* The input lies in memory of exactly its size, so that tools see a step beyond it. */
static bool run(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1);
	FILE *file = fopen(path, "rb");
	bool read = data && file && fread(data, 1, size, file) == size;

	if (read)
		LLVMFuzzerTestOneInput(data, size);
	if (file)
		fclose(file);
	free(data);
	return read;
}

static void report(const char *path, bool ok)
{
	printf("%sok %u %s\n", ok ? "" : "not ", ++done, path);
	fflush(stdout);
	failed += !ok;
}

static void replay(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int count;

	if (stat(path, &st)) {
		report(path, false);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		/* A crash here must not go uncounted: the name is out before it can happen. */
		printf("# %s\n", path);
		fflush(stdout);
		report(path, run(path, (size_t)st.st_size));
		return;
	}
	count = scandir(path, &entries, visible, alphasort);
	for (int i = 0; i < count; i++) {
		char inner[PATH_MAX];
		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		replay(inner);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("1..%u\n", done);
	return failed || !done;
}
