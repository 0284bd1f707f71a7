// SPDX-License-Identifier: GPL-2.0-only
#include "deviations.h"

#include <arpa/inet.h>
#include <string.h>

#include "answers.h"

#define TCP_MD5 19
#define TCP_AO 29
#define TCP_SIGNATURE_SIZE 18 /* of MD5, with kind and length */
#define MAX_TAGS 8
#define MAX_EXT 8
#define OTHER_MAC_END 0x99

/*
 * As tcp_parse_auth_options() reads them, which does not begin to where what
 * is left could not hold a signature.
 */
static bool is_signed_or_unreadable(const struct attempt *a)
{
	const struct frame *f = &a->frames[0];
	const uint8_t *tcp = f->bytes + spec_l4(&a->spec), *o = tcp + 20;
	int left = tcp[12] / 16 * 4 - 20;

	if (o + left > f->bytes + f->len)
		return false;
	while (left >= TCP_SIGNATURE_SIZE && o[0] != 0) {
		int size = o[0] == 1 ? 1 : o[1];

		if (o[0] == TCP_MD5 || o[0] == TCP_AO)
			return true;
		if (size > left || (o[0] != 1 && size < 2))
			return true;
		o += size;
		left -= size;
	}
	return false;
}

/* The header's word for its length may make options of payload. */
static void unsign(struct attempt *a)
{
	memset(a->tcp_options, 1, MAX_OPTIONS);
	memset(a->payload, 1, MAX_OPTIONS);
}

/* By the header's own word for its length, which may be a lie. */
static bool has_payload(const struct attempt *a)
{
	size_t l4 = spec_l4(&a->spec), segment;

	segment = 20 + a->spec.tcp_options + a->spec.payload;
	return segment > (size_t)a->frames[0].bytes[l4 + 12] / 16 * 4;
}

static bool is_payload_wrong(const struct attempt *a)
{
	return a->spec.check == CHECK_WRONG && has_payload(a);
}

static void right_checksum(struct attempt *a)
{
	a->offloaded = false;
	a->spec.check = CHECK_FULL;
}

static bool is_garbage_offloaded(const struct attempt *a)
{
	return a->offloaded && a->spec.check == CHECK_WRONG && !has_payload(a);
}

static bool is_payload_garbage(const struct attempt *a)
{
	return a->offloaded && is_payload_wrong(a);
}

/* The answer is spoilt where its checksum was complete before it left. */
static void spoil_checksum(const struct attempt *a, struct frame *answer,
			   const struct frame *actual)
{
	(void)a;
	memcpy(answer->bytes + answer->len - 4, actual->bytes + actual->len - 4,
	       2);
}

/* The pseudo-header's sum; also by chance, of a full or of a wrong one. */
static bool is_partial(const struct attempt *a)
{
	struct spec other = a->spec;
	struct frame f;

	other.check = CHECK_PARTIAL;
	build_request(&other, &f);
	return !memcmp(f.bytes, a->frames[0].bytes, f.len);
}

static void as_offloaded(struct attempt *a)
{
	if (a->spec.check == CHECK_WRONG)
		right_checksum(a);
}

static void point_urgent(const struct attempt *a, struct frame *answer,
			 const struct frame *actual)
{
	(void)a;
	memcpy(answer->bytes + answer->len - 2, actual->bytes + actual->len - 2,
	       2);
	write_tcp_checksum(answer);
}

static int tag_count(const struct attempt *a)
{
	int count = 0;

	while (count < MAX_TAGS_BUILT && a->spec.tags[count].type)
		count++;
	return count;
}

static bool is_tagged(const struct attempt *a)
{
	return tag_count(a) > 0;
}

static bool has_many_tags(const struct attempt *a)
{
	return tag_count(a) > MAX_TAGS;
}

static void untag(struct attempt *a)
{
	memset(a->spec.tags, 0, sizeof(a->spec.tags));
}

static void tag_again(const struct attempt *a, struct frame *answer,
		      const struct frame *actual)
{
	(void)actual;
	size_t tags = spec_l3(&a->spec) - 14;
	struct frame request;

	build_request(&a->spec, &request);
	memmove(answer->bytes + 12 + tags, answer->bytes + 12,
		answer->len - 12);
	memcpy(answer->bytes + 12, request.bytes + 12, tags);
	answer->len += tags;
}

static bool has_ip_options(const struct attempt *a)
{
	return a->spec.ip_options > 0;
}

static void blank_ip_options(struct attempt *a)
{
	memset(a->ip_options, 1, a->spec.ip_options);
}

static int ext_count(const struct attempt *a)
{
	int count = 0;

	while (count < MAX_EXT_BUILT && a->spec.ext[count].used)
		count++;
	return count;
}

static bool has_ext_headers(const struct attempt *a)
{
	return ext_count(a) > 0;
}

static bool has_late_fragment_header(const struct attempt *a)
{
	const struct ext *ext = a->spec.ext;
	int i;

	for (i = 1; i < ext_count(a); i++)
		if (ext[i].type == EXT_FRAGMENT &&
		    (i > 1 || ext[0].type != EXT_HOP_BY_HOP))
			return true;
	return false;
}

static bool has_many_ext_headers(const struct attempt *a)
{
	return ext_count(a) > MAX_EXT;
}

static void remove_ext_headers(struct attempt *a)
{
	memset(a->spec.ext, 0, sizeof(a->spec.ext));
}

static bool is_without_length(const struct attempt *a)
{
	return a->spec.family == 6 && a->spec.ip_len == SAY(0);
}

