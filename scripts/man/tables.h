/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lists that the manual has in common with the program, for the
 * preprocessor alone: fill.awk takes what it makes of this. "@@ NAME" begins a
 * list, "@ name text" is one of it.
 */
#include "evidence.h"
#include "fakemx.h"
#include "lint_rules.h"
#include "sender.h"
#include "statement.h"

#define X(id, name, verdict, help) @ name help
@@ REASONS
FMX_REASONS(X)
#undef X

#define X(id, name, help) @ name help
@@ CLASSES
CLASSES(X)
#undef X

#define X(id, name, weight, help) @ name help
@@ EVIDENCE
EVIDENCE(X)
#undef X

#define X(id, key, kind, min, max, help) @ key help
@@ SETTINGS
SETTINGS(X)
#undef X

#define ERROR "Error: "
#define WARNING "Warning: "
#define NOTE "Note: "
#define X(id, name, severity, why, remedy, source) \
	@ name severity why " " remedy " (" source ")"
@@ RULES
LINT_RULES(X)
#undef X
@@
