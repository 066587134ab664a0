#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Mail that was accepted and cannot be delivered after all: pipe(8) takes the code before the text as the status.
cat >/dev/null
echo "5.1.1 Recipient address rejected: the account was closed"
exit 67
