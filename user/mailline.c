// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client chooses much of what a log says of him: the name that he says HELO
 * with, the sender's address, the message's ID, and the name that his address
 * has in the DNS. So a line is read from its beginning, word by word as the
 * server wrote it, and never searched for what looks like an address.
 */
#include "mailline.h"

#include <arpa/inet.h>

/* Reads what is between "[" and "]". */
static bool read_addr(struct text *t, struct prefix *addr)
{
	char word[INET6_ADDRSTRLEN];
	struct fault fault;
	struct text inside;
	size_t length;

	if (!text_skip(t, "[") || !text_until(t, "]", &inside))
		return false;
	length = text_length(&inside);
	if (length >= sizeof(word) || memchr(inside.at, '\0', length))
		return false;
	memcpy(word, inside.at, length);
	word[length] = '\0';
	return !addr_parse(word, addr, &fault);
}

/* ":2525", where there is one; 0 where there is none. */
static bool read_port(struct text *t, unsigned int *port)
{
	const char *digits;

	*port = 0;
	if (!text_skip(t, ":"))
		return true;
	digits = t->at;
	for (; t->at < t->end && isdigit((unsigned char)*t->at); t->at++)
		*port = *port * 10 + (*t->at - '0');
	return t->at > digits && t->at - digits <= 5;
}

/*
 * "name[192.0.2.1]", "name[192.0.2.1]:2525": the name is "unknown" where it is
 * no valid one, says smtpd_peer(3).
 */
static bool read_postfix_client(struct text *t, struct prefix *addr)
{
	unsigned int port;

	while (text_skip_alnum(t) || text_skip(t, ".") || text_skip(t, "-") ||
	       text_skip(t, "_"))
		;
	return read_addr(t, addr) && read_port(t, &port);
}

/*
 * What smtpd(8) logs of a client who connects, and of one whose message it
 * begins to take. Who has logged in is no sender of an MX. Nor is what
 * "orig_client=" names, which a content filter hands on: he was logged when he
 * came himself, and it may have been for submission.
 */
static bool read_smtpd(struct text t, struct arrival *out)
{
	if (text_skip(&t, "connect from "))
		return read_postfix_client(&t, &out->addr) && t.at == t.end;
	out->delivered = true;
	if (!text_skip_alnum(&t) || !text_skip(&t, ": client=") ||
	    !read_postfix_client(&t, &out->addr))
		return false;
	return t.at == t.end || (*t.at == ',' && !text_contains(&t, ", sasl_"));
}

/* "CONNECT from [192.0.2.1]:2525 to [198.51.100.20]:25": POSTSCREEN_README. */
static bool read_postscreen(struct text t, struct arrival *out)
{
	struct prefix server;
	unsigned int port;

	return text_skip(&t, "CONNECT from ") && read_addr(&t, &out->addr) &&
	       read_port(&t, &port) && text_skip(&t, " to ") &&
	       read_addr(&t, &server) && read_port(&t, &port) && t.at == t.end;
}

/*
 * Postfix's programs log as NAME/smtpd; NAME is "postfix", or that of an
 * instance (MULTI_INSTANCE_README), or, with the master.cf that Postfix comes
 * with, that of a service for submission.
 */
static enum mailline read_postfix(const struct text *program,
				  const struct text *message,
				  struct arrival *out)
{
	struct text name = *program, last = *program;
	bool found;

	while (text_until(&last, "/", &name))
		name.at = program->at;
	if (last.at == program->at)
		return MAILLINE_OTHER;
	if (text_skip(&last, "smtpd") && last.at == last.end)
		found = !text_contains(&name, "submission") &&
			!text_contains(&name, "smtps") &&
			read_smtpd(*message, out);
	else if (text_skip(&last, "postscreen") && last.at == last.end)
		found = read_postscreen(*message, out);
	else
		return MAILLINE_OTHER;
	return found ? MAILLINE_ARRIVAL : MAILLINE_MTA;
}

/* Behind the name that the client said HELO with: ") [192.0.2.1]". */
static bool find_helo_end(struct text *t, struct prefix *addr)
{
	struct text helo, behind;

	while (text_until(t, ") ", &helo)) {
		behind = *t;
		if (read_addr(&behind, addr)) {
			*t = behind;
			return true;
		}
	}
	return false;
}

/*
 * A client as Exim writes it, in host_build_sender_fullhost():
 *
 *	[192.0.2.1]:2525
 *	(helo) [192.0.2.1]:2525
 *	name [192.0.2.1]:2525
 *	name (helo) [192.0.2.1]:2525
 *
 * The name is verified, and has no blank in it. With helo_accept_junk_hosts all
 * may be in the HELO, such as another client; and in what comes behind, such as
 * a message's ID. Where there are two that could be the client, it is neither.
 * Ports 465 and 587 are for submission: RFC 8314 3.3.
 */
static bool read_exim_client(struct text *t, struct prefix *addr)
{
	unsigned int port, own_port = 0;
	struct prefix other;
	struct text name, rest;

	if (t->at == t->end ||
	    (*t->at != '[' && *t->at != '(' && !text_until(t, " ", &name)))
		return false;
	if (text_skip(t, "(")) {
		if (!find_helo_end(t, addr))
			return false;
		rest = *t;
		if (find_helo_end(&rest, &other))
			return false;
	} else if (!read_addr(t, addr)) {
		return false;
	}
	if (!read_port(t, &port) || (t->at < t->end && *t->at != ' '))
		return false;
	if (text_skip(t, " I="))
		return read_addr(t, &other) && read_port(t, &own_port) &&
		       own_port != 465 && own_port != 587;
	return true;
}

