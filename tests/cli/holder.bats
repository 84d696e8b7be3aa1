#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# unlock and lock: one passphrase for many payments, by a process that gives the key to nobody.

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
	"$FOURMICA" wallet import ann --from-file "$BATS_TEST_TMPDIR/key" --kdf interactive \
		--passphrase-file "$BATS_TEST_TMPDIR/pass" >/dev/null 2>&1
	SELLER=$(sb sellers.credit_v2)
}

teardown() {
	[ -z "${mine:-}" ] || rm -r "$mine"
	[ -z "${FOURMICA_HOME:-}" ] || "$FOURMICA" lock -q >/dev/null 2>&1 || :
}

# The sandbox's description has the key, and no business in the environment of who holds it.
unlock() { env -u SANDBOX "$FOURMICA" unlock --passphrase-file "$BATS_TEST_TMPDIR/pass" "$@" >/dev/null; }
socket() { echo "$FOURMICA_HOME"/run/holder-*.sock; }
# The process that listens there.
holder() {
	perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un($ARGV[0])) or exit 1;
		print +(unpack "iii", getsockopt($s, SOL_SOCKET, 17))[0]' "$(socket)"
}
# Send a frame, print what comes back.
say() { # JSON
	perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un($ARGV[0])) or die "no holder\n";
		send($s, pack("N", length $ARGV[1]) . $ARGV[1], 0); my $in = ""; 1 while sysread($s, $in, 65536, length $in);
		print substr($in, 4)' "$(socket)" "$1"
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }
soon() {
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" && return
		sleep 0.05
	done
	echo "never: $*"
	return 1
}
# How often the memory of a process has these bytes; anything else than pages ends the test.
copies() { # PID HEX
	perl -e 'my ($pid, $hex) = @ARGV; my $want = pack("H*", $hex); my ($n, $read) = (0, 0);
		open(my $maps, "<", "/proc/$pid/maps") or die "maps: $!\n"; open(my $mem, "<:raw", "/proc/$pid/mem") or die "mem: $!\n";
		while (<$maps>) { next unless /^([0-9a-f]+)-([0-9a-f]+) .... / and !/\[v/;
			my ($at, $end) = (hex $1, hex $2); sysseek($mem, $at, 0) or next;
			my $bytes = ""; while ($at < $end) { my $got = sysread($mem, $bytes, $end - $at, length $bytes); last unless $got; $at += $got; }
			$read += length $bytes; my $p = -1; $n++ while ($p = index($bytes, $want, $p + 1)) >= 0; }
		die "nothing was read\n" unless $read; print "$n\n"' "$1" "$2"
}
hex_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

@test 'unlocked once, a wallet pays without a passphrase, many at once, until it is locked' {
	run2 "$FOURMICA" unlock --for 5m --json --passphrase-file "$BATS_TEST_TMPDIR/pass"
	[ "$status" = 0 ]
	[ "$(json data.wallet)" = ann ]
	[ "$(stat -c %a "$(socket)")" = 600 ]
	jobs=()
	for i in 1 2 3 4 5 6 7 8 9 10; do
		"$FOURMICA" pay -s --idempotency-key "k$i" "$SELLER" >"$BATS_TEST_TMPDIR/out$i" 2>&1 &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do wait "$job"; done
	[ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" = 10 ]
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$(json status)" = paid ]
	[ "$(say '{"version":1,"request":"status"}' | jq .status.signatures)" -ge 11 ]
	run2 "$FOURMICA" status --json
	[ "$(json data.unlocked_seconds)" -gt 200 ]
	run2 "$FOURMICA" lock --json
	[ "$(json data.locked)" = 1 ]
	[ ! -e "$(socket)" ]
	run2 "$FOURMICA" pay "$SELLER"
	[ "$status" = 5 ]
	run2 "$FOURMICA" status --json
	[ "$(jq .data.unlocked_seconds <<<"$output")" = null ]
	run2 "$FOURMICA" lock
	[ "$status" = 0 ]
	[[ $err == *'Nothing was unlocked'* ]]
}

@test 'at a terminal it asks once, and lets go of the terminal' {
	unset FOURMICA_NO_INPUT
	run timeout 60 "${FOURMICA_TESTS:-build/tests}/pty" -t 30 'Passphrase' "$PASS" -- "$FOURMICA" unlock
	[ "$status" = 0 ]
	[[ $output == *Unlocked:*ann* ]]
	run timeout 60 "${FOURMICA_TESTS:-build/tests}/pty" -t 30 -- "$FOURMICA" pay "$SELLER"
	[ "$status" = 0 ]
	[[ $output != *Passphrase* ]]
}

@test 'collateral goes in and out by it, and Core is signed in to' {
	unlock
	run2 "$FOURMICA" deposit 0.5usdc --yes --json
	[ "$status" = 0 ]
	run2 "$FOURMICA" withdraw request 0.1usdc --yes --json
	[ "$status" = 0 ]
	run2 "$FOURMICA" withdraw cancel --yes --json
	[ "$status" = 0 ]
	run2 "$FOURMICA" status --json
	[ "$(json data.core.signed_in)" = true ]
}

@test 'what takes the passphrase itself is not done with an unlocked key' {
	unlock
	echo '{"version":1,"networks":["eip155:84532"],"limits":[{"name":"day","amount":"9usdc","window":"1d"}]}' | policy
	run2 "$FOURMICA" policy accept
	[ "$status" = 5 ]
	rm "$FOURMICA_HOME/policy.json"
	echo hello >"$BATS_TEST_TMPDIR/text"
	run2 "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/text" --yes
	[ "$status" = 5 ]
}

@test 'unlock refuses what it cannot or must not do' {
	run2 "$FOURMICA" unlock
	[ "$status" = 5 ]
	echo wrong >"$BATS_TEST_TMPDIR/wrong"
	run2 "$FOURMICA" unlock --passphrase-file "$BATS_TEST_TMPDIR/wrong"
	[ "$status" = 4 ]
	for option in --for=0s --for=25h --idle=2d; do
		run2 "$FOURMICA" unlock "$option"
		[ "$status" = 2 ]
	done
	"$FOURMICA" wallet watch eve 0x2c7536E3605D9C16a7a3D7b1898e529396a65c23 >/dev/null 2>&1
	run2 "$FOURMICA" unlock --wallet eve
	[ "$status" = 4 ]
	"$FOURMICA" stop -q >/dev/null
	run2 "$FOURMICA" unlock --wallet ann --passphrase-file "$BATS_TEST_TMPDIR/pass"
	[ "$status" = 37 ]
	[ ! -e "$FOURMICA_HOME/run" ] || [ ! -e "$(socket)" ]
}

@test 'a stop, the end of its time, idleness and a missing folder drop the key' {
	unlock
	pid=$(holder)
	"$FOURMICA" stop -q >/dev/null
	soon gone "$pid"
	rm "$FOURMICA_HOME/stop"
	unlock
	pid=$(holder)
	touch "$FOURMICA_HOME/stop" # by hand
	soon gone "$pid"
	rm "$FOURMICA_HOME/stop"
	unlock --for 1s
	soon gone "$(holder)"
	unlock --idle 1s
	soon gone "$(holder)"
	unlock
	pid=$(holder)
	rm -r "$FOURMICA_HOME/run"
	soon gone "$pid"
}

@test 'a hash, other values than reserved, garbage: nothing is signed' {
	unlock
	address=$(sb accounts.ann.address)
	h=0x1111111111111111111111111111111111111111111111111111111111111111
	for document in "{\"version\":1,\"kind\":\"message\",\"address\":\"$address\",\"chain_id\":84532,\"digest\":\"$h\"}" \
		"{\"digest\":\"$h\"}" "\"$h\"" \
		"{\"version\":1,\"kind\":\"claims\",\"address\":\"$address\",\"chain_id\":84532,\"payment\":\"pay_00000000000000000000000000000000\",\"signing\":\"eip712\",\"domain\":{\"name\":\"4Mica\",\"version\":\"1\",\"chain_id\":84532},\"claims\":{\"version\":\"v1\",\"user_address\":\"$address\",\"recipient_address\":\"$address\",\"req_id\":\"0x1\",\"amount\":\"0x1\",\"asset_address\":\"$address\",\"timestamp\":1}}"; do
		run say "{\"version\":1,\"request\":\"sign\",\"document\":$document}"
		[ "$(jq .ok <<<"$output")" = false ]
		[[ $output != *'"signature":'* ]]
	done
	[[ $output == *reservation* ]]
	perl -MSocket -e 'for (1 .. 300) { socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or next;
		send($s, join("", map { chr rand 256 } 1 .. rand 9000), 0x4000); push @open, $s if $_ % 3; }' "$(socket)"
	run2 "$FOURMICA" pay --json "$SELLER"
	[ "$(json status)" = paid ]
}

@test 'another user is not even answered' {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	unlock
	chmod 711 "$FOURMICA_HOME" "$FOURMICA_HOME/run" "$BATS_TEST_TMPDIR"
	chmod 666 "$(socket)"
	# Through an open descriptor of the folder, whatever is above it.
	# shellcheck disable=SC2016 # Perl's
	run setpriv --reuid=65534 --regid=65534 --clear-groups perl -MSocket -e '
		socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un("/dev/fd/9/" . $ARGV[0])) or die "no way: $!";
		send($s, pack("N", 32) . q({"version":1,"request":"status"}), 0x4000); print "answered" if sysread($s, my $in, 9)' \
		"$(basename "$(socket)")" 9<"$FOURMICA_HOME/run"
	[ "$status" = 0 ] # connected
	[ -z "$output" ]
	chmod 600 "$(socket)"
	chmod 700 "$FOURMICA_HOME/run"
	say '{"version":1,"request":"status"}' | jq -e .ok
}

