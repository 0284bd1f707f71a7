// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "out.h"
#include "refusal.h"

static const char *const mode_names[] = { "auto", "native", "generic" };

const char *mode_name(enum mode mode)
{
	return mode_names[mode];
}

int mode_parse(const char *word, enum mode *out)
{
	unsigned int i;

	for (i = 0; i < sizeof(mode_names) / sizeof(*mode_names); i++) {
		if (!strcmp(word, mode_names[i])) {
			*out = i;
			return 0;
		}
	}
	return -EINVAL;
}

int attach_check(struct attaching *a, const char *name)
{
	int err = netdev_read(name, &a->dev);

	if (!err) /* an alias is a name of the same interface */
		name = a->dev.name;

	if (err == -ENODEV)
		say("%s: no such interface", name);
	else if (err)
		say("%s: %s", name, strerror(-err));
	if (err)
		return err;
	if (!is_utf8(name)) {
		say("%s: its name is not UTF-8; rename it first", name);
		return -EINVAL;
	}
	if (a->dev.ethernet)
		return 0;
	say("%s: its frames have no Ethernet header; load on an Ethernet interface",
	    name);
	return -EOPNOTSUPP;
}

static int check_foreign(const struct netdev *dev)
{
	struct foreign foreign;
	int err = kern_query(dev->ifindex, &foreign);

	if (err || !foreign.id)
		return err;
	if (!strcmp(foreign.name, "fakemx"))
		say("%s: a program of " TOOL
		    " is attached that was not loaded under this name; run: " TOOL
		    " unload --all",
		    dev->name);
	else
		say("%s: another XDP program is attached: %s (id %u, %s mode); detach it first, with what attached it, or: ip link set dev %s %s off",
		    dev->name, *foreign.name ? foreign.name : "unnamed",
		    foreign.id, foreign.generic ? "generic" : "native",
		    dev->name, foreign.generic ? "xdpgeneric" : "xdpdrv");
	return -EBUSY;
}

/* Native where it can be had, and its answers leave as they should. */
static int choose_mode(struct attaching *a)
{
	const struct netdev *dev = &a->dev;
	bool hidden = dev->strips_tags && dev->has_vlans;

	if (a->mode == MODE_NATIVE && hidden) {
		say("%s: it strips VLAN tags before a native program sees the frame, and has VLAN devices; run: ethtool -K %s rxvlan off, or take --mode generic",
		    dev->name, dev->name);
		return -EOPNOTSUPP;
	}
	if (a->mode == MODE_NATIVE && dev->veth)
		add_text(
			a->notes,
			"a veth loses native answers unless its peer runs an XDP program too");
	if (a->mode != MODE_AUTO)
		return 0;
	if (dev->veth)
		add_text(
			a->notes,
			"generic mode, because a veth loses native answers unless its peer runs an XDP program too");
	else if (hidden)
		add_text(
			a->notes,
			"generic mode, because the interface strips VLAN tags and has VLAN devices");
	if (dev->veth || hidden)
		a->mode = MODE_GENERIC;
	return 0;
}

static void describe(struct attaching *a, bool generic, int native_err)
{
	a->about = (struct fmx_about){
		.since = time(NULL),
		.generic = generic,
		/* What it cannot read, it would pass: rather in generic mode.
		 */
		.one_page = a->dev.hides_headers,
		.native_errno = -native_err,
		.version = VERSION,
	};
}

static int attach_in(struct attaching *a, bool generic, int native_err,
		     bool *refused)
{
	describe(a, generic, native_err);
	return kern_attach(a->kern, a->dev.name, a->dev.ifindex, &a->about,
			   refused);
}

static int attach_generic(struct attaching *a, int native_err)
{
	bool refused;
	int err = attach_in(a, true, native_err, &refused);

	if (refused)
		say("%s: cannot attach in generic mode: %s", a->dev.name,
		    strerror(-err));
	return err;
}

static void say_refused(const struct attaching *a, const char *why)
{
	int lower_mtu = refusal_lower_mtu(a->dev.mtu);
	const char *name = a->dev.name;

	if (!lower_mtu)
		say("%s: cannot attach in native mode: %s; --mode generic works with every driver",
		    name, why);
	else
		say("%s: cannot attach in native mode: %s; lower the MTU to %d, %stake --mode generic",
		    name, why, lower_mtu,
		    a->kern->frags || a->dev.hides_headers
			    ? "or "
			    : "run Linux 5.18 or newer, or ");
}

static int attach(struct attaching *a)
{
	const char *name = a->dev.name;
	char why[REFUSAL_SIZE];
	bool refused;
	int err;

	err = choose_mode(a);
	if (err)
		return err;
	if (a->mode == MODE_GENERIC)
		return attach_generic(a, 0);
	say("%s: attaching in native mode; its link may go down for a moment",
	    name);
	err = attach_in(a, false, 0, &refused);
	if (!refused)
		return err;
	refusal_text(why, err, a->dev.mtu);
	if (a->mode == MODE_NATIVE) {
		say_refused(a, why);
		return err;
	}
	add_text(a->notes,
		 "generic mode, because the driver refused native mode: %s",
		 why);
	return attach_generic(a, err);
}

/* Names of interfaces change, and another namespace has the same numbers. */
static int is_this_interface(const struct attaching *a,
			     const struct attachment *running)
{
	struct foreign attached;
	int err = kern_query(a->dev.ifindex, &attached);

	if (err)
		return err;
	return running->ifindex == a->dev.ifindex &&
	       running->prog_id == attached.id;
}

static int upgrade(struct attaching *a, const struct attachment *running)
{
	int same = is_this_interface(a, running);
	bool generic = running->about.generic;
	const char *name = a->dev.name;

	if (same < 0)
		return same;
	if (!same) {
		say("%s: what was loaded under this name is on another interface now; run: " TOOL
		    " unload %s, then load again",
		    name, name);
		return -EBUSY;
	}
	if (a->mode != MODE_AUTO && (a->mode == MODE_GENERIC) != generic) {
		say("%s: loaded in %s mode; to change it: " TOOL
		    " unload %s, then load it again",
		    name, mode_names[generic ? MODE_GENERIC : MODE_NATIVE],
		    name);
		return -EBUSY;
	}
	describe(a, generic, -running->about.native_errno);
	a->about.since = running->about.since;
	a->upgraded = true;
	return kern_upgrade(a->kern, running, &a->about);
}

int attach_or_upgrade(struct attaching *a)
{
	struct attachment running;
	int err = kern_attachment(a->dev.name, &running);

	if (!err && running.ifindex)
		return upgrade(a, &running);
	/* The link of an interface that has gone holds nothing. */
	if (!err || err == -ENOENT)
		err = check_foreign(&a->dev);
	return err ? err : attach(a);
}
