/* SPDX-License-Identifier: GPL-2.0-only */
/* An event, as it is printed. */
#ifndef EVENT_H
#define EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "fakemx_event.h"

/*
 * Whether it is for people to see: an attempt, or what was dropped. A reader of
 * all is told of more.
 */
bool event_is_printed(const struct fmx_event *event);

/*
 * Of a packet; `time` is milliseconds since the epoch. What is not known of it
 * is null.
 */
json_t *event_document(const struct fmx_event *event, __s64 time);

/* That so many were not told. */
json_t *event_suppressed(__u64 count, __s64 time);

/* Either, as a line of text: for out_line(). */
void event_print(FILE *to, const json_t *document);

#define EVENT_COMMENT_SIZE 512

/* For a capture: "RESET role=first reason=reset sig=...", as in the line. */
void event_comment(const struct fmx_event *event,
		   char text[EVENT_COMMENT_SIZE]);

#endif