@test 'killed at any time it leaves a ledger that tells the truth, and can be unlocked again' {
	for i in 1 2 3 4 5 6; do
		unlock
		pid=$(holder)
		jobs=()
		for k in a b c; do
			"$FOURMICA" pay -s --idempotency-key "$i$k" "$SELLER" >/dev/null 2>&1 &
			jobs+=($!)
		done
		sleep "0.0$((i * 3 / 2))"
		kill -9 "$pid"
		for job in "${jobs[@]}"; do
			rc=0
			wait "$job" || rc=$?
			[[ $rc =~ ^(0|4|5)$ ]] || { echo "status $rc"; return 1; }
		done
	done
	[ "$(ledger "SELECT count(*) FROM payment WHERE state NOT IN ($PAID, $RELEASED)")" = 0 ]
	[ -e "$(socket)" ] # left behind; nobody listens
	run2 "$FOURMICA" pay "$SELLER"
	[ "$status" = 5 ]
	unlock
	run2 "$FOURMICA" pay --json "$SELLER"
	[ "$(json status)" = paid ]
}

@test 'a wallet that is removed, or pays from another ledger, is locked' {
	unlock
	pid=$(holder)
	rm "$FOURMICA_HOME"/ledger*
	run2 "$FOURMICA" policy accept --adopt-ledger --yes --passphrase-file "$BATS_TEST_TMPDIR/pass"
	[ "$status" = 0 ]
	soon gone "$pid"
	unlock
	pid=$(holder)
	"$FOURMICA" wallet remove ann --confirm ann -q >/dev/null 2>&1
	soon gone "$pid"
}

