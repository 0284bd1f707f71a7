# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A laboratory in which mail flows: mail servers of three makes, each behind a
# router of the internet, a DNS server, a host with decoys, and behind that the
# real MX. To be sourced inside tests/isolate, after lab.bash, mta.bash and
# dns.bash.
#
# The decoys' host is the way to the real MX, as that of a virtual machine is, and
# so sees who comes there. Each sender is of a network of its own: neighbours
# are taken for one.

MAIL_DIR=/run/mail
# All these servers take their time to start on a busy machine.
# shellcheck disable=SC2034 # others heed these
DNS_DIR=$MAIL_DIR/dns LAB_PATIENCE=60
MAIL_DNS=192.0.2.53
MAIL_MTAS=(postfix exim opensmtpd)
# Others: a Postfix that is allowed; a server that tries no other MX than the
# first; spamware of both kinds; and a client that meets no decoy.
MAIL_HOSTS=("${MAIL_MTAS[@]}" partner mute first_only last_only plain)
# What is in front of a real MX, and behind it. Domains are named after that, and
# after the family: reset4.example has an MX with xdp-fakemx and IPv4.
MAIL_DECOYS=(reset reject drop none)
# Of which addresses are made. bats has this sourced in a function.
declare -gA MAIL_NUMBERS=([first]=1 [real]=2 [last]=3)
for i in "${!MAIL_HOSTS[@]}"; do MAIL_NUMBERS[${MAIL_HOSTS[i]}]=$i; done
for i in "${!MAIL_DECOYS[@]}"; do MAIL_NUMBERS[${MAIL_DECOYS[i]}]=$i; done

at() { nsenter --net="/run/netns/$1" "${@:2}"; }
mx() { at mx "$@"; }

# mail_address 4|6 HOST [LAST]: its own, or another of its network.
mail_address() {
	local number=${MAIL_NUMBERS[$2]}

	case $1 in
	4) echo "10.1.$number.${3:-25}" ;;
	6) echo "2001:db8:10$number::${3:-25}" ;;
	esac
}

# mail_mx 4|6 first|real|last DECOY: its address. A real MX has one for each kind
# of decoy: OpenSMTPD waits between its connections to one.
mail_mx() {
	local number=${MAIL_NUMBERS[$2]}${MAIL_NUMBERS[$3]}

	case $1 in
	4) echo "198.51.100.$number" ;;
	6) echo "2001:db8:1::$number" ;;
	esac
}

mail_join() {
	local name=$1 to=to_$1

	ip netns add "$name"
	ip -n "$name" link set lo up
	wire "$name" eth0 router "$to"
	ip -n router addr add "$(mail_address 4 "$name" 1)/24" dev "$to"
	ip -n router addr add "$(mail_address 6 "$name" 1)/64" dev "$to" nodad
	ip -n "$name" addr add "$(mail_address 4 "$name")/24" dev eth0
	ip -n "$name" addr add "$(mail_address 6 "$name")/64" dev eth0 nodad
	ip -n "$name" route add default via "$(mail_address 4 "$name" 1)"
	ip -n "$name" route add default via "$(mail_address 6 "$name" 1)"
}

mail_network() {
	local name decoy family real via

	mkdir "$MAIL_DIR"
	for name in router host mx; do
		ip netns add "$name"
		ip -n "$name" link set lo up
	done
	for name in router host; do
		at "$name" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	wire router to_host host eth0
	wire host to_mx mx eth0
	ip -n router addr add "$MAIL_DNS/32" dev lo
	ip -n router addr add 198.51.100.1/24 dev to_host
	ip -n router addr add 2001:db8:1::1/64 dev to_host nodad
	ip -n host addr add 198.51.100.2/24 dev eth0
	ip -n host addr add 2001:db8:1::2/64 dev eth0 nodad
	ip -n host route add default via 198.51.100.1
	ip -n host route add default via 2001:db8:1::1
	# The way to the real MX.
	ip -n host addr add fe80::1/64 dev to_mx nodad
	for decoy in "${MAIL_DECOYS[@]}"; do
		lab_addresses host "$(mail_mx 4 first "$decoy")" \
			"$(mail_mx 4 last "$decoy")" \
			"$(mail_mx 6 first "$decoy")" "$(mail_mx 6 last "$decoy")"
		for family in 4 6; do
			real=$(mail_mx $family real "$decoy")
			lab_addresses mx "$real"
			ip -n host route add "$real" dev to_mx
			via=198.51.100.2
			[[ $family == 4 ]] || via=2001:db8:1::2
			ip -n router route add "$real" via $via
		done
	done
	ip -n mx route add default via fe80::1 dev eth0
	ip -4 -n mx route add default via inet6 fe80::1 dev eth0
	for name in "${MAIL_HOSTS[@]}"; do
		mail_join "$name"
	done
}

