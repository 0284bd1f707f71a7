# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Real mail servers: Postfix, Exim and OpenSMTPD, and the rsyslog that they may
# log to, as scripts/deps unpacks them below build/peers. To be sourced inside
# tests/isolate, after scripts/lab.bash.
#
# All that they have is below /run, which tests/isolate makes private: copies do
# not meet, and nothing is left behind. They take mail for example.net, and throw
# it away, where they are not told otherwise. MTA_NAME is their name.

MTA_DIR=/run/mta
MTA_PEERS=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/peers

# What /etc has for them, over the host's own. `mta_names` reads lines as of
# /etc/hosts, from standard input: names that the servers find for addresses.
mta_etc() {
	local etc=$MTA_DIR/etc

	[[ ! -d $etc ]] || return 0
	mkdir -p "$etc"
	cat /etc/passwd - >"$etc/passwd" <<-EOF
		postfix:x:64001:64001::/:/bin/false
		Debian-exim:x:64002:64002::/:/bin/false
		opensmtpd:x:64004:64004::/var/lib/opensmtpd/empty:/bin/false
		opensmtpq:x:64005:64005::/var/lib/opensmtpd/empty:/bin/false
	EOF
	cat /etc/group - >"$etc/group" <<-EOF
		postfix:x:64001:
		Debian-exim:x:64002:
		postdrop:x:64003:
		opensmtpd:x:64004:
		opensmtpq:x:64005:
	EOF
	cat >"$etc/nsswitch.conf" <<-EOF
		passwd: files
		group: files
		hosts: files dns
	EOF
	# Nobody listens there, which is known at once.
	echo "nameserver 127.0.0.1" >"$etc/resolv.conf"
	echo "127.0.0.1 localhost" >"$etc/hosts"
}

mta_names() {
	mta_etc
	cat >>"$MTA_DIR/etc/hosts"
}

# mta_run NAME NS COMMAND...: in a network namespace, and with mounts of its own:
# the peers laid over /usr, and $MTA_DIR/NAME/etc over /etc, which is where they
# look for what is theirs; and a /dev/log.
mta_run() {
	local name=$1 ns=$2
	shift 2

	# shellcheck disable=SC2016
	exec setsid unshare --mount --propagation private \
		nsenter --net="/run/netns/$ns" bash -euc '
		dir=$1 name=$2 peers=$3
		shift 3
		mount -t overlay -o "lowerdir=$peers/usr:/usr" usr /usr
		mount -t overlay -o "lowerdir=$dir/$name/etc:$dir/etc:/etc" \
			etc /etc
		dev=$dir/$name/dev
		mkdir "$dev"
		mount -t tmpfs dev "$dev"
		for node in null zero full random urandom; do
			touch "$dev/$node"
			mount --bind "/dev/$node" "$dev/$node"
		done
		ln -s "$dir/log.socket" "$dev/log"
		mount --rbind "$dev" /dev
		exec "$@"' mta_run "$MTA_DIR" "$name" "$MTA_PEERS" "$@"
}

# mta_begin NAME NS COMMAND...: a daemon, which stays in the foreground.
mta_begin() {
	local name=$1

	mta_run "$@" >"$MTA_DIR/$name.out" 2>&1 </dev/null 3>&- &
	echo $! >"$MTA_DIR/$name.pid"
}

# mta_wait NS ADDR...: until they are listened on.
mta_wait() {
	local ns=$1 addr
	shift

	for addr; do
		lab_wait mta_listens "$ns" "$addr"
	done
}

mta_listens() {
	nsenter --net="/run/netns/$1" ss -Hltn "src $(mta_quote "$2"):25" |
		grep -q .
}

# mta_quote ADDR: an IPv6 address in brackets.
mta_quote() {
	if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi
}

# mta_stop NAME...: ends them. Each leads a session: what it began ends with it.
mta_stop() {
	local name pid

	for name; do
		pid=$(<"$MTA_DIR/$name.pid")
		kill -- "-$pid" 2>/dev/null || true
		lab_wait mta_is_gone "$pid" || kill -KILL -- "-$pid"
		wait "$pid" || true
		rm "$MTA_DIR/$name.pid"
	done
}

mta_is_gone() { ! kill -0 -- "-$1"; }

# Ends all, shows what they logged, and forgets it.
mta_end() {
	local file

	for file in "$MTA_DIR"/*.pid; do
		[[ ! -e $file ]] || mta_stop "$(basename "$file" .pid)"
	done
	tail -n +1 "$MTA_DIR"/*.out "$MTA_DIR"/*/*log "$MTA_DIR"/syslog \
		2>/dev/null || true
	rm -rf "$MTA_DIR"
}

# mta_syslog_start NS TEMPLATE: rsyslog, which writes $MTA_DIR/syslog by one of
# its templates. Servers that are started with MTA_LOG=syslog log to it.
mta_syslog_start() {
	mta_etc
	mkdir -p "$MTA_DIR/rsyslog/etc"
	cat >"$MTA_DIR/rsyslog/etc/rsyslog.conf" <<-EOF
		module(load="imuxsock" SysSock.Name="$MTA_DIR/log.socket")
		*.* action(type="omfile" file="$MTA_DIR/syslog"
			template="RSYSLOG_$2")
	EOF
	mta_begin rsyslog "$1" rsyslogd -n -i NONE
	lab_wait test -S "$MTA_DIR/log.socket"
}

