#include "certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define DAY 86400

static int set_names(gnutls_x509_crt_t crt)
{
	static const unsigned char v4[4] = {127, 0, 0, 1};
	static const unsigned char v6[16] = {[15] = 1};
	int r;

	r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
						 GNUTLS_FSAN_SET);
	if (r == 0)
		r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v4, sizeof(v4),
							 GNUTLS_FSAN_APPEND);
	if (r == 0)
		r = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, v6, sizeof(v6),
							 GNUTLS_FSAN_APPEND);
	return r;
}

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name, int authority)
{
	unsigned char serial = authority ? 1 : 2;
	time_t now = time(NULL);
	unsigned int usage =
		authority ? GNUTLS_KEY_KEY_CERT_SIGN : (unsigned int)GNUTLS_KEY_DIGITAL_SIGNATURE;
	int r;

	r = gnutls_x509_crt_set_version(crt, 3);
	if (r == 0)
		r = gnutls_x509_crt_set_serial(crt, &serial, 1);
	if (r == 0)
		r = gnutls_x509_crt_set_activation_time(crt, now - DAY);
	if (r == 0)
		r = gnutls_x509_crt_set_expiration_time(crt, now + DAY);
	if (r == 0)
		r = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						  (unsigned int)strlen(name));
	if (r == 0)
		r = gnutls_x509_crt_set_key(crt, key);
	if (r == 0)
		r = gnutls_x509_crt_set_basic_constraints(crt, (unsigned int)authority, -1);
	if (r == 0)
		r = gnutls_x509_crt_set_key_usage(crt, usage);
	return r;
}

static int make_key(gnutls_x509_privkey_t *ret_key)
{
	gnutls_x509_privkey_init(ret_key);
	return gnutls_x509_privkey_generate(*ret_key, GNUTLS_PK_ECDSA,
					    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

static char *pem_text(gnutls_datum_t *datum)
{
	char *text = mem_strndup((const char *)datum->data, datum->size);

	gnutls_free(datum->data);
	return text;
}

static int export_pem(gnutls_x509_crt_t authority, gnutls_x509_crt_t server,
		      gnutls_x509_privkey_t key, struct certificate *ret_certificate)
{
	gnutls_datum_t datum;
	int r;

	r = gnutls_x509_crt_export2(authority, GNUTLS_X509_FMT_PEM, &datum);
	if (r < 0)
		return r;
	ret_certificate->authority_pem = pem_text(&datum);
	r = gnutls_x509_crt_export2(server, GNUTLS_X509_FMT_PEM, &datum);
	if (r < 0)
		return r;
	ret_certificate->server_pem = pem_text(&datum);
	r = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &datum);
	if (r < 0)
		return r;
	ret_certificate->key_pem = pem_text(&datum);
	return 0;
}

int certificate_make(struct certificate *ret_certificate, struct error *error)
{
	struct certificate certificate = {NULL, NULL, NULL};
	gnutls_x509_privkey_t authority_key = NULL;
	gnutls_x509_privkey_t server_key = NULL;
	gnutls_x509_crt_t authority;
	gnutls_x509_crt_t server;
	int r;

	gnutls_x509_crt_init(&authority);
	gnutls_x509_crt_init(&server);
	r = make_key(&authority_key);
	if (r == 0)
		r = make_key(&server_key);
	if (r == 0)
		r = fill(authority, authority_key, "twilio-sim test authority", 1);
	if (r == 0)
		r = gnutls_x509_crt_sign2(authority, authority, authority_key, GNUTLS_DIG_SHA256,
					  0);
	if (r == 0)
		r = fill(server, server_key, "twilio-sim", 0);
	if (r == 0)
		r = set_names(server);
	if (r == 0)
		r = gnutls_x509_crt_sign2(server, authority, authority_key, GNUTLS_DIG_SHA256, 0);
	if (r == 0)
		r = export_pem(authority, server, server_key, &certificate);
	gnutls_x509_crt_deinit(server);
	gnutls_x509_crt_deinit(authority);
	gnutls_x509_privkey_deinit(server_key);
	gnutls_x509_privkey_deinit(authority_key);
	if (r < 0) {
		certificate_finish(&certificate);
		return error_set(error, -EIO, "can't make a certificate: %s", gnutls_strerror(r));
	}
	*ret_certificate = certificate;
	return 0;
}

void certificate_finish(struct certificate *certificate)
{
	mem_free(certificate->authority_pem);
	mem_free(certificate->server_pem);
	mem_free(certificate->key_pem);
	*certificate = (struct certificate){NULL, NULL, NULL};
}
