# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # $last is the prompt's
# The prompt: from a pipe, and at a terminal.
load common

setup() { fresh_home; }

lines() { # LINE...: each given to the prompt over a pipe
	printf '%s\n' "$@" >"$BATS_TEST_TMPDIR/lines"
	run --separate-stderr timeout -k 5 120 "$FOURMICA" repl "${OPTIONS[@]}" <"$BATS_TEST_TMPDIR/lines"
}

# The prompt at a terminal that shows plain text: pairs of what is waited for and what is typed.
at_prompt() {
	TERM=dumb LC_ALL=C.UTF-8 fm_at_terminal "$@" '> ' exit -- repl "${OPTIONS[@]}"
}

wallet_with_passphrase() {
	"$FOURMICA" wallet import main --kdf interactive --from-fd 0 --passphrase-fd 3 -q \
		<<<"$KEY" 3<<<right >/dev/null
	echo hello >"$BATS_TEST_TMPDIR/message"
}
HISTORY() { cat "$FOURMICA_HOME/history"; }

# ---- from a pipe ----

@test "from a pipe: line by line, without a prompt" {
	lines '# a comment' '' 'version' '   ' 'config path'
	ends_with_status 0
	[ -z "$stderr" ]
	holds "${lines[0]}" "fourmica "
	lacks "$output" '> '
	[ ! -e "$FOURMICA_HOME/history" ]
}

@test "from a pipe: the first failure ends it, with its status" {
	lines version 'no-such-command' version
	ends_with_status 2
	[ "$(grep -c '^fourmica ' <<<"$output")" -eq 1 ]
	holds "$stderr" "no-such-command"
	lines 'wallet show nobody' version
	[ "$status" -ne 0 ]
	[ -z "$output" ]
	lines "version 'open" version
	ends_with_status 2
	holds "$stderr" "quote"
}

@test "from a pipe: nothing, the end, exit" {
	run --separate-stderr "$FOURMICA" repl </dev/null
	ends_with_status 0
	[ -z "$output$stderr" ]
	lines exit nonsense
	ends_with_status 0
	printf version >"$BATS_TEST_TMPDIR/lines"
	run "$FOURMICA" repl <"$BATS_TEST_TMPDIR/lines"
	holds "$output" "fourmica "
}

@test "from a pipe: what keeps a line from being read is a failure, too" {
	lines version "$(head -c 70000 /dev/zero | tr '\0' a)" version
	ends_with_status 2
	[ "$(grep -c '^fourmica ' <<<"$output")" -eq 1 ]
	holds "$stderr" "longer than"
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	"$FOURMICA" repl <"$BATS_TEST_TMPDIR/pipe" 2>/dev/null 3>&- &
	local prompt=$! status=0
	exec 4>"$BATS_TEST_TMPDIR/pipe"
	sleep 1
	kill -TERM "$prompt"
	wait "$prompt" || status=$?
	exec 4>&-
	[ "$status" -eq 143 ]
}

@test "--json: each line its own document, and no other" {
	OPTIONS=(--json)
	lines version 'wallet show nobody'
	[ "$status" -ne 0 ]
	[ "${#lines[@]}" -eq 2 ]
	[ "$(jq -r .schema <<<"${lines[0]}")" = fourmica.version/1 ]
	[ "$(jq -r .exit <<<"${lines[1]}")" = "$status" ]
	[ -z "$stderr" ]
	run --separate-stderr "$FOURMICA" repl --json </dev/null
	is_document fourmica.repl/1 0
}

@test "one prompt is enough" {
	lines 'repl'
	ends_with_status 2
	holds "$stderr" "already"
}

@test "a command reads what follows, as in a shell" {
	lines 'decode - --json' '{"x402Version":1,"accepts":[]}' version
	[ "$status" -ne 2 ]
	lacks "$output" "fourmica 0"
}

