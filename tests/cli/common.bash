# SPDX-License-Identifier: MIT
# What every file of CLI tests starts with:
#
#   load common
#   setup() { fresh_home; }
#
# The program is $FOURMICA (default build/fourmica), helper programs are in $FOURMICA_TESTS.
# Tests that need the sandbox read the JSON line it prints from $SANDBOX: `sb .sellers.credit_v2`.

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
: "${FOURMICA:=$ROOT/build/fourmica}"
: "${FOURMICA_TESTS:=$ROOT/build/tests}"
export FOURMICA FOURMICA_TESTS

# A published test key; its address is known.
KEY=4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318
KEY_ADDRESS=0x2c7536E3605D9C16a7a3D7b1898e529396a65c23

# A home of its own, and an environment in which nothing else has a say.
fresh_home() {
	local name
	for name in $(compgen -e); do
		case $name in
		FOURMICA | FOURMICA_TESTS | FOURMICA_SAN | FOURMICA_KILLAT) ;;
		FOURMICA_* | XDG_* | *_proxy | *_PROXY | CREDENTIALS_DIRECTORY) unset "$name" ;;
		NO_COLOR | CLICOLOR_FORCE | COLUMNS | SSL_CERT_FILE) unset "$name" ;;
		esac
	done
	export FOURMICA_HOME=$BATS_TEST_TMPDIR/home HOME=$BATS_TEST_TMPDIR
	umask 077
}

# The program, stdout in $output and stderr in $stderr, as `run` leaves them. One that hangs fails
# its own test (bats would wait for it beyond its own limit).
fm() {
	run --separate-stderr timeout --foreground -k 5 300 "$FOURMICA" "$@" </dev/null
}

# The same at a terminal: pairs of prompt and answer, --, arguments. Both streams in $output.
fm_at_terminal() {
	local -a answers=()
	while [ "$1" != -- ]; do
		answers+=("$1" "$2")
		shift 2
	done
	shift
	run "$FOURMICA_TESTS/pty" -t 60 "${answers[@]}" -- "$FOURMICA" "$@"
}

# A value of the JSON document in $output.
js() {
	jq -er "$1" <<<"$output"
}

# A value of the sandbox's description.
sb() {
	jq -er "$1" <<<"$SANDBOX"
}

need_sandbox() {
	[ -n "${SANDBOX:-}" ] || skip "no sandbox"
}

# What happened, when a check fails.
show() {
	printf 'status %s\nstdout: %s\nstderr: %s\n' "$status" "$output" "${stderr:-}"
}

ends_with_status() {
	[ "$status" -eq "$1" ] || { show; return 1; }
}

# Does the text hold this, letter for letter?
holds() { # TEXT PIECE
	[[ $1 == *"$2"* ]] || { printf 'not found: %s\nin: %s\n' "$2" "$1"; return 1; }
}

lacks() { # TEXT PIECE
	[[ $1 != *"$2"* ]] || { printf 'found: %s\nin: %s\n' "$2" "$1"; return 1; }
}

# $output is one JSON document of the conventions, for this schema and exit status.
is_document() { # SCHEMA EXIT
	[ "$(wc -l <<<"$output")" -eq 1 ] || { show; return 1; }
	jq -e --arg schema "$1" --argjson exit "$2" '
		.schema == $schema and .exit == $exit and .ok == ($exit == 0) and
		(keys_unsorted == ["schema","ok","status","exit","data","error","warnings"]) and
		(.data | type == "object") and (.warnings | type == "array") and
		(if .ok then .error == null else
			(.error | keys_unsorted == ["code","category","message","rule","hint",
				"retryable","spent","seller_reason","cause_code"]) end)' <<<"$output" >/dev/null ||
		{ show; return 1; }
}

# A wallet without passphrase from the published key.
import_key() { # NAME
	"$FOURMICA" wallet import "$1" --no-passphrase --from-fd 0 -q <<<"$KEY" >/dev/null
}

# No file below the home holds the key, in either case.
no_key_in_home() {
	! grep -rqi "$KEY" "$FOURMICA_HOME"
}

# Wait until a file or a condition is there, at most ten seconds.
wait_until() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return
		sleep 0.05
	done
	echo "never: $*"
	return 1
}
