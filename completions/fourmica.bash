# SPDX-License-Identifier: MIT
# Made from the command table; do not edit.
_fourmica_known()
{
	local line=${COMP_LINE:0:COMP_POINT} word kept one
	local -a typed found
	read -ra typed <<<"$line"
	[[ $line == *[[:space:]] ]] && typed+=('')
	((${#typed[@]})) || return
	compopt +o filenames 2>/dev/null
	word=${typed[-1]}
	kept=${word%"${word##*[:=]}"}
	mapfile -t found < <("${typed[0]}" __complete "${typed[@]:1}" 2>/dev/null)
	for one in "${found[@]}"; do
		one=${one%%$'\t'*}
		printf -v word %q "${one#"$kept"}"
		COMPREPLY+=("$word")
		[[ $one == http*://* ]] && compopt -o nospace 2>/dev/null
	done
}
_fourmica()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local path='' word opts='' words='' files='' known='' value='' i
	COMPREPLY=()
	# --name=value comes as three words
	if [[ $cur == = ]]; then
		cur=''
	elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $path,$word in
		,quote) path='quote' ;;
		,pay) path='pay' ;;
		,sign) path='sign' ;;
		,verify-cert) path='verify-cert' ;;
		,deposit) path='deposit' ;;
		,withdraw) path='withdraw' ;;
		withdraw,status) path='withdraw status' ;;
		withdraw,request) path='withdraw request' ;;
		withdraw,cancel) path='withdraw cancel' ;;
		withdraw,finalize) path='withdraw finalize' ;;
		,cycles) path='cycles' ;;
		cycles,list) path='cycles list' ;;
		cycles,show) path='cycles show' ;;
		cycles,proof) path='cycles proof' ;;
		cycles,audit) path='cycles audit' ;;
		cycles,watch) path='cycles watch' ;;
		cycles,pay) path='cycles pay' ;;
		cycles,claim) path='cycles claim' ;;
		cycles,default) path='cycles default' ;;
		cycles,finalize) path='cycles finalize' ;;
		,reconcile) path='reconcile' ;;
		,budget) path='budget' ;;
		budget,show) path='budget show' ;;
		budget,check) path='budget check' ;;
		budget,set) path='budget set' ;;
		budget,approve) path='budget approve' ;;
		budget,reset-task) path='budget reset-task' ;;
		,policy) path='policy' ;;
		policy,show) path='policy show' ;;
		policy,check) path='policy check' ;;
		policy,test) path='policy test' ;;
		policy,accept) path='policy accept' ;;
		policy,trust) path='policy trust' ;;
		policy,untrust) path='policy untrust' ;;
		,stop) path='stop' ;;
		,resume) path='resume' ;;
		,unlock) path='unlock' ;;
		,lock) path='lock' ;;
		,audit) path='audit' ;;
		audit,list) path='audit list' ;;
		audit,show) path='audit show' ;;
		audit,verify) path='audit verify' ;;
		audit,export) path='audit export' ;;
		audit,stats) path='audit stats' ;;
		audit,note) path='audit note' ;;
		audit,import-cert) path='audit import-cert' ;;
		,decode) path='decode' ;;
		,explain) path='explain' ;;
		,networks) path='networks' ;;
		networks,list) path='networks list' ;;
		networks,show) path='networks show' ;;
		networks,refresh) path='networks refresh' ;;
		,status) path='status' ;;
		,doctor) path='doctor' ;;
		,wallet) path='wallet' ;;
		wallet,new) path='wallet new' ;;
		wallet,import) path='wallet import' ;;
		wallet,watch) path='wallet watch' ;;
		wallet,list) path='wallet list' ;;
		wallet,show) path='wallet show' ;;
		wallet,use) path='wallet use' ;;
		wallet,passwd) path='wallet passwd' ;;
		wallet,export) path='wallet export' ;;
		wallet,allowances) path='wallet allowances' ;;
		wallet,remove) path='wallet remove' ;;
		,config) path='config' ;;
		config,show) path='config show' ;;
		config,get) path='config get' ;;
		config,set) path='config set' ;;
		config,path) path='config path' ;;
		config,check) path='config check' ;;
		,repl) path='repl' ;;
		,completion) path='completion' ;;
		,help) path='help' ;;
		,version) path='version' ;;
		esac
	done
	case "$path $prev" in
	'quote'' --response') value=@file ;;
	'quote'' --url') value=@other ;;
	'quote'' --save') value=@file ;;
	'quote'' --diff') value=@file ;;
	'quote'' --max-amount') value=@other ;;
	'quote'' --expect-pay-to') value=@other ;;
	'quote'' --expect-amount') value=@other ;;
	'quote'' --asset') value=@other ;;
	'quote'' --scheme') value=@other ;;
	'quote'' --prefer') value=@other ;;
	'quote'' --task') value=@known ;;
	'quote'' --category') value=@other ;;
	'quote'' --reason') value=@other ;;
	'quote'' --request' | 'quote'' -X') value=@other ;;
	'quote'' --header' | 'quote'' -H') value=@other ;;
	'quote'' --data' | 'quote'' -d') value=@other ;;
	'quote'' --data-binary') value=@other ;;
	'quote'' --data-urlencode') value=@other ;;
	'quote'' --json-body') value=@other ;;
	'quote'' --user-agent' | 'quote'' -A') value=@other ;;
	'quote'' --referer' | 'quote'' -e') value=@other ;;
	'quote'' --cookie' | 'quote'' -b') value=@other ;;
	'quote'' --user' | 'quote'' -u') value=@other ;;
	'quote'' --max-time' | 'quote'' -m') value=@other ;;
	'quote'' --connect-timeout') value=@other ;;
	'quote'' --max-filesize') value=@other ;;
	'quote'' --proxy' | 'quote'' -x') value=@other ;;
	'quote'' --noproxy') value=@other ;;
	'quote'' --cacert') value=@file ;;
	'quote'' --resolve') value=@other ;;
	'quote'' --unix-socket') value=@file ;;
	'pay'' --max-amount') value=@other ;;
	'pay'' --expect-pay-to') value=@other ;;
	'pay'' --expect-amount') value=@other ;;
	'pay'' --asset') value=@other ;;
	'pay'' --scheme') value=@other ;;
	'pay'' --prefer') value=@other ;;
	'pay'' --task') value=@known ;;
	'pay'' --category') value=@other ;;
	'pay'' --reason') value=@other ;;
	'pay'' --idempotency-key') value=@other ;;
	'pay'' --evidence') value='certificate receipt' ;;
	'pay'' --quote') value=@file ;;
	'pay'' --receipt') value=@file ;;
	'pay'' --cert-out') value=@file ;;
	'pay'' --output' | 'pay'' -o') value=@file ;;
	'pay'' --dump-header' | 'pay'' -D') value=@file ;;
	'pay'' --write-out' | 'pay'' -w') value=@other ;;
	'pay'' --request' | 'pay'' -X') value=@other ;;
	'pay'' --header' | 'pay'' -H') value=@other ;;
	'pay'' --data' | 'pay'' -d') value=@other ;;
	'pay'' --data-binary') value=@other ;;
	'pay'' --data-urlencode') value=@other ;;
	'pay'' --json-body') value=@other ;;
	'pay'' --user-agent' | 'pay'' -A') value=@other ;;
	'pay'' --referer' | 'pay'' -e') value=@other ;;
	'pay'' --cookie' | 'pay'' -b') value=@other ;;
	'pay'' --user' | 'pay'' -u') value=@other ;;
	'pay'' --max-time' | 'pay'' -m') value=@other ;;
	'pay'' --connect-timeout') value=@other ;;
	'pay'' --max-filesize') value=@other ;;
	'pay'' --proxy' | 'pay'' -x') value=@other ;;
	'pay'' --noproxy') value=@other ;;
	'pay'' --cacert') value=@file ;;
	'pay'' --resolve') value=@other ;;
	'pay'' --unix-socket') value=@file ;;
	'sign'' --challenge') value=@file ;;
	'sign'' --claims') value=@file ;;
	'sign'' --typed-data') value=@file ;;
	'sign'' --message') value=@file ;;
	'sign'' --url') value=@other ;;
	'sign'' --format') value='header json' ;;
	'sign'' --idempotency-key') value=@other ;;
	'sign'' --eip712-name') value=@other ;;
	'sign'' --eip712-version') value=@other ;;
	'sign'' --chain-id') value=@other ;;
	'sign'' --signing') value='eip712 eip191' ;;
	'sign'' --max-amount') value=@other ;;
	'sign'' --expect-pay-to') value=@other ;;
	'sign'' --expect-amount') value=@other ;;
	'sign'' --asset') value=@other ;;
	'sign'' --scheme') value=@other ;;
	'sign'' --prefer') value=@other ;;
	'sign'' --task') value=@known ;;
	'sign'' --category') value=@other ;;
	'sign'' --reason') value=@other ;;
	'verify-cert'' --claims') value=@other ;;
	'verify-cert'' --signature') value=@other ;;
	'verify-cert'' --batch') value=@file ;;
	'verify-cert'' --key') value=@other ;;
	'verify-cert'' --chain-id') value=@other ;;
	'verify-cert'' --vault') value=@other ;;
	'verify-cert'' --domain') value=@other ;;
	'verify-cert'' --expect-payer') value=@other ;;
	'verify-cert'' --expect-recipient') value=@other ;;
	'verify-cert'' --expect-amount') value=@other ;;
	'verify-cert'' --expect-asset') value=@other ;;
	'verify-cert'' --expect-req-id') value=@known ;;
	'verify-cert'' --expect-timestamp') value=@other ;;
	'verify-cert'' --expect-cycle') value=@known ;;
	'verify-cert'' --expect-version') value='1 2' ;;
	'verify-cert'' --quote') value=@file ;;
	'verify-cert'' --receipt') value=@file ;;
	'deposit'' --asset') value=@other ;;
	'deposit'' --approve') value=@other ;;
	'deposit'' --wait') value='mined sent synced' ;;
	'deposit'' --nonce') value=@other ;;
	'deposit'' --max-fee') value=@other ;;
	'deposit'' --priority-fee') value=@other ;;
	'deposit'' --gas-limit') value=@other ;;
	'deposit'' --confirm') value=@other ;;
	'withdraw request'' --asset') value=@other ;;
	'withdraw request'' --wait') value='mined sent' ;;
	'withdraw request'' --max-fee') value=@other ;;
	'withdraw request'' --priority-fee') value=@other ;;
	'withdraw request'' --gas-limit') value=@other ;;
	'withdraw request'' --confirm') value=@other ;;
	'withdraw cancel'' --asset') value=@other ;;
	'withdraw cancel'' --wait') value='mined sent' ;;
	'withdraw cancel'' --max-fee') value=@other ;;
	'withdraw cancel'' --priority-fee') value=@other ;;
	'withdraw cancel'' --gas-limit') value=@other ;;
	'withdraw cancel'' --confirm') value=@other ;;
	'withdraw finalize'' --asset') value=@other ;;
	'withdraw finalize'' --wait') value='mined sent' ;;
	'withdraw finalize'' --max-fee') value=@other ;;
	'withdraw finalize'' --priority-fee') value=@other ;;
	'withdraw finalize'' --gas-limit') value=@other ;;
	'withdraw finalize'' --confirm') value=@other ;;
	'cycles list'' --limit') value=@other ;;
	'cycles list'' --blocks') value=@other ;;
	'cycles show'' --limit') value=@other ;;
	'cycles watch'' --every') value=@other ;;
	'cycles pay'' --max-amount') value=@other ;;
	'cycles pay'' --wait') value='mined sent' ;;
	'cycles pay'' --max-fee') value=@other ;;
	'cycles pay'' --priority-fee') value=@other ;;
	'cycles pay'' --gas-limit') value=@other ;;
	'cycles pay'' --confirm') value=@other ;;
	'cycles claim'' --wait') value='mined sent funded' ;;
	'cycles claim'' --max-fee') value=@other ;;
	'cycles claim'' --priority-fee') value=@other ;;
	'cycles claim'' --gas-limit') value=@other ;;
	'cycles claim'' --confirm') value=@other ;;
	'cycles default'' --wait') value='mined sent' ;;
	'cycles default'' --max-fee') value=@other ;;
	'cycles default'' --priority-fee') value=@other ;;
	'cycles default'' --gas-limit') value=@other ;;
	'cycles default'' --confirm') value=@other ;;
	'cycles finalize'' --wait') value='mined sent' ;;
	'cycles finalize'' --max-fee') value=@other ;;
	'cycles finalize'' --priority-fee') value=@other ;;
	'cycles finalize'' --gas-limit') value=@other ;;
	'cycles finalize'' --confirm') value=@other ;;
	'reconcile'' --mark') value='paid unused' ;;
	'reconcile'' --reason') value=@other ;;
	'reconcile'' --wait') value=@other ;;
	'budget show'' --task') value=@known ;;
	'budget check'' --max-amount') value=@other ;;
	'budget check'' --expect-pay-to') value=@other ;;
	'budget check'' --expect-amount') value=@other ;;
	'budget check'' --asset') value=@other ;;
	'budget check'' --scheme') value=@other ;;
	'budget check'' --prefer') value=@other ;;
	'budget check'' --task') value=@known ;;
	'budget check'' --category') value=@other ;;
	'budget check'' --reason') value=@other ;;
	'budget check'' --request' | 'budget check'' -X') value=@other ;;
	'budget check'' --header' | 'budget check'' -H') value=@other ;;
	'budget check'' --data' | 'budget check'' -d') value=@other ;;
	'budget check'' --data-binary') value=@other ;;
	'budget check'' --data-urlencode') value=@other ;;
	'budget check'' --json-body') value=@other ;;
	'budget check'' --user-agent' | 'budget check'' -A') value=@other ;;
	'budget check'' --referer' | 'budget check'' -e') value=@other ;;
	'budget check'' --cookie' | 'budget check'' -b') value=@other ;;
	'budget check'' --user' | 'budget check'' -u') value=@other ;;
	'budget check'' --max-time' | 'budget check'' -m') value=@other ;;
	'budget check'' --connect-timeout') value=@other ;;
	'budget check'' --max-filesize') value=@other ;;
	'budget check'' --proxy' | 'budget check'' -x') value=@other ;;
	'budget check'' --noproxy') value=@other ;;
	'budget check'' --cacert') value=@file ;;
	'budget check'' --resolve') value=@other ;;
	'budget check'' --unix-socket') value=@file ;;
	'budget set'' --window') value=@other ;;
	'budget set'' --per') value='seller task category wallet' ;;
	'budget set'' --of') value='payment deposit clearing' ;;
	'budget approve'' --for') value=@other ;;
	'stop'' --reason') value=@other ;;
	'unlock'' --for') value=@other ;;
	'unlock'' --idle') value=@other ;;
	'audit list'' --since') value=@other ;;
	'audit list'' --until') value=@other ;;
	'audit list'' --task') value=@known ;;
	'audit list'' --seller') value=@known ;;
	'audit list'' --category') value=@other ;;
	'audit list'' --scheme') value=@other ;;
	'audit list'' --event') value=@other ;;
	'audit list'' --id') value=@known ;;
	'audit list'' --limit') value=@other ;;
	'audit export'' --since') value=@other ;;
	'audit export'' --until') value=@other ;;
	'audit export'' --format') value='csv json jsonl journal' ;;
	'audit export'' --output' | 'audit export'' -o') value=@file ;;
	'audit export'' --prune-before') value=@other ;;
	'audit stats'' --since') value=@other ;;
	'audit stats'' --until') value=@other ;;
	'audit stats'' --by') value='seller network scheme task category day' ;;
	'audit note'' --kind') value='refund dispute credit note' ;;
	'audit note'' --text') value=@other ;;
	'audit note'' --amount') value=@other ;;
	'decode'' --against') value=@file ;;
	'decode'' --domain-name') value=@other ;;
	'decode'' --domain-version') value=@other ;;
	'decode'' --at') value=@other ;;
	'doctor'' --facilitator') value=@other ;;
	'doctor'' --bundle') value=@file ;;
	'doctor'' --payment') value=@known ;;
	'wallet new'' --kdf') value='interactive moderate sensitive' ;;
	'wallet import'' --from-file') value=@file ;;
	'wallet import'' --from-fd') value=@other ;;
	'wallet import'' --from-v3') value=@file ;;
	'wallet import'' --v3-passphrase-file') value=@file ;;
	'wallet import'' --v3-passphrase-fd') value=@other ;;
	'wallet import'' --kdf') value='interactive moderate sensitive' ;;
	'wallet passwd'' --new-passphrase-file') value=@file ;;
	'wallet passwd'' --new-passphrase-fd') value=@other ;;
	'wallet passwd'' --kdf') value='interactive moderate sensitive' ;;
	'wallet export'' --v3') value=@file ;;
	'wallet export'' --raw') value=@file ;;
	'wallet export'' --v3-passphrase-file') value=@file ;;
	'wallet export'' --v3-passphrase-fd') value=@other ;;
	'wallet export'' --confirm') value=@other ;;
	'wallet remove'' --confirm') value=@known ;;
	'repl'' --for') value=@other ;;
	'repl'' --idle') value=@other ;;
	*' --network') value=@known ;;
	*' --wallet') value=@known ;;
	*' --address') value=@other ;;
	*' --config') value=@file ;;
	*' --policy') value=@file ;;
	*' --core') value=@other ;;
	*' --rpc') value=@other ;;
	*' --color') value='auto always never' ;;
	*' --passphrase-fd') value=@other ;;
	*' --passphrase-file') value=@file ;;
	*' --core-token-fd') value=@other ;;
	*' --core-token-file') value=@file ;;
	*' --timeout') value=@other ;;
	esac
	case $value in
	'') ;;
	@file) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	@known) _fourmica_known; return ;;
	@other) return ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$value" -- "$cur"); return ;;
	esac
	case $path in
	'')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words=' quote pay sign verify-cert deposit withdraw cycles reconcile budget policy stop resume unlock lock audit decode explain networks status doctor wallet config repl completion help version' files= known=
		;;
	'quote')
		opts=' --response --url --save --diff --max-amount --expect-pay-to --expect-amount --asset --scheme --prefer --task --category --reason --request --header --data --data-binary --data-urlencode --json-body --get --head --user-agent --referer --cookie --user --location --compressed --max-time --connect-timeout --max-filesize --proxy --noproxy --cacert --insecure --resolve --unix-socket --ipv4 --ipv6 --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'pay')
		opts=' --max-amount --expect-pay-to --expect-amount --asset --scheme --prefer --task --category --reason --idempotency-key --evidence --quote --no-pay --receipt --cert-out --output --include --dump-header --write-out --fail --no-buffer --silent --show-error --request --header --data --data-binary --data-urlencode --json-body --get --head --user-agent --referer --cookie --user --location --compressed --max-time --connect-timeout --max-filesize --proxy --noproxy --cacert --insecure --resolve --unix-socket --ipv4 --ipv6 --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'sign')
		opts=' --challenge --claims --typed-data --message --url --format --idempotency-key --eip712-name --eip712-version --chain-id --signing --max-amount --expect-pay-to --expect-amount --asset --scheme --prefer --task --category --reason --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'verify-cert')
		opts=' --claims --signature --batch --legacy --key --chain-id --vault --domain --online --expect-payer --expect-recipient --expect-amount --expect-asset --expect-req-id --expect-timestamp --expect-cycle --expect-version --quote --receipt --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'deposit')
		opts=' --asset --approve --wait --sign-only --nonce --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'withdraw')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' status request cancel finalize' files= known=
		;;
	'withdraw status')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'withdraw request')
		opts=' --asset --force-with-open-obligations --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'withdraw cancel')
		opts=' --asset --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'withdraw finalize')
		opts=' --asset --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'cycles')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' list show proof audit watch pay claim default finalize' files= known=
		;;
	'cycles list')
		opts=' --limit --blocks --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'cycles show')
		opts=' --limit --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'cycles proof')
		opts=' --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'cycles audit')
		opts=' --record --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'cycles watch')
		opts=' --every --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'cycles pay')
		opts=' --due --max-amount --late --accept-difference --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'cycles claim')
		opts=' --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'cycles default')
		opts=' --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'cycles finalize')
		opts=' --wait --max-fee --priority-fee --gas-limit --replace --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'reconcile')
		opts=' --all --sign-in --mark --reason --wait --replace --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'budget')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' show check set approve reset-task' files= known=
		;;
	'budget show')
		opts=' --task --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'budget check')
		opts=' --max-amount --expect-pay-to --expect-amount --asset --scheme --prefer --task --category --reason --request --header --data --data-binary --data-urlencode --json-body --get --head --user-agent --referer --cookie --user --location --compressed --max-time --connect-timeout --max-filesize --proxy --noproxy --cacert --insecure --resolve --unix-socket --ipv4 --ipv6 --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'budget set')
		opts=' --window --per --of --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'budget approve')
		opts=' --for --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'budget reset-task')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'policy')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' show check test accept trust untrust' files= known=
		;;
	'policy show')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'policy check')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'policy test')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'policy accept')
		opts=' --adopt-ledger --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=
		;;
	'policy trust')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'policy untrust')
		opts=' --block --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --dry-run --help --version'
		words='' files= known=yes
		;;
	'stop')
		opts=' --reason --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'resume')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'unlock')
		opts=' --for --idle --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'lock')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'audit')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' list show verify export stats note import-cert' files= known=
		;;
	'audit list')
		opts=' --since --until --task --seller --category --scheme --event --id --limit --follow --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'audit show')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'audit verify')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'audit export')
		opts=' --since --until --format --output --prune-before --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'audit stats')
		opts=' --since --until --by --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'audit note')
		opts=' --kind --text --amount --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'audit import-cert')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'decode')
		opts=' --against --domain-name --domain-version --at --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files=yes known=
		;;
	'explain')
		opts=' --list --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'networks')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' list show refresh' files= known=
		;;
	'networks list')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'networks show')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'networks refresh')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'status')
		opts=' --all --sign-in --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'doctor')
		opts=' --offline --facilitator --bundle --payment --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'wallet')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' new import watch list show use passwd export allowances remove' files= known=
		;;
	'wallet new')
		opts=' --no-passphrase --kdf --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'wallet import')
		opts=' --from-file --from-fd --from-v3 --v3-passphrase-file --v3-passphrase-fd --no-passphrase --kdf --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'wallet watch')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'wallet list')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'wallet show')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'wallet use')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'wallet passwd')
		opts=' --new-passphrase-file --new-passphrase-fd --kdf --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'wallet export')
		opts=' --v3 --raw --v3-passphrase-file --v3-passphrase-fd --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'wallet allowances')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' list revoke' files= known=
		;;
	'wallet remove')
		opts=' --confirm --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'config')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' show get set path check' files= known=
		;;
	'config show')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'config get')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'config set')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=yes
		;;
	'config path')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'config check')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'repl')
		opts=' --for --idle --no-history --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	'completion')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' bash zsh fish' files= known=
		;;
	'help')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words=' quote pay sign verify-cert deposit withdraw cycles reconcile budget policy stop resume unlock lock audit decode explain networks status doctor wallet config repl completion help version start amounts output settings certificates safety privacy options environment files exit-codes config.5 keystore.5 policy.5 signer.5 certificates.7 cycles.7 privacy.7 safety.7' files= known=
		;;
	'version')
		opts=' --network --wallet --address --config --policy --core --rpc --json --jsonl --quiet --verbose --color --yes --no-input --passphrase-fd --passphrase-file --core-token-fd --core-token-file --timeout --help --version'
		words='' files= known=
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
	elif [[ -n $known ]]; then
		_fourmica_known
	elif [[ -n $files ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
}
complete -o filenames -F _fourmica fourmica
