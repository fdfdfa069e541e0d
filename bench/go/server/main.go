// Serves TLS with crypto/tls as it comes: TLS 1.2 and 1.3, an ECDSA P-256 and an RSA-2048 certificate, every default
// group. It counts what it accepts and tells the counts and its own CPU time whenever a line comes on standard input.
//
// One socket serves a port on every address of 127.0.0.0/8: it is bound to the loopback device, so nothing from
// outside reaches it. That makes 65,536 endpoints with 256 sockets. It ends when standard input does.
package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

const patience = 10 * time.Second // for one handshake

var (
	accepted  atomic.Int64
	completed atomic.Int64
)

func main() {
	firstPort := flag.Int("port", 20443, "the first port")
	ports := flag.Int("ports", 1, "how many ports, one after another")
	flag.Parse()
	config := &tls.Config{Certificates: []tls.Certificate{certificate(ecdsaKey()), certificate(rsaKey())}}
	for port := *firstPort; port < *firstPort+*ports; port++ {
		go serve(listen(port), config)
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(accepted.Load(), completed.Load(), cpuSeconds())
	}
}

func listen(port int) net.Listener {
	onLoopback := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var refused error
		err := raw.Control(func(fd uintptr) {
			refused = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
		})
		if err != nil {
			return err
		}
		return refused
	}}
	listener, err := onLoopback.Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		log.Fatalf("port %d of loopback cannot be served: %v", port, err)
	}
	return listener
}

func serve(listener net.Listener, config *tls.Config) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			time.Sleep(time.Millisecond) // Out of file descriptors: some come back.
			continue
		}
		accepted.Add(1)
		go answer(tls.Server(connection, config))
	}
}

func answer(connection *tls.Conn) {
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if connection.Handshake() != nil {
		return
	}
	completed.Add(1)
	_, _ = io.Copy(io.Discard, io.LimitReader(connection, 1<<16))
}

func ecdsaKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}

func rsaKey() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	return key
}

// A self-signed certificate of the key, valid for a day around now.
func certificate(key crypto.Signer) tls.Certificate {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "bench.test"},
		DNSNames:     []string{"bench.test"},
		NotBefore:    now.Add(-12 * time.Hour),
		NotAfter:     now.Add(12 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
