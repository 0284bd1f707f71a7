// SPDX-License-Identifier: GPL-2.0-only
#include "kept.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "listfile.h"
#include "out.h"
#include "when.h"

/* Comments of a list of senders, that say what is more than one. */
#define RESOLVED "# resolved: "
#define FAILING "# failing since: "
#define WHY "# failing because: "
#define LEFT_OUT "# left out: "

struct writing {
	const char *domain;
	const struct kept *kept;
};

static void file_name(const char *directory, const char *domain,
		      char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s.spf", directory, domain);
}

bool kept_has_list(const struct kept *kept)
{
	return kept->resolved || kept->count;
}

static int add_left_out(struct kept *kept, const char *text)
{
	char **grown = reallocarray(kept->left_out, kept->left_out_count + 1,
				    sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	kept->left_out = grown;
	grown[kept->left_out_count] = strdup(text);
	if (!grown[kept->left_out_count])
		return -ENOMEM;
	kept->left_out_count++;
	return 0;
}

/* What stands behind the tag where the line begins with it, or NULL. */
static const char *behind(const char *line, const char *tag)
{
	size_t length = strlen(tag);

	return strncmp(line, tag, length) ? NULL : line + length;
}

static int read_line(struct kept *out, const char *line, struct fault *fault)
{
	const char *text;

	if ((text = behind(line, RESOLVED)))
		return when_parse(text, &out->resolved, fault);
	if ((text = behind(line, FAILING)))
		return when_parse(text, &out->failing_since, fault);
	if ((text = behind(line, LEFT_OUT)))
		return add_left_out(out, text);
	text = behind(line, WHY);
	if (!text || out->why)
		return 0;
	out->why = strdup(text);
	return out->why ? 0 : -ENOMEM;
}

static int read_comments(FILE *file, struct kept *out, struct fault *fault)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	errno = 0;
	while (!err && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		err = read_line(out, line, fault);
	}
	if (!err && ferror(file))
		err = errno ? -errno : -EIO;
	free(line);
	return err;
}

/* In a file that somebody has changed there may be some in another. */
static void drop_inner(struct kept *kept)
{
	size_t i, count = 0;

	for (i = 0; i < kept->count; i++)
		if (!count || !prefix_contains(&kept->list[count - 1].prefix,
					       &kept->list[i].prefix))
			kept->list[count++] = kept->list[i];
	kept->count = count;
}

int kept_read(const char *directory, const char *domain, struct kept *out,
	      struct fault *fault)
{
	struct fault why = { "" };
	struct listfile list;
	char path[PATH_MAX];
	FILE *file;
	int err;

	*out = (struct kept){ 0 };
	file_name(directory, domain, path);
	file = fopen(path, "re");
	if (!file) {
		err = -errno;
		fault_set(fault, "%s: %s", path, strerror(-err));
		return err;
	}
	err = read_comments(file, out, &why);
	fclose(file);
	if (err)
		fault_set(fault, "%s: %s", path,
			  *why.text ? why.text : strerror(-err));
	else
		err = listfile_read(path, false, &list, fault);
	if (err) {
		kept_free(out);
		return err;
	}
	out->list = list.list;
	out->count = list.count;
	drop_inner(out);
	return 0;
}

static int write_kept(FILE *file, const void *arg)
{
	const struct writing *w = arg;
	const struct kept *kept = w->kept;
	char text[PREFIX_TEXT_SIZE], when[WHEN_TEXT_SIZE];
	size_t i;

	fprintf(file,
		"# Who passes by the SPF record of %s: kept by " TOOL
		", which writes it anew.\n",
		w->domain);
	if (kept->resolved) {
		when_format(kept->resolved, when);
		fprintf(file, RESOLVED "%s\n", when);
	}
	if (kept->failing_since) {
		when_format(kept->failing_since, when);
		fprintf(file, FAILING "%s\n" WHY "%s\n", when,
			kept->why ? kept->why : "");
	}
	for (i = 0; i < kept->left_out_count; i++)
		fprintf(file, LEFT_OUT "%s\n", kept->left_out[i]);
	for (i = 0; i < kept->count; i++) {
		prefix_format(&kept->list[i].prefix, text);
		fprintf(file, "%s\n", text);
	}
	return 0;
}

/* For everybody to read, whatever the umask: only what DNS says is in it. */
static int make_directory(const char *directory)
{
	if (mkdir(directory, 0755))
		return errno == EEXIST ? 0 : -errno;
	return chmod(directory, 0755) ? -errno : 0;
}

int kept_write(const char *directory, const char *domain,
	       const struct kept *kept)
{
	const struct writing w = { domain, kept };
	char path[PATH_MAX];
	int err = make_directory(directory);

	if (err) {
		say("%s: %s", directory, strerror(-err));
		return err;
	}
	file_name(directory, domain, path);
	return file_replace(path, 0644, write_kept, &w);
}

void kept_remove(const char *directory, const char *domain)
{
	char path[PATH_MAX];

	file_name(directory, domain, path);
	if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
		say("%s: %s", path, strerror(errno));
}

void kept_free(struct kept *kept)
{
	size_t i;

	for (i = 0; i < kept->left_out_count; i++)
		free(kept->left_out[i]);
	free(kept->left_out);
	free(kept->why);
	free(kept->list);
	*kept = (struct kept){ 0 };
}
