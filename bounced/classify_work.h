// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef BOUNCED_CLASSIFY_WORK_H
#define BOUNCED_CLASSIFY_WORK_H

#include <glib.h>

#include "lib/mail/rules.h"

/*
 * Classifying many files on several threads, their output in the order in which they were given. What waits is
 * bounded, so memory does not grow with their number.
 */
struct classify_work;

/* jobs: threads; 1 works in the caller's. rules are borrowed until the end. */
struct classify_work *classify_work_new(const struct rules *rules, guint jobs);

/* Read and classify the file at path. */
void classify_work_add_file(struct classify_work *work, const char *path);

/* Classify bytes, a message or an mbox, under that name. */
void classify_work_add_bytes(struct classify_work *work, const char *name, GBytes *bytes);

/* A word about a path, on stderr after the output of what came before it. */
void classify_work_complain(struct classify_work *work, const char *path, const char *why);

/* Wait for all, and free it. FALSE when anything could not be read. */
gboolean classify_work_finish(struct classify_work *work);

#endif