@test 'a reservation of another ledger is none' {
	unlock
	rm "$FOURMICA_HOME"/ledger*
	run2 "$FOURMICA" pay "$SELLER"
	[ "$status" = 71 ]
}

@test 'the second unlock takes the place of the first' {
	unlock --for 1h
	first=$(holder)
	unlock --for 1m
	soon gone "$first"
	[ "$(holder)" != "$first" ]
	[ "$(say '{"version":1,"request":"status"}' | jq .status.left_s)" -le 60 ]
}

@test 'an unlock that is interrupted leaves no key behind' {
	(umask 077; mkdir -p "$FOURMICA_HOME/run"; : >"$FOURMICA_HOME/run/holder.lock")
	# Another one at work: F_OFD_SETLK of both bytes.
	perl -e 'open(my $f, "+<", $ARGV[0]) or die; my $all = pack("ssx4qqlx4", 1, 0, 0, 2, 0); fcntl($f, 37, $all) or die; sleep 60' \
		"$FOURMICA_HOME/run/holder.lock" 3>&- &
	other=$!
	env -u SANDBOX "$FOURMICA" unlock --passphrase-file "$BATS_TEST_TMPDIR/pass" >/dev/null 2>&1 3>&- &
	pid=$!
	soon started_holder "$pid"
	kill -TERM "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 143 ] || [ "$rc" = 130 ]
	kill "$other"
	soon nobody_waits
	[ ! -e "$(socket)" ]
}

started_holder() { waiting | grep -q . && kill -0 "$1"; }
waiting() {
	find /proc/[0-9]*/fd -lname "$FOURMICA_HOME/run/holder.lock" 2>/dev/null | cut -d/ -f3 | sort -u | grep -vx "$other" || :
}
nobody_waits() { ! waiting | grep -q . && [ ! -e "$(socket)" ]; }

