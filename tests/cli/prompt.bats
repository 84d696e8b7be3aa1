# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # inner shells expand for themselves
load common

setup() {
	fresh_home
	"$FOURMICA" wallet import main --kdf interactive --from-fd 0 --passphrase-fd 3 -q \
		<<<"$KEY" 3<<<right >/dev/null
	echo hello >"$BATS_TEST_TMPDIR/message"
}

# Signing a message asks for confirmation and for the passphrase.
sign=(sign --message)

@test "the right passphrase at the second try" {
	fm_at_terminal "Passphrase of wallet 'main': " wrong "Passphrase of wallet 'main': " right \
		-- "${sign[@]}" "$BATS_TEST_TMPDIR/message" --yes
	ends_with_status 0
	holds "$output" "Wrong passphrase. Try again."
	lacks "$output" right
}

@test "three wrong passphrases end with 4" {
	fm_at_terminal "Passphrase of wallet 'main': " wrong "Passphrase of wallet 'main': " '' \
		"Passphrase of wallet 'main': " wrong -- "${sign[@]}" "$BATS_TEST_TMPDIR/message" --yes
	ends_with_status 4
	lacks "$output" wrong$'\r'
	[ "$(grep -c "Passphrase of wallet 'main': " <<<"$output")" -eq 3 ]
}

@test "one wrong passphrase that lies ready ends with 4" {
	fm "${sign[@]}" "$BATS_TEST_TMPDIR/message" --yes --json --passphrase-fd 3 3<<<wrong
	ends_with_status 4
	[ "$(js .error.code)" = locked ]
}

@test "a confirmation: yes goes on, all else does not" {
	for answer in y yes Y; do
		fm_at_terminal '[y/N] ' "$answer" "Passphrase of wallet 'main': " right \
			-- "${sign[@]}" "$BATS_TEST_TMPDIR/message"
		ends_with_status 0
	done
	for answer in '' n no yess 'y y' ^D; do
		fm_at_terminal '[y/N] ' "$answer" -- "${sign[@]}" "$BATS_TEST_TMPDIR/message"
		ends_with_status 6
	done
	fm_at_terminal '[y/N] ' ^C -- "${sign[@]}" "$BATS_TEST_TMPDIR/message"
	ends_with_status 130
	fm_at_terminal '[y/N] ' SIGTERM -- "${sign[@]}" "$BATS_TEST_TMPDIR/message"
	ends_with_status 143
}

@test "a confirmation nobody can give: the option that would have is named" {
	run --separate-stderr setsid "$FOURMICA" "${sign[@]}" "$BATS_TEST_TMPDIR/message" \
		--passphrase-fd 3 3<<<right </dev/null
	ends_with_status 5
	holds "$stderr" "--yes"
	fm_at_terminal -- "${sign[@]}" "$BATS_TEST_TMPDIR/message" --no-input
	ends_with_status 5
}

@test "a pipe does not answer for a person" {
	run "$FOURMICA_TESTS/pty" '[y/N] ' n -- \
		bash -c 'yes | "$FOURMICA" sign --message "$BATS_TEST_TMPDIR/message"'
	ends_with_status 6
}