mail_zone() {
	local family type decoy which name

	for family in 4 6; do
		type=A
		[[ $family == 4 ]] || type=AAAA
		for decoy in "${MAIL_DECOYS[@]}"; do
			echo "$decoy$family MX 20 real.$decoy$family"
			[[ $decoy == none ]] || printf '%s MX %s\n' \
				"$decoy$family" "10 first.$decoy$family" \
				"$decoy$family" "30 last.$decoy$family"
			for which in first real last; do
				echo "$which.$decoy$family $type" \
					"$(mail_mx $family $which "$decoy")"
			done
		done
	done
	for name in "${MAIL_MTAS[@]}" partner mute; do
		echo "$name A $(mail_address 4 "$name")"
		echo "$name AAAA $(mail_address 6 "$name")"
	done
}

# mail_names 4|6: in the DNS's reverse zones, where only mail servers have one.
mail_names() {
	local name number of

	for name in "${MAIL_MTAS[@]}" partner mute; do
		number=${MAIL_NUMBERS[$name]}
		case $1 in
		4) of=25.$number ;;
		6)
			of=$(printf '20010db8010%d%020d' "$number" 25 | rev |
				sed 's/./&./g; s/\.$//')
			;;
		esac
		echo "$of PTR $name.example."
	done
}

mail_dns() {
	mail_zone | dns_zone example
	mail_names 4 | dns_zone 1.10.in-addr.arpa
	mail_names 6 | dns_zone ip6.arpa
	dns_serve router "$MAIL_DNS"
	mta_etc
	echo "nameserver $MAIL_DNS" >"$MTA_DIR/etc/resolv.conf"
}

# The decoys that are not of xdp-fakemx.
mail_other_decoys() {
	local which

	{
		echo 'table inet mail { chain in {'
		echo 'type filter hook input priority 0'
		for which in first last; do
			printf '%s daddr %s tcp dport 25 %s\n' \
				ip "$(mail_mx 4 $which reject)" \
				'reject with tcp reset' \
				ip6 "$(mail_mx 6 $which reject)" \
				'reject with tcp reset' \
				ip "$(mail_mx 4 $which drop)" drop \
				ip6 "$(mail_mx 6 $which drop)" drop
		done
		printf '}\n}\n'
	} | host nft -f -
}

# mail_server NS ADDR...: a Postfix that takes mail for all domains, into one
# mailbox.
mail_server() {
	local domains

	domains=$(printf '%s4.example ' "${MAIL_DECOYS[@]}"
		printf '%s6.example ' "${MAIL_DECOYS[@]}")
	mkdir -p "$MAIL_DIR/$1"
	chown 64001:64001 "$MAIL_DIR/$1"
	MTA_CONF=$(cat <<-EOF
		virtual_mailbox_domains = $domains
		virtual_mailbox_base = $MAIL_DIR
		virtual_mailbox_maps = static:$1/
		virtual_uid_maps = static:64001
		virtual_gid_maps = static:64001
	EOF
	) postfix_start "$1" smtpd "${@:2}"
}

# MAIL_RETRY is how long they wait before they try again, if not as they do.
mail_postfix() {
	MTA_CONF=$(cat <<-EOF
		minimal_backoff_time = ${MAIL_RETRY:-300s}
		maximal_backoff_time = ${MAIL_RETRY:-4000s}
		queue_run_delay = ${MAIL_RETRY:-300s}
	EOF
	) MTA_NAME=$1.example postfix_start "$1" smtpd 127.0.0.1
}

mail_exim() {
	MTA_NAME=$1.example MTA_ROUTERS=$(cat <<-EOF
		out:
		  driver = dnslookup
		  transport = smtp
		begin transports
		smtp:
		  driver = smtp
		begin retry
		* * F,1h,${MAIL_RETRY:-1m}
	EOF
	) exim_start "$1" 127.0.0.1
}

mail_opensmtpd() { MTA_NAME=$1.example opensmtpd_start "$1" 127.0.0.1; }

mail_load() {
	local family decoy

	fakemx load eth0
	for family in 4 6; do
		fakemx decoy "$(mail_mx $family first reset)" role first
		fakemx decoy "$(mail_mx $family last reset)" role last
		for decoy in "${MAIL_DECOYS[@]}"; do
			fakemx real "$(mail_mx $family real "$decoy")"
		done
	done
}

