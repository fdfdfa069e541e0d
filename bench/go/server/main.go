// Serves TLS with crypto/tls as it comes: TLS 1.2 and 1.3, an ECDSA P-256 and an RSA-2048 certificate, every default
// group. It counts what it accepts and tells the counts and its own CPU time whenever a line comes on standard input.
//
// One socket serves a port on every address of 127.0.0.0/8. That makes 65,536 endpoints with 256 sockets. It ends when
// standard input does.
package main

import (
	"crypto/tls"
	"flag"
	"io"
	"net"

	"bench/common"
)

func main() {
	firstPort := flag.Int("port", 20443, "the first port")
	ports := flag.Int("ports", 1, "how many ports, one after another")
	flag.Parse()
	certificates := []tls.Certificate{common.Certificate(common.EcdsaKey()), common.Certificate(common.RsaKey())}
	config := &tls.Config{Certificates: certificates}
	for port := *firstPort; port < *firstPort+*ports; port++ {
		go common.Serve(common.OnLoopback(port), func(connection net.Conn) { answer(tls.Server(connection, config)) })
	}
	common.Tell()
}

func answer(connection *tls.Conn) {
	if connection.Handshake() != nil {
		return
	}
	common.Completed.Add(1)
	_, _ = io.Copy(io.Discard, io.LimitReader(connection, 1<<16))
	_ = connection.Close()
}
