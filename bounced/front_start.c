// SPDX-License-Identifier: GPL-3.0-or-later
#include "bounced/front.h"

/*
 * Functions of .preinit_array run when the program is in memory and its symbols are bound, before any
 * constructor: that of GObject alone takes as long as the front's work. The C library gives them what main()
 * gets; its own environ is not set yet. Builds with sanitizers leave this file out, since those have to be
 * first; main() calls the front as well.
 */
static void start_front(int argc, char **argv, char **envp)
{
	(void)argc;
	front_run(argv, envp);
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **,
                                                                            char **) = start_front;
