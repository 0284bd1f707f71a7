# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Two hosts that are alike, "plain" and "guarded", for the oracle to compare.
# The interface that leads to each is named after it, in the namespace
# "prober"; nobody else's traffic is on it.

TWIN_SENDER_MAC=02:00:00:00:00:01 TWIN_HOST_MAC=02:00:00:00:00:02
TWIN_DECOY=198.51.100.10 TWIN_DECOY6=2001:db8:100::10
TWIN_OTHER=198.51.100.99 TWIN_OTHER6=2001:db8:100::99
TWIN_MTU=2000

in_ns() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" "$@"
}
guarded() { in_ns guarded "$@"; }
plain() { in_ns plain "$@"; }

# No limits to what it answers, and nothing that it says unasked.
twin_namespace() {
	ip netns add "$1"
	in_ns "$1" sysctl -qw net.ipv6.conf.default.router_solicitations=0 \
		net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv4.icmp_msgs_per_sec=1000000000 \
		net.ipv4.icmp_msgs_burst=1000000000
	in_ns "$1" ip link set lo up
}

# twin_end NS DEV MAC ADDR4 ADDR6 GATEWAY4 GATEWAY6 GATEWAY_MAC
twin_end() {
	in_ns "$1" ip link set "$2" address "$3" mtu "$TWIN_MTU" up
	in_ns "$1" ip addr add "$4/24" dev "$2"
	in_ns "$1" ip addr add "$5/64" dev "$2" nodad
	in_ns "$1" ip neigh replace "$6" lladdr "$8" dev "$2" nud permanent
	in_ns "$1" ip neigh replace "$7" lladdr "$8" dev "$2" nud permanent
	in_ns "$1" ip route add default via "$6"
	in_ns "$1" ip -6 route add default via "$7"
}

twin_host() {
	twin_end "$1" eth0 "$TWIN_HOST_MAC" "$TWIN_DECOY" "$TWIN_DECOY6" \
		198.51.100.1 2001:db8:100::1 "$TWIN_SENDER_MAC"
	in_ns "$1" ip addr add "$TWIN_OTHER/24" dev eth0
	in_ns "$1" ip addr add "$TWIN_OTHER6/64" dev eth0 nodad
}

twin_prober_end() {
	in_ns prober sysctl -qw "net.ipv6.conf.$1.disable_ipv6=1"
	in_ns prober ip link set "$1" address "$TWIN_SENDER_MAC" \
		mtu "$TWIN_MTU" up
}

# Each on a wire of its own to the prober.
twins_start() {
	local twin

	twin_namespace prober
	for twin in plain guarded; do
		twin_namespace "$twin"
		ip link add "$twin" netns prober type veth \
			peer name eth0 netns "$twin"
		twin_prober_end "$twin"
		twin_host "$twin"
	done
}

# Each behind a router of its own.
twins_start_routed() {
	local twin

	twin_namespace prober
	for twin in plain guarded; do
		twin_namespace "$twin"
		twin_namespace "$twin-router"
		ip link add "$twin" netns prober type veth \
			peer name outside netns "$twin-router"
		ip link add inside netns "$twin-router" type veth \
			peer name eth0 netns "$twin"
		twin_prober_end "$twin"
		twin_host "$twin"
		twin_end "$twin-router" outside "$TWIN_HOST_MAC" \
			192.0.2.2 2001:db8:2::2 192.0.2.1 2001:db8:2::1 \
			"$TWIN_SENDER_MAC"
		in_ns "$twin-router" ip link set inside \
			address "$TWIN_SENDER_MAC" mtu "$TWIN_MTU" up
		in_ns "$twin-router" ip addr add 198.51.100.1/24 dev inside
		in_ns "$twin-router" ip addr add 2001:db8:100::1/64 \
			dev inside nodad
		in_ns "$twin-router" ip neigh replace "$TWIN_DECOY" \
			lladdr "$TWIN_HOST_MAC" dev inside nud permanent
		in_ns "$twin-router" ip neigh replace "$TWIN_DECOY6" \
			lladdr "$TWIN_HOST_MAC" dev inside nud permanent
		in_ns "$twin-router" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
}

