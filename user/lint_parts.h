/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of lint.c share. */
#ifndef LINT_PARTS_H
#define LINT_PARTS_H

#include "lint.h"

/* What is found so far, by rule. */
struct findings {
	const struct lint *l;
	json_t *of[LINT_RULE_COUNT];
};

/* What was seen; `mx` and `addr` are what it is about, or NULL. */
void lint_find(struct findings *f, enum lint_rule rule,
	       const struct lint_mx *mx, const struct lint_addr *addr,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Finds where the question failed, and returns whether it did not. */
bool lint_answered(struct findings *f, const struct lint_set *set,
		   const char *name, const char *type,
		   const struct lint_mx *mx);

/* A cache counts down: what has little left may have had more. */
void lint_check_ttl(struct findings *f, const struct lint_set *set,
		    const char *name, const char *type,
		    const struct lint_mx *mx);

/* All rules that are about one. */
void lint_check_mx(struct findings *f, const struct lint_mx *mx);

#endif
