#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Each rule is shown to find what it is there for: a small sound tree passes, and with one thing spoilt it fails.
. "$(dirname "$0")/common.sh"

unset CAROM_COUNTS
export LINT_FLAGS='-I. -std=gnu11' LINT_CC=${LINT_CC:-gcc}
sample=$(mktemp -d) || exit 74
trap 'rm -rf "$sample"' EXIT

put() {
	mkdir -p "$sample/$(dirname "$1")"
	cat >"$sample/$1"
}

make_sound_tree() {
	rm -rf "${sample:?}"/*
	cp "$TREE/.clang-tidy" "$TREE/.clang-format" "$sample/"
	put lib/base/thing.h <<<$'// SPDX-License-Identifier: GPL-3.0-or-later\n#ifndef BASE_THING_H\n#define BASE_THING_H\n\nint thing_count(const char *text);\n\n#endif'
	put lib/base/thing.c <<<$'// SPDX-License-Identifier: GPL-3.0-or-later\n#include "lib/base/thing.h"\n\n#include <string.h>\n\nint thing_count(const char *text)\n{\n\treturn (int)strlen(text);\n}'
	put scripts/tool <<<$'#!/bin/bash\n# SPDX-License-Identifier: GPL-3.0-or-later\necho "$1"'
	put Makefile <<<'# SPDX-License-Identifier: GPL-3.0-or-later'
	put README.md <<<'See [the sample](contrib/carom.conf.sample).'
	put man/carom.conf.5 <<<$'.Dd January 1, 2026\n.Dt CAROM.CONF 5\n.Os\n.Sh NAME\n.Nm carom.conf\n.Nd a file\n.Sh DESCRIPTION\n.Ss [relay:NAME]\n.Bl -tag -width x\n.It Ic host\nWhere.\n.El'
	put man/listctl.1 <<<$'.Dd January 1, 2026\n.Dt LISTCTL 1\n.Os\n.Sh NAME\n.Nm listctl\n.Nd a hand\n.Sh COMMANDS\n.Bl -tag -width x\n.It Ic list show Op Fl -all\nShows.\n.El'
	put contrib/carom.conf.sample <<<$'[relay:main]\n#host = 127.0.0.1'
	put bin/commands <<<$'#!/bin/sh\necho "list show"; echo "list show --all"'
	put bin/keys <<<$'#!/bin/sh\n[ "$1" = --idle ] || echo relay:*.host'
	chmod +x "$sample"/bin/*
}

run_lint() {
	(cd "$sample" && TREE=$sample BIN=$sample/bin SETTINGS_KEYS=$sample/bin/keys COMMAND_TABLE=$sample/bin/commands bash "$LINT/$1.sh" 2>"$sample/.problems")
}

# finds SCRIPT "RULE" FILE < CONTENT: the file, put into the sound tree, breaks this rule
finds() {
	make_sound_tree
	put "$3"
	chmod +x "$sample"/bin/*
	check "$1.sh finds a breach of: $2" < <(
		run_lint "$1" | grep -qxE "not ok [0-9]+ - $2" || echo "it did not: $(cat "$sample/.problems")"
	)
}
spdx='// SPDX-License-Identifier: GPL-3.0-or-later'

for script in layers size banned headers names shell format cppcheck tidy docs; do
	make_sound_tree
	check "$script.sh has nothing against a sound tree" < <(run_lint $script | grep '^not ok' && cat "$sample/.problems")
done

floors='every include stays on its floor or goes down'
home='each library is included only in its home'
finds layers "$floors" lib/mail/a.c <<<'#include "lib/store/store.h"'
finds layers "$floors" lib/base/a.c <<<'#include "lib/model/token.h"'
finds layers "$floors" listd/a.c <<<'#include "bounced/intake.h"'
finds layers "$floors" lib/net/a.c <<<'#include "relay.h"'
finds layers "$floors" lib/newroom/a.c <<<'#include <stdio.h>'
finds layers "$home" cli/a.c <<<'#include <sqlite3.h>'
finds layers "$home" lib/mail/compose.c <<<'#include <pcre2.h>'
finds layers "$home" listd/a.c <<<'#include <openssl/ssl.h>'
finds layers "$home" bounced/a.c <<<'# include <readline/readline.h>'
finds layers 'no header includes itself by way of others' lib/base/thing.h <<<'#include "lib/base/thing.h"'
finds size 'no file is past 800 lines' lib/base/a.c < <(yes '' | head -n 801)
finds size 'no header is past 200 lines' lib/base/a.h < <(yes '' | head -n 201)
finds size 'no function is past 100 lines' lib/base/a.c < <(echo 'int long_one(void)'; echo '{'; yes '	;' | head -n 101; echo '}')
for call in 'strcpy(a, b)' 'sprintf (a, "x")' 'system("ls")' 'localtime(&t)' 'atoi(a)'; do
	finds banned 'banned functions are not called' cli/a.c <<<"	$call;"
done
finds banned 'sqlite3_exec is called only for migration and transactions' lib/store/store_list.c <<<'	sqlite3_exec(db, text, 0, 0, 0);'
finds banned 'SQL stands only in lib/store' cli/a.c <<<'	run("SELECT id FROM list");'
finds banned 'no typedef but for function pointers' lib/base/a.h <<<'typedef struct thing thing_t;'
finds headers 'each header compiles alone' lib/base/a.h <<<'gboolean f(void);'
finds headers 'each header has a guard of its room and name' lib/base/a.h <<<'#ifndef A_H'
finds names 'basenames of C files are unique' cli/thing.c <<<"$spdx"
finds names 'every source names its licence' cli/a.c <<<'int a;'
finds names 'every source names its licence' scripts/b <<<'#!/bin/sh'
finds names 'nothing is marked as unfinished' cli/a.c <<<"$spdx"$'\n/* TO''DO: all of it */'
finds names 'no more than five places are marked FIXME' cli/a.c < <(yes '/* FIX''ME: later */' | head -n 6)
finds shell 'shellcheck finds nothing' scripts/b <<<$'#!/bin/bash\nrm $1/*'
finds format 'clang-format would change nothing' cli/a.c <<<'int  a( void ){return 0;}'
finds format 'no blanks at the ends of lines' cli/a.c <<<'int a; '
finds format 'no line of a header is past 130 columns' cli/a.h < <(printf '/* %0140d */\n' 0)
finds cppcheck 'cppcheck finds nothing' cli/a.c <<<$'int f(void)\n{\n\tint a[2];\n\ta[0] = 1;\n\treturn a[2];\n}'
finds tidy 'clang-tidy finds nothing' cli/a.c <<<$'int f(int *p)\n{\n\tif (p == 0)\n\t\treturn *p;\n\treturn 0;\n}'
finds docs 'the manual has each key of the settings table, and no other' bin/keys <<<$'#!/bin/sh\necho relay:*.host; echo web.listen'
finds docs 'the sample has each key of the settings table, and no other' contrib/carom.conf.sample <<<$'[relay:main]\n#post = 1'
finds docs 'the manual marks the keys that have no effect, and no other' bin/keys <<<$'#!/bin/sh\necho relay:*.host'
listctl='listctl.1 has each command of the command table, and each option'
finds docs "$listctl" bin/commands <<<$'#!/bin/sh\necho "list show"; echo "list ls"'
finds docs "$listctl" bin/commands <<<$'#!/bin/sh\necho "list show"; echo "list show --some"'
finds docs "$listctl" bin/commands <<<$'#!/bin/sh\nexit 1'
finds docs 'the pages render without a warning' man/listd.8 <<<'.Zz'
finds docs 'README speaks of no file that is missing' README.md <<<'[x](man/none.1)'

check 'symbols.sh finds a function that hides one of the C library' < <(
	make_sound_tree
	put a.c <<<'int wordexp(void); int wordexp(void) { return 0; }'
	cd "$sample" && "$LINT_CC" -c -o a.o a.c && cp /bin/true bin/ &&
		LIBCAROM=a.o run_lint symbols | grep -q '^not ok' || echo 'it did not'
)
check 'tap-run counts a pass, a failure, a skip, a crash and a silence' < <(
	put run/t1 <<<$'echo "ok 1 - a"; echo "not ok 2 - b"; echo "ok 3 - c # SKIP none here"; echo 1..3'
	put run/t2 <<<$'echo 1..2; echo "ok 1 - a"; kill -SEGV $$'
	put run/t3 <<<$'echo "ok 1 - a"; echo "Bail out! broken"; exit 1'
	put run/t4 <<<'exit 0'
	put run/t5 <<<'sleep 30'
	cd "$sample" && "$LINT/../../scripts/tap-run" -l logs -j 3 -t 1 run/t* >out && echo 'it ended well'
	tail -n 1 out | diff <(echo '3 passed, 5 failed, 1 skipped') - || cat out
)
finish
