# SPDX-License-Identifier: MIT
load common
setup() { fresh_home; }

commands() {
	"$FOURMICA" help --json | jq -r .data.text |
		awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }'
}

@test "the tables are in order" {
	run "$(dirname "$FOURMICA")/fourmica-gen" check
	ends_with_status 0
	[ -z "$output" ]
}

@test "a bare call: short help on standard error, status 2" {
	fm
	ends_with_status 2
	[ -z "$output" ]
	holds "$stderr" "Usage: fourmica"
	holds "$stderr" "wallet"
	lacks "$stderr" "hint:"
}

@test "every command has help, by --help and by help" {
	[ "$(commands | wc -l)" -ge 7 ]
	for name in $(commands); do
		fm "$name" --help
		ends_with_status 0
		holds "$output" "Usage: fourmica $name"
		by_option=$output
		fm help "$name"
		ends_with_status 0
		[ "$by_option" = "$output" ]
		[ -z "$stderr" ]
	done
}

@test "sub-commands have help of their own" {
	for name in new import watch list show use remove; do
		fm wallet "$name" -h
		ends_with_status 0
		holds "$output" "Usage: fourmica wallet $name"
	done
	fm help wallet new
	holds "$output" "--no-passphrase"
	lacks "$output" "--dry-run"
}

@test "help needs no required argument and no valid settings" {
	FOURMICA_HOME=relative FOURMICA_CONFIG=/nonexistent fm decode --help
	ends_with_status 0
}

@test "every topic has a page" {
	for topic in start amounts output settings certificates safety privacy options environment files exit-codes; do
		fm help "$topic"
		ends_with_status 0
		holds "$output" "$topic: "
		[ "$(wc -l <<<"$output")" -gt 5 ]
	done
}

@test "the exit codes of the conventions are all explained" {
	fm help exit-codes
	for code in 0 1 2 3 4 5 6 10 11 12 13 14 15 22 {30..44} 50 51 {60..66} 70 71 74 130 143; do
		grep -qE "^ +$code  [a-z_0-9]+ +[a-zA-Z0-9]" <<<"$output" || { echo "no $code"; return 1; }
	done
}

@test "unknown topics are refused with a suggestion" {
	fm help exit-code
	ends_with_status 2
	holds "$stderr" "did you mean: exit-codes"
	fm help wallet nwe
	ends_with_status 2
	holds "$stderr" "did you mean: new"
	fm help version more
	ends_with_status 2
}

@test "help as JSON" {
	fm help pay --json
	ends_with_status 0
	is_document fourmica.help/1 0
	[ "$(js .data.topic)" = pay ]
	holds "$(js .data.text)" "--max-amount"
	fm wallet new --help --json
	[ "$(js .data.topic)" = "wallet new" ]
	fm help --json
	[ "$(js '.data.topic == null')" = true ]
}

@test "help fits the width it is given" {
	COLUMNS=60 fm pay --help
	[ "$(wc -L <<<"$output")" -le 100 ]
	COLUMNS=60 fm help start
	[ "$(awk '!/^  / && length > 60' <<<"$output" | wc -l)" -eq 0 ]
}

@test "colour only when asked for" {
	fm help
	lacks "$output" $'\e'
	fm help --color always
	holds "$output" $'\e[1m'
	CLICOLOR_FORCE=1 fm help
	holds "$output" $'\e[1m'
	CLICOLOR_FORCE=1 NO_COLOR=1 fm help
	lacks "$output" $'\e'
	fm_at_terminal -- help --color never
	lacks "$output" $'\e'
	TERM=dumb fm_at_terminal -- help
	lacks "$output" $'\e'
	TERM=xterm fm_at_terminal -- help
	holds "$output" $'\e[1m'
}

