# SPDX-License-Identifier: MIT
# Keys that come from other wallets, go to them, and get another passphrase.
load common
setup() {
	fresh_home
	cd "$BATS_TEST_TMPDIR" || return
	cast=$ROOT/tests/sandbox/node_modules/@foundry-rs/cast-linux-amd64/bin/cast
	vectors=$ROOT/tests/vectors/keystore_v3.json
	echo mine >mine && echo theirs >theirs && echo fresh >fresh
}

# The case of that name into a file, its passphrase into another.
vector() { # NAME
	jq -e --arg n "$1" '.cases[] | select(.name == $n) | .file' "$vectors" >file
	jq -rj --arg n "$1" '.cases[] | select(.name == $n) | .passphrase' "$vectors" >theirs
}

# One that is cheap to open, of the published key.
cheap() { vector "node, light scrypt, address with 0x, capital Crypto, other programs' members"; }

import_v3() { # NAME FILE OPTION...
	fm wallet import "$1" --from-v3 "$2" --v3-passphrase-file theirs --no-input "${@:3}"
}

key_of() { # NAME [PASSFILE]
	"$FOURMICA" wallet export "$1" --raw - --confirm "$1" --yes -q ${2:+--passphrase-file "$2"}
}

encrypted() { # NAME: a wallet of the published key under `mine`
	printf %s "$KEY" | "$FOURMICA" wallet import "$1" --from-fd 0 --kdf interactive \
		--passphrase-file mine -q >/dev/null
}

@test "import: every known file, whoever wrote it" {
	count=0
	while IFS= read -r name; do
		vector "$name"
		rm -rf "$FOURMICA_HOME"
		import_v3 a file --no-passphrase --json
		ends_with_status 0
		is_document fourmica.wallet.import/1 0
		[ "0x$(key_of a)" = "$(jq -r --arg n "$name" '.cases[] | select(.name == $n) | .private_key' "$vectors")" ]
		count=$((count + 1))
	done < <(jq -r '.cases[].name' "$vectors")
	[ "$count" -ge 6 ]
}

@test "import: the wallet's passphrase is another than the file's" {
	cheap
	import_v3 a file --kdf interactive --passphrase-file mine --json
	ends_with_status 0
	[ "$(js .data.address)" = "$KEY_ADDRESS" ]
	[ "$(js .data.passphrase)" = true ]
	[ "$(key_of a mine)" = "$KEY" ]
	run key_of a theirs
	[ "$status" -eq 4 ]
	no_key_in_home
	# Without a place for the file's one, the wallet's does not stand in.
	fm wallet import b --from-v3 file --passphrase-file mine --no-input
	ends_with_status 5
	holds "$stderr" "--v3-passphrase-file FILE"
	fm wallet import b --from-v3 file --v3-passphrase-fd 3 --no-passphrase 3<theirs
	ends_with_status 0
}

@test "import: at a terminal, three tries" {
	cheap
	fm_at_terminal 'Passphrase of the key file: ' wrong 'Passphrase of the key file: ' x \
		'New passphrase: ' secretly 'The same again: ' secretly \
		-- wallet import a --from-v3 file --kdf interactive
	ends_with_status 0
	holds "$output" "Wrong passphrase. Try again."
	lacks "$output" secretly
	fm_at_terminal 'Passphrase of the key file: ' 1 'Passphrase of the key file: ' 2 \
		'Passphrase of the key file: ' 3 -- wallet import b --from-v3 file --no-passphrase
	ends_with_status 4
	[ ! -e "$FOURMICA_HOME/wallets/b.json" ]
}

