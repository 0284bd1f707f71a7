#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The walk of SPF records: of zones that a real DNS server has.

load helpers
load dns
load lookups

setup() { cd "$BATS_TEST_TMPDIR" || return; }

teardown() {
	nft delete table inet dns 2>/dev/null || true
	lab_stop
	dns_gone env
}

# walk DOMAIN [MS]
walk() { timeout 120 "$FAKEMX_BUILD/tests/spf" "$SERVER" "${2:-20000}" "$1"; }

# walks_to DOMAIN: to what is on standard input.
walks_to() { expect "$(walk "$1" 2>&1)" "$(cat)"; }

# fails DOMAIN WHY
fails() {
	run walk "$1"
	expect "$status" 1
	expect "$output" "xdp-fakemx: $2"
}

# spf_zone: serves the records of "example" that the tests share, and those given.
# Not in a pipe: the server would be no job of the test.
spf_zone() {
	{
		cat <<-'END'
			v4 A 198.51.100.1
			v4b A 198.51.100.2
			v6 AAAA 2001:db8:6::1
			both A 198.51.100.3
			both AAAA 2001:db8:6::3
			alias CNAME both
			empty TXT "nothing of SPF"
			two TXT "v=spf1 ip4:203.0.113.2 -all"
			other TXT "some other text"
			other TXT "v=spf1 ip4:203.0.113.3 ip6:2001:db8:3::/48 -all"
		END
		cat
	} | dns_zone example
	dns_serve env "$SERVER"
	cat "$DNS_DIR/log"
}

@test "each mechanism is walked to the prefixes of those who pass" {
	spf_zone <<-'END'
		ip TXT "v=spf1 ip4:192.0.2.77/24 ip4:203.0.113.9 ip6:2001:DB8:1::/48 -all"
		strings TXT "v=spf1 ip4:192.0" ".2.1" " -all"
		own TXT "v=spf1 a mx -all"
		own A 192.0.2.25
		own MX 10 both
		own MX 20 v4
		own MX 30 v6
		hosts TXT "v=spf1 a:v4.example a:ALIAS.example/28//64 mx:own.example/30 ~all"
		inc TXT "v=spf1 include:two.example include:other.example. -all"
		red TXT "v=spf1 ip4:192.0.2.1 redirect=other.example"
		notred TXT "v=spf1 redirect=other.example ip4:192.0.2.1 ?all"
		nomx TXT "v=spf1 mx:nullmx.example ip4:192.0.2.1 -all"
		nullmx MX 0 .
		none TXT "v=spf1 -all"
	END
	walks_to ip.example <<-END
		192.0.2.0/24
		203.0.113.9
		2001:db8:1::/48
	END
	walks_to strings.example <<<192.0.2.1
	walks_to own.example <<-END
		192.0.2.25
		198.51.100.1
		198.51.100.3
		2001:db8:6::1
		2001:db8:6::3
	END
	walks_to hosts.example <<-END
		198.51.100.0/28
		2001:db8:6::/64
	END
	walks_to inc.example <<-END
		203.0.113.2
		203.0.113.3
		2001:db8:3::/48
	END
	walks_to red.example <<-END
		192.0.2.1
		203.0.113.3
		2001:db8:3::/48
	END
	walks_to notred.example <<<192.0.2.1
	walks_to nomx.example <<<192.0.2.1
	walks_to none.example </dev/null
}

@test "the first term that matches a sender holds" {
	spf_zone <<-'END'
		hole TXT "v=spf1 -ip4:192.0.2.1 ~ip4:192.0.2.64/26 ip4:192.0.2.0/24 -all"
		late TXT "v=spf1 ip4:192.0.2.0/24 -ip4:192.0.2.1 -all"
		neutral TXT "v=spf1 ?a:v4.example ip4:198.51.100.0/30 -all"
		notinc TXT "v=spf1 -include:two.example ip4:203.0.113.0/29 -all"
		softinc TXT "v=spf1 include:soft.example ip4:192.0.2.9 -all"
		soft TXT "v=spf1 ~ip4:192.0.2.9 ip4:192.0.2.8 -all"
		dead TXT "v=spf1 ip4:192.0.2.1 ?all ip4:192.0.2.2"
	END
	walks_to hole.example <<-END
		192.0.2.0
		192.0.2.2/31
		192.0.2.4/30
		192.0.2.8/29
		192.0.2.16/28
		192.0.2.32/27
		192.0.2.128/25
	END
	walks_to late.example <<<192.0.2.0/24
	walks_to neutral.example <<-END
		198.51.100.0
		198.51.100.2/31
	END
	walks_to notinc.example <<-END
		203.0.113.0/31
		203.0.113.3
		203.0.113.4/30
	END
	# What does not pass there is no match here.
	walks_to softinc.example <<-END
		192.0.2.8
		192.0.2.9
	END
	walks_to dead.example <<<192.0.2.1
}

