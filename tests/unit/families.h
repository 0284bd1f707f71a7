/* SPDX-License-Identifier: GPL-2.0-only */
/* A few small families of metrics, and the text that they are written as. */
#ifndef FAMILIES_H
#define FAMILIES_H

#include "unit.h"

#include "prometheus.h"

static inline json_t *small_families(void)
{
	json_t *families = json_pack(
		"[{s:s, s:s, s:s, s:[{s:{}, s:I}]},"
		" {s:s, s:s, s:s, s:[]},"
		" {s:s, s:s, s:s, s:[{s:{s:s}, s:i}, {s:{s:s, s:s}, s:i}]}]",
		"name", "one", "type", "gauge", "help", "First.", "samples",
		"labels", "value", (json_int_t)9007199254740993, "name", "none",
		"type", "gauge", "help", "Second.", "samples", "name", "two",
		"type", "counter", "help", "Third.", "samples", "labels", "a",
		"x\ny", "value", 1, "labels", "b", "\"", "a", "\\", "value", 2);

	assert_non_null(families);
	return families;
}

static const char small_text[] = "# HELP one First.\n"
				 "# TYPE one gauge\n"
				 "one 9007199254740993\n"
				 "# HELP two Third.\n"
				 "# TYPE two counter\n"
				 "two{a=\"x\\ny\"} 1\n"
				 "two{b=\"\\\"\",a=\"\\\\\"} 2\n";

#endif