@test 'the key is in one place while it is unlocked, in none of a client, and nowhere after' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'the instrumented build maps too much memory'
	unlock
	pid=$(holder)
	[ "$(awk '/^Max core file size/ { print $5 $6 }' "/proc/$pid/limits")" = 00 ]
	[ "$(awk '/^VmLck/ { print $2 }' "/proc/$pid/status")" -gt 0 ]
	if [ "$(id -u)" != 0 ]; then
		run head -c 1 "/proc/$pid/mem" # not even its own user
		[ "$status" != 0 ]
		skip 'only root can look into it'
	fi
	[ "$(copies "$pid" "$KEY")" = 1 ]
	[ "$(copies "$pid" "$(hex_of "$KEY")")" = 0 ]
	[ "$(copies "$pid" "$(hex_of "$PASS")")" = 0 ]
	"$FOURMICA" pay -s "$SELLER" >/dev/null
	[ "$(copies "$pid" "$KEY")" = 1 ]
	url="$(sb sellers.hostile)/slow_head?when=paid"
	env -u SANDBOX "$FOURMICA" pay -m 20 "$url" >/dev/null 2>&1 &
	client=$!
	soon has_signed
	[ "$(copies "$client" "$KEY")" = 0 ]
	[ "$(copies "$client" "$(hex_of "$PASS")")" = 0 ]
	kill "$client"
	wait "$client" || :
	"$FOURMICA" lock -q
	soon gone "$pid"
}

@test 'at the prompt, too, the key is in one place, and in none after lock' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'the instrumented build maps too much memory'
	[ "$(id -u)" = 0 ] || skip 'only root can look into it'
	unset FOURMICA_NO_INPUT
	mkfifo "$BATS_TEST_TMPDIR/typed"
	(cd "$BATS_TEST_TMPDIR" && exec env -u SANDBOX TERM=dumb "$(realpath "$FOURMICA")" repl --passphrase-file "$BATS_TEST_TMPDIR/pass" \
		<typed >repl.out 2>&1 3>&-) &
	prompt=$!
	exec 8>"$BATS_TEST_TMPDIR/typed"
	echo unlock >&8
	soon grep -q Unlocked "$BATS_TEST_TMPDIR/repl.out"
	[ "$(copies "$prompt" "$KEY")" = 1 ]
	echo "pay -s $SELLER" >&8
	soon paid_once
	[ "$(copies "$prompt" "$KEY")" = 1 ]
	echo lock >&8
	soon grep -q Locked "$BATS_TEST_TMPDIR/repl.out"
	[ "$(copies "$prompt" "$KEY")" = 0 ]
	[ "$(copies "$prompt" "$(hex_of "$KEY")")" = 0 ]
	[ "$(copies "$prompt" "$(hex_of "$PASS")")" = 0 ]
	exec 8>&-
	wait "$prompt"
}

paid_once() { [ "$(ledger "SELECT count(*) FROM payment WHERE state = $PAID")" = 1 ]; }

@test 'holder and client of another user than root are not to be dumped or looked into' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'the leak checker has to look into the instrumented build'
	[ "$(id -u)" = 0 ] || skip 'needs root to become another user'
	mine=$(mktemp -d) # that other users may get at
	cp "$FOURMICA" "$mine/fourmica"
	lib=$(ldd "$FOURMICA" | awk '/libfourmica/ { print $3 }')
	[ -z "$lib" ] || cp "$lib" "$mine"
	cp "$BATS_TEST_TMPDIR/pass" "$BATS_TEST_TMPDIR/key" "$mine"
	chown -R 65534:65534 "$mine"
	as_nobody() { cd "$mine" && exec env -u SANDBOX FOURMICA_HOME="$mine/home" LD_LIBRARY_PATH="$mine" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	(as_nobody ./fourmica wallet import ann --from-file key --kdf interactive --passphrase-file pass -q >/dev/null)
	ulimit -c unlimited 2>/dev/null || :
	(as_nobody ./fourmica unlock --passphrase-file pass -q >/dev/null)
	FOURMICA_HOME=$mine/home
	pid=$(holder)
	[ "$(awk '/^Uid/ { print $2 }' "/proc/$pid/status")" = 65534 ]
	[ "$(stat -c %u "/proc/$pid/mem")" = 0 ] # what is not dumpable belongs to root there
	for file in mem maps environ; do
		run as_nobody head -c 1 "/proc/$pid/$file"
		[ "$status" != 0 ]
	done
	kill -SEGV "$pid"
	soon gone "$pid"
	run find / "$mine" -xdev -maxdepth 1 -newer "$mine/fourmica" -name 'core*' -type f # where the holder is
	[ -z "$output" ]
	as_nobody ./fourmica pay -m 20 "$(sb sellers.hostile)/slow_head?when=unpaid" >/dev/null 2>&1 3>&- &
	client=$!
	soon is_client "$client"
	[ "$(stat -c %u "/proc/$client/mem")" = 0 ]
	kill "$client"
	wait "$client" || :
}