/* What is neither of the senders' 100.64.0.0/10 nor of 2001:db8::/32. */
static bool is_martian(const struct attempt *a)
{
	uint8_t addr[16];

	attempt_sender(a, addr);
	return addr[0] != (a->spec.family == 4 ? 100 : 0x20);
}

static bool is_for_another_station(const struct attempt *a)
{
	return a->spec.dst_mac && !strcmp(a->spec.dst_mac, "02:00:00:00:00:99");
}

static bool is_for_a_group(const struct attempt *a)
{
	return a->spec.dst_mac && !is_for_another_station(a);
}

static void for_us(struct attempt *a)
{
	a->spec.dst_mac = NULL;
}

static void from_another_station(const struct attempt *a, struct frame *answer,
				 const struct frame *actual)
{
	(void)a;
	(void)actual;
	answer->bytes[11] = OTHER_MAC_END;
}

static bool is_fragmented(const struct attempt *a)
{
	return a->shape == FRAGMENTS;
}

static bool is_led_there(const struct attempt *a)
{
	return a->shape == SOURCE_ROUTE;
}

struct deviation deviations[] = {
	{ .name = "signed",
	  .reason = "the kernel answers no SYN with an MD5 or AO option for "
		    "which it has no key, nor one with options that it cannot "
		    "search for them; the program does not look into TCP "
		    "options: the sender moves on at once",
	  .applies = is_signed_or_unreadable,
	  .normalise = unsign },
	{ .name = "payload checksum",
	  .reason = "payload is not summed up, or a sender could set the price "
		    "of an answer that tells him nothing",
	  .applies = is_payload_wrong,
	  .normalise = right_checksum },
	{ .name = "offloaded garbage",
	  .reason = "the kernel believes a neighbour who says that the device "
		    "will write the checksum, whatever stands there; the "
		    "program wants the pseudo-header's sum",
	  .applies = is_garbage_offloaded },
	{ .name = "offloaded garbage with payload",
	  .reason = "taken for a full checksum; in generic mode the device "
		    "then adds to an answer that is complete: who lies gets "
		    "one that he cannot read",
	  .applies = is_payload_garbage,
	  .normalise = right_checksum,
	  .adjust = spoil_checksum,
	  .rare = true },
	{ .name = "partial checksum",
	  .reason = "whether the device will complete the answer's cannot be "
		    "told; the urgent pointer, which nobody reads without its "
		    "flag, makes it right either way",
	  .applies = is_partial,
	  .normalise = as_offloaded,
	  .adjust = point_urgent },
	{ .name = "many tags",
	  .reason = "more than eight VLAN tags are dropped, the kernel follows "
		    "any number with VID 0",
	  .applies = has_many_tags,
	  .allowed_too = true,
	  .link = true },
	{ .name = "tags",
	  .reason = "the answer keeps the tags: there may be a VLAN device for "
		    "them; the kernel takes tags with VID 0 off and answers "
		    "without",
	  .applies = is_tagged,
	  .normalise = untag,
	  .adjust = tag_again,
	  .link = true },
	{ .name = "IPv4 options",
	  .reason = "the kernel refuses source routes and options that it "
		    "cannot read, and repeats routes and timestamps in its "
		    "answer; the program answers without options",
	  .applies = has_ip_options,
	  .normalise = blank_ip_options },
	{ .name = "many extension headers",
	  .reason = "more than eight are dropped, the kernel follows any "
		    "number",
	  .applies = has_many_ext_headers },
	{ .name = "late fragment header",
	  .reason = "what stands behind it Linux reads, where connection "
		    "tracking is in use, as what the first header says that "
		    "follows that one: it is dropped",
	  .applies = has_late_fragment_header },
	{ .name = "extension headers",
	  .reason = "the kernel has an ICMPv6 error, or silence, for headers "
		    "and options that it does not know; the program walks "
		    "over all to the SYN",
	  .applies = has_ext_headers,
	  .normalise = remove_ext_headers },
	{ .name = "no length",
	  .reason = "a payload length of 0 is a jumbogram's; the kernel takes "
		    "the frame's instead, where a hop-by-hop header stands",
	  .applies = is_without_length },
	{ .name = "martians",
	  .reason = "0.0.0.0/8, 240.0.0.0/4, :: and ::ffff:0:0/96 are no "
		    "host's addresses (RFC 1122 3.2.1.3, RFC 4291 2.5); the "
		    "kernel answers them",
	  .applies = is_martian,
	  .allowed_too = true },
	{ .name = "groups",
	  .reason = "what went to a group of stations is dropped; the kernel "
		    "answers it where that is no TCP, but an ICMPv6 error",
	  .applies = is_for_a_group,
	  .allowed_too = true,
	  .rare = true,
	  .link = true },
	{ .name = "another station",
	  .reason = "the program does not know the MAC addresses of a bridge's "
		    "or a macvlan's guests: it answers what arrives",
	  .applies = is_for_another_station,
	  .normalise = for_us,
	  .adjust = from_another_station,
	  .link = true },
	{ .name = "fragments",
	  .reason = "first fragments are dropped, the kernel puts them "
		    "together",
	  .applies = is_fragmented },
	{ .name = "source routes",
	  .reason = "what is led to a decoy over another address is dropped; "
		    "the kernel drops it too, unless it is told to follow "
		    "source routes",
	  .applies = is_led_there,
	  .rare = true },
};

const int deviation_count = sizeof(deviations) / sizeof(deviations[0]);
