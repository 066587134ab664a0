// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_REPORT_LEAN_H
#define MAIL_REPORT_LEAN_H

#include <glib.h>

/*
 * What the MIME parser needs of a normalised message. Most of its time goes into header fields, and of those a report
 * has dozens that say nothing about its parts: the header of the message keeps its MIME fields only (whoever wants the
 * others reads them from the message itself), and that of a returned one all but traces, signatures and filter notes.
 */
GString *report_lean_copy(const GString *message);

#endif
