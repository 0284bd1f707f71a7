# SPDX-License-Identifier: GPL-2.0-only
#
# awk -v count=N: that many prefixes of /24 to /32, one to a /24, in order, and
# always the same. The third byte is odd: so they lie all around the senders
# (syn.h), and hold none.

function roll(n) # Park and Miller: exact in any awk
{
	seed = seed * 16807 % 2147483647
	return seed % n
}

BEGIN {
	seed = 25
	gap = int(126 * 32768 * 0.99 / count)
	for (block = roll(gap); made < count; block += 1 + roll(2 * gap - 1)) {
		made++
		len = 24 + roll(9)
		host = roll(256)
		printf "%d.%d.%d.%d/%d\n", 1 + block / 32768,
			block % 32768 / 128, block % 128 * 2 + 1,
			host - host % 2 ^ (32 - len), len
	}
}
