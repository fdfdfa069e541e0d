/* A function that liboqs-python 0.16 asks for when it is imported, and that liboqs has only from 0.14 on. */
#include <oqs/oqs.h>

/* True where the signature algorithm takes a context string. False also for a name that is unknown or not built. */
OQS_API bool OQS_SIG_supports_ctx_str(const char *alg_name) {
    OQS_SIG *sig = OQS_SIG_new(alg_name);
    bool supports = sig != NULL && sig->sig_with_ctx_support;
    OQS_SIG_free(sig);
    return supports;
}
