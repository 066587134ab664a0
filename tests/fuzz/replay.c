// SPDX-License-Identifier: GPL-3.0-or-later
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Feeds files, and the files of folders, to a fuzz target in builds without the fuzzer: what it once found is
 * run again by every compiler.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int replay_path(const char *path)
{
	g_autofree char *bytes = NULL;
	g_autoptr(GError) error = NULL;
	gsize len;

	if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
		g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
		const char *name;
		int status = folder != NULL ? 0 : 1;

		while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
			g_autofree char *child = g_build_filename(path, name, NULL);

			status |= replay_path(child);
		}
		if (error != NULL)
			fprintf(stderr, "replay: %s\n", error->message);
		return status;
	}
	if (!g_file_get_contents(path, &bytes, &len, &error)) {
		fprintf(stderr, "replay: %s\n", error->message);
		return 1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
	replayed++;
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay_path(argv[i]);
	printf("%u inputs\n", replayed);
	return status;
}
