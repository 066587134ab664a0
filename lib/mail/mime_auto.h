// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef MAIL_MIME_AUTO_H
#define MAIL_MIME_AUTO_H

#include <gmime/gmime.h>

/* g_autoptr() for GMime's objects; GMime 3.2 does not declare it. For .c files of lib/mail only. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeContentType, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)

#endif