# On what leads out of the routers, and in: whether the device does checksums.
twins_offload() {
	local twin

	for twin in plain guarded; do
		in_ns "$twin-router" ethtool -K outside tx "$1" >/dev/null
		in_ns "$twin-router" ethtool -K inside tx "$2" >/dev/null
	done
}

# twins_load MODE [NS DEV]: the program on the second, and where that is native
# one that passes everything at the other end of its wire.
twins_load() {
	guarded "$FAKEMX" load eth0 --mode "$1"
	guarded "$FAKEMX" decoy "$TWIN_DECOY"
	guarded "$FAKEMX" decoy "$TWIN_DECOY6"
	[[ $1 == generic ]] ||
		in_ns "${2:-prober}" ip link set dev "${3:-guarded}" xdpdrv \
			obj "$FAKEMX_BUILD/tests/pass.bpf.o" sec xdp
}

twins_stop() {
	local ns jobs

	jobs=$(jobs -p)
	# shellcheck disable=SC2086
	[[ -z $jobs ]] || kill $jobs
	"$FAKEMX" unload --all 2>/dev/null || true
	for ns in $(ip netns list | cut -d' ' -f1); do
		ip netns del "$ns"
	done
}

# Real SMTP servers, on every address of a host.
twin_smtp_server() {
	local any

	for any in 0.0.0.0 ::; do
		in_ns "$1" /usr/bin/python3 -m aiosmtpd -n -l "$any:25" \
			>/dev/null 2>&1 3>&- &
	done
	lab_wait twin_listens "$1"
}

twin_listens() {
	(($(in_ns "$1" ss -Hltn "sport = :25" | wc -l) == 2))
}

# The kernel's own count of something, of one host.
twin_count() {
	in_ns "$1" nstat -asz "$2" | awk -v name="$2" '$1 == name { print $2 }'
}

# All that lets more in: source routes, cookies that stand in for a SYN, data
# in a SYN, and room for fragments.
open_wide() {
	in_ns "$1" sysctl -qw net.ipv4.tcp_syncookies=2 \
		net.ipv4.tcp_fastopen=0x603 \
		net.ipv4.ipfrag_high_thresh=2000000000 \
		net.ipv6.ip6frag_high_thresh=2000000000
	local scope
	for scope in all eth0 lo; do
		in_ns "$1" sysctl -qw \
			"net.ipv4.conf.$scope.accept_source_route=1" \
			"net.ipv6.conf.$scope.accept_source_route=1" \
			"net.ipv6.conf.$scope.seg6_enabled=1" \
			"net.ipv6.conf.$scope.rpl_seg_enabled=1"
	done
}

# Conntrack puts fragments together before anybody else sees them.
track_connections() {
	in_ns "$1" nft -f - <<-END
		table inet track {
			chain input {
				type filter hook input priority 0
				ct state established accept
			}
		}
	END
}

# The listener answered nobody, and nobody is in its queues.
untouched() {
	expect "$(twin_count guarded TcpPassiveOpens)" 0
	expect "$(twin_count guarded TcpExtSyncookiesSent)" 0
	expect "$(twin_count guarded TcpExtTCPFastOpenPassive)" 0
	expect "$(guarded ss -Htn state syn-recv | wc -l)" 0
	expect "$(guarded ss -Hltn "sport = :25" |
		awk '{ n += $2 } END { print n }')" 0
}

# What follows is for the tests.
# shellcheck disable=SC2034
SYN=0x02 RST=0x4 PSH_ACK=0x18 SYN_ACK=0x12 RST_ACK=0x14
PROBER=100.64.1.1

# probe FLAGS [ACK]: the answer, in $flags and $seq.
# shellcheck disable=SC2034
probe() {
	read -r flags seq < <(in_ns prober "$FAKEMX_BUILD/tests/probe" \
		guarded "$PROBER" 4000 "$1" "${2:-0}")
}

untouched_but_for_the_cookie() {
	expect "$(twin_count guarded TcpPassiveOpens)" 0
	expect "$(twin_count guarded TcpExtSyncookiesRecv)" 0
}
