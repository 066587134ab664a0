// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/front.h"

#include "bounced/deadline.h"
#include "bounced/front_settings.h"
#include "lib/base/limits.h"
#include "lib/net/lmtp_client.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_MS = 1000, REPLY_MS = 20000 };

struct words {
	const char *config;
	const char *recipient;
	gboolean is_pipe;
};

static const char *environment(char **envp, const char *name)
{
	gsize len = strlen(name);

	for (; *envp != NULL; envp++)
		if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=' && (*envp)[len + 1] != '\0')
			return *envp + len + 1;
	return NULL;
}

/* The value of -c: in the same word or the next. NULL: it is another option, or has none. */
static const char *config_of(char ***at)
{
	static const char name[] = "--config";
	const char *word = **at;

	if (strncmp(word, name, strlen(name)) == 0 && word[strlen(name)] == '=')
		return word + strlen(name) + 1;
	if (word[0] == '-' && word[1] == 'c' && word[2] != '\0')
		return word + 2;
	return strcmp(word, "-c") == 0 || strcmp(word, name) == 0 ? *++*at : NULL;
}

/* FALSE for whatever is not plainly --pipe [-c FILE] [RECIPIENT]: main() reads that, and knows the words for
 * it. */
static gboolean read_words(char **argv, struct words *words)
{
	for (char **at = argv + 1; *at != NULL; at++) {
		if (strcmp(*at, "--pipe") == 0) {
			words->is_pipe = TRUE;
		} else if (**at != '-') {
			if (words->recipient != NULL)
				return FALSE;
			words->recipient = *at;
		} else if (words->config != NULL || (words->config = config_of(&at)) == NULL) {
			return FALSE;
		}
	}
	return words->is_pipe;
}

static gboolean is_our_database(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && info.st_uid == geteuid();
}

/* A connection to the daemon, which is ready for the message, or -1. */
static int reach_daemon(const struct words *words, const char *recipient, char **envp)
{
	struct front_settings settings;
	int fd = -1;

	if (front_settings_read(words->config, environment(envp, "CAROM_CONFIG"), &settings) &&
	    is_our_database(settings.database))
		fd = lmtp_client_connect(settings.lmtp, CONNECT_MS, REPLY_MS);
	if (fd < 0 || lmtp_client_offer(fd, recipient))
		return fd;
	close(fd);
	return -1;
}

void front_run(char **argv, char **envp)
{
	static const char complaint[] =
	        "bounced: error: the daemon did not confirm the message: the mail server keeps it\n";
	static gboolean is_tried;
	struct words words = {NULL, NULL, FALSE};
	const char *recipient;
	int fd;

	if (is_tried || !read_words(argv, &words))
		return;
	is_tried = TRUE;
	recipient = words.recipient != NULL && *words.recipient != '\0'
	                    ? words.recipient
	                    : environment(envp, "ORIGINAL_RECIPIENT");
	deadline_arm();
	fd = recipient == NULL ? -1 : reach_daemon(&words, recipient, envp);
	if (fd < 0)
		return;
	/* one byte more than is stored tells the daemon that there was more */
	if (lmtp_client_send(fd, STDIN_FILENO, LIMIT_REPORT_STORED + 1))
		deadline_pass();
	else if (write(STDERR_FILENO, complaint, strlen(complaint)) < 0)
		_exit(DEADLINE_LATER);
	_exit(deadline_status());
}
