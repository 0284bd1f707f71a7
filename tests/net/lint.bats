#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What lint finds in zones of a real DNS server: in each one fault, or none.

load helpers
load dns
load lookups

FIRST=11.22.33.10 FIRST6=2a0f:ffff::10
LAST=11.22.33.30 LAST6=2a0f:ffff::30
MAIL=11.22.33.20 MAIL6=2a0f:ffff::20

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	declare -gA planted=()
	ip link add eth0 type veth peer name peer0
	ip link set eth0 up
	ip link set peer0 up
	local addr
	for addr in $FIRST $LAST $MAIL 192.168.5.5; do
		ip addr add "$addr/32" dev eth0
	done
	for addr in $FIRST6 $LAST6 $MAIL6; do
		ip addr add "$addr/128" dev eth0 nodad
	done
	cat >conf <<-END
		decoy $FIRST role first
		decoy $FIRST6 role first
		decoy $LAST role last
		decoy $LAST6 role last
		real $MAIL
		real $MAIL6
	END
}

teardown() {
	lab_stop
	ip link del eth0 2>/dev/null || true
}

lint() { "$FAKEMX" lint "$@" --resolver "$SERVER"; }

# A right set-up's three MX, and what they lead to.
mx() { printf '@ MX %s\n' '10 first' '20 mail' '30 last'; }
host_records() {
	case $1 in
	first) printf 'first %s\n' "A $FIRST" "AAAA $FIRST6" ;;
	mail) printf 'mail %s\n' "A $MAIL" "AAAA $MAIL6" ;;
	last) printf 'last %s\n' "A $LAST" "AAAA $LAST6" ;;
	esac
}
hosts() {
	local name
	for name; do
		host_records "$name"
	done
}

# plant NAME FINDINGS: the zone NAME.example, with the records on standard
# input, and what is to be found there: "rule mx address", a line each.
plant() {
	{
		echo "\$TTL 3600"
		cat
	} | dns_zone "$1.example"
	planted[$1]=$2
}

# found DOCUMENT: the findings as they are planted.
found() { jq -r '.findings[] | "\(.rule) \(.mx) \(.address)"' <<<"$1"; }

# check_planted SERVER: each finding is of its rule, and complete; the exit
# status is that of errors.
check_planted() {
	local SERVER=$1 name out status errors failed=0
	for name in "${!planted[@]}"; do
		status=0
		out=$(lint "$name.example" -j) || status=$?
		expect "$name: $(found "$out" | sed "s/\.$name\.example//")" \
			"$name: ${planted[$name]}" || failed=1
		jq -e 'all(.findings[]; .seen and .why and .remedy and .see)' \
			<<<"$out" >/dev/null || failed=1
		errors=$(jq .errors <<<"$out")
		expect "$name: $status" "$name: $((errors > 0))" || failed=1
	done
	((!failed))
}

plant_right() {
	plant right '' < <(mx && hosts first mail last)
}

plant_all() {
	plant_right
	# Of decoys and mail servers any number; four addresses before the first.
	plant many '' < <(
		printf '@ MX %s\n' '10 first' '11 first2' '20 mail' '20 mail2' \
			'30 last' '30 last2'
		hosts first mail last
		printf '%s\n' "first2 A $FIRST" "first2 AAAA $FIRST6" \
			"mail2 A 11.22.33.21" "mail2 AAAA 2a0f:ffff::21" \
			"last2 A $LAST" "last2 AAAA $LAST6"
	)
	plant nofirst 'no-first-decoy mail null' < <(
		printf '@ MX %s\n' '20 mail' '30 last'
		hosts mail last
	)
	plant nolast 'no-last-decoy mail null' < <(
		printf '@ MX %s\n' '10 first' '20 mail'
		hosts first mail
	)
	plant plain 'no-first-decoy mail null
no-last-decoy mail null' < <(echo '@ MX 10 mail' && hosts mail)
	plant alldecoys 'all-decoys null null' < <(
		printf '@ MX %s\n' '10 first' '30 last'
		hosts first last
	)
	plant nomx 'no-mx null null' < <(hosts mail)
	plant nullmx 'no-mx null null' < <(echo '@ MX 0 .')
	plant nulltoo 'target-unresolved . null' < <(
		mx
		echo '@ MX 21 .'
		hosts first mail last
	)
	plant alias 'target-alias mail null' < <(
		mx
		hosts first last
		echo 'mail CNAME real'
		host_records mail | sed 's/mail/real/'
	)
	plant aliasdecoy 'target-alias first null' < <(
		mx
		hosts mail last
		echo 'first CNAME real'
		host_records first | sed 's/first/real/'
	)
	plant unresolved 'target-unresolved mail2 null' < <(
		mx
		echo '@ MX 21 mail2'
		hosts first mail last
	)
	plant literal "target-literal $MAIL null" < <(
		mx
		echo "@ MX 21 $MAIL."
		hosts first mail last
	)
	plant literal6 "target-literal $MAIL6 null" < <(
		mx
		echo "@ MX 21 $MAIL6."
		hosts first mail last
	)
	plant special 'special-address first 192.168.5.5
not-in-policy first 192.168.5.5' < <(
		mx
		hosts first mail last
		echo 'first A 192.168.5.5'
	)
	plant special6 'special-address last fd00::5
