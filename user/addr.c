// SPDX-License-Identifier: GPL-2.0-only
#include "addr.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

unsigned int addr_bits(const struct prefix *prefix)
{
	return prefix->family == FMX_IPV4 ? 32 : 128;
}

static bool is_v4_mapped(const struct prefix *p)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	return p->family == FMX_IPV6 &&
	       !memcmp(p->addr, mapped, sizeof(mapped));
}

int addr_parse(const char *word, struct prefix *out, struct fault *fault)
{
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, word, out->addr) == 1)
		out->family = FMX_IPV4;
	else if (inet_pton(AF_INET6, word, out->addr) == 1)
		out->family = FMX_IPV6;
	else
		return fault_set(fault, "%s: not an IP address", word);
	out->len = addr_bits(out);
	if (is_v4_mapped(out))
		return fault_set(
			fault,
			"%s: an IPv4 address in IPv6 form; write %u.%u.%u.%u",
			word, out->addr[12], out->addr[13], out->addr[14],
			out->addr[15]);
	return 0;
}

bool prefix_clear_host_bits(struct prefix *p)
{
	bool were_set = false;
	unsigned int i;

	for (i = 0; i < sizeof(p->addr); i++) {
		unsigned int kept = p->len > i * 8 ? p->len - i * 8 : 0;
		__u8 mask = kept >= 8 ? 0xff : (__u8)(0xff00 >> kept);

		were_set |= (p->addr[i] & ~mask) != 0;
		p->addr[i] &= mask;
	}
	return were_set;
}

static int parse_len(const char *digits, unsigned int max)
{
	unsigned int len = 0;
	const char *c;

	if (!*digits || strlen(digits) > 3)
		return -1;
	for (c = digits; *c; c++) {
		if (!isdigit((unsigned char)*c))
			return -1;
		len = len * 10 + (*c - '0');
	}
	return len > max ? -1 : (int)len;
}

int prefix_parse(const char *word, struct prefix *out, struct fault *fault)
{
	const char *slash = strchr(word, '/');
	char addr[INET6_ADDRSTRLEN], right[PREFIX_TEXT_SIZE];
	int len, err;

	if (!slash)
		return addr_parse(word, out, fault);
	if ((size_t)(slash - word) >= sizeof(addr))
		return fault_set(fault, "%s: not an IP prefix", word);
	memcpy(addr, word, slash - word);
	addr[slash - word] = '\0';
	err = addr_parse(addr, out, fault);
	if (err && !is_v4_mapped(out))
		fault_set(fault, "%s: not an IP prefix", word);
	if (err)
		return err;
	len = parse_len(slash + 1, addr_bits(out));
	if (len < 0)
		return fault_set(fault, "%s: the prefix length must be 0 to %u",
				 word, addr_bits(out));
	out->len = len;
	if (prefix_clear_host_bits(out)) {
		prefix_format(out, right);
		return fault_set(fault, "%s: host bits are set; write %s", word,
				 right);
	}
	return 0;
}

bool addr_is_unicast(const struct prefix *p)
{
	static const __u8 zero[15];

	if (p->family == FMX_IPV4)
		return p->addr[0] != 0 && p->addr[0] != 127 && p->addr[0] < 224;
	if (p->addr[0] == 0xff || is_v4_mapped(p))
		return false;
	return memcmp(p->addr, zero, sizeof(zero)) || p->addr[15] > 1;
}

/* Returns what is behind it: inet_ntop() would be most of a long list. */
static char *format_ipv4(const __u8 addr[4], char *text)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (addr[i] >= 100)
			*text++ = '0' + addr[i] / 100;
		if (addr[i] >= 10)
			*text++ = '0' + addr[i] / 10 % 10;
		*text++ = '0' + addr[i] % 10;
		*text++ = '.';
	}
	*--text = '\0';
	return text;
}

void prefix_format(const struct prefix *p, char text[PREFIX_TEXT_SIZE])
{
	char *end;

	if (p->family == FMX_IPV4)
		end = format_ipv4(p->addr, text);
	else
		end = strchr(inet_ntop(AF_INET6, p->addr, text,
				       PREFIX_TEXT_SIZE),
			     '\0');
	if (p->len != addr_bits(p))
		snprintf(end, PREFIX_TEXT_SIZE - (end - text), "/%u", p->len);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family - b->family;
	order = memcmp(a->addr, b->addr, sizeof(a->addr));
	return order ? order : a->len - b->len;
}

bool prefix_contains(const struct prefix *prefix, const struct prefix *inner)
{
	unsigned int bytes = prefix->len / 8, bits = prefix->len % 8;

	if (prefix->family != inner->family || prefix->len > inner->len ||
	    memcmp(prefix->addr, inner->addr, bytes))
		return false;
	return !bits ||
	       (prefix->addr[bytes] ^ inner->addr[bytes]) >> (8 - bits) == 0;
}

void prefix_halve(const struct prefix *whole, struct prefix half[2])
{
	half[0] = *whole;
	half[0].len++;
	half[1] = half[0];
	half[1].addr[whole->len / 8] |= 0x80 >> whole->len % 8;
}
