// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include <stdio.h>

/* Prints each command of listctl on a line, and each option as "COMMAND --OPTION", for docs.sh. */
int main(void)
{
	for (gsize i = 0; commands_table[i] != NULL; i++) {
		const struct command *command = commands_table[i];

		puts(command->name);
		for (const struct option *option = command->options; option != NULL && option->name != NULL;
		     option++)
			printf("%s --%s\n", command->name, option->name);
	}
	return 0;
}
