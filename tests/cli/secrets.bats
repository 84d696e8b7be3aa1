#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The wallet's key and its passphrase are nowhere but where they belong: not in arguments, output,
# logs, JSON, ledger, receipts or a core file.

# shellcheck disable=SC2154 # output, status, err come from run2

load sandbox

PASS='correct horse 7e1c battery'

setup() {
	need_sandbox
	FOURMICA=${FOURMICA:-build/fourmica}
	home_with_wallet
	KEY=$(sb accounts.ann.key)
	KEY=${KEY#0x}
	rm "$FOURMICA_HOME/wallets/"*
	(umask 077; printf '%s\n' "$PASS" >"$BATS_TEST_TMPDIR/pass"; printf '0x%s\n' "$KEY" >"$BATS_TEST_TMPDIR/key")
	export FOURMICA_PASSPHRASE_FILE=$BATS_TEST_TMPDIR/pass
	"$FOURMICA" wallet import ann --from-file "$BATS_TEST_TMPDIR/key" --kdf interactive >"$BATS_TEST_TMPDIR/import" 2>&1
}

# Fails when a file below the folders holds the key (either case, or its bytes) or the passphrase.
nowhere_in() {
	local found bytes
	# shellcheck disable=SC2001 # each pair of digits
	bytes=$(sed 's/../\\x&/g' <<<"$KEY")
	! found=$(grep -rliF -e "$KEY" -e "$PASS" "$@") || { echo "in: $found"; return 1; }
	! found=$(LC_ALL=C grep -rlaP -e "$bytes" "$@") || { echo "bytes in: $found"; return 1; }
}

@test 'the search finds the key where it is' {
	mkdir "$BATS_TEST_TMPDIR/there"
	tr a-f A-F <"$BATS_TEST_TMPDIR/key" >"$BATS_TEST_TMPDIR/there/text"
	run nowhere_in "$BATS_TEST_TMPDIR/there"
	[ "$status" = 1 ]
}

@test 'a payment leaves neither key nor passphrase in output, logs, ledger, receipts' {
	run2 "$FOURMICA" pay -vv --json "$(sb sellers.credit_v2)"
	[ "$status" = 0 ]
	printf '%s' "$output" >"$FOURMICA_HOME/stdout"
	cp "$BATS_TEST_TMPDIR/err" "$BATS_TEST_TMPDIR/import" "$FOURMICA_HOME"
	run2 "$FOURMICA" pay -vvv --jsonl "$(sb sellers.exact_v2)"
	printf '%s' "$output$err" >"$FOURMICA_HOME/stdout2"
	for command in 'wallet list' 'wallet show' 'help environment'; do
		# shellcheck disable=SC2086 # words
		"$FOURMICA" $command --json >>"$FOURMICA_HOME/stdout3" 2>&1
	done
	nowhere_in "$FOURMICA_HOME"
}

@test 'while it waits, arguments and environment of the process hold neither' {
	"$FOURMICA" pay -m 4 -u 'user:hunter2hunter2' -H 'Authorization: Bearer s3cr3tt0k3n' \
		"$(sb sellers.hostile)/slow_head?when=unpaid" >/dev/null 2>&1 &
	pid=$!
	sleep 1
	tr '\0' '\n' <"/proc/$pid/cmdline" >"$BATS_TEST_TMPDIR/cmdline"
	kill "$pid"
	wait "$pid" || true
	grep -q pay "$BATS_TEST_TMPDIR/cmdline"
	found=$(grep -ciF -e hunter2 -e s3cr3t -e "$KEY" -e "$PASS" "$BATS_TEST_TMPDIR/cmdline" || true)
	[ "$found" = 0 ]
}

@test 'a crash leaves no core file' {
	program=$(realpath "$FOURMICA")
	cd "$BATS_TEST_TMPDIR"
	mkdir core-here && cd core-here
	ulimit -c unlimited 2>/dev/null || skip 'core files cannot be allowed here'
	"$program" pay -m 5 "$(sb sellers.hostile)/slow_head" >/dev/null 2>&1 &
	pid=$!
	sleep 1
	grep -q '^Max core file size *0 ' "/proc/$pid/limits"
	kill -ABRT "$pid"
	wait "$pid" || true
	[ -z "$(ls)" ]
}

@test 'a key or passphrase given as an argument is refused and not repeated' {
	run2 "$FOURMICA" wallet import other "0x$KEY"
	[ "$status" = 2 ]
	[[ "$output$err" != *"$KEY"* ]]
	run2 "$FOURMICA" wallet import other --from-file "$KEY" --no-passphrase
	[ "$status" != 0 ]
	[[ "$output$err" != *"$KEY"* ]]
}