not-in-policy last fd00::5
not-here last fd00::5' < <(
		mx
		hosts first mail last
		echo 'last AAAA fd00::5'
	)
	plant notinpolicy 'not-in-policy first 11.22.33.11' < <(
		mx
		hosts first mail last
		echo 'first A 11.22.33.11'
	)
	plant notinpolicy6 'not-in-policy last 2a0f:ffff::11
not-here last 2a0f:ffff::11' < <(
		mx
		hosts first mail last
		echo 'last AAAA 2a0f:ffff::11'
	)
	plant ipv6only 'ipv6-only-decoy first null' < <(
		mx
		hosts mail last
		echo "first AAAA $FIRST6"
	)
	plant fewer 'fewer-families mail null' < <(
		mx
		hosts first last
		echo "mail A $MAIL"
	)
	plant fewer6 'fewer-families mail null' < <(
		mx
		hosts first last
		echo "mail AAAA $MAIL6"
	)
	# Those that have what the mail server has.
	plant ipv4 '' < <(mx && hosts first mail last | grep -v AAAA)
	plant sharedaddress "shared-address mail $FIRST" < <(
		mx
		hosts first last
		printf 'mail %s\n' 'A 11.22.33.21' 'AAAA 2a0f::21' "A $FIRST"
	)
	plant sharedaddress6 "shared-address mail $LAST6" < <(
		mx
		hosts first mail last
		echo "mail AAAA $LAST6"
	)
	plant sharedlast "no-last-decoy last null
shared-address last $LAST
shared-address last $LAST6" < <(
		mx
		hosts first mail last
		echo "last A $MAIL"
	)
	plant sharedpreference 'shared-preference mail2 null' < <(
		mx
		echo '@ MX 30 mail2'
		hosts first mail last
		printf '%s\n' 'mail2 A 11.22.33.21' 'mail2 AAAA 2a0f:ffff::21'
	)
	plant late 'late-real mail null' < <(
		mx
		printf '@ MX %s\n' '11 first2' '12 first3'
		hosts first mail last
		printf '%s\n' "first2 A $FIRST" "first2 AAAA $FIRST6" \
			"first3 A $FIRST"
	)
	plant tlsa 'dane first null
dane last null' < <(
		mx
		hosts first mail last
		echo "_25._tcp.mail TLSA 3 1 1 $(printf '00%.0s' {1..32})"
	)
	plant tlsaright '' < <(
		mx
		hosts first mail last
		printf "_25._tcp.%s TLSA 3 1 1 $(printf '00%.0s' {1..32})\n" \
			first mail last
	)
	plant short 'ttl-short null null
ttl-short mail null' < <(
		mx | sed 's/@/@ 299/'
		hosts first last
		printf 'mail %s\n' "299 A $MAIL" "300 AAAA $MAIL6"
	)
	plant long 'ttl-long null null
ttl-long last null' < <(
		mx | sed 's/@/@ 86401/'
		hosts first mail
		printf 'last %s\n' "86400 A $LAST" "86401 AAAA $LAST6"
	)
	# What a name leads to cannot be looked up: somebody else's server fails.
	plant failed 'lookup-failed fail.broken.example null
lookup-failed fail.broken.example null' < <(
		mx
		echo '@ MX 21 fail.broken.example.'
		hosts first mail last
	)
	# Whether it is a decoy nobody knows then.
	plant failedend 'lookup-failed fail.broken.example null