@test "version: three ways, and as JSON" {
	fm version
	ends_with_status 0
	[[ $output =~ ^fourmica\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	line=$output
	fm --version
	[ "$output" = "$line" ]
	fm -V
	[ "$output" = "$line" ]
	fm version --json
	is_document fourmica.version/1 0
	[ "fourmica $(js .data.version)" = "$line" ]
	[ "$(js .data.library)" = "$(js .data.version)" ]
}

@test "version, help and wallet never load the HTTP library" {
	[ -z "$FOURMICA_SAN" ] || skip "the sanitizer has its own loader"
	for line in "version" "help pay" "wallet list" "decode /dev/null"; do
		# shellcheck disable=SC2086 # words
		LD_DEBUG=files run "$FOURMICA" $line
		holds "$output" libfourmica
		lacks "$output" libcurl
	done
}

@test "version and help make nothing" {
	fm version
	fm help
	fm decode /dev/null
	[ ! -e "$FOURMICA_HOME" ]
}

@test "completion: bash" {
	fm completion bash
	ends_with_status 0
	complete_line() {
		bash -c 'source /dev/stdin <<<"$1"; shift
			COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fourmica
			echo "${COMPREPLY[*]}"' _ "$output" "$@"
	}
	[ "$(complete_line fourmica wal)" = wallet ]
	[ "$(complete_line fourmica wallet '')" = "new import watch list show use passwd export allowances remove" ]
	[ "$(complete_line fourmica wallet new --kdf '')" = "interactive moderate sensitive" ]
	[ "$(complete_line fourmica --color a)" = "auto always" ]
	[ "$(complete_line fourmica --json wallet im)" = import ]
	[ "$(complete_line fourmica help exit)" = exit-codes ]
	holds "$(complete_line fourmica pay --)" "--max-amount"
	lacks "$(complete_line fourmica wallet new --)" "--dry-run"
	holds "$(complete_line fourmica decode /etc/host)" /etc/hosts
}

@test "completion: the shell has to be one we know" {
	for shell in zsh fish; do
		fm completion "$shell"
		ends_with_status 0
		holds "$output" "no-passphrase"
	done
	fm completion tcsh
	ends_with_status 2
	holds "$stderr" "bash|zsh|fish"
}

@test "on a narrow terminal explanations come below the options; only lines to copy are longer" {
	for columns in 40 60 80; do
		for name in $("$FOURMICA" help | sed -n '/^Commands/,/^$/s/^  \([a-z]\S*\).*/\1/p'); do
			COLUMNS=$columns fm help "$name"
			ends_with_status 0
			# Not lines of examples, and the line with the usage.
			! grep -vE '^  [^ #-]|^Usage:' <<<"$output" | grep -E "^.{$((columns + 1))}"
		done
	done
	COLUMNS=40 fm help deposit
	holds "$output" $'      --nonce N\n        --sign-only: the first\n'
	COLUMNS=80 fm help deposit
	holds "$output" $'      --nonce N               --sign-only: the first'
}

@test "pages of the manual: all of them are listed, and man shows each" {
	fm help
	for page in man/fourmica-*.[57]; do
		name=${page#man/fourmica-}
		holds "$output" $'\n'"  $name "
	done
	[ "$(grep -cE '^  [a-z]+\.[57] ' <<<"$output")" -eq "$(find man -name 'fourmica-*.[57]' | wc -l)" ]
	for page in man/fourmica-*.[57]; do
		name=${page#man/fourmica-}
		fm help "$name"
		ends_with_status 0
		grep -q "^ *fourmica-${name%.*} . " <<<"$output"
	done
}

@test "pages of the manual: their names, and as JSON" {
	for name in 'safety(7)' fourmica-safety fourmica-safety.7 safety.7; do
		fm help "$name" --json
		ends_with_status 0
		holds "$(jq -r .data.text <<<"$output")" "FOURMICA-SAFETY(7)"
		[ "$(jq -r '.data.text | split("\n") | map(length) | max' <<<"$output")" -le 80 ]
	done
	fm help signer
	ends_with_status 0
	# A topic and a command of that name have the shorter text.
	fm help safety
	lacks "$output" "FOURMICA-SAFETY"
	fm help config
	lacks "$output" "FOURMICA-CONFIG"
	for name in safety.5 'safety(8)' safety. pay.1 fourmica-pay; do
		fm help "$name"
		ends_with_status 2
	done
}

@test "pages of the manual: without man" {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	run --separate-stderr env PATH="$BATS_TEST_TMPDIR/bin" "$FOURMICA" help safety.7
	ends_with_status 3
	holds "$stderr" "man-db"
}