# After exec, and its first steps.
is_client() { [ "$(readlink "/proc/$1/exe")" = "$mine/fourmica" ] && [ "$(awk '/^Max core file size/ { print $5 $6 }' "/proc/$1/limits")" = 00 ]; }

@test 'a client killed before any of its calls: the next of its key pays, once' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	policy <<<'{"version":1,"networks":["eip155:84532"],"limits":[{"name":"day","amount":"50usdc","window":"1d"}]}'
	unlock --for 1h --idle 1h
	start=0 # half of the calls of either
	for seller in "$SELLER" "$(sb sellers.exact_v2)"; do
		"$FOURMICA" pay -s "$seller?step=warm" >/dev/null
		n=$((start++)) tag=${seller##*:}
		while :; do
			n=$((n + 2)) key=kill-$tag-$n
			rm -f "$BATS_TEST_TMPDIR/hit"
			{ env LD_PRELOAD="$FOURMICA_KILLAT" KILLAT_N=$n KILLAT_HIT="$BATS_TEST_TMPDIR/hit" \
				"$FOURMICA" pay -s --idempotency-key "$key" "$seller?step=$n" >/dev/null 2>&1; } 2>/dev/null || :
			[ -e "$BATS_TEST_TMPDIR/hit" ] || break
			status=0
			"$FOURMICA" pay -s --idempotency-key "$key" "$seller?step=$n" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
			# Done, or it had left before: nothing else, and never a passphrase.
			[[ $status =~ ^(0|50)$ ]] || { echo "$n $(cat "$BATS_TEST_TMPDIR/hit"): $status"; cat "$BATS_TEST_TMPDIR/out"; return 1; }
		done
		[ "$n" -gt 40 ]
	done
	[ "$(ledger "SELECT count(*) FROM (SELECT idem_key FROM payment WHERE state NOT IN ($RELEASED) GROUP BY idem_key HAVING count(*) > 1)")" = 0 ]
}

@test 'the prompt keeps no copy of a key that it wrote out' {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'the instrumented build maps too much memory'
	[ "$(id -u)" = 0 ] || skip 'only root can look into it'
	mkfifo "$BATS_TEST_TMPDIR/lines"
	env -u SANDBOX "$FOURMICA" repl --passphrase-file "$BATS_TEST_TMPDIR/pass" <"$BATS_TEST_TMPDIR/lines" >"$BATS_TEST_TMPDIR/out" 2>&1 &
	prompt=$!
	exec 9>"$BATS_TEST_TMPDIR/lines"
	printf '%s\n' version 'wallet export ann --raw - --confirm ann' "wallet export ann --raw $BATS_TEST_TMPDIR/key.out --confirm ann" version >&9
	written() { [ "$(grep -c '^fourmica ' "$BATS_TEST_TMPDIR/out")" = 2 ]; }
	soon written
	# In the order of the lines.
	[ "$(sed -n '/^fourmica /!p' "$BATS_TEST_TMPDIR/out" | grep -xc "$KEY")" = 1 ]
	[ "$(cat "$BATS_TEST_TMPDIR/key.out")" = "$KEY" ]
	[ "$(copies "$prompt" "$KEY")" = 0 ]
	[ "$(copies "$prompt" "$(hex_of "${KEY:32}")")" = 0 ]
	[ "$(copies "$prompt" "$(hex_of "$PASS")")" = 0 ]
	exec 9>&-
	wait "$prompt"
}

has_signed() { [ "$(ledger "SELECT count(*) FROM payment WHERE state = $SIGNED")" = 1 ]; }

# ---- programs that sign ----