@test "import: a wrong passphrase is 4, a damaged file 3; nothing is stored" {
	cheap
	cp file good
	echo nope >theirs
	import_v3 a file --no-passphrase --json
	ends_with_status 4
	is_document fourmica.wallet.import/1 4
	holds "$(js .error.message)" "wrong passphrase"
	damaged() { # JQ
		jq -c "$1" good >file
		import_v3 a file --no-passphrase
		ends_with_status 3
		holds "$stderr" "file: "
	}
	damaged '.version = 1'
	damaged 'del(.Crypto)'
	damaged '.Crypto.mac = "00"'
	damaged '.Crypto.cipher = "aes-256-gcm"'
	damaged '.Crypto.extra = 1'
	head -c 100 good >file
	import_v3 a file --no-passphrase
	ends_with_status 3
	: >file
	import_v3 a file --no-passphrase
	ends_with_status 3
	head -c 20000 /dev/zero | tr '\0' ' ' >file
	import_v3 a file --no-passphrase
	ends_with_status 3
	holds "$stderr" "larger than 16384"
	import_v3 a none --no-passphrase
	ends_with_status 74
	# Under the right passphrase, the key of another address.
	printf x >theirs
	jq -c '.address = "0x0000000000000000000000000000000000000001"' good >file
	import_v3 a file --no-passphrase
	ends_with_status 3
	holds "$stderr" "another address"
	[ ! -e "$FOURMICA_HOME/wallets/a.json" ]
}

@test "import: absurd parameters are refused at once, in little memory" {
	cheap
	cp file good
	absurd() { # JQ
		jq -c "$1" good >file
		# Less memory than the least of these asks for, and a second of processor time.
		run --separate-stderr bash -c "ulimit -t 2; ${FOURMICA_SAN:+:} ulimit -v 1000000
			exec \"\$FOURMICA\" wallet import a --from-v3 file --v3-passphrase-file theirs --no-passphrase"
		ends_with_status 3
		holds "$stderr" "at most"
	}
	absurd '.Crypto.kdfparams.n = 1099511627776'
	absurd '.Crypto.kdfparams.n = 2097152'
	absurd '.Crypto.kdfparams |= (.n = 1048576 | .p = 64)'
	absurd '.Crypto.kdfparams.r = 1073741824'
	absurd '.Crypto.kdfparams.p = 4294967295'
	absurd '.Crypto |= (.kdf = "pbkdf2" | .kdfparams = {c: 4000000000, dklen: 32, prf: "hmac-sha256", salt: "00"})'
}

@test "import: a key file under the empty passphrase, as geth --dev makes them" {
	[ -x "$cast" ] || skip 'no cast: run scripts/deps'
	mkdir d
	"$cast" wallet import empty --keystore-dir d --private-key "0x$KEY" --unsafe-password '' >/dev/null
	for text in '' $'\n'; do
		printf %s "$text" >theirs
		rm -rf "$FOURMICA_HOME"
		import_v3 a d/empty --no-passphrase --json
		ends_with_status 0
		[ "$(js .data.address)" = "$KEY_ADDRESS" ]
	done
	fm wallet import b --from-v3 d/empty --v3-passphrase-fd 3 --no-passphrase 3</dev/null
	ends_with_status 0
	fm_at_terminal 'Passphrase of the key file: ' '' -- wallet import c --from-v3 d/empty --no-passphrase
	ends_with_status 0
	echo x >theirs
	import_v3 e d/empty --no-passphrase
	ends_with_status 4
	# What we write always has one.
	: >theirs
	fm wallet export a --v3 out --v3-passphrase-file theirs --confirm a --yes
	ends_with_status 5
	[ ! -e out ]
}

@test "import: options that do not go together" {
	fm wallet import a --from-v3 f --from-fd 0 --no-passphrase
	ends_with_status 2
	fm wallet import a --from-fd 0 --v3-passphrase-file theirs --no-passphrase
	ends_with_status 2
	holds "$stderr" "is for --from-v3"
	fm wallet import a --from-v3 f
	ends_with_status 74
	cheap
	fm wallet import a --from-v3 file --v3-passphrase-file theirs --v3-passphrase-fd 0
	ends_with_status 2
	holds "$stderr" "exclude each other"
}

