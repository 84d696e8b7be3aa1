# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # inner shells expand for themselves
load common
setup() { fresh_home; }

refused() { # MESSAGE HINT ARGUMENT...
	local message=$1 hint=$2
	shift 2
	fm "$@"
	ends_with_status 2
	[ -z "$output" ]
	holds "$stderr" "fourmica: $message"
	holds "$stderr" "hint: $hint"
}

@test "unknown commands and sub-commands" {
	refused "'walet' is no command" "did you mean: fourmica wallet" walet
	refused "'zzz' is no command" "run: fourmica --help" zzz
	refused "'lst' is no sub-command of wallet" "did you mean: fourmica wallet list" wallet lst
	refused "wallet: a sub-command is missing" "run: fourmica wallet --help" wallet
}

@test "unknown options; abbreviations are understood but not accepted" {
	refused "wallet new: unknown option '--kfd'" "did you mean: --kdf" wallet new x --kfd moderate
	refused "pay: unknown option '--max'" "did you mean: --max-amount" pay --max 1usdc u
	refused "unknown option '--max-amount'" "options of a command come behind its name" \
		--max-amount 1usdc pay u
	refused "unknown option '-Z'" "run: fourmica version --help" version -Z
	# The value of an option we do not know may be a secret.
	fm version --pasword=hunter2
	lacks "$stderr" hunter2
}

@test "values: missing, unwanted, not a choice" {
	refused "--wallet needs a value: NAME" "run: fourmica version" version --wallet
	refused "--quiet takes no value" "run: fourmica version" version --quiet=yes
	refused "--color: 'pink' is not one of its values" "one of: auto|always|never" \
		version --color pink
	refused "--kdf: 'none' is not one of its values" "one of: interactive|moderate|sensitive" \
		wallet new x --kdf none
}

@test "values: amounts, times, addresses" {
	refused "--max-amount: '5' is not an amount" "" pay --max-amount 5 u
	for text in -1usdc +1usdc 1e3usdc 1.usdc .5usdc 1,5usdc " 1usdc" usdc ''; do
		fm pay --max-amount "$text" u
		ends_with_status 2
	done
	refused "--max-amount was given twice" "" pay --max-amount 1usdc --max-amount 2usdc u
	for text in 1x -1s s '' 1.2345 99999999999999999999 9223372036854775807d; do
		fm version --timeout "$text"
		ends_with_status 2
	done
	for text in 90s 15m 2h 1d 30 0.5; do
		fm version --timeout "$text"
		ends_with_status 0
	done
	refused "--address: " "" wallet show --address 0x12
	# One letter's case is wrong: EIP-55 says so.
	refused "--address: " "" wallet show --address 0x2C7536E3605D9C16a7a3D7b1898e529396a65c23
}

@test "arguments: missing, too many, after --" {
	refused "decode: FILE is missing" "run: fourmica decode --help" decode
	refused "version: unexpected argument 'now'" "" version now
	fm decode -- --json
	ends_with_status 74
	holds "$stderr" "cannot open --json"
	fm wallet use -- -q
	ends_with_status 2
	holds "$stderr" "'-q' is no wallet name"
}

@test "global options may stand anywhere, letters may be joined" {
	for line in "--json wallet list" "wallet --json list" "wallet list --json" "wallet list -qj" \
		"-jq wallet list"; do
		# shellcheck disable=SC2086 # words
		fm $line
		ends_with_status 0
		is_document fourmica.wallet.list/1 0
	done
	refused "unknown option '-x'" "" wallet list -qx
}

@test "--dry-run is refused where nothing could happen anyway, or would" {
	refused "wallet new: --dry-run is for commands that move value" "" wallet new x --dry-run
	refused "wallet new: --dry-run is for commands that move value" "" --dry-run wallet new x
	[ ! -e "$FOURMICA_HOME" ]
}

@test "usage errors are one document when JSON was asked for" {
	fm wallet list --json --bogus
	ends_with_status 2
	is_document fourmica.wallet.list/1 2
	[ "$(js .error.code)" = usage ]
	[ "$(js .error.spent)" = no ]
	[ "$(js '.data.wallets | length')" = 0 ]
	[ -z "$stderr" ]
	fm --bogus --json
	is_document fourmica/1 2
	fm nonsense -qj
	is_document fourmica/1 2
	fm --json
	is_document fourmica/1 2
	fm pay --json
	is_document fourmica.pay/1 2
	FOURMICA_OUTPUT=json fm nonsense
	is_document fourmica/1 2
	fm nonsense --jsonl
	is_document fourmica/1 2
}

@test "FOURMICA_OUTPUT has three values" {
	FOURMICA_OUTPUT=jsonl fm version
	is_document fourmica.version/1 0
	FOURMICA_OUTPUT=text fm version --json
	is_document fourmica.version/1 0
	FOURMICA_OUTPUT=xml fm version
	ends_with_status 3
	holds "$stderr" "FOURMICA_OUTPUT is none of"
}