@test "\$last: members of data, then of the document" {
	import_key main
	"$FOURMICA" wallet watch other "$KEY_ADDRESS" -q >/dev/null
	lines 'wallet list' 'wallet show $last.wallets.1.name' 'wallet show "$last.name" --json'
	ends_with_status 0
	[ "$(tail -n 1 <<<"$output" | jq -r .data.name)" = other ]
	lines 'version' 'explain $last.exit --json'
	ends_with_status 0
	[ "$(tail -n 1 <<<"$output" | jq -r .data.code)" = ok ] || holds "$output" '"exit":0'
}

@test "\$last: there is none, no such member, more than a value" {
	lines 'wallet show $last.name'
	ends_with_status 2
	holds "$stderr" "no result yet"
	import_key main
	lines 'wallet list' 'wallet show $last.nothing'
	ends_with_status 2
	holds "$stderr" "wallet.list"
	lines 'wallet list' 'wallet show $last.wallets'
	ends_with_status 2
	lines 'wallet list' "wallet show '\$last.wallets.0.name'"
	ends_with_status 2
	holds "$stderr" "wallet name"
}

@test "set and unset" {
	import_key main
	"$FOURMICA" wallet watch other "$KEY_ADDRESS" -q >/dev/null
	lines 'set wallet=other json' 'wallet show' 'unset json' 'wallet show --wallet main' unset 'set --json'
	ends_with_status 0
	holds "$output" '"name":"other"'
	holds "$output" 'main'
	[ "$(tail -n 1 <<<"$output" | jq -c .data.set)" = '[]' ]
	for bad in 'set nonsense=1' 'set wallet' 'set json=1' 'set user=a:b' 'set header=X' 'set help' \
		'set timeout=soon' 'set max-amount=5'; do
		lines "$bad" version
		ends_with_status 2
		[ -z "$output" ] || { echo "$bad"; return 1; }
	done
	lines 'set task=a task=b max-amount=0.05usdc' 'set --json'
	[ "$(tail -n 1 <<<"$output" | jq -c '[.data.set[] | [.option, .value]]')" = \
		'[["task","b"],["max-amount","0.05usdc"]]' ]
}

@test "explain without words: only after a failure" {
	lines explain
	ends_with_status 2
	fm explain
	ends_with_status 2
}

@test "help and --help of the prompt's own words" {
	for word in set unset unlock exit; do
		lines "$word --help" "help $word"
		ends_with_status 0
		holds "$output" "Only at the prompt"
	done
	fm set
	ends_with_status 2
}

@test "a wallet from the environment's passphrase signs more than once" {
	wallet_with_passphrase
	export FOURMICA_PASSPHRASE=right
	lines "sign --message $BATS_TEST_TMPDIR/message --yes -q" "sign --message $BATS_TEST_TMPDIR/message --yes -q"
	ends_with_status 0
	lines lock "sign --message $BATS_TEST_TMPDIR/message --yes -q"
	ends_with_status 0
}

# ---- at a terminal ----

@test "the prompt says where, who and what is left" {
	at_prompt
	ends_with_status 0
	holds "$output" "base-sepolia · no wallet · 1 USDC left > "
	wallet_with_passphrase
	at_prompt
	holds "$output" "base-sepolia · main · locked · 1 USDC left > "
	LC_ALL=C TERM=dumb fm_at_terminal '> ' exit -- repl
	holds "$output" "base-sepolia | main | locked"
	at_prompt '> ' 'stop --reason test'
	holds "$output" "main · locked · STOPPED > "
	at_prompt '> ' 'set network=base'
	holds "$output" "base · main · locked · MAINNET · STOPPED > "
}

@test "unlocked once, and locked again" {
	wallet_with_passphrase
	sign="sign --message $BATS_TEST_TMPDIR/message --yes"
	at_prompt '> ' "$sign" "Passphrase of wallet 'main': " right 'main · 15 min left · ' "$sign" \
		'main · 15 min left · ' lock 'main · locked · ' "$sign" "Passphrase of wallet 'main': " right
	ends_with_status 0
	[ "$(grep -c "Passphrase of wallet" <<<"$output")" -eq 2 ]
	lacks "$output" right$'\r'
	lacks "$(HISTORY)" right
}