@test "what no prefix can say is named, and the rest is used" {
	spf_zone <<-'END'
		odd TXT "v=spf1 exists:%{i}._x.example ptr -ptr:two.example a:%{d} include:in.example -all"
		in TXT "v=spf1 ?mx:%{h}/24 ip4:192.0.2.1 redirect=%{o}.example"
		not TXT "v=spf1 -include:in.example ip4:192.0.2.0/31 -all"
	END
	walks_to odd.example <<-END
		192.0.2.1
		left out: exists:%{i}._x.example of odd.example
		left out: ptr of odd.example
		left out: -ptr:two.example of odd.example: senders that it keeps out are let in
		left out: a:%{d} of odd.example
		left out: ?mx:%{h}/24 of in.example: senders that it keeps out are let in
		left out: redirect=%{o}.example of in.example
	END
	# Who would pass there is kept out here.
	walks_to not.example <<-END
		192.0.2.0
		left out: ?mx:%{h}/24 of in.example
		left out: redirect=%{o}.example of in.example: senders that it keeps out are let in
	END
}

@test "a domain that is wrong, or leads to one, is refused" {
	spf_zone <<-'END'
		several TXT "v=spf1 ip4:192.0.2.1 -all"
		several TXT "v=spf1 ip4:192.0.2.2 -all"
		inseveral TXT "v=spf1 include:several.example -all"
		syntax TXT "v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all"
		insyntax TXT "v=spf1 redirect=syntax.example"
		loop TXT "v=spf1 include:loop2.example -all"
		loop2 TXT "v=spf1 redirect=loop3.example"
		loop3 TXT "v=spf1 include:LOOP.example -all"
		self TXT "v=spf1 include:self.example -all"
		noinc TXT "v=spf1 include:empty.example -all"
		nored TXT "v=spf1 redirect=gone.example"
		wide TXT "v=spf1 ip4:10.0.0.0/7 -all"
		wide6 TXT "v=spf1 ip6:2001::/15 -all"
		widea TXT "v=spf1 a:v4.example/7 -all"
		everyone TXT "v=spf1 include:any.example -all"
		any TXT "v=spf1 mx +all"
		just TXT "v=spf1 ip4:10.0.0.0/8 ip6:2001::/16 -ip4:0.0.0.0/0 -all"
	END
	fails empty.example "empty.example: has no SPF record"
	fails gone.example "gone.example: has no SPF record"
	fails several.example "several.example: has several SPF records"
	fails inseveral.example "several.example: has several SPF records"
	fails syntax.example \
		"syntax.example: ipv4:192.0.2.2: no such mechanism"
	fails insyntax.example \
		"syntax.example: ipv4:192.0.2.2: no such mechanism"
	fails loop.example \
		"loop3.example: include:LOOP.example: leads back to itself"
	fails self.example \
		"self.example: include:self.example: leads back to itself"
	fails noinc.example "empty.example: has no SPF record"
	fails nored.example "gone.example: has no SPF record"
	fails wide.example \
		"wide.example: ip4:10.0.0.0/7: wider than a /8 of IPv4"
	fails wide6.example \
		"wide6.example: ip6:2001::/15: wider than a /16 of IPv6"
	fails widea.example \
		"widea.example: a:v4.example/7: wider than a /8 of IPv4"
	fails everyone.example "any.example: +all: lets every sender pass"
	walks_to just.example <<-END
		10.0.0.0/8
		2001::/16
	END
}

# one_each PREFIX COUNT: terms, of names with a number.
one_each() { seq -f " $1%.0f.example" "$2" | tr -d '\n'; }

