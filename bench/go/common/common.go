// Package common holds what the servers of the bench share: listening on loopback, counting, telling the counts, certificates.
package common

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
	"fmt"
	"log"
	"math/big"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Patience is what one connection is given.
const Patience = 10 * time.Second

// Accepted and Completed count connections and the handshakes that were carried through.
var (
	Accepted  atomic.Int64
	Completed atomic.Int64
)

// OnLoopback listens on a port of every address of 127.0.0.0/8 with one socket: it is bound to the loopback device, so nothing
// from outside reaches it.
func OnLoopback(port int) net.Listener {
	control := func(_, _ string, raw syscall.RawConn) error {
		var refused error
		err := raw.Control(func(fd uintptr) {
			refused = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
		})
		if err != nil {
			return err
		}
		return refused
	}
	onLoopback := net.ListenConfig{Control: control}
	listener, err := onLoopback.Listen(context.Background(), "tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		log.Fatalf("port %d of loopback cannot be served: %v", port, err)
	}
	return listener
}

// Serve accepts without end, and answers each connection by itself, within Patience.
func Serve(listener net.Listener, answer func(net.Conn)) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			time.Sleep(time.Millisecond) // Out of file descriptors: some come back.
			continue
		}
		Accepted.Add(1)
		go func() {
			defer connection.Close()
			_ = connection.SetDeadline(time.Now().Add(Patience))
			answer(connection)
		}()
	}
}

// Tell says that everything listens, and then the counts and our own CPU time whenever a line comes on standard input; it
// returns when that ends.
func Tell() {
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(Accepted.Load(), Completed.Load(), cpuSeconds())
	}
}

// EcdsaKey is a fresh one on P-256.
func EcdsaKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Must(err)
	return key
}

// RsaKey is a fresh one of 2048 bits.
func RsaKey() crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	Must(err)
	return key
}

// Certificate is a self-signed one of the key, valid for a day around now.
func Certificate(key crypto.Signer) tls.Certificate {
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
	Must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Must ends the program where there is an error.
func Must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	Must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}
