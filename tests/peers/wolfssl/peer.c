/* A TLS server of wolfSSL, as a peer for tests: wolfssl-peer CHAIN.pem KEY.pem [GROUPS].
 * Listens on loopback, prints its port, answers one request a connection, one connection after the other, until it is killed. */

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ANSWER[] = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";

static void serve(WOLFSSL_CTX *context, int connection)
{
    struct timeval patience = {30, 0};
    char request[4096];
    WOLFSSL *session = wolfSSL_new(context);

    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (session != NULL && wolfSSL_set_fd(session, connection) == WOLFSSL_SUCCESS && wolfSSL_accept(session) == WOLFSSL_SUCCESS) {
        if (wolfSSL_read(session, request, sizeof request) > 0)
            wolfSSL_write(session, ANSWER, (int)strlen(ANSWER));
        wolfSSL_shutdown(session);
        while (wolfSSL_read(session, request, sizeof request) > 0) { } /* Its close_notify, lest ours be lost in a reset. */
    }
    wolfSSL_free(session);
    close(connection);
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    WOLFSSL_CTX *context;

    signal(SIGPIPE, SIG_IGN);
    wolfSSL_Init();
    context = wolfSSL_CTX_new(wolfSSLv23_server_method());
    if (count < 3 || context == NULL || wolfSSL_CTX_use_certificate_chain_file(context, arguments[1]) != WOLFSSL_SUCCESS
        || wolfSSL_CTX_use_PrivateKey_file(context, arguments[2], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS
        || (count > 3 && wolfSSL_CTX_set1_groups_list(context, arguments[3]) != WOLFSSL_SUCCESS)) {
        fprintf(stderr, "wolfssl-peer CHAIN.pem KEY.pem [GROUPS]: they cannot be used\n");
        return 1;
    }
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 50) != 0
        || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0)
            serve(context, connection);
    }
}