@test "ten lookups are the most, whatever makes them, through includes" {
	spf_zone < <(
		for i in {1..11}; do
			echo "i$i TXT \"v=spf1 ip4:192.0.2.$i -all\""
			echo "h$i A 198.51.100.$i"
			echo "h$i AAAA 2001:db8::$i"
			echo "big MX $i h$i"
			((i > 10)) || echo "ten MX $i h$i"
		done
		echo "inc10 TXT \"v=spf1$(one_each include:i 10) -all\""
		echo "inc11 TXT \"v=spf1$(one_each include:i 11) -all\""
		# Five here, six there.
		echo "deep TXT \"v=spf1 include:deep2.example$(one_each a:h 4) -all\""
		echo "deep2 TXT \"v=spf1$(one_each a:h 6) -all\""
		# Nine, and one that is behind all; four that are left out.
		echo "all TXT \"v=spf1$(one_each a:h 5) ptr exists:x.example include:%{d} mx:%{d} -all a\""
		echo "kinds TXT \"v=spf1$(one_each a:h 5) ptr exists:x.example include:%{d} mx:%{d} include:two.example mx:ten.example -all\""
		echo "mx10 TXT \"v=spf1 mx:ten.example -all\""
		echo "mx11 TXT \"v=spf1 mx:big.example -all\""
		# A name asked for twice counts twice.
		echo "twice TXT \"v=spf1$(one_each include:i 9) include:i1.example include:i1.example -all\""
	)
	expect "$(walk inc10.example | wc -l)" 10
	fails inc11.example \
		"inc11.example: include:i11.example: more than ten lookups (RFC 7208 4.6.4)"
	fails deep.example \
		"deep.example: a:h4.example: more than ten lookups (RFC 7208 4.6.4)"
	expect "$(walk all.example | grep -vc left)" 10
	fails kinds.example \
		"kinds.example: mx:ten.example: more than ten lookups (RFC 7208 4.6.4)"
	# Those of the names of an mx do not count.
	expect "$(walk mx10.example | wc -l)" 20
	fails mx11.example \
		"mx11.example: mx:big.example: more than ten MX records (RFC 7208 4.6.4)"
	fails twice.example \
		"twice.example: include:i1.example: more than ten lookups (RFC 7208 4.6.4)"
}

@test "two lookups may find nothing, for a sender of IPv4 and for one of IPv6" {
	spf_zone <<-'END'
		void2 TXT "v=spf1 a:g1.example mx:g2.example ip4:192.0.2.1 -all"
		void3 TXT "v=spf1 a:g1.example mx:empty.example ip4:192.0.2.1 a:g3.example -all"
		voidin TXT "v=spf1 a:g1.example include:voidin2.example ip4:192.0.2.1 -all"
		voidin2 TXT "v=spf1 mx ip4:192.0.2.2 a:g4.example -all"
		only4 TXT "v=spf1 a:v4.example a:v4b.example a:h4.example ip4:192.0.2.1 -all"
		only4and TXT "v=spf1 a:v4.example a:v4b.example a:h4.example ip6:2001:db8::/32 -all"
		h4 A 198.51.100.4
		pair TXT "v=spf1 a:v4.example a:v6.example a:v4b.example mx:mxs.example ip6:2001:db8::/32 -all"
		mxs MX 1 v6
	END
	walks_to void2.example <<<192.0.2.1
	fails void3.example \
		"void3.example: more than two lookups find nothing (RFC 7208 4.6.4)"
	fails voidin.example \
		"voidin.example: more than two lookups find nothing (RFC 7208 4.6.4)"
	# Of IPv6 there is nobody anyway.
	walks_to only4.example <<-END
		192.0.2.1
		198.51.100.1
		198.51.100.2
		198.51.100.4
	END
	walks_to only4and.example <<-END
		198.51.100.1
		198.51.100.2
		198.51.100.4
		left out: IPv6, for which more than two lookups find nothing, of only4and.example
	END
	walks_to pair.example <<-END
		198.51.100.1
		198.51.100.2
		2001:db8::/32
	END
}

