// SPDX-License-Identifier: GPL-2.0-only
/* What comes and what becomes of it, on the screen of a terminal. */
#include "cmd.h"

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "out.h"
#include "screen.h"
#include "when.h"

#define SECOND_NS 1000000000ULL

/* Reading policy and senders takes no more than this part of a CPU. */
#define READING_SHARE 50

static volatile sig_atomic_t stopped_by;

static void note_signal(int number)
{
	stopped_by = number;
}

static const int stopping[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/*
 * What waits, for the lock or for a key, is to be interrupted: no SA_RESTART.
 * Who started the tool with one of them ignored wants it to go on.
 */
static void catch_signals(void)
{
	const struct sigaction ours = { .sa_handler = note_signal };
	struct sigaction before;
	size_t i;

	for (i = 0; i < sizeof(stopping) / sizeof(*stopping); i++)
		if (!sigaction(stopping[i], NULL, &before) &&
		    before.sa_handler != SIG_IGN)
			sigaction(stopping[i], &ours, NULL);
}

/* Ends as one who had not caught it: whoever waits for it can tell. */
static void die_of_signal(void)
{
	signal(stopped_by, SIG_DFL);
	raise(stopped_by);
}

struct top {
	struct watch watch;
	SCREEN *screen;
	enum visitor_order order;
	bool paused;
	bool quit;
	__u64 next;	    /* when to read again, as clock_ns() */
	__u64 next_senders; /* and them */
	char *said;	    /* why reading failed; or NULL */
};

static int read_watch(struct top *top)
{
	__u64 cost = clock_ns(CLOCK_PROCESS_CPUTIME_ID), now;
	bool senders = clock_ns(CLOCK_MONOTONIC) >= top->next_senders;
	struct snapshot snapshot;
	int err;

	err = senders ? snapshot_take(&snapshot, true)
		      : snapshot_take_counters(&snapshot);
	/* Not before: it may have waited for the lock. */
	now = clock_ns(CLOCK_MONOTONIC);
	if (err)
		snapshot_free(&snapshot);
	else
		err = watch_add(&top->watch, &snapshot, now, when_now());
	cost = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cost;
	top->next = now + SECOND_NS;
	if (senders)
		top->next_senders = now + cost * READING_SHARE;
	return err;
}

/*
 * What is said while the screen stands would be in the midst of it: it is kept,
 * and matters only where reading failed.
 */
static int read_again(struct top *top)
{
	FILE *kept = stderr, *said;
	size_t size;
	int err;

	said = open_memstream(&top->said, &size);
	if (!said)
		return -ENOMEM;
	stderr = said;
	err = read_watch(top);
	stderr = kept;
	fclose(said);
	/* A new size of the terminal has ended the waiting for the lock. */
	if (err == -EINTR)
		err = 0;
	if (!err) {
		free(top->said);
		top->said = NULL;
	}
	return err;
}

static void close_screen(struct top *top)
{
	if (!top->screen)
		return;
	endwin();
	delscreen(top->screen);
	top->screen = NULL;
}

static int open_screen(struct top *top)
{
	const char *term = getenv("TERM"), *cup;

	top->screen = newterm(NULL, stdout, stdin);
	if (!top->screen) {
		say("top: TERM=%s: no such terminal is known",
		    term ? term : "");
		return -ENOTTY;
	}
	cup = tigetstr("cup");
	if (!cup || cup == (char *)-1) {
		close_screen(top);
		say("top: TERM=%s: this terminal cannot move its cursor", term);
		return -ENOTTY;
	}
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	return 0;
}

/* A terminal that has no other screen goes on in the last line of this one. */
static void leave_screen(struct top *top)
{
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	close_screen(top);
}

static void draw_line(int y, const struct screen_line *line)
{
	static const attr_t attributes[] = {
		[LOOK_PLAIN] = A_NORMAL,
		[LOOK_TITLE] = A_BOLD,
		[LOOK_HEADING] = A_REVERSE,
	};

	mvaddstr(y, 0, line->text);
	mvchgat(y, 0, -1, attributes[line->look], 0, NULL);
}

static int draw(const struct top *top)
{
	struct screen_line *lines = calloc(LINES, sizeof(*lines));
	struct view view;
	int y;

	if (!lines)
		return -ENOMEM;
	watch_view(&top->watch, top->order, &view);
	view.paused = top->paused;
	screen_make(&view, COLS, LINES, lines);
	erase();
	for (y = 0; y < LINES; y++)
		draw_line(y, &lines[y]);
	refresh();
	free(lines);
	return 0;
}

static void press(struct top *top, int key)
{
	switch (key) {
	case 'q':
		top->quit = true;
		break;
	case ' ':
		top->paused = !top->paused;
		break;
	case 'b':
		top->order = VISITORS_BUSIEST;
		break;
	case 'l':
		top->order = VISITORS_LATEST;
		break;
	case '\f': /* Ctrl-L: something else has written on the screen */
		clearok(curscr, TRUE);
		break;
	}
}

/* 1: a key, or a new size; 0: it is time to read again; or -errno. */
static int wait_for_key(struct top *top)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	__u64 now = clock_ns(CLOCK_MONOTONIC);
	int ms = now < top->next ? (top->next - now + 999999) / 1000000 : 0;
	int ready = poll(&input, 1, top->paused ? -1 : ms);
	int key;

	if (input.revents & (POLLHUP | POLLERR | POLLNVAL))
		return -EIO;
	/* A size that has changed, whenever that was, is a key too. */
	while ((key = getch()) != ERR) {
		press(top, key);
		ready = 1;
	}
	return ready != 0;
}

static int run(struct top *top)
{
	int err = 0;

	while (!err && !top->quit && !stopped_by) {
		err = draw(top);
		if (err)
			break;
		err = wait_for_key(top);
		if (!err)
			err = read_again(top);
		else if (err > 0)
			err = 0;
	}
	return err;
}

static void say_why(const struct top *top, int err)
{
	if (top->said)
		fputs(top->said, stderr);
	if (err == -ENOENT)
		say("top: nothing is loaded any more");
	else if (err && !(top->said && *top->said))
		say("top: %s", strerror(-err));
}

int cmd_top(const struct call *call)
{
	struct top top = { 0 };
	int err;

	err = want_words(call, 0, "");
	if (err)
		return err;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		say("top: standard %s is no terminal",
		    isatty(STDOUT_FILENO) ? "input" : "output");
		return -ENOTTY;
	}
	setlocale(LC_CTYPE, "");
	err = read_watch(&top);
	if (err) {
		say_not_loaded(err);
		goto out;
	}
	catch_signals();
	err = open_screen(&top);
	if (err)
		goto out;
	err = run(&top);
	leave_screen(&top);
	if (!stopped_by)
		say_why(&top, err);
out:
	free(top.said);
	watch_clear(&top.watch);
	if (stopped_by)
		die_of_signal();
	return err;
}