# postfix_start NS smtpd|postscreen ADDR...: Postfix, named postfix-NS, which
# logs to $MTA_DIR/postfix-NS/log, or with MTA_LOG=syslog to rsyslog. MTA_CONF has
# more lines for its main.cf.
postfix_start() {
	local ns=$1 service=$2 name=postfix-$1 addr log=""
	local dir=$MTA_DIR/$name limit=-
	shift 2

	mta_etc
	[[ ${MTA_LOG:-} == syslog ]] || log=$dir/log
	[[ $service == smtpd ]] || limit=1
	# As "postfix check" makes them, in some seconds.
	mkdir -p "$dir/etc/postfix" "$dir/data" "$dir"/queue/{pid,public,maildrop} \
		"$dir"/queue/{active,bounce,corrupt,defer,deferred,flush,hold} \
		"$dir"/queue/{incoming,private,saved,trace}
	chown 64001 "$dir/data" "$dir"/queue/*
	chown root "$dir/queue/pid"
	cat >"$dir/etc/postfix/main.cf" <<-EOF
		compatibility_level = 3.6
		queue_directory = $dir/queue
		data_directory = $dir/data
		daemon_directory = /usr/lib/postfix/sbin
		maillog_file = $log
		maillog_file_prefixes = $MTA_DIR
		myhostname = ${MTA_NAME:-mx.example.net}
		mydestination = example.net
		mynetworks_style = host
		local_recipient_maps =
		local_transport = discard:
		alias_maps =
		postscreen_greet_wait = 1s
		postscreen_cache_map =
		${MTA_CONF:-}
	EOF
	{
		for addr; do
			addr=$(mta_quote "$addr")
			echo "$addr:25 inet n - n - $limit $service"
			echo "$addr:587 inet n - n - - smtpd" \
				"-o syslog_name=postfix/submission"
		done
		cat <<-EOF
			smtpd pass - - n - - smtpd
			cleanup unix n - n - 0 cleanup
			qmgr unix n - n 300 1 qmgr
			rewrite unix - - n - - trivial-rewrite
			bounce unix - - n - 0 bounce
			defer unix - - n - 0 bounce
			trace unix - - n - 0 bounce
			discard unix - - n - - discard
			error unix - - n - - error
			retry unix - - n - - error
			smtp unix - - n - - smtp
			scache unix - - n - 1 scache
			virtual unix - n n - - virtual
			anvil unix - - n - 1 anvil
			postlog unix-dgram n - n - 1 postlogd
		EOF
	} >"$dir/etc/postfix/master.cf"
	mta_begin "$name" "$ns" /usr/lib/postfix/sbin/master -d
	mta_wait "$ns" "$@"
}

# exim_start NS ADDR...: Exim, named exim-NS, which logs to
# $MTA_DIR/exim-NS/mainlog, or with MTA_LOG=syslog to rsyslog; with MTA_SELECT
# beside +smtp_connection, and lines of MTA_CONF in its main configuration.
# MAIL_RETRY is how often it looks into its queue, if at all.
# MTA_ROUTERS are its routers, and sections that they take. The user "user" may
# log in, by PLAIN and with any password.
exim_start() {
	local ns=$1 name=exim-$1 addr addrs=
	local dir=$MTA_DIR/$name
	local routers=${MTA_ROUTERS:-$'all:\n driver = redirect\n data = :blackhole:'}
	shift

	mta_etc
	mkdir -p "$dir/etc/exim4" "$dir/spool"
	chown 64002 "$dir" "$dir/spool"
	for addr; do
		addrs+=" ; $addr"
	done
	cat >"$dir/etc/exim4/exim4.conf" <<-EOF
		spool_directory = $dir/spool
		log_file_path = ${MTA_LOG:-$dir/%slog}
		pid_file_path = $dir/exim.pid
		log_selector = +smtp_connection ${MTA_SELECT:-}
		primary_hostname = ${MTA_NAME:-mx.example.net}
		daemon_smtp_ports = 25 : 587
		local_interfaces = <${addrs# }
		host_lookup = *
		acl_smtp_rcpt = accept
		acl_smtp_data = accept
		keep_environment =
		timezone = ${TZ:-UTC}
		tls_advertise_hosts =
		${MTA_CONF:-}
		begin routers
		$routers
		begin authenticators
		plain:
		  driver = plaintext
		  public_name = PLAIN
		  server_condition = \${if eq{\$auth2}{user}}
		  server_set_id = \$auth2
	EOF
	mta_begin "$name" "$ns" exim4 -bdf ${MAIL_RETRY:+"-q$MAIL_RETRY"}
	mta_wait "$ns" "$@"
}

# opensmtpd_start NS ADDR: OpenSMTPD, named opensmtpd-NS, which relays the mail of
# its own host, and logs to $MTA_DIR/opensmtpd-NS.out.
opensmtpd_start() {
	local ns=$1 addr=$2 name=opensmtpd-$1
	local dir=$MTA_DIR/opensmtpd-$1

	mta_etc
	mkdir -p "$dir/etc" "$dir"/var/{lib/opensmtpd/empty,spool/smtpd}
	chmod 711 "$dir/var/spool/smtpd"
	mkdir "$dir/var/run"
	cat >"$dir/etc/smtpd.conf" <<-EOF
		listen on $addr port 25
		action "out" relay helo "${MTA_NAME:-mx.example.net}"
		match from local for any action "out"
	EOF
	# Where these are is compiled in.
	# shellcheck disable=SC2016
	mta_begin "$name" "$ns" bash -c 'mount --bind "$0" /var && exec smtpd -d' \
		"$dir/var"
	mta_wait "$ns" "$addr"
}