watched_wallet() {
	rm "$FOURMICA_HOME/wallets/"*
	"$FOURMICA" wallet watch ann "$(sb accounts.ann.address)" >/dev/null 2>&1
	(umask 077; echo "{\"wallets\":{\"ann\":{\"signer\":\"exec:$BATS_TEST_TMPDIR/signer\"}}}" >"$FOURMICA_HOME/config.json")
	cat >"$BATS_TEST_TMPDIR/sign.mjs" <<-EOF
		import { readFileSync, writeFileSync } from 'node:fs'
		import { sign, serializeSignature } from '$PWD/tests/sandbox/node_modules/viem/_esm/accounts/index.js'
		const document = JSON.parse(readFileSync(0))
		writeFileSync('$BATS_TEST_TMPDIR/asked', JSON.stringify(document))
		console.log(JSON.stringify({ signature: await sign({ hash: document.digest, privateKey: '0x$KEY', to: 'hex' }) }))
	EOF
	printf '#!/bin/sh\nenv >%s/env\nexec %s/tests/sandbox/node %s/sign.mjs\n' "$BATS_TEST_TMPDIR" "$PWD" "$BATS_TEST_TMPDIR" \
		>"$BATS_TEST_TMPDIR/signer"
	chmod 700 "$BATS_TEST_TMPDIR/signer"
}

@test 'a program signs for a watched wallet, and is told what' {
	watched_wallet
	SECRET_OF_MINE=1 run2 "$FOURMICA" pay --json "$SELLER"
	[ "$(json status)" = paid ]
	[ "$(jq -r .kind "$BATS_TEST_TMPDIR/asked")" = claims ]
	[ "$(jq -r .payment "$BATS_TEST_TMPDIR/asked")" = "$(json data.payment_id)" ]
	! grep -E 'FOURMICA|SECRET' "$BATS_TEST_TMPDIR/env" || return 1
	run2 "$FOURMICA" pay --json "$(sb sellers.exact_v2)"
	[ "$(json status)" = paid ]
	[ "$(jq -r .kind "$BATS_TEST_TMPDIR/asked")" = authorization ]
	[ "$(jq -r .authorization.value "$BATS_TEST_TMPDIR/asked")" = 10000 ]
	run2 "$FOURMICA" deposit 0.1usdc --yes --json
	[ "$status" = 0 ]
	[ "$(jq -r .purpose "$BATS_TEST_TMPDIR/asked")" = deposit ]
	run2 "$FOURMICA" status --json
	[ "$(json data.signs)" = 'with a program' ]
}

@test 'a program that answers wrongly, late or not at all has signed nothing' {
	watched_wallet
	before=$(payments_seen credit_v2)
	for body in 'exit 3' 'echo hello' 'cat' "echo '{\"signature\":\"0x$(printf '%0130d' 1)\"}'"; do
		printf '#!/bin/sh\n%s\n' "$body" >"$BATS_TEST_TMPDIR/signer"
		run2 "$FOURMICA" pay "$SELLER"
		[ "$status" = 4 ] || { echo "$body: $status $err"; return 1; }
		[[ $err == *hint:* ]]
	done
	rm "$BATS_TEST_TMPDIR/signer"
	run2 "$FOURMICA" pay "$SELLER"
	[ "$status" = 4 ]
	[[ $err == *'cannot be run'* ]]
	[ "$(ledger "SELECT count(*) FROM payment WHERE state <> $RELEASED")" = 0 ]
	[ "$(payments_seen credit_v2)" = "$before" ]
}

@test 'a stop while a program takes its time is a stop' {
	watched_wallet
	before=$(payments_seen credit_v2)
	sed -i "2i touch '$FOURMICA_HOME/stop'" "$BATS_TEST_TMPDIR/signer"
	for command in "pay $SELLER" "pay $(sb sellers.exact_v2)" 'deposit 0.1usdc --yes' "sign --message $BATS_TEST_TMPDIR/pass --yes"; do
		rm -f "$FOURMICA_HOME/stop" "$BATS_TEST_TMPDIR/asked"
		# shellcheck disable=SC2086 # words
		run2 "$FOURMICA" $command
		[ "$status" = 37 ] || { echo "$command: $status $err"; return 1; }
		[ -e "$BATS_TEST_TMPDIR/asked" ] # it did sign
		[[ ! $output =~ [0-9a-f]{130} ]]
	done
	[ "$(ledger "SELECT count(*) FROM payment WHERE state <> $RELEASED")" = 0 ]
	[ "$(ledger 'SELECT count(*) FROM tx')" = 0 ]
	[ "$(payments_seen credit_v2)" = "$before" ]
}

@test 'config.json names programs by their absolute path only' {
	for signer in exec:signer exec: /bin/true 'exec:../x' 7; do
		(umask 077; jq -n --arg s "$signer" '{wallets:{ann:{signer:$s}}}' >"$FOURMICA_HOME/config.json")
		run2 "$FOURMICA" wallet list
		[ "$status" = 3 ]
		[[ $err == *'exec:'* ]]
	done
}