@test "a record that does not fit a datagram comes by TCP" {
	spf_zone < <(
		echo 'long TXT "v=spf1 "'
		for i in {1..120}; do
			echo "long2 TXT \"some other service's token, of the $i kind\""
		done
		echo 'long2 TXT "v=spf1 ip4:192.0.2.2 -all"'
		echo "chunks TXT \"v=spf1 \" $(printf '"ip4:10.0.0.%d " ' {1..255})"
	)
	walks_to long2.example <<<192.0.2.2
	expect "$(walk chunks.example | wc -l)" 255
	not_let_in tcp dport 53 reject with tcp reset
	fails long2.example "long2.example: no DNS server has an answer"
}

@test "a lookup that fails anywhere is no record that says less" {
	dns_broken_zone broken.invalid
	spf_zone <<-'END'
		t TXT "v=spf1 ip4:192.0.2.1 include:x.broken.invalid -all"
		a TXT "v=spf1 ip4:192.0.2.1 a:x.broken.invalid -all"
		m TXT "v=spf1 ip4:192.0.2.1 mx:x.broken.invalid -all"
		mh TXT "v=spf1 ip4:192.0.2.1 mx:mh2.example -all"
		mh2 MX 1 x.broken.invalid.
		mh2 MX 2 v4
	END
	fails t.example "x.broken.invalid: no DNS server has an answer"
	fails a.example \
		"a.example: a:x.broken.invalid: no DNS server has an answer"
	fails m.example \
		"m.example: mx:x.broken.invalid: no DNS server has an answer"
	fails mh.example \
		"mh.example: mx:mh2.example: no DNS server has an answer"
	# The record itself, from one who is silent, or is not there.
	not_let_in udp dport 53 drop
	run walk t.example 1500
	expect "$output" "xdp-fakemx: t.example: the DNS does not answer in time"
	nft delete table inet dns
	kill "$(cat "$DNS_DIR/pid")"
	dns_gone env
	fails t.example "t.example: no DNS server has an answer"
}

# slow_server ADDR SECONDS: has the server's answers, so much later.
slow_server() {
	/usr/bin/python3 - "$1" "$2" "$SERVER" 3>&- <<-'PYTHON' &
		import socket, sys, threading, time
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 53))
		def answer(q, peer):
		    time.sleep(float(sys.argv[2]))
		    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    c.sendto(q, (sys.argv[3], 53))
		    s.sendto(c.recv(65535), peer)
		while True:
		    threading.Thread(target=answer, args=s.recvfrom(65535)).start()
	PYTHON
	lab_wait dns_listens env "$1:53"
}

@test "a server that is slow has its answer heard, up to the deadline" {
	spf_zone <<-'END'
		t TXT "v=spf1 include:t2.example -all"
		t2 TXT "v=spf1 a:v4.example -all"
	END
	slow_server 127.0.0.2 0.4
	run "$FAKEMX_BUILD/tests/spf" 127.0.0.2 60000 t.example
	expect "$output" 198.51.100.1
	run "$FAKEMX_BUILD/tests/spf" 127.0.0.2 900 t.example
	expect "$output" "xdp-fakemx: t2.example: a:v4.example: the DNS does not answer in time"
}

# by_pyspf DOMAIN ADDR...: what pyspf says of each of these senders.
by_pyspf() {
	# Not the python3 of the path: the package belongs to Debian's own.
	/usr/bin/python3 - "$@" <<-'PYTHON'
		import sys, spf
		for addr in sys.argv[2:]:
		    print(addr, spf.check2(i=addr, s="x@" + sys.argv[1],
		                           h="helo.invalid", querytime=60)[0])
	PYTHON
}

# edges: of the prefixes on standard input, and the addresses beyond.
edges() {
	/usr/bin/python3 -c '
import ipaddress, sys
nets = [ipaddress.ip_network(line.strip()) for line in sys.stdin]
for n in nets:
    for a in int(n[0]) - 1, int(n[0]), int(n[-1]), int(n[-1]) + 1:
        addr = type(n[0])(a)
        print(addr, "pass" if any(addr in net for net in nets) else "not")
'
}