@test "export: a file that comes back, private, never over another" {
	encrypted a
	export_a() { fm wallet export a --v3 out --v3-passphrase-file theirs --passphrase-file mine --no-input "$@"; }
	umask 000
	export_a --confirm a --json
	ends_with_status 0
	is_document fourmica.wallet.export/1 0
	[ "$(js '.data == {name: "a", address: "'"$KEY_ADDRESS"'", format: "v3", written: "out"}')" = true ]
	lacks "$output$stderr" "$KEY"
	[ "$(stat -c %a out)" = 600 ]
	jq -e '.version == 3 and .crypto.kdfparams == {dklen: 32, n: 262144, r: 8, p: 1,
		salt: .crypto.kdfparams.salt}' out
	run grep -i "${KEY:0:16}" out
	[ "$status" -eq 1 ]
	before=$(cat out)
	export_a --confirm a
	ends_with_status 2
	[ "$(cat out)" = "$before" ]
	import_v3 b out --no-passphrase
	ends_with_status 0
	[ "$(key_of b)" = "$KEY" ]
}

@test "export: the name typed, the passphrase itself; --yes is neither" {
	encrypted a
	fm wallet export a --v3 out --v3-passphrase-file theirs --passphrase-file mine --yes --no-input
	ends_with_status 5
	holds "$stderr" "--confirm 'a'"
	fm wallet export a --v3 out --v3-passphrase-file theirs --passphrase-file mine --confirm b
	ends_with_status 2
	fm wallet export a --v3 out --v3-passphrase-file theirs --passphrase-file theirs --confirm a
	ends_with_status 4
	fm wallet export a --v3 out --v3-passphrase-file theirs --confirm a --no-input
	ends_with_status 5
	holds "$stderr" "--passphrase-file FILE"
	fm wallet export a --v3 out --passphrase-file mine --confirm a --no-input
	ends_with_status 5
	holds "$stderr" "--v3-passphrase-file FILE"
	fm_at_terminal 'Type its name to export it: ' b -- wallet export a --v3 out
	ends_with_status 6
	[ ! -e out ]
	fm_at_terminal 'Type its name to export it: ' a "Passphrase of wallet 'a': " mine \
		'New passphrase of the key file: ' theirs 'The same again: ' theirs -- wallet export a --v3 out
	ends_with_status 0
	import_v3 b out --no-passphrase
	ends_with_status 0
}

@test "export: the bare key only by its own option, and never in the report" {
	encrypted a
	fm wallet export a --passphrase-file mine --confirm a
	ends_with_status 2
	holds "$stderr" "--v3 FILE"
	fm wallet export a --v3 x --raw y --passphrase-file mine --confirm a
	ends_with_status 2
	fm wallet export a --raw - --passphrase-file mine --confirm a --json
	ends_with_status 2
	is_document fourmica.wallet.export/1 2
	fm wallet export a --raw out --passphrase-file mine --confirm a
	ends_with_status 0
	[ -z "$output" ]
	lacks "$stderr" "$KEY"
	[ "$(cat out)" = "$KEY" ]
	[ "$(stat -c %a out)" = 600 ]
	fm wallet export a --raw - --passphrase-file mine --confirm a
	ends_with_status 0
	[ "$output" = "$KEY" ]
	run bash -c '"$FOURMICA" wallet export a --raw - --passphrase-file mine --confirm a >/dev/full'
	[ "$status" -eq 74 ]
}

@test "export: nothing asked, nothing followed where the file is there already" {
	encrypted a
	ln -s nowhere link
	mkdir dir
	echo mine too >file
	for name in link dir file mine; do
		# No passphrase is asked for: the wrong one is not noticed.
		fm wallet export a --raw $name --passphrase-file theirs --confirm a
		ends_with_status 2
		holds "$stderr" "$name already exists"
	done
	[ ! -e nowhere ] && [ -L link ]
	[ "$(cat file)" = 'mine too' ]
	[ -z "$(ls dir)" ]
}

