# SPDX-License-Identifier: MIT
# What the program has is in the manual pages, and what they name is in the program: commands,
# options, exit codes, variables, files, members of config.json. tests/support/documented compares.

load common
load sandbox

setup() {
	fresh_home
	T=$BATS_TEST_TMPDIR
	"$(dirname "$FOURMICA")/fourmica-gen" facts >"$T/facts"
	cp -r "$ROOT/man" "$ROOT/README.md" "$T"
}

compare() { run "$ROOT/tests/support/documented" "$T/facts" "$T/man" "$T/README.md" "$@"; }

# Exactly this is found; with -a, this and more.
finds() { # [-a] WORDS
	local more=
	[ "$1" != -a ] || { more=1; shift; }
	compare
	ends_with_status 1
	[ "$output" = "$1" ] || { [ "$more" ] && grep -qxF -- "$1" <<<"$output"; } ||
		{ printf 'not: %s\nbut: %s\n' "$1" "$output"; return 1; }
}

# Changes one thing for as long as it takes to look.
with() { # FILE SED-PROGRAM [-a] WORDS
	cp "$T/$1" "$T/before"
	sed -i -E "$2" "$T/$1"
	! cmp -s "$T/$1" "$T/before" || { echo "$1 is as before: $2"; return 1; }
	finds "${@:3}"
	cp "$T/before" "$T/$1"
}

say_in() { # PAGE TEXT [-a] WORDS
	cp "$T/$1" "$T/before"
	printf '%s\n' "$2" >>"$T/$1"
	finds "${@:3}"
	cp "$T/before" "$T/$1"
}

@test 'pages and program say the same' {
	[ "$(grep -c '^option' "$T/facts")" -ge 300 ]
	[ "$(grep -c '^exit' "$T/facts")" -ge 50 ]
	[ "$(grep -c '^variable' "$T/facts")" -ge 20 ]
	compare
	ends_with_status 0
	[ -z "$output" ]
}

@test 'something the program has and no page names' {
	with man/fourmica-pay.1 '/^\.It Fl ..idempotency..key/d' \
		'fourmica-pay.1: option --idempotency-key of pay is missing'
	with man/fourmica-audit.1 '/^\.It Fl f , Fl ..follow/d' \
		'fourmica-audit.1: option --follow of audit list is missing'
	with man/fourmica.1 '/^\.It Fl ..passphrase..fd /d' \
		'fourmica.1: option --passphrase-fd of every command is missing'
	with man/fourmica.1 '/^\.It Ev FOURMICA_TASK/d' 'no page lists the variable FOURMICA_TASK'
	with man/fourmica-config.5 '/^\.It Ev TERM/d' 'no page lists the variable TERM'
	with man/fourmica.1 '/^\.It Li 37 /d' "fourmica.1: exit status 37 is None in the page, ['stopped'] in the program"
	with man/fourmica.1 's/^\.It Li 38 .*/.It Li 38 Pq quote_differs/' \
		"fourmica.1: exit status 38 is ['quote_differs'] in the page, ['quote_changed'] in the program"
	with man/fourmica-config.5 '/^\.It Cm clearing_house/d' \
		'fourmica-config.5: member clearing_house is not in the page'
	with man/fourmica.1 '/^\.Xr fourmica-keystore 5/d' 'fourmica.1 does not name fourmica-keystore(5) under SEE ALSO'
	with facts '$ a option\tpay\tnew-option\t\t' 'fourmica-pay.1: option --new-option of pay is missing'
	with facts '$ a file\t~/.local/state/fourmica/new' \
		'the table has a file that is not in fourmica-config(5): ~/.local/state/fourmica/new'
	with facts '$ a exit\t29\tnew_code' "fourmica.1: exit status 29 is None in the page, ['new_code'] in the program"
	with facts '$ a variable\tFOURMICA_NEW' 'the table has a variable that nothing reads: FOURMICA_NEW'
}

@test 'something a page names and the program has not' {
	local page=man/fourmica-safety.7
	say_in $page $'Use\n.Fl Fl no-such-option .' 'fourmica-safety.7: there is no option --no-such-option'
	say_in $page $'.Nm fourmica Cm pay Fl Fl until' 'fourmica-safety.7: pay has no option --until'
	say_in $page $'.Ic fourmica undo' 'fourmica-safety.7: there is no command undo'
	say_in $page $'.Ev FOURMICA_NOTHING' 'fourmica-safety.7: nothing reads FOURMICA_NOTHING'
	say_in $page 'It ends with status 21 then.' 'fourmica-safety.7: there is no exit status 21'
	say_in $page 'Exit 50 or 52 says so.' 'fourmica-safety.7: there is no exit status 52'
	say_in $page $'.Pa ledger.nothing' 'fourmica-safety.7: the file ledger.nothing is not in fourmica-config(5)'
	say_in $page $'.Xr fourmica-nothing 7' 'fourmica-safety.7: there is no page fourmica-nothing(7)'
	say_in $page $'.Bd -literal\nfourmica pay --nothing URL\n.Ed' 'fourmica-safety.7: pay has no option --nothing
fourmica-safety.7: there is no option --nothing'
	say_in $page $'.Bd -literal\nfourmica audit list \\e\n  -k\n.Ed' 'fourmica-safety.7: audit list has no option -k'
	say_in README.md '    fourmica cycles undo CYCLE --json | jq .' 'README.md: there is no command cycles undo'
	say_in README.md 'Set FOURMICA_NOTHING.' 'README.md: nothing reads FOURMICA_NOTHING'
	with facts '/^option\tpay\tidempotency-key\t/d' -a 'fourmica-pay.1: pay has no option --idempotency-key'
	with facts '/^option\tpay\toutput\t/d' -a 'README.md: pay has no option -o'
	with facts '/^command\taudit stats/d' -a 'fourmica-audit.1: there is no command audit stats'
	with facts '/^exit\t71\t/d' -a 'fourmica-privacy.7: there is no exit status 71'
	with man/fourmica-config.5 's/^\.It Cm signer/.It Cm signers/' 'fourmica-config.5: member signer is not in the page
fourmica-config.5: member signers is not known'
}