@test "what a user or server writes cannot steer the terminal" {
	fm $'a\e[31mb\u202ec'
	ends_with_status 2
	lacks "$stderr" $'\e'
	lacks "$stderr" $'\u202e'
	holds "$stderr" '\x1b[31mb\u{202e}c'
	fm wallet use $'a\nb'
	ends_with_status 2
	holds "$stderr" 'a\x0ab'
	# In JSON the bytes are there, as JSON writes them.
	fm $'a\e[31mb' --json
	holds "$output" '\\x1b'
	lacks "$output" $'\e'
}

@test "standard output closed, full or gone: 74, and it is said" {
	run --separate-stderr sh -c '"$FOURMICA" version >/dev/full'
	ends_with_status 74
	holds "$stderr" "cannot write to standard output"
	run --separate-stderr sh -c '"$FOURMICA" version >&-'
	ends_with_status 74
	holds "$stderr" "cannot write to standard output"
	run --separate-stderr sh -c '"$FOURMICA" version --json >/dev/full'
	ends_with_status 74
	holds "$stderr" "cannot write to standard output"
	run --separate-stderr bash -c '"$FOURMICA" help pay | true; exit "${PIPESTATUS[0]}"'
	[ "$status" -eq 74 ] || [ "$status" -eq 0 ] # the reader may be slower than we
}

@test "closed standard input and error do no harm" {
	run --separate-stderr sh -c '"$FOURMICA" decode - <&-'
	ends_with_status 74
	run sh -c '"$FOURMICA" nonsense 2>&-'
	ends_with_status 2
	# A file opened by the program must not become its standard error.
	run sh -c '"$FOURMICA" wallet import a --no-passphrase --from-fd 3 2>&- 3<<E
'"$KEY"'
E'
	ends_with_status 0
	lacks "$(cat "$FOURMICA_HOME"/wallets/a.json)" fourmica:
}

# Starts the program reading a FIFO nobody writes to; its id in $pid.
hang() {
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	env --default-signal=INT,TERM "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
	pid=$!
	wait_until hangs
}
hangs() {
	grep -q fourmica "/proc/$pid/comm" && [ "$(awk '/^State/ { print $2 }' "/proc/$pid/status")" = S ] &&
		[ "$(awk '/^SigCgt/ { print substr($2, 13) }' "/proc/$pid/status")" != 0000 ]
}

ends_hanging() { # STATUS
	status=0
	wait "$pid" || status=$?
	output=$(cat "$BATS_TEST_TMPDIR/out")
	stderr=$(cat "$BATS_TEST_TMPDIR/err")
	ends_with_status "$1"
}

@test "interrupts end it with 130 and 143" {
	hang "$FOURMICA" decode "$BATS_TEST_TMPDIR/fifo"
	kill -INT "$pid"
	ends_hanging 130
	holds "$stderr" "fourmica: interrupted"
	rm "$BATS_TEST_TMPDIR/fifo"
	hang "$FOURMICA" decode "$BATS_TEST_TMPDIR/fifo" --json
	kill -TERM "$pid"
	ends_hanging 143
	is_document fourmica.decode/1 143
}

@test "no core file, no passphrase in the environment others can read" {
	FOURMICA_PASSPHRASE=hunter2hunter2 hang "$FOURMICA" decode "$BATS_TEST_TMPDIR/fifo"
	grep -qE '^Max core file size +0 +0 ' "/proc/$pid/limits"
	run cat "/proc/$pid/environ"
	lacks "${output//$'\0'/ }" hunter2
	kill "$pid"
}

@test "credentials of curl's options leave the process list" {
	hang "$FOURMICA" quote -u name:hunter2a --user=name:hunter2b -H 'Authorization: hunter2c' \
		-bsession=hunter2d --response "$BATS_TEST_TMPDIR/fifo" --url https://seller.example/
	run tr '\0' ' ' <"/proc/$pid/cmdline"
	kill "$pid"
	holds "$output" "seller.example"
	lacks "$output" hunter2
}

@test "a private key on the line is never repeated" {
	for line in "wallet import x $KEY" "wallet import 0x$KEY" "wallet import x --from-file $KEY" \
		"wallet use $KEY" "decode $KEY" "decode x 0x$KEY" "wallet show --address 0x$KEY" "0x$KEY" \
		"version --timeout $KEY" "wallet new x --kdf $KEY" "help $KEY" "--network $KEY wallet list"; do
		# shellcheck disable=SC2086 # words
		fm $line
		[ "$status" -ne 0 ]
		lacks "$stderr" "${KEY:0:40}"
		# shellcheck disable=SC2086 # words
		fm --json $line
		lacks "$output" "${KEY:0:40}"
	done
}