lookup-failed fail.broken.example null' < <(
		mx
		echo '@ MX 5 fail.broken.example.'
		hosts first mail last
	)
	dns_broken_zone broken.example
}

@test "every planted fault is found, and nothing in a right set-up" {
	plant_all
	dns_serve env "$SERVER" ::1
	ip addr add 11.22.33.11/32 dev eth0
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
	check_planted "$SERVER"
	check_planted ::1
}

# shellcheck disable=SC2154 # bats sets stderr
@test "a domain that is not there has no MX; one that nobody answers for fails" {
	plant_right
	dns_serve env "$SERVER"
	expect "$(found "$(lint gone.right.example -j)")" "no-mx null null"
	expect "$(found "$(lint right.elsewhere -j)")" "lookup-failed null null"
	run -2 --separate-stderr lint 'right example'
	expect "$stderr" "xdp-fakemx: lint: right example: not a domain name; write umlauts as xn--..."
	run -2 --separate-stderr "$FAKEMX" lint right.example --resolver x
	expect "$stderr" "xdp-fakemx: lint: x: not a DNS server: write ADDR, ADDR:PORT or [ADDR]:PORT"
	lint right.example.
}

@test "DNSSEC that fails is named, and what is signed well is right" {
	plant_right
	plant signed '' < <(mx && hosts first mail last)
	plant expired 'dnssec-failed null null' < <(mx && hosts first mail last)
	# The domain is fine; what its MX leads to is not.
	plant leads 'dnssec-failed bad.target.example null
dnssec-failed bad.target.example null
dnssec-failed bad.target.example null' < <(
		mx
		echo '@ MX 21 bad.target.example.'
		hosts first mail last
	)
	echo "bad A $MAIL" | dns_zone target.example
	# Neither does a broken server fail for that.
	dns_broken_zone broken.example
	planted[broken]='lookup-failed null null'
	dns_sign signed.example
	dns_sign expired.example 20200201
	dns_sign target.example 20200201
	dns_serve env "$SERVER"
	dns_resolve 127.0.0.2 "$SERVER"
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
	check_planted 127.0.0.2
}

# The resolver has nothing that lasts longer than 200 seconds.
@test "of a TTL from a cache the zone's own server is asked" {
	plant long '' < <(
		mx
		hosts first mail last
		printf '%s\n' '@ NS ns' 'ns A 127.0.0.1'
	)
	plant short 'ttl-short null null
ttl-short mail null' < <(
		mx | sed 's/@/@ 299/'
		hosts first last
		printf 'mail %s\n' "A $MAIL" "299 AAAA $MAIL6"
		printf '%s\n' '@ NS ns' 'ns AAAA ::1'
	)
	# There is no way to know; and who says so has it from a cache too.
	plant hidden '' < <(mx | sed 's/@/@ 299/' && hosts first mail last)
	plant nobody '' < <(
		mx | sed 's/@/@ 299/'
		hosts first mail last
		printf '%s\n' '@ NS ns' 'ns A 127.0.0.2'
	)
	dns_serve env "$SERVER" ::1
	dns_resolve 127.0.0.2 "$SERVER" 'cache-max-ttl: 200'
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
	check_planted 127.0.0.2
}

