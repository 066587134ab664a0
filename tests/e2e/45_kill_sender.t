#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# listd killed at random moments, stopped for longer than its lease, beside another, with its relay killed, its database
# locked by another program, its disk full. ROUNDS (30), SEED (random), LOCK_S (3): `make soak` runs many.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
command -v python3 >/dev/null || skip_all "python3 is not installed"
carom_setup
ROUNDS=${ROUNDS:-30} SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
export LOCK_S=${LOCK_S:-3} BIN=$T/bin
diag "seed $SEED"

rounds() { # FOLDER ROUNDS
	python3 "$E2E/kill_sender.py" "$1" "$2" "$SEED"
}
# on a disk of its own, which nobody else sees
rounds_on_small_disk() { # FOLDER ROUNDS
	# shellcheck disable=SC2016 # for the inner shell
	FULL=1 unshare -m sh -c 'mount -t tmpfs -o size=24m carom "$1" && exec python3 "$2" "$1" "$3" "$4"' sh "$1" \
		"$E2E/kill_sender.py" "$2" "$SEED"
}

mkdir "$T/kill" "$T/small"
ok "nobody is lost, nobody is mailed twice but the ambiguous, over $ROUNDS rounds" rounds "$T/kill" "$ROUNDS"
diag "sender: $(tail -3 "$OUT" | tr '\n' ' ')"
if is_root && unshare -m true 2>/dev/null; then
	ok "nor on a disk that is full again and again" rounds_on_small_disk "$T/small" $((ROUNDS / 3))
	diag "full disk: $(tail -3 "$OUT" | tr '\n' ' ')"
else
	skip "a disk that is full" "mounting needs root"
fi
done_testing