@test 'a source that reads another variable, or ends by itself' {
	mkdir "$T/source"
	cp -r "$ROOT/cli" "$ROOT/lib" "$T/source"
	compare "$T/source"
	ends_with_status 0
	echo 'const char *x(void) { return sys_env("LATELY"); }' >>"$T/source/cli/app.c"
	compare "$T/source"
	[ "$output" = 'no page lists the variable LATELY' ]
	cp "$ROOT/cli/app.c" "$T/source/cli"
	echo 'void x(void) { exit(45); }' >>"$T/source/lib/base/hex.c"
	compare "$T/source"
	[ "$output" = 'hex.c ends the program with a status of its own' ]
}

@test 'the example of fourmica-config(5) is read without a word' {
	awk '/^\.\\" config/ { on = 1; next } /^\.\\" end/ { on = 0 } on' "$T/man/fourmica-config.5" >"$T/example.json"
	[ "$(wc -l <"$T/example.json")" -gt 15 ]
	import_key main
	fm config check --config "$T/example.json"
	ends_with_status 0
	holds "$stderr" 'All is well.'
	lacks "$stderr" warning
}

# ---- files, which only a run can tell ------------------------------------------------------------

@test 'every file a home gets is in fourmica-config(5), and the other way round' {
	need_sandbox
	home_with_wallet
	local seen=$T/seen
	in_home() { (cd "$FOURMICA_HOME" && find . -type f -o -type s | sed 's|^\./||') >>"$seen"; }
	"$FOURMICA" config set default.wallet ann -q
	policy <<-'END'
		{ "version": 1, "limits": [ { "name": "day", "amount": "5usdc", "window": "1d" } ],
		  "approve_above": "0.001usdc" }
	END
	"$FOURMICA" policy accept --yes -q
	"$FOURMICA" deposit 1usdc --yes -q
	# A price a person has to see: a file to approve.
	run -30 "$FOURMICA" pay "$(sb sellers.credit_v2)" -o "$T/body"
	in_home
	grep -q '^approvals/' "$seen"
	"$FOURMICA" budget approve "$FOURMICA_HOME"/approvals/* --yes -q
	"$FOURMICA" pay "$(sb sellers.credit_v2)" -o "$T/body" -q
	# A body that has nowhere else to go.
	policy <<-'END'
		{ "version": 1, "limits": [ { "name": "day", "amount": "5usdc", "window": "1d" } ] }
	END
	"$FOURMICA" policy accept --yes -q
	local url
	url=$(sb sellers.credit_v2)
	"$FOURMICA" pay --json "${url%/paid}/binary?bytes=1500000" >"$T/document"
	[ -f "$(jq -r .data.body_path "$T/document")" ]
	"$FOURMICA" status --sign-in -q >/dev/null
	in_home
	grep -q '^sessions/.*json$' "$seen"
	(umask 077; echo 'correct horse 55' >"$T/pass")
	"$FOURMICA" wallet new locked --kdf interactive --passphrase-file "$T/pass" -q
	"$FOURMICA" unlock --wallet locked --for 1m --passphrase-file "$T/pass" -q
	in_home
	"$FOURMICA" lock -q
	"$FOURMICA" wallet use ann -q
	FOURMICA_NO_INPUT='' TERM=dumb fm_at_terminal '> ' status '> ' exit -- repl
	ends_with_status 0
	in_home
	"$FOURMICA" stop -q
	in_home
	sort -u "$seen" >"$T/files"
	run "$ROOT/tests/support/documented" --files "$T/files" "$T/man"
	ends_with_status 0
	[ -z "$output" ]
	# One that nobody described, one that is gone.
	sed 's/^ledger\.head$/ledger.tail/' "$T/files" >"$T/other"
	run "$ROOT/tests/support/documented" --files "$T/other" "$T/man"
	[ "$output" = $'a file no page names: ledger.tail\na file that was not made: ledger.head' ]
}