@test "export: killed at each step, no piece of the key lies about" {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	import_key a
	mkdir out
	take() { "$FOURMICA" wallet export a --raw out/key --confirm a --yes -q; }
	KILLAT_LOG=$PWD/log LD_PRELOAD=$FOURMICA_KILLAT take
	total=$(wc -l <log)
	[ "$total" -ge 3 ]
	for how in KILLAT_AFTER=0 KILLAT_AFTER=1 KILLAT_ERRNO=28 KILLAT_ERRNO=1; do
		for ((n = 1; n <= total; n++)); do
			rm -rf out/* hit
			{ env "$how" KILLAT_N=$n KILLAT_HIT="$PWD/hit" LD_PRELOAD="$FOURMICA_KILLAT" "$FOURMICA" \
				wallet export a --raw out/key --confirm a --yes -q; } >/dev/null 2>&1 || :
			[ -s hit ]
			case $(ls out) in
			'') ;;
			key) [ "$(cat out/key)" = "$KEY" ] && [ "$(stat -c %a out/key)" = 600 ] ;;
			*) ls out && false ;;
			esac
		done
	done
}

@test "export: to where there are no links, as on memory sticks" {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	import_key a
	mkdir stick
	KILLAT_NEVER=link KILLAT_ERRNO=1 LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" \
		wallet export a --raw stick/key --confirm a --yes -q >/dev/null
	[ "$(cat stick/key)" = "$KEY" ]
	[ "$(stat -c %a stick/key)" = 600 ]
	[ "$(ls -A stick)" = key ]
}

@test "export: the journal has it, before the key left" {
	encrypted a
	journal() { "$FOURMICA" audit list --event wallet.export --json | jq -c "$1"; }
	export_raw() { fm wallet export a --raw "$1" --passphrase-file mine --confirm a; }
	# Without a ledger none is made.
	export_raw first
	ends_with_status 0
	[ ! -e "$FOURMICA_HOME/ledger.db" ]
	printf '{"version":1,"networks":["eip155:84532"],"limits":[{"amount":"1usdc"}]}' >"$FOURMICA_HOME/policy.json"
	chmod 600 "$FOURMICA_HOME/policy.json"
	"$FOURMICA" policy accept --wallet a --passphrase-file mine --yes -q >/dev/null
	[ -e "$FOURMICA_HOME/ledger.db" ]
	export_raw second
	ends_with_status 0
	[ "$(journal '.data.records | length')" = 1 ]
	[ "$(journal '.data.records[0].body | [.wallet, .payer, .format, .to]')" = \
		"[\"a\",\"$KEY_ADDRESS\",\"raw\",\"second\"]" ] || { journal . && false; }
	fm wallet export a --v3 - --v3-passphrase-file theirs --passphrase-file mine --confirm a
	ends_with_status 0
	[ "$(journal '.data.records | length')" = 2 ]
	# Refused, nothing recorded; not written, recorded all the same.
	fm wallet export a --raw third --passphrase-file theirs --confirm a
	ends_with_status 4
	[ "$(journal '.data.records | length')" = 2 ]
	export_raw nowhere/out
	ends_with_status 74
	[ "$(journal '.data.records | length')" = 3 ]
	"$FOURMICA" audit verify -q
	"$FOURMICA" audit export --format journal --output all -q
	[ "$(grep -c wallet.export all)" = 3 ]
	! grep -iq "${KEY:0:16}" all || false
	# A damaged ledger keeps nobody from his key.
	head -c 4096 /dev/urandom >"$FOURMICA_HOME/ledger.db"
	export_raw fourth
	ends_with_status 0
	holds "$stderr" 'the journal does not tell of it'
	[ "$(cat fourth)" = "$KEY" ]
}

@test "export: what has no key, what is not there" {
	fm wallet export none --v3 out --confirm none
	ends_with_status 2
	"$FOURMICA" wallet watch cold "$KEY_ADDRESS" -q >/dev/null
	fm wallet export cold --v3 out --confirm cold --v3-passphrase-file theirs --no-input
	ends_with_status 4
	encrypted a
	fm wallet export a --v3 nowhere/out --v3-passphrase-file theirs --passphrase-file mine --confirm a
	ends_with_status 74
	[ ! -e out ]
}

@test "cast reads what we write, and we read what cast writes" {
	[ -x "$cast" ] || skip 'no cast: run scripts/deps'
	encrypted a
	mkdir theirs.d
	fm wallet export a --v3 theirs.d/ours --v3-passphrase-file theirs --passphrase-file mine --confirm a
	ends_with_status 0
	run "$cast" wallet decrypt-keystore ours --keystore-dir theirs.d --unsafe-password theirs
	[ "$status" -eq 0 ]
	holds "$output" "0x$KEY"
	run "$cast" wallet address --keystore theirs.d/ours --password theirs
	[ "$output" = "$KEY_ADDRESS" ]
	for n in 1 2 3; do
		word="pass $n ü"
		printf %s "$word" >theirs
		"$cast" wallet new theirs.d "new$n" --unsafe-password "$word" >made
		import_v3 "c$n" "theirs.d/new$n" --no-passphrase --json
		ends_with_status 0
		grep -qiF "$(js .data.address)" made
		run "$cast" wallet decrypt-keystore "new$n" --keystore-dir theirs.d --unsafe-password "$word"
		holds "$output" "0x$(key_of "c$n")"
	done
}

@test "passwd: the old one opens no more; the cost stays unless it is told" {
	encrypted a
	passwd() { fm wallet passwd a --no-input "$@"; }
	passwd --passphrase-file mine --new-passphrase-file fresh --json
	ends_with_status 0
	is_document fourmica.wallet.passwd/1 0
	[ "$(js '.data | .kdf == "interactive" and .passphrase and .default')" = true ]
	[ "$(key_of a fresh)" = "$KEY" ]
	run key_of a mine
	[ "$status" -eq 4 ]
	before=$(cat "$FOURMICA_HOME/wallets/a.json")
	passwd --passphrase-file mine --new-passphrase-file theirs
	ends_with_status 4
	passwd --passphrase-file fresh
	ends_with_status 5
	holds "$stderr" "--new-passphrase-file FILE"
	: >empty
	passwd --passphrase-file fresh --new-passphrase-file empty
	ends_with_status 5
	fm wallet passwd none --passphrase-file fresh --new-passphrase-file theirs
	ends_with_status 2
	[ "$(cat "$FOURMICA_HOME/wallets/a.json")" = "$before" ]
	passwd --passphrase-file fresh --new-passphrase-fd 3 --kdf moderate --json 3<mine
	[ "$(js .data.kdf)" = moderate ]
	[ "$(stat -c %a "$FOURMICA_HOME/wallets/a.json")" = 600 ]
	no_key_in_home
}

@test "passwd: at a terminal; a first passphrase is warned about; nothing to seal" {
	import_key a
	fm_at_terminal 'Give it a passphrase [y/N] ' y 'New passphrase: ' one 'The same again: ' two \
		'New passphrase: ' '' 'New passphrase: ' word 'The same again: ' word -- wallet passwd a --kdf interactive
	ends_with_status 0
	holds "$output" "lay on this disk without a passphrase"
	lacks "$output" "--no-passphrase"
	fm_at_terminal "Passphrase of wallet 'a': " wrong "Passphrase of wallet 'a': " word \
		'New passphrase: ' again 'The same again: ' again -- wallet passwd a
	ends_with_status 0
	"$FOURMICA" wallet watch cold "$KEY_ADDRESS" -q >/dev/null
	fm wallet passwd cold --new-passphrase-file fresh --no-input
	ends_with_status 4
}

@test "passwd: what the wallet pays from stays" {
	load sandbox
	need_sandbox
	home_with_wallet
	"$FOURMICA" pay -s "$(sb sellers.exact_v2)" >/dev/null
	before=$("$FOURMICA" wallet show ann --json | jq -c '.data | [.pays_from, .accepted, .created]')
	[ "$(jq '.[0] | length' <<<"$before")" = 66 ]
	"$FOURMICA" wallet passwd ann --yes --kdf interactive --new-passphrase-file fresh -q >/dev/null
	[ "$("$FOURMICA" wallet show ann --json | jq -c '.data | [.pays_from, .accepted, .created]')" = "$before" ]
	fm pay -s --passphrase-file fresh --json "$(sb sellers.exact_v2)"
	ends_with_status 0
	[ "$(js .status)" = paid ]
}

@test "passwd: killed or failing at each step, one of the two opens it" {
	[ -z "${FOURMICA_SAN:-}" ] || skip 'this build has a runtime of its own to load and write'
	[ -n "${FOURMICA_KILLAT:-}" ] || skip 'no killat.so (FOURMICA_KILLAT)'
	encrypted a
	cp -r "$FOURMICA_HOME" start
	change() {
		LD_PRELOAD=$FOURMICA_KILLAT "$FOURMICA" wallet passwd a -q --passphrase-file mine \
			--new-passphrase-file fresh >/dev/null 2>&1
	}
	KILLAT_LOG=$PWD/log change
	total=$(wc -l <log)
	[ "$total" -ge 5 ]
	olds=0 news=0
	for how in KILLAT_AFTER=0 KILLAT_AFTER=1 KILLAT_ERRNO=28; do
		for ((n = 1; n <= total; n++)); do
			rm -rf "$FOURMICA_HOME" hit
			cp -r start "$FOURMICA_HOME"
			status=0
			{ env "$how" KILLAT_N=$n KILLAT_HIT="$PWD/hit" LD_PRELOAD="$FOURMICA_KILLAT" \
				"$FOURMICA" wallet passwd a -q --passphrase-file mine --new-passphrase-file fresh; } \
				>/dev/null 2>&1 || status=$?
			[ -s hit ] || { echo "$how $n was not reached"; false; }
			if [ "$(key_of a mine 2>/dev/null)" = "$KEY" ]; then
				olds=$((olds + 1))
			else
				[ "$(key_of a fresh)" = "$KEY" ] || { echo "$how $n: neither opens"; false; }
				news=$((news + 1))
			fi
			[ "$("$FOURMICA" wallet list --json | jq '.data.wallets | length')" = 1 ]
		done
	done
	[ "$olds" -gt 3 ] && [ "$news" -gt 1 ]
}

@test "passwd, remove: what an interrupted change left goes as well" {
	encrypted a
	encrypted b
	wallets=$FOURMICA_HOME/wallets
	leave() { for n in 1 99999; do cp "$wallets/a.json" "$wallets/a.json.$n.tmp"; done; }
	leave && cp "$wallets/b.json" "$wallets/b.json.7.tmp"
	"$FOURMICA" wallet passwd a -q --passphrase-file theirs --new-passphrase-file fresh >/dev/null 2>&1 || [ $? = 4 ]
	[ -e "$wallets/a.json.1.tmp" ]
	"$FOURMICA" wallet passwd a -q --passphrase-file mine --new-passphrase-file fresh >/dev/null
	has() { [ "$(cd "$wallets" && echo .[!.]* *)" = "$*" ]; }
	has .lock a.json b.json b.json.7.tmp
	leave && touch "$wallets/a.json.x.tmp" "$wallets/a.json.1.tmp.bak"
	"$FOURMICA" wallet remove a --confirm a -q --passphrase-file fresh >/dev/null
	has .lock a.json.1.tmp.bak a.json.x.tmp b.json b.json.7.tmp
}

@test "passwd: many at once take turns, and one of them is last" {
	encrypted a
	for n in 1 2 3 4 5; do
		echo "word$n" >"w$n"
		"$FOURMICA" wallet passwd a -q --passphrase-file mine --new-passphrase-file "w$n" >"o$n" 2>&1 &
		pids[n]=$!
	done
	won=0
	for n in 1 2 3 4 5; do
		status=0
		wait "${pids[n]}" || status=$?
		case $status in
		0) won=$((won + 1)) && winner=$n ;;
		4) ;;
		*) cat "o$n" && false ;;
		esac
	done
	[ "$won" -eq 1 ]
	[ "$(key_of a "w$winner")" = "$KEY" ]
}
