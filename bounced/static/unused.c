// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Linked into bounced where that holds its libraries (STATIC in the Makefile), and into nothing else. GMime
 * can encrypt and GIO can list mounted disks and label files; bounced has either done nowhere, and the
 * libraries for it come only as shared ones that would cost each of its starts as much as all the rest. So
 * the functions that they would call say "not supported" in their libraries' own terms. The link fails, and
 * an ordinary one follows, when a newer GMime or GLib asks for others.
 */
#include <stddef.h>

#define NOT_SUPPORTED 60 /* GPG_ERR_NOT_SUPPORTED of libgpg-error */

/* Each has the library's own arguments, which its caller pushes and takes away. */
#define GIVES_ERROR(name)             \
	unsigned name(void);          \
	unsigned name(void)           \
	{                             \
		return NOT_SUPPORTED; \
	}
#define FAILS(name)        \
	int name(void);    \
	int name(void)     \
	{                  \
		return -1; \
	}
#define IS_OFF(name)      \
	int name(void);   \
	int name(void)    \
	{                 \
		return 0; \
	}
#define GIVES_NULL(name)     \
	void *name(void);    \
	void *name(void)     \
	{                    \
		return NULL; \
	}

/* GPGME, for GMime: no engine, no context, no result */
GIVES_ERROR(gpgme_data_new_from_cbs)
GIVES_ERROR(gpgme_engine_check_version)
GIVES_ERROR(gpgme_get_key)
GIVES_ERROR(gpgme_new)
GIVES_ERROR(gpgme_op_decrypt)
GIVES_ERROR(gpgme_op_decrypt_verify)
GIVES_ERROR(gpgme_op_encrypt)
GIVES_ERROR(gpgme_op_encrypt_sign)
GIVES_ERROR(gpgme_op_export_ext)
GIVES_ERROR(gpgme_op_import)
GIVES_ERROR(gpgme_op_keylist_end)
GIVES_ERROR(gpgme_op_keylist_next)
GIVES_ERROR(gpgme_op_keylist_start)
GIVES_ERROR(gpgme_op_sign)
GIVES_ERROR(gpgme_op_verify)
GIVES_ERROR(gpgme_set_ctx_flag)
GIVES_ERROR(gpgme_set_keylist_mode)
GIVES_ERROR(gpgme_set_protocol)
GIVES_ERROR(gpgme_signers_add)
GIVES_NULL(gpgme_check_version_internal)
GIVES_NULL(gpgme_op_decrypt_result)
GIVES_NULL(gpgme_op_import_result)
GIVES_NULL(gpgme_op_sign_result)
GIVES_NULL(gpgme_op_verify_result)
IS_OFF(gpgme_data_release)
IS_OFF(gpgme_get_keylist_mode)
IS_OFF(gpgme_get_protocol)
IS_OFF(gpgme_key_unref)
IS_OFF(gpgme_release)
IS_OFF(gpgme_set_armor)
IS_OFF(gpgme_set_offline)
IS_OFF(gpgme_set_passphrase_cb)
IS_OFF(gpgme_set_textmode)
IS_OFF(gpgme_signers_clear)

const char *gpgme_strerror(unsigned error);
const char *gpgme_strerror(unsigned error)
{
	(void)error;
	return "not supported";
}

/* libmount, for GIO: no table of mounts */
GIVES_NULL(mnt_free_iter)
GIVES_NULL(mnt_free_table)
GIVES_NULL(mnt_fs_get_fstype)
GIVES_NULL(mnt_fs_get_options)
GIVES_NULL(mnt_fs_get_root)
GIVES_NULL(mnt_fs_get_source)
GIVES_NULL(mnt_fs_get_target)
GIVES_NULL(mnt_fs_strdup_options)
GIVES_NULL(mnt_get_builtin_optmap)
GIVES_NULL(mnt_get_fstab_path)
GIVES_NULL(mnt_new_iter)
GIVES_NULL(mnt_new_table)
FAILS(mnt_has_regular_mtab)
FAILS(mnt_optstr_get_flags)
FAILS(mnt_table_next_fs)
FAILS(mnt_table_parse_fstab)
FAILS(mnt_table_parse_mtab)

/* libselinux, for GIO: not enabled, no label */
IS_OFF(freecon)
IS_OFF(is_selinux_enabled)
FAILS(fgetfilecon_raw)
FAILS(getfilecon_raw)
FAILS(lgetfilecon_raw)
FAILS(setfilecon_raw)
