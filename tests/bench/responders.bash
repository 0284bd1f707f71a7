# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Replies a second. Each responder is a host of its own, with a wire of its own
# to the generator, whose end of it has no address: answers are only counted.

DECOY=198.51.100.10
GENERATOR_MAC=02:00:00:00:00:01
RESPONDER_MAC=02:00:00:00:00:02
MILLISECONDS=300 # of each measurement

# In the order of the table.
RESPONDERS=(nft_ingress nft_input iptables closed floor bare checksum fakemx)
declare -A TITLES=(
	[nft_ingress]="nft, netdev ingress"
	[nft_input]="nft, inet input"
	[iptables]="iptables, INPUT"
	[closed]="closed port"
	[floor]="floor"
	[bare]="bare reset"
	[checksum]="and checksums"
	[fakemx]="xdp-fakemx"
)
# How the answers come: as frames of XDP, or out of the host's stack.
declare -A COME_AS=([floor]=echo [bare]=frame [checksum]=frame [fakemx]=frame)
declare -A running=()

host_of() {
	local name=$1
	shift
	nsenter --net="/run/netns/$name" "$@"
}

# All senders are behind a router whose MAC address is known.
wire_host() {
	local name=$1 setting

	ip netns add "$name"
	ip link add "to_$name" address $GENERATOR_MAC type veth \
		peer name eth0 address $RESPONDER_MAC netns "$name"
	sysctl -qw "net.ipv6.conf.to_$name.disable_ipv6=1"
	for setting in ipv6.conf.all.disable_ipv6=1 \
		ipv4.conf.all.rp_filter=0 ipv4.conf.eth0.rp_filter=0; do
		host_of "$name" sysctl -qw "net.$setting"
	done
	ip link set "to_$name" up
	host_of "$name" ip link set eth0 up
	host_of "$name" ip addr add $DECOY/24 dev eth0
	host_of "$name" ip neigh add 198.51.100.1 dev eth0 \
		lladdr $GENERATOR_MAC nud permanent
	host_of "$name" ip route add default via 198.51.100.1
}

respond_fakemx() {
	host_of fakemx "$FAKEMX" load eth0 --mode native -c "${POLICIES[none]}"
}
# attach HOST FILE PROGRAM
attach() {
	host_of "$1" ip link set dev eth0 xdpdrv obj "build/bench/$2" program "$3"
}
respond_floor() { attach floor floor.bpf.o echo; }
respond_bare() { attach bare bare.bpf.o bare; }
respond_checksum() { attach checksum bare.bpf.o checksum; }
respond_closed() { :; }
respond_nft_ingress() {
	host_of nft_ingress nft -f - <<-END
		table netdev bench {
			chain ingress {
				type filter hook ingress device eth0 priority 0
				ip daddr $DECOY tcp dport 25 reject with tcp reset
			}
		}
	END
}
respond_nft_input() {
	host_of nft_input nft -f - <<-END
		table inet bench {
			chain input {
				type filter hook input priority 0
				ip daddr $DECOY tcp dport 25 reject with tcp reset
			}
		}
	END
}
# What Debian's iptables is by default takes REJECT from a module of its own,
# which not every kernel has.
respond_iptables() {
	local rule=(INPUT -d "$DECOY" -p tcp --dport 25
		-j REJECT --reject-with tcp-reset)

	for IPTABLES in iptables iptables-legacy; do
		! host_of iptables "$IPTABLES" -A "${rule[@]}" || return 0
	done
	return 1
}

start_responder() {
	local name=$1

	wire_host "$name"
	# A veth takes frames for the stack where it does GRO, as cards do.
	[[ ${COME_AS[$name]:-} ]] || host_of "$name" ethtool -K eth0 gro on
	if try "respond_$name"; then
		running[$name]=yes
	else
		record missing "${TITLES[$name]}" "$(why)"
	fi
}

start_other_responders() {
	local name

	for name in "${RESPONDERS[@]}"; do
		[[ $name == fakemx ]] || start_responder "$name"
	done
}

measure_rates() {
	local name senders rate share

	for name in "${RESPONDERS[@]}"; do
		[[ ${running[$name]:-} ]] || continue
		for senders in one many random; do
			if read -r rate share < <(taskset -c "$CPU" \
				build/bench/flood "to_$name" $RESPONDER_MAC \
				"$senders" "${COME_AS[$name]:-packet}" \
				$MILLISECONDS 2>/run/errors); then
				record resets_per_second "${TITLES[$name]}" \
					"$senders" "$rate"
				record answered_share "${TITLES[$name]}" \
					"$senders" "$share"
			else
				record missing "${TITLES[$name]}" "$(why)"
			fi
		done
	done
}
