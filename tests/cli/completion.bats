# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # shells under test expand for themselves
# What Tab finds: by the program's own hidden command, and in the shells themselves.
load common

setup() {
	fresh_home
	PATH=$(cd "$(dirname "$FOURMICA")" && pwd):$PATH
	"$FOURMICA" wallet import main-wallet --no-passphrase --from-fd 0 -q <<<"$KEY" >/dev/null
	"$FOURMICA" wallet watch other "$KEY_ADDRESS" -q >/dev/null
}

complete() { # WORDS: the values, one a line
	fm __complete "$@"
	ends_with_status 0
	[ -z "$stderr" ] || { show; return 1; }
	output=$(cut -f1 <<<"$output")
}

is() {
	[ "$output" = "$1" ] || { printf 'not %s but %s\n' "$1" "$output"; return 1; }
}

@test "commands, sub-commands, options and fixed values" {
	complete wal
	is wallet
	complete budget re
	is reset-task
	complete wallet new --kdf ''
	is $'interactive\nmoderate\nsensitive'
	complete pay --max
	holds "$output" --max-amount
	complete wallet new --dry
	is ''
	complete pay --dry
	is --dry-run
	complete help exit
	is exit-codes
}

@test "wallets, with their addresses" {
	fm __complete wallet show ''
	is "main-wallet	$KEY_ADDRESS
other	$KEY_ADDRESS"
	complete --wallet m
	is main-wallet
	complete --wallet=ot
	is --wallet=other
	complete pay https://x --wallet ''
	is $'main-wallet\nother'
	complete -j -v wallet use o
	is other
	complete wallet show main-wallet ''
	is ''
}

@test "networks of the table and of config.json" {
	complete --network base-
	is base-sepolia
	(umask 077; cat >"$FOURMICA_HOME/config.json" <<-X
	{"networks":{"my-net":{"chain_id":31337}}}
	X
	)
	complete networks show my
	is my-net
}

@test "sellers and limits of the policy, settings" {
	(umask 077; cat >"$FOURMICA_HOME/policy.json" <<-X
	{"version":1,"networks":["eip155:84532"],"schemes":["4mica-credit"],
	 "limits":[{"name":"request","amount":"0.1usdc"},{"name":"day","amount":"1usdc","window":"1d"}],
	 "sellers":{"https://api.example.com":{"pay_to":["$KEY_ADDRESS"]}}}
	X
	)
	complete pay https://a
	is https://api.example.com
	complete policy untrust ''
	is https://api.example.com
	complete budget set ''
	is $'day\nrequest'
	complete config get default.n
	is default.network
}

@test "a home without anything, or with broken files, is no trouble" {
	rm -r "$FOURMICA_HOME"
	for words in 'wallet show' 'pay' 'audit show' 'budget set'; do
		# shellcheck disable=SC2086 # words
		fm __complete $words ''
		ends_with_status 0
		[ -z "$stderr" ]
	done
	[ ! -e "$FOURMICA_HOME" ]
	mkdir -m 700 "$FOURMICA_HOME"
	echo '{' >"$FOURMICA_HOME/config.json"
	echo junk >"$FOURMICA_HOME/ledger.db"
	complete audit show ''
	is ''
	complete wallet n
	is new
	complete
	ends_with_status 0
	complete ''
	holds "$output" pay
}

@test "secrets on the line are not repeated" {
	complete pay -u user:hunter2 -H 'Authorization: x' hunter
	is ''
	lacks "$output$stderr" hunter2
}

@test "it never loads the HTTP library, and stays small" {
	[ -z "$FOURMICA_SAN" ] || skip "the sanitizer has its own loader"
	LD_DEBUG=files run "$FOURMICA" __complete pay ''
	holds "$output" libfourmica
	lacks "$output" libcurl
}

# ---- the shells themselves, at a terminal ----

at_shell() { # PAIRS -- PROGRAM
	run "$FOURMICA_TESTS/pty" -t 60 "$@"
}

@test "bash completes at its prompt" {
	at_shell 'start> ' 'PS1="pro""mpt> "; source <(fourmica completion bash)' \
		'prompt> ' $'fourmica wallet show mai\t' 'Key:' '' \
		'prompt> ' $'fourmica networks show --wallet=oth\t base-se\t' 'CAIP-2' '' \
		'prompt> ' exit -- env PS1='start> ' bash --norc --noprofile -i
	ends_with_status 0
	holds "$output" "wallet show main-wallet"
	holds "$output" "--wallet=other"
	holds "$output" "$KEY_ADDRESS"
}

@test "bash completes sellers, colons and all" {
	(umask 077; cat >"$FOURMICA_HOME/policy.json" <<-X
	{"version":1,"networks":["eip155:84532"],"schemes":["4mica-credit"],
	 "limits":[{"name":"request","amount":"0.1usdc"}],
	 "sellers":{"https://api.example.com":{"pay_to":["$KEY_ADDRESS"]}}}
	X
	)
	run bash -c 'source /dev/stdin <<<"$1"
		COMP_LINE="$FOURMICA policy untrust https://api.exa"
		COMP_POINT=${#COMP_LINE}
		COMP_WORDS=("$FOURMICA" policy untrust https : //api.exa) COMP_CWORD=5
		_fourmica; echo "${COMPREPLY[*]}"' _ "$("$FOURMICA" completion bash)"
	is //api.example.com
}

@test "zsh completes at its prompt" {
	command -v zsh >/dev/null || skip "no zsh"
	mkdir "$BATS_TEST_TMPDIR/functions"
	"$FOURMICA" completion zsh >"$BATS_TEST_TMPDIR/functions/_fourmica"
	TERM=xterm at_shell 'start> ' "PS1='pro''mpt> '; fpath=($BATS_TEST_TMPDIR/functions \$fpath); autoload -U compinit; compinit -D -u" \
		'prompt> ' $'fourmica wallet show mai\t' 'Key:' '' \
		'prompt> ' $'fourmica --wallet=oth\t networks show base-se\t' 'CAIP-2' '' \
		'prompt> ' exit -- env -u PROMPT PS1='start> ' zsh -f -i
	ends_with_status 0
	holds "$output" "$KEY_ADDRESS"
}

@test "fish completes" {
	command -v fish >/dev/null || skip "no fish"
	"$FOURMICA" completion fish >"$BATS_TEST_TMPDIR/fourmica.fish"
	ask() {
		run fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$BATS_TEST_TMPDIR/fourmica.fish" "$1"
		ends_with_status 0
		output=$(cut -f1 <<<"$output")
	}
	ask 'fourmica wallet show m'
	is main-wallet
	ask 'fourmica --wallet o'
	is other
	ask 'fourmica pay --wallet=o'
	is --wallet=other
	ask 'fourmica networks show base-'
	is base-sepolia
	ask 'fourmica wal'
	is wallet
}
