#include "api/engine_private.h"

#include "eventstore/base/diag.h"
#include "eventstore/base/require.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* TLS 1.2 with forward secrecy and AEAD, or 1.3. No renegotiation, no compression, no tickets: a stolen ticket key
 * would open recorded traffic, and a handshake costs us well under a millisecond. */

struct tls {
	pthread_mutex_t lock; /* guards `present` */
	SSL_CTX        *present;
	char           *certificate_path;
	char           *key_path;
	bool            http2;
};

static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
			      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
			      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

static const unsigned char offer_both[] = "\x02h2\x08http/1.1";
static const unsigned char offer_http1[] = "\x08http/1.1";

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *wanted,
                           unsigned wanted_size, void *http2)
{
	bool                 both = http2 != NULL && SSL_version(ssl) >= TLS1_3_VERSION;
	const unsigned char *offer = both ? offer_both : offer_http1;
	unsigned             offer_size = (unsigned)(both ? sizeof(offer_both) : sizeof(offer_http1)) - 1;
	unsigned char       *chosen;

	if (SSL_select_next_proto(&chosen, out_size, offer, offer_size, wanted, wanted_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void report(const char *what, const char *path)
{
	char reason[256];

	ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
	diag(DIAG_ERROR, "tls_refused", "%s %s: %s", what, path, reason);
}

static bool load_identity(SSL_CTX *tls, const char *certificate_path, const char *key_path)
{
	if (SSL_CTX_use_certificate_chain_file(tls, certificate_path) != 1) {
		report("certificate", certificate_path);
		return false;
	}
	if (SSL_CTX_use_PrivateKey_file(tls, key_path, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(tls) != 1) {
		report("key", key_path);
		return false;
	}
	return true;
}

static SSL_CTX *make_context(const char *certificate_path, const char *key_path, bool http2)
{
	static char marker; /* an address that is not NULL */
	SSL_CTX    *tls = SSL_CTX_new(TLS_server_method());

	if (!tls || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1
	    || SSL_CTX_set_cipher_list(tls, ciphers) != 1 || SSL_CTX_set1_groups_list(tls, "X25519:P-256") != 1
	    || SSL_CTX_set_num_tickets(tls, 0) != 1) {
		report("settings", "");
		SSL_CTX_free(tls);
		return NULL;
	}
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET
	                                 | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, http2 ? &marker : NULL);
	if (!load_identity(tls, certificate_path, key_path)) {
		SSL_CTX_free(tls);
		return NULL;
	}
	return tls;
}

struct tls *tls_create(const char *certificate_path, const char *key_path, bool http2)
{
	SSL_CTX    *present = make_context(certificate_path, key_path, http2);
	struct tls *tls;

	if (!present)
		return NULL;
	tls = calloc(1, sizeof(*tls));
	require(tls != NULL);
	*tls = (struct tls){.present = present,
	                    .certificate_path = strdup(certificate_path),
	                    .key_path = strdup(key_path),
	                    .http2 = http2};
	require(tls->certificate_path != NULL && tls->key_path != NULL && pthread_mutex_init(&tls->lock, NULL) == 0);
	return tls;
}

void tls_destroy(struct tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->present);
	pthread_mutex_destroy(&tls->lock);
	free(tls->certificate_path);
	free(tls->key_path);
	free(tls);
}

SSL_CTX *tls_take(struct tls *tls)
{
	SSL_CTX *present;

	pthread_mutex_lock(&tls->lock);
	present = tls->present;
	SSL_CTX_up_ref(present);
	pthread_mutex_unlock(&tls->lock);
	return present;
}

enum status http_server_reload_certificate(struct http_server *server)
{
	struct tls *tls = server->tls;
	SSL_CTX    *fresh, *former;

	if (!tls)
		return STATUS_OK;
	fresh = make_context(tls->certificate_path, tls->key_path, tls->http2);
	if (!fresh)
		return STATUS_INVALID;
	pthread_mutex_lock(&tls->lock);
	former = tls->present;
	tls->present = fresh;
	pthread_mutex_unlock(&tls->lock);
	SSL_CTX_free(former);
	return STATUS_OK;
}