@test "a key holder's key is at hand, and lock drops it, too" {
	wallet_with_passphrase
	fm unlock --for 30m --idle 20m --passphrase-file <(echo right)
	ends_with_status 0
	sign="sign --message $BATS_TEST_TMPDIR/message --yes"
	at_prompt 'main · 20 min left · ' "$sign" "Passphrase of wallet 'main': " right 'main · ' lock \
		'main · locked · ' ''
	ends_with_status 0
	fm lock --json
	[ "$(jq .data.locked <<<"$output")" -eq 0 ]
}

@test "unlock for a time, which runs out while nobody types" {
	wallet_with_passphrase
	at_prompt '> ' 'unlock --for 1h' "Passphrase of wallet 'main': " right 'main · 1 h left · ' \
		'unlock --for 3s' "Passphrase of wallet 'main': " right 'main · 3 s left · ' '' 'main · locked · ' ''
	ends_with_status 0
	at_prompt '> ' 'unlock' "Passphrase of wallet 'main': " wrong "Passphrase of wallet 'main': " right \
		'15 min left · ' 'wallet show'
	ends_with_status 0
}

@test "being idle, and a stop of somebody else, lock it" {
	wallet_with_passphrase
	OPTIONS=(--idle 2s)
	at_prompt '> ' unlock "Passphrase of wallet 'main': " right '15 min left' '' 'main · locked · ' ''
	ends_with_status 0
	OPTIONS=()
	(sleep 6; exec "$FOURMICA" stop --reason elsewhere -q) >/dev/null 2>&1 3>&- &
	local other=$!
	at_prompt '> ' unlock "Passphrase of wallet 'main': " right '15 min left' '' 'main · locked · STOPPED' ''
	ends_with_status 0
	wait "$other"
}

@test "a key is kept from 1s to 24h" {
	for bad in 0s 25h 0 soon 99999999999h; do
		OPTIONS=(--for "$bad")
		lines version
		ends_with_status 2
		holds "$stderr" "from 1s to 24h"
		OPTIONS=(--idle "$bad")
		lines version
		ends_with_status 2
		OPTIONS=()
		wallet_with_passphrase 2>/dev/null || true
		lines "unlock --for $bad"
		ends_with_status 2
	done
}

@test "another passphrase, given elsewhere, locks it; a removed wallet, too" {
	wallet_with_passphrase
	(sleep 6; exec "$FOURMICA" wallet passwd main --kdf interactive -q --passphrase-file <(echo right) \
		--new-passphrase-file <(echo new)) >/dev/null 2>&1 3>&- &
	at_prompt '> ' unlock "Passphrase of wallet 'main': " right '15 min left' '' 'main · locked · ' \
		"sign --message $BATS_TEST_TMPDIR/message --yes" "Passphrase of wallet 'main': " right \
		"Passphrase of wallet 'main': " new '0x' ''
	ends_with_status 0
	wait "$!"
	(sleep 6; exec "$FOURMICA" wallet remove main --confirm main -q --passphrase-file <(echo new)) >/dev/null 2>&1 3>&- &
	at_prompt '> ' unlock "Passphrase of wallet 'main': " new '15 min left' '' 'no wallet · ' ''
	ends_with_status 0
	wait "$!"
}

# Kilobytes of locked memory of the prompt: the pages of keys.
locked_kb() {
	local dir
	for dir in /proc/[0-9]*; do
		[ "$(cat "$dir/comm" 2>/dev/null)" = fourmica ] || continue
		tr '\0' '\n' <"$dir/environ" 2>/dev/null | grep -qx "FOURMICA_HOME=$FOURMICA_HOME" || continue
		sed -n 's/^VmLck:[[:space:]]*\([0-9]*\).*/\1/p' "$dir/status"
		kill "-${1:-0}" "${dir#/proc/}"
	done
}

