# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A certification authority of our own, and what the submission port needs: a certificate and one SASL user.

pki_make() { # DIR
	local pki=$1/pki
	mkdir -p "$pki"
	chmod 755 "$pki"
	[ ! -s "$pki/relay.pem" ] || return 0
	(
		umask 077
		cd "$pki" &&
			openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
				-subj "/CN=carom test authority" -addext "basicConstraints=critical,CA:TRUE" \
				-addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.pem &&
			openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=relay.test" \
				-keyout relay.key -out relay.csr &&
			printf 'subjectAltName=DNS:relay.test,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >relay.ext &&
			openssl x509 -req -in relay.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
				-extfile relay.ext -out relay.crt &&
			cat relay.key relay.crt >relay.pem &&
			chmod 644 ca.pem
	) >"$1/log/pki.log" 2>&1 || {
		cat "$1/log/pki.log" >&2
		return 1
	}
}

# Debian's smtpd reads CONFIG/sasl/smtpd.conf whatever cyrus_sasl_config_path says, and it is user postfix by then.
pki_make_sasl() { # DIR CONFIG REALM
	local base=$1/sasldb2
	mkdir -p "$2/sasl"
	cat >"$2/sasl/smtpd.conf" <<-END
		pwcheck_method: auxprop
		auxprop_plugin: sasldb
		sasldb_path: $base
		mech_list: SCRAM-SHA-256 PLAIN LOGIN
	END
	printf secret | saslpasswd2 -p -c -f "$base" -u "$3" listd && chown postfix "$base" && chmod 600 "$base"
}