@test "pyspf says the same of the senders at the edges of each prefix" {
	local domain addrs
	spf_zone <<-'END'
		own TXT "v=spf1 a mx -all"
		own A 192.0.2.25
		own MX 10 both
		own MX 20 v4
		hosts TXT "v=spf1 a:v4.example a:alias.example/28//64 mx:own.example/30 ~all"
		hole TXT "v=spf1 -ip4:192.0.2.1 ~ip4:192.0.2.64/26 ip4:192.0.2.0/24 ?ip6:2001:db8::/64 ip6:2001:db8::/48 -all"
		soft TXT "v=spf1 ~ip4:192.0.2.9 ip4:192.0.2.8 ip4:192.0.2.10 -all"
		softinc TXT "v=spf1 include:soft.example -include:two.example ip4:203.0.113.0/29 ip4:192.0.2.9 redirect=other.example"
		neutral TXT "v=spf1 ?a:both.example ip4:198.51.100.0/29 ip6:2001:db8:6::/64 -all"
	END
	echo "nameserver $SERVER" >"$BATS_TEST_TMPDIR/resolv.conf"
	system_resolver "$BATS_TEST_TMPDIR/resolv.conf"
	for domain in {own,hosts,hole,softinc,neutral}.example; do
		walk "$domain" | edges | sort -u >said
		mapfile -t addrs < <(cut -d' ' -f1 said)
		by_pyspf "$domain" "${addrs[@]}" |
			sed 's/ [^p].*/ not/; s/ perm.*/ perm/' >pyspf
		[[ -s said ]]
		cat pyspf
		diff said pyspf
	done
	umount "$RESOLV_CONF"
}

@test "pyspf refuses the same records, and counts the same limits" {
	local domain
	spf_zone < <(
		for i in {1..11}; do
			echo "i$i TXT \"v=spf1 ip4:192.0.2.$i -all\""
			((i > 10)) || echo "mx0 MX $i h$i"
			echo "mx1 MX $i h$i"
			echo "h$i A 198.51.100.1$i"
		done
		# Good ones, and one step further.
		echo "inc0 TXT \"v=spf1$(one_each include:i 10) -all\""
		echo "inc1 TXT \"v=spf1$(one_each include:i 11) -all\""
		echo "deep0 TXT \"v=spf1 include:d0.example$(one_each a:v 4) -all\""
		echo "d0 TXT \"v=spf1$(one_each include:i 5) -all\""
		echo "deep1 TXT \"v=spf1 include:d1.example$(one_each a:v 4) -all\""
		echo "d1 TXT \"v=spf1$(one_each include:i 6) -all\""
		for i in {1..4}; do
			echo "v$i A 198.51.100.$i"
		done
		cat <<-'END'
			void0 TXT "v=spf1 a:g1.example mx:g2.example ip4:192.0.2.1 -all"
			void1 TXT "v=spf1 a:g1.example mx:g2.example ip4:192.0.2.1 a:g3.example -all"
			voidin1 TXT "v=spf1 a:g1.example include:voidin.example -all"
			voidin TXT "v=spf1 mx:g2.example a:g4.example -all"
			mxs0 TXT "v=spf1 mx:mx0.example -all"
			mxs1 TXT "v=spf1 mx:mx1.example -all"
			several1 TXT "v=spf1 ip4:192.0.2.1 -all"
			several1 TXT "v=spf1 ip4:192.0.2.2 -all"
			syntax1 TXT "v=spf1 -all ipv4:192.0.2.2"
			loop1 TXT "v=spf1 include:loop2.example -all"
			loop2 TXT "v=spf1 include:loop1.example -all"
			noinc1 TXT "v=spf1 include:empty.example -all"
			nored1 TXT "v=spf1 redirect=gone.example"
			twice1 TXT "v=spf1 redirect=two.example redirect=other.example"
			label1 TXT "v=spf1 include:localhost -all"
		END
	)
	echo "nameserver $SERVER" >"$BATS_TEST_TMPDIR/resolv.conf"
	system_resolver "$BATS_TEST_TMPDIR/resolv.conf"
	for domain in {inc,deep,void,mxs}0; do
		walk "$domain.example"
		expect "$(by_pyspf "$domain.example" 203.0.113.99)" \
			"203.0.113.99 fail"
	done
	for domain in {inc,deep,void,voidin,mxs,several,syntax,loop,noinc,nored,twice,label}1; do
		run walk "$domain.example"
		expect "$status" 1
		expect "$(by_pyspf "$domain.example" 203.0.113.99)" \
			"203.0.113.99 permerror"
	done
	umount "$RESOLV_CONF"
}