# All of it. Something listens on the decoys: a reset that comes is not the
# kernel's own.
mail_start() {
	local family which mta addrs=() decoys=()

	mail_network
	mail_dns
	mail_load
	mail_other_decoys
	for family in 4 6; do
		for decoy in "${MAIL_DECOYS[@]}"; do
			addrs+=("$(mail_mx $family real "$decoy")")
		done
		for which in first last; do
			decoys+=("$(mail_mx $family $which reset)")
		done
	done
	mail_server mx "${addrs[@]}"
	mail_server host "${decoys[@]}"
	for mta in "${MAIL_MTAS[@]}"; do
		"mail_$mta" "$mta"
	done
}

mail_end() {
	mta_end
	rm -rf "$MAIL_DIR"
}

# mail_hand_over NS DOMAIN [ROUND]: a message, to the mail server there. Its ID is
# made of these; when it was is noted.
mail_hand_over() {
	local ns=$1 domain=$2 id=$1/$2${3:+/$3}

	printf '%s\n' "From: <from@$ns.example>" "To: <to@$domain.example>" \
		"Date: $(date -R)" "Message-Id: <$id@test>" '' 'Hello.' \
		>"$MAIL_DIR/message"
	echo "$id ${EPOCHREALTIME/,/.}" >>"$MAIL_DIR/handed"
	LD_LIBRARY_PATH=$MTA_PEERS/usr/lib/postfix at "$ns" timeout 60 \
		"$MTA_PEERS/usr/sbin/smtp-source" -M "$ns.example" \
		-F "$MAIL_DIR/message" -f "from@$ns.example" \
		-t "to@$domain.example" 127.0.0.1:25
}

# mail_box NS: what is in the mailbox of a server there: the ID of each message,
# who handed it over, and when it was delivered.
mail_box() {
	local file id from

	for file in "$MAIL_DIR/$1"/new/*; do
		[[ -e $file ]] || continue
		id=$(sed -n 's/^Message-Id: <\(.*\)@test>.*/\1/p' "$file")
		from=$(grep -om1 '\[[^]]*\]' "$file" | tr -d '[]')
		echo "$id ${from#IPv6:} $(date -r "$file" +%s.%N)"
	done | sort
}

# Of each message its ID, and the seconds from the hand-over to the mailbox.
mail_delays() {
	join <(sort "$MAIL_DIR/handed") <(mail_box mx) |
		awk '{ printf "%s %.3f\n", $1, $4 - $2 }'
}

# The same as a table: of each MTA, and of several rounds the median.
mail_table() {
	echo "| seconds | no decoy | xdp-fakemx |" \
		"nft \`reject with tcp reset\` | nft \`drop\` |"
	echo '|---|---|---|---|---|'
	sed -E 's,^([^/]*/[^/ ]*)[^ ]*,\1,' | sort -k 1,1 -k 2,2n |
		awk -v decoys="none reset reject drop" \
			-f "$(dirname "${BASH_SOURCE[0]}")/mail.awk"
}

# What lies in the queues, a file each. They are looked at in the order in which a
# message goes through them: it cannot slip by.
mail_queues() {
	local postfix=() name

	for name in postfix partner mx host; do
		postfix+=("$MTA_DIR/postfix-$name"/queue/{maildrop,deferred}
			"$MTA_DIR/postfix-$name"/queue/{incoming,active})
	done
	find "$MTA_DIR"/exim-*/spool/input \
		"$MTA_DIR"/opensmtpd-*/var/spool/smtpd/{incoming,queue} \
		"${postfix[@]}" -type f 2>/dev/null
}
mail_is_all_sent() { [[ -z $(mail_queues) ]]; }

# mail_try NS first|last DOMAIN: a client that tries one MX, and that once.
mail_try() {
	local ns=$1 which=$2 domain=$3 line=1 type=A mx

	[[ $which == first ]] || line='$'
	[[ $domain != *6 ]] || type=AAAA
	mx=$(at "$ns" drill -Q MX "$domain.example" "@$MAIL_DNS" | sort -n |
		sed -n "$line{s/.* //;p}")
	at "$ns" swaks --server "$(at "$ns" drill -Q $type "$mx" "@$MAIL_DNS")" \
		--helo "$ns.example" --from "from@$ns.example" \
		--to "to@$domain.example" --header "Message-Id: <$ns/$domain@test>"
}