@test "the time runs out at a question as well, and the key is wiped there" {
	[ -z "$FOURMICA_SAN" ] || skip "the sanitizer counts otherwise"
	[ "$(id -u)" -eq 0 ] || skip "the prompt shows root only whose it is"
	wallet_with_passphrase
	(sleep 4; locked_kb >"$BATS_TEST_TMPDIR/before"; sleep 5; locked_kb INT >"$BATS_TEST_TMPDIR/after") >/dev/null 2>&1 3>&- &
	at_prompt '> ' 'unlock --for 7s' "Passphrase of wallet 'main': " right ' s left · ' \
		"sign --message $BATS_TEST_TMPDIR/message" interrupted '' 'locked · ' ''
	ends_with_status 0
	wait "$!"
	before=$(cat "$BATS_TEST_TMPDIR/before") after=$(cat "$BATS_TEST_TMPDIR/after")
	[ "$before" -gt "$after" ] || { echo "$before, then $after"; false; }
}

@test "an unlocked key is no word for a limit" {
	wallet_with_passphrase
	at_prompt '> ' unlock "Passphrase of wallet 'main': " right '15 min left' 'stop' \
		'STOPPED > ' resume "Passphrase of wallet 'main': " right '· locked · 1 USDC left > ' version
	ends_with_status 0
	[ "$(grep -c "Passphrase of wallet" <<<"$output")" -eq 2 ]
}

@test "Ctrl-C empties the line and ends a question, not the prompt" {
	wallet_with_passphrase
	at_prompt '> ' ^C '> ' "sign --message $BATS_TEST_TMPDIR/message" '[y/N] ' ^C \
		'> ' "sign --message $BATS_TEST_TMPDIR/message --yes" "Passphrase of wallet 'main': " ^C '> ' version
	ends_with_status 0
	holds "$output" "fourmica 0"
	[ "$(grep -c interrupted <<<"$output")" -eq 2 ]
}

@test "Ctrl-D leaves, SIGTERM ends with 143" {
	TERM=dumb fm_at_terminal '> ' ^D -- repl
	ends_with_status 0
	TERM=dumb fm_at_terminal '> ' SIGTERM -- repl
	ends_with_status 143
	TERM=dumb fm_at_terminal '> ' 'nonsense' '> ' ^D -- repl
	ends_with_status 0
}

