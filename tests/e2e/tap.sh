# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# TAP for shell tests. A test sources this, calls the functions below and ends with done_testing.
#
#   ok NAME COMMAND...            the command succeeds
#   is NAME EXPECTED GOT          the two texts are the same
#   like NAME REGEX TEXT          grep -E finds it
#   exits NAME CODE COMMAND...    exit status; CODE may be "75|0". Output is kept in $OUT and $ERR.
#   wait_for NAME SECONDS COMMAND...   the command succeeds within that time
#   skip NAME REASON   skip_all REASON   bail REASON   diag TEXT...

TAP_COUNT=0
TAP_FAILED=0
OUT=/dev/null ERR=/dev/null

tap_report() { # 0|1 NAME
	TAP_COUNT=$((TAP_COUNT + 1))
	if [ "$1" = 0 ]; then
		echo "ok $TAP_COUNT - $2"
	else
		TAP_FAILED=$((TAP_FAILED + 1))
		echo "not ok $TAP_COUNT - $2"
	fi
	return "$1"
}

diag() {
	printf '%s\n' "$@" | cut -c1-400 | sed 's/^/# /'
}

tap_show() { # what the last command wrote
	diag "stdout: $(head -c 2000 "$OUT")" "stderr: $(head -c 2000 "$ERR")"
}

ok() {
	local name=$1
	shift
	if "$@" >"$OUT" 2>"$ERR"; then
		tap_report 0 "$name"
	else
		tap_report 1 "$name"
		diag "failed: $*"
		tap_show
	fi
}

is() {
	if [ "$2" = "$3" ]; then
		tap_report 0 "$1"
	else
		tap_report 1 "$1"
		diag "expected: $2" "got:      $3"
	fi
}

like() {
	if grep -Eq -- "$2" <<<"$3"; then
		tap_report 0 "$1"
	else
		tap_report 1 "$1"
		diag "expected to match: $2" "got: ${3:0:1500}"
	fi
}

unlike() {
	if grep -Eq -- "$2" <<<"$3"; then
		tap_report 1 "$1"
		diag "expected not to match: $2" "got: ${3:0:1500}"
	else
		tap_report 0 "$1"
	fi
}

exits() {
	local name=$1 code=$2 status=0
	shift 2
	"$@" >"$OUT" 2>"$ERR" || status=$?
	case "|$code|" in
	*"|$status|"*) tap_report 0 "$name" ;;
	*)
		tap_report 1 "$name"
		diag "expected exit $code, got $status: $*"
		tap_show
		;;
	esac
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$OUT" 2>"$ERR"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

wait_for() {
	local name=$1 seconds=$2
	shift 2
	if until_true "$seconds" "$@"; then
		tap_report 0 "$name"
	else
		tap_report 1 "$name"
		diag "not within $seconds s: $*"
		tap_show
	fi
}

skip() {
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

bail() {
	echo "Bail out! $*"
	exit 1
}

done_testing() {
	echo "1..$TAP_COUNT"
	[ "$TAP_FAILED" = 0 ] || diag "$TAP_FAILED of $TAP_COUNT failed"
	exit $((TAP_FAILED > 0))
}
