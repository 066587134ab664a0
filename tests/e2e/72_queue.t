#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# listctl queue: what a real Postfix says of mail that it cannot deliver, ours told from that of others.
. "$(dirname "${BASH_SOURCE[0]}")/carom.sh"
is_root || skip_all "needs root: the lab runs a real Postfix"
carom_setup
export LAB_LIFE=60
need_lab

ok "init" listctl init
ok "list create" listctl list create news --from "News <news@lists.test>" --owner owner@ok.test --opt-in single
printf 'email,name\n%s\n' a@ok.test,Ann b@ok.test,Ben c@ok.test,Cleo >"$T/ok.csv"
ok "import" listctl import news "$T/ok.csv" --consent fair
exits "no relay tells its queue: configuration" 78 listctl queue
like "and it says what to set" 'queue = postqueue' "$(cat "$ERR")"

# Postfix lets only root look into the queue of an instance that the system's main.cf does not name, so a program of
# the same name prints what postqueue said.
printf '#!/bin/sh\n[ "$*" = "-c %s -j" ] && exec cat %s\n' "$T/relay/etc" "$T/queue.json" >"$T/bin/postqueue"
chmod 755 "$T/bin/postqueue"
RELAY_KEYS="tls = off
queue = $T/bin/postqueue -c $T/relay/etc" write_config "$T/carom"
exits "a queue that cannot be looked into now: try later" 75 listctl queue
: >"$T/queue.json"
exits "an empty queue" 0 listctl --format json queue
unlike "has no groups" provider "$(cat "$OUT")"

postfix -c "$T/world/etc" stop >>"$T/log/stop.log" 2>&1
ok "send" send_mail news "One"
ok "listd --once" send_all
printf 'Subject: x\n\nx\n' | sendmail -C "$T/relay/etc" -f boss@firm.test d@ok.test
four_wait() {
	postqueue -c "$T/relay/etc" -j >"$T/queue.json" && chmod 644 "$T/queue.json" &&
		[ "$(grep -c '"queue_name": "deferred"' "$T/queue.json")" = 4 ]
}
wait_for "Postfix puts off four messages" 20 four_wait
exits "queue" 0 listctl --format json queue
is "ours are counted, for the way there" "3 networkerror deferred" \
	"$(json groups.0.recipients <"$OUT") $(json groups.0.reason <"$OUT") $(json groups.0.queue <"$OUT")"
like "in Postfix's words" 'refused|timed out|lost' "$(json groups.0.words <"$OUT")"
like "what is not ours is told" '1 messages in its queue are not ours' "$(cat "$ERR")"
exits "queue --foreign" 0 listctl --format json queue --foreign
is "counts it, too" 4 "$(json groups.0.recipients <"$OUT")"
done_testing