@test "history: its mode, and no secrets" {
	wallet_with_passphrase
	at_prompt '> ' 'version' '> ' ' status --dry' '> ' 'pay https://u:hunter2@x.invalid --no-pay' \
		'> ' "pay http://127.0.0.1:9/ -H 'X-Key: hunter2'" '> ' "wallet import a --nope $KEY" \
		'> ' 'x legal winner thank year wave sausage worth useful legal winner thank yellow' \
		'> ' "sign --message $BATS_TEST_TMPDIR/message" '[y/N] ' y "Passphrase of wallet 'main': " right \
		'> ' 'wallet list'
	ends_with_status 0
	[ "$(stat -c %a "$FOURMICA_HOME/history")" = 600 ]
	[ "$(HISTORY)" = "version
sign --message $BATS_TEST_TMPDIR/message
wallet list
exit" ]
	at_prompt '> ' $'\e[A\e[A'
	[ "$(HISTORY | tail -n 2)" = $'wallet list\nexit' ]
	OPTIONS=(--no-history)
	at_prompt '> ' 'networks'
	lacks "$(HISTORY)" networks
	OPTIONS=()
	chmod 644 "$FOURMICA_HOME/history"
	at_prompt '> ' 'networks'
	ends_with_status 0
	holds "$output" "no history is kept"
	lacks "$(HISTORY)" networks
}

@test "history: what is no command is none of the file's, and can be mended" {
	at_prompt '> ' 'correct horse battery' 'no command' '' '> ' $'\e[A\025version' 'fourmica 0' '' \
		'> ' $'versoin\e[A\e[B --json' '> ' '--json version'
	ends_with_status 0
	[ "$(HISTORY)" = $'version\n--json version\nexit' ] || { HISTORY; false; }
}

@test "history: two prompts at once; a file that cannot be written" {
	local i
	local -a prompts=()
	for i in 1 2 3; do
		(at_prompt '> ' "version --timeout ${i}0s" '> ' "version --timeout ${i}1s" '> ' "version --timeout ${i}2s") 3>&- &
		prompts+=("$!")
	done
	wait "${prompts[@]}"
	[ "$(HISTORY | grep -c '^version --timeout [123][012]s$')" -eq 9 ] || { HISTORY; false; }
	[ "$(HISTORY | grep -c '^exit$')" -eq 3 ]
	[ "$(HISTORY | wc -l)" -eq 12 ]
	rm "$FOURMICA_HOME/history"
	ln -s /dev/full "$FOURMICA_HOME/history"
	at_prompt '> ' version 'fourmica 0' '' '> ' version
	ends_with_status 0
	[ "$(grep -c 'no history is kept' <<<"$output")" -eq 1 ]
}

@test "Tab completes words, quotes them, and lists what there is" {
	import_key main-wallet
	mkdir "$BATS_TEST_TMPDIR/a b"
	echo hello >"$BATS_TEST_TMPDIR/a b/message"
	at_prompt '> ' $'wal\tsho\tmain\t' 'Passphrase' '' '> ' $'wallet \t' allowances '' \
		'> ' $'sign --message '"$BATS_TEST_TMPDIR"$'/a\tmes\t--yes' '0x' '' \
		'> ' $'unl\t--f\t1h' '> ' $'set \t'
	ends_with_status 0
	holds "$(HISTORY)" "wallet show main-wallet"
	holds "$(HISTORY)" "sign --message $BATS_TEST_TMPDIR/a\\ b/message --yes"
	holds "$(HISTORY)" "unlock --for 1h"
}

@test "Tab puts no line end and no control character into a line" {
	mkdir "$BATS_TEST_TMPDIR/d"
	cd "$BATS_TEST_TMPDIR/d"
	touch $'split\nhere' $'esc\e[31mred' $'\u202ereversed' plain
	at_prompt '> ' $'decode spl\t --nope' "unknown option '--nope'" '' '> ' $'decode es\t --nope' "unknown option" '' \
		'> ' $'decode \t--nope' "unknown option" ''
	ends_with_status 0
	lacks "$output" $'\e[31m'
	[ "$(HISTORY | sed -n 3p)" = 'decode plain --nope' ]
}

# As at_prompt, at a terminal that can do more than show text.
at_xterm() { TERM=xterm NO_COLOR=1 LC_ALL=C.UTF-8 fm_at_terminal "$@" '> ' exit -- repl "${OPTIONS[@]}"; }

@test "what is pasted runs when Enter is pressed, to the first line that fails" {
	at_xterm '> ' $'\e[200~no-such-a\nno-such-b\n\e[201~\025version' 'fourmica 0' ''
	ends_with_status 0
	lacks "$output" 'is no command'
	at_xterm '> ' $'\e[200~version\r\nno-such-a\tx\e[31m\nno-such-b\n\e[201~' "'no-such-a' is no command" '' 'were not run' ''
	ends_with_status 0
	holds "$output" 'fourmica 0'
	lacks "$output" "'no-such-b' is no command"
	# keys that begin like a paste
	at_xterm '> ' $'wallet\ebx \e[Fx\025version' 'fourmica 0' ''
	ends_with_status 0
}

@test "what is typed stays what it is in every locale" {
	for locale in C C.UTF-8; do
		LC_ALL=$locale TERM=dumb fm_at_terminal '> ' $'decode no-such-\xc3\xa4\xe2\x82\xac' "open no-such-ä€:" '' '> ' exit -- repl
		ends_with_status 0
	done
}

@test "Ctrl-Blank is no end" {
	TERM=dumb fm_at_terminal '> ' ^@ '> ' version 'fourmica 0' '' '> ' exit -- repl
	ends_with_status 0
}

@test "text of the user's files cannot move the cursor" {
	(umask 077; mkdir -p "$FOURMICA_HOME"
		printf '{"default":{"network":"evil"},"networks":{"evil":{"chain_id":31337}}}' >"$FOURMICA_HOME/config.json")
	at_prompt
	ends_with_status 0
	holds "$output" "evil"
}
