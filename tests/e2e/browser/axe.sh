# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# axe-core from npm, in the version and with the hash of package-lock.json, kept under build/.

BUILD=$(cd "$E2E/../.." && pwd)/build

# axe_fetch: sets AXE to its file; else AXE_TROUBLE says what is the matter.
axe_fetch() {
	local home=$BUILD/browser lock=$E2E/browser/package-lock.json
	AXE=$home/node_modules/axe-core/axe.min.js AXE_TROUBLE=
	! cmp -s "$lock" "$home/package-lock.json" || [ ! -s "$AXE" ] || return 0
	command -v npm >/dev/null || {
		AXE_TROUBLE="npm is not installed"
		return 1
	}
	rm -rf "$home"
	mkdir -p "$home"
	cp "$E2E/browser/package.json" "$lock" "$home/"
	npm ci --prefix "$home" --ignore-scripts --no-audit --no-fund --cache "$home/cache" >"$home/npm.log" 2>&1 && [ -s "$AXE" ] && return
	# shellcheck disable=SC2034 # for the caller
	AXE_TROUBLE=$(grep -m 1 -E 'npm (error|ERR!) [^A]' "$home/npm.log")
	rm -f "$home/package-lock.json"
	return 1
}