# plant_servers ADDR...: a zone of TTLs that the cache cuts short, with servers of
# its own at these addresses. What nobody tells is not found to be too short.
plant_servers() {
	plant away '' < <(
		mx
		hosts first mail last
		local i
		for ((i = 1; i <= $#; i++)); do
			printf '%s\n' "@ NS ns$i" "ns$i A ${!i}"
		done
	)
	# All others are without an address, and asked about nothing.
	sed -i '/ns.invalid.$/d' "$DNS_DIR/away.example.zone"
	dns_serve env "$SERVER"
	dns_resolve 127.0.0.2 "$SERVER" 'cache-max-ttl: 200'
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
}

@test "a zone's own server that is silent is the last to be asked" {
	plant_servers 127.0.0.{11..14}
	nft 'table inet t {
		set asked { type ipv4_addr; flags dynamic; }
		chain in { type filter hook input priority 0;
			ip daddr 127.0.0.8/29 udp dport 53 add @asked { ip daddr } drop; }
	}'
	local asked
	check_planted 127.0.0.2
	asked=$(nft -j list set inet t asked | jq '.nftables[1].set.elem | length')
	nft delete table inet t
	expect "$asked" 1
}

# Each server takes a second and a half to say that it knows nothing.
@test "slow servers are asked for ten seconds, and no longer" {
	plant_servers 127.0.0.{11..14}
	/usr/bin/python3 - 3>&- <<-'PYTHON' &
		import socket, threading, time
		def serve(last):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((f'127.0.0.{last}', 53))
		    while True:
		        q, peer = s.recvfrom(65535)
		        time.sleep(1.5)
		        print(q, file=open('asked', 'a'))
		        s.sendto(q[:2] + b'\x80\x03' + q[4:], peer)
		for last in range(11, 15):
		    threading.Thread(target=serve, args=[last]).start()
	PYTHON
	lab_wait dns_listens env 127.0.0.14:53
	check_planted 127.0.0.2
	# The last one may be cut short.
	local asked
	asked=$(wc -l <asked)
	echo "$asked questions"
	((asked >= 1 && asked <= 7))
}

# sts_serve: what is in sts/HOST, over HTTPS, with the status in status/HOST or
# else 200; where that is not 200, with a place that has it.
sts_serve() {
	/usr/bin/python3 - 3>&- <<-'PYTHON' &
		import http.server, os, socket, ssl, threading
		class Policies(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        host = self.headers['Host']
		        path = 'status/' + host
		        if os.path.exists(path) and self.path != '/moved':
		            self.send_response(int(open(path).read()))
		            self.send_header('Location', f'https://{host}/moved')
		        else:
		            self.send_response(200)
		        self.end_headers()
		        self.wfile.write(open('sts/' + host, 'rb').read())
		class Server6(http.server.ThreadingHTTPServer):
		    address_family = socket.AF_INET6
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain('cert', 'key')
		servers = [http.server.ThreadingHTTPServer(('127.0.0.1', 443), Policies), Server6(('::1', 443), Policies)]
		for server in servers:
		    server.socket = context.wrap_socket(server.socket, server_side=True)
		    threading.Thread(target=server.serve_forever).start()
	PYTHON
	lab_wait sts_listens
}
sts_listens() { ss -Hltn "sport = :443" | grep -qF '[::1]:443'; }

# plant_sts NAME FINDINGS ADDRESS: with a policy of these mx: lines.
plant_sts() {
	local name=$1 findings=$2 address=$3
	shift 3

	plant "$name" "$findings" < <(
		mx
		hosts first mail last
		echo '_mta-sts TXT "v=STSv1; " "id=1;"'
		echo "mta-sts $address"
	)
	{
		printf '%s\r\n' 'version: STSv1' 'mode: enforce' 'max_age: 604800'
		(($# == 0)) || printf "mx: %s.$name.example\r\n" "$@"
	} >"sts/mta-sts.$name.example"
}

@test "an MTA-STS policy covers the decoys, or is not to be had" {
	mkdir sts status
	plant_sts all '' 'A 127.0.0.1' first mail last
	plant_sts star '' 'AAAA ::1' '*'
	plant_sts some 'mta-sts first null
mta-sts last null' 'A 127.0.0.1' mail
	# What comes with any status but 200 is none, be it a policy as it stands.
	local status
	for status in 203 301 404; do
		plant_sts "s$status" 'mta-sts-unread null null' 'A 127.0.0.1' '*'
		echo "$status" >"status/mta-sts.s$status.example"
	done
	# Of two records nobody knows which holds: there is no policy.
	plant_sts twice '' 'A 127.0.0.1' mail
	echo '_mta-sts TXT "v=STSv1; id=2;"' >>"$DNS_DIR/twice.example.zone"
	# One without an id is none, and spoils another.
	plant_sts noid '' 'A 127.0.0.1' mail
	sed -i '/_mta-sts/s/id=1;//' "$DNS_DIR/noid.example.zone"
	plant_sts idtoo '' 'A 127.0.0.1' mail
	echo '_mta-sts TXT "v=STSv1; id="' >>"$DNS_DIR/idtoo.example.zone"
	plant_sts forged 'mta-sts-unread null null' 'A 127.0.0.1' first mail last
	plant_sts huge 'mta-sts-unread null null' 'A 127.0.0.1' first mail last
	yes mx: first.huge.example | head -c 100000 >sts/mta-sts.huge.example
	plant_sts closed 'mta-sts-unread null null' 'A 127.0.0.9' first mail last
	plant_sts nowhere 'mta-sts-unread null null' 'TXT x' first mail last
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
		-subj /CN=test -addext "subjectAltName=$(
			printf 'DNS:mta-sts.%s.example,' all star some s203 s301 s404 twice \
				noid idtoo huge closed
		)DNS:x" 2>/dev/null
	sts_serve
	dns_serve env "$SERVER"
	"$FAKEMX" load eth0 -c conf --mode generic >/dev/null
	CURL_CA_BUNDLE=$PWD/cert check_planted "$SERVER"
	out=$(CURL_CA_BUNDLE=$PWD/cert lint s301.example)
	[[ $out == *"/mta-sts.txt: HTTP status 301"* ]]
	out=$(CURL_CA_BUNDLE=$PWD/cert lint huge.example)
	[[ $out == *"/mta-sts.txt: longer than a policy may be"* ]]
	# Nobody vouches for the server; and there is no curl, or one that is silent.
	out=$(lint all.example)
	[[ $out == *"could not be read: https://mta-sts.all.example/.well-known/mta-sts.txt: curl: "* ]]
	out=$(PATH=/nonexistent lint all.example)
	[[ $out == *"mta-sts.txt: cannot run curl: No such file"* ]]
	mkdir silent
	ln -s "$(type -P false)" silent/curl
	out=$(PATH=$PWD/silent lint all.example)
	[[ $out == *"mta-sts.txt: no answer"* ]]
}

# shellcheck disable=SC2154
@test "without a policy the decoys are those of a file, or at the ends" {
	plant_right
	plant two 'no-last-decoy mail null' < <(
		printf '@ MX %s\n' '10 first' '20 mail' && hosts first mail
	)
	plant one 'no-first-decoy mail null
no-last-decoy mail null' < <(echo '@ MX 10 mail' && hosts mail)
	# The first MX is nobody that the file knows.
	plant only '' < <(
		mx
		hosts mail
		printf '%s\n' 'first A 11.22.33.9' "last A $LAST"
	)
	plant far '' < <(
		mx
		hosts first mail last
		echo 'first A 11.22.34.1'
	)
	dns_serve env "$SERVER"
	check_planted "$SERVER"
	out=$(lint right.example)
	[[ $out == *"nothing says which MX are decoys"* ]]
	expect "$(lint right.example -c conf | head -1)" \
		"right.example: decoys are those of conf"
	expect "$(found "$(lint only.example -c conf -j)")" \
		"no-first-decoy first.only.example null"
	expect "$(found "$(lint far.example -c conf -j)")" \
		"not-here first.far.example 11.22.34.1"
	out=$(setpriv --reuid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$FAKEMX" lint right.example \
		--resolver "$SERVER" 2>&1)
	[[ $out == *"lint: goes on without the running policy"*"errors: 0,"* ]]
	# What load would take.
	own_etc
	cp conf /etc/xdp-fakemx.conf
	out=$(lint right.example | head -1)
	host_etc
	expect "$out" "right.example: decoys are those of /etc/xdp-fakemx.conf"
	run -2 --separate-stderr lint right.example -c nonexistent
	expect "$stderr" "xdp-fakemx: nonexistent: No such file or directory"
}

@test "an address is here where it is assigned, or routed to this host" {
	dns_zone routed.example < <(
		mx
		hosts mail
		printf 'first %s\n' 'A 11.1.1.1' 'AAAA 2a0f:1::1' \
			'A 11.2.2.2' 'AAAA 2a0f:2::1'
		printf 'last A 11.3.3.3\n'
	)
	dns_serve env "$SERVER"
	printf 'decoy %s\n' 11.{1.1.1,2.2.2,3.3.3,4.4.4} 2a0f:{1,2,4}::1 >>conf
	ip route add local 11.1.1.0/24 dev lo
	ip route add blackhole 11.2.2.0/24
	ip route add unreachable 2a0f:2::/32
	ip -6 route add local 2a0f:1::/32 dev lo
	local without with
	without=$(lint routed.example -c conf -j)
	ip route add default dev eth0
	ip -6 route add default dev eth0
	with=$(lint routed.example -c conf -j)
	ip route del local 11.1.1.0/24 dev lo
	ip -6 route del local 2a0f:1::/32 dev lo
	ip route del blackhole 11.2.2.0/24
	ip route del unreachable 2a0f:2::/32
	local only_last='not-here last.routed.example 11.3.3.3'
	expect "$(found "$without" | grep not-here)" "$only_last"
	expect "$(found "$with" | grep not-here)" "$only_last"
	expect "$(found "$(lint routed.example -c conf -j)" | grep -c not-here)" 5
}

# What goes wrong on the way to port 25: errors alone, as the decoys are not on
# the host that is probed from.
errors_from() {
	local out
	out=$("$1" "$FAKEMX" lint right.example --resolver "$SERVER" --probe -j) ||
		true
	jq -r '.findings[] | select(.severity == "error") |
		"\(.rule) \(.address)"' <<<"$out"
}

# A laboratory where the right set-up has its addresses.
right_lab() {
	local addr
	lab_start
	for addr in $FIRST $LAST $MAIL $FIRST6 $LAST6 $MAIL6; do
		lab_addresses host "$addr"
		sender ip route add "$addr" dev eth0
	done
	plant_right
	dns_serve sender "$SERVER"
	lab_wait sender ping -c 1 -W 1 "$FIRST6"
	lab_smtp_server "$MAIL"
	lab_smtp_server "$MAIL6"
}

@test "from elsewhere it connects: mail servers answer, decoys refuse" {
	right_lab
	fakemx load eth0 -c conf --mode generic >/dev/null
	expect "$(errors_from sender)" ""
	# One that takes connections, and resets them.
	fakemx decoy "$LAST" role last answer verify
	expect "$(errors_from sender)" ""
	expect "$(counted verified)" 1
	# One that is there, and never says a word.
	fakemx delete decoy "$LAST"
	host /usr/bin/python3 -c 'import socket, sys, time
s = socket.create_server((sys.argv[1], 25)); time.sleep(600)' "$LAST" 3>&- &
	silent=$!
	lab_wait lab_listens "$LAST:25"
	out=$(! sender "$FAKEMX" lint right.example --resolver "$SERVER" --probe)
	[[ $out == *"port 25: it takes connections"* ]]
	kill "$silent"
	wait "$silent" || true
	fakemx decoy "$LAST" role last
	# Decoys that are open, or silent, and mail servers that are not there.
	fakemx delete decoy "$LAST"
	lab_smtp_server "$LAST"
	fakemx unload --all
	host nft 'table inet t { chain in { type filter hook input priority 0;
		tcp dport 25 ip6 daddr '"$FIRST6"' drop; }; }'
	host ip addr del "$MAIL6/128" dev eth0
	expect "$(errors_from sender)" "real-silent $MAIL6
decoy-open $FIRST6
decoy-open $LAST"
	# Where there is no way, nothing is said of the other side.
	sender ip route del "$MAIL6"
	expect "$(errors_from sender)" "decoy-open $FIRST6
decoy-open $LAST"
	out=$(! sender "$FAKEMX" lint right.example --resolver "$SERVER" --probe)
	[[ $out == *"note: $MAIL6, of mail.right.example, port 25: cannot be tried from here: Network is unreachable"* ]]
}

@test "on the host itself the loaded program is asked" {
	right_lab
	dns_serve host "$SERVER"
	# What is behind the decoys would take connections over loopback.
	lab_smtp_server "$FIRST"
	lab_smtp_server "$FIRST6"
	expect "$(errors_from host)" "decoy-open $FIRST
decoy-open $FIRST6"
	fakemx load eth0 -c conf --mode generic >/dev/null
	expect "$(errors_from host)" ""
	# Others than the one who asks may be allowed.
	fakemx allow 192.0.2.0/24
	fakemx allow 2001:db8::/32
	expect "$(errors_from host)" ""
	fakemx set shadow on --force
	expect "$(errors_from host)" "decoy-open $FIRST
decoy-open $FIRST6
decoy-open $LAST
decoy-open $LAST6"
	fakemx set shadow off
	# What the program lets pass still has to be answered.
	host nft 'table inet t { chain in { type filter hook input priority 0;
		tcp dport 25 ip6 daddr '"$MAIL6"' reject with tcp reset; }; }'
	expect "$(errors_from host)" "real-silent $MAIL6"
}