/*
 * Steps over an address, as Exim's parse.c takes a local part: it may have
 * blanks where they are quoted.
 */
static bool skip_sender(struct text *t)
{
	bool quoted = false;

	for (; t->at < t->end; t->at++) {
		if (*t->at == '\\' && t->at + 1 < t->end)
			t->at++;
		else if (*t->at == '"')
			quoted = !quoted;
		else if (*t->at == ' ' && !quoted)
			return true;
	}
	return false;
}

/* The protocols of clients who have not logged in: smtp_in.c's list. */
static bool is_unauthenticated(struct text protocol)
{
	static const char *const names[] = {
		"smtp", "smtps", "esmtp", "esmtps", "ssmtp", "essmtp",
	};
	size_t i;

	text_skip(&protocol, "utf8");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_length(&protocol) == strlen(names[i]) &&
		    !memcmp(protocol.at, names[i], strlen(names[i])))
			return true;
	return false;
}

/*
 * "<= a@example.org H=(helo) [192.0.2.1] P=esmtp S=812 id=...": the Exim
 * specification, "Logging message reception".
 */
static bool read_exim_message(struct text t, struct arrival *out)
{
	struct text before, protocol;

	out->delivered = true;
	if (!skip_sender(&t))
		return false;
	text_skip(&t, " DS");
	if (!text_skip(&t, " H=") || !read_exim_client(&t, &out->addr) ||
	    !text_until(&t, " P=", &before))
		return false;
	if (!text_until(&t, " ", &protocol))
		protocol = t;
	return is_unauthenticated(protocol);
}

/*
 * "SMTP connection from [192.0.2.1]:2525 I=[...]:25 ...", when it begins and
 * when it ends: the same, "Reducing or increasing what is logged".
 */
static bool read_exim_connection(struct text t, struct arrival *out)
{
	struct text id;

	if (text_skip(&t, "Ci=") && !text_until(&t, " ", &id))
		return false;
	return text_skip(&t, "from ") && read_exim_client(&t, &out->addr);
}

/* "1vOQ3Z-000000001Xy-0wVQ ", or with 6 and 2 in the place of 11 and 4. */
static bool skip_exim_id(struct text *t)
{
	struct text rest = *t;
	size_t middle, last;

	if (text_skip_alnum(&rest) != 6 || !text_skip(&rest, "-"))
		return false;
	middle = text_skip_alnum(&rest);
	if (!text_skip(&rest, "-"))
		return false;
	last = text_skip_alnum(&rest);
	if (!(middle == 6 && last == 2) && !(middle == 11 && last == 4))
		return false;
	if (!text_skip(&rest, " "))
		return false;
	*t = rest;
	return true;
}

/*
 * "[123] ", of log_selector = +pid. Not "[1/2] ": a long line goes to syslog in
 * parts, and where one begins and ends is the client's choice.
 */
static void skip_exim_pid(struct text *t)
{
	struct text rest = *t, inside;
	int digit;

	if (!text_skip(&rest, "[") || !text_until(&rest, "] ", &inside))
		return;
	while (text_number(&inside, 1, &digit))
		;
	if (inside.at == inside.end)
		*t = rest;
}

/* What is behind the date. */
static enum mailline read_exim(struct text t, struct arrival *out)
{
	bool has_id, found;

	skip_exim_pid(&t);
	has_id = skip_exim_id(&t);
	if (text_skip(&t, "SMTP connection "))
		found = read_exim_connection(t, out);
	else if (has_id)
		found = text_skip(&t, "<= ") && read_exim_message(t, out);
	else
		return MAILLINE_OTHER;
	return found ? MAILLINE_ARRIVAL : MAILLINE_MTA;
}

/*
 * "host program[123]: message". Exim repeats the date in its message, unless
 * syslog_timestamp is off; its date has the year.
 */
static enum mailline read_syslog(struct text t, struct logdate *date,
				 struct arrival *out)
{
	struct text host, program, message, name;
	struct logdate inner;

	if (!text_until(&t, " ", &host) || !text_until(&t, " ", &program) ||
	    program.at == program.end || program.end[-1] != ':')
		return MAILLINE_OTHER;
	message = t;
	program.end--;
	if (text_until(&program, "[", &name))
		program = name;
	if (!text_skip(&program, "exim"))
		return read_postfix(&program, &message, out);
	if (logdate_read(&t, &inner) == LOGDATE_EXIM && text_skip(&t, " ")) {
		message = t;
		*date = inner;
	}
	return read_exim(message, out) == MAILLINE_ARRIVAL ? MAILLINE_ARRIVAL
							   : MAILLINE_MTA;
}

enum mailline mailline_read(const char *text, size_t length,
			    struct logclock *clock, struct arrival *out)
{
	struct text line = { text, text + length };
	enum mailline kind = MAILLINE_OTHER;
	enum logdate_style style;
	struct logdate date;

	if (length > MAILLINE_MAX)
		return MAILLINE_OTHER;
	while (line.at < line.end &&
	       (line.end[-1] == '\n' || line.end[-1] == '\r'))
		line.end--;
	*out = (struct arrival){ 0 };
	style = logdate_read(&line, &date);
	if (style == LOGDATE_NONE || !text_skip(&line, " "))
		return MAILLINE_OTHER;
	if (style == LOGDATE_SYSLOG)
		kind = read_syslog(line, &date, out);
	else
		kind = read_exim(line, out);
	if (kind != MAILLINE_ARRIVAL)
		return kind;
	if (!addr_is_unicast(&out->addr))
		return MAILLINE_MTA;
	out->at = logdate_convert(clock, &date);
	return kind;
}
