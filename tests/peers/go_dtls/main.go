// A DTLS server over pion for the tests: `peer -cert CHAIN.pem,KEY.pem [flags]` listens on loopback, prints its port, and takes
// whatever handshake comes. Ends with standard input.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pion/dtls/v4"
	"github.com/pion/dtls/v4/pkg/crypto/ciphersuite"
	"github.com/pion/dtls/v4/pkg/crypto/elliptic"
	"github.com/pion/dtls/v4/pkg/protocol"
)

type certificates []tls.Certificate

func (c *certificates) String() string { return "" }

func (c *certificates) Set(value string) error {
	chain, key, _ := strings.Cut(value, ",")
	pair, err := tls.LoadX509KeyPair(chain, key)
	*c = append(*c, pair)
	return err
}

func numbers(list string) []uint16 {
	found := []uint16{}
	for _, word := range strings.Split(list, ",") {
		if number, err := strconv.ParseUint(word, 0, 16); err == nil {
			found = append(found, uint16(number))
		}
	}
	return found
}

func main() {
	var pairs certificates
	flag.Var(&pairs, "cert", "CHAIN.pem,KEY.pem; may be repeated")
	groups := flag.String("groups", "", "numbers of groups, comma-separated; empty: pion's defaults")
	suites := flag.String("suites", "", "numbers of cipher suites, comma-separated; empty: pion's defaults")
	least := flag.String("least", "1.2", "oldest version")
	newest := flag.String("newest", "1.3", "newest version")
	hurries := flag.Bool("without-cookie", false, "ask nobody for a cookie")
	requests := flag.Bool("client-certificate", false, "ask for a certificate")
	mtu := flag.Int("mtu", 1200, "bytes of the largest datagram")
	flag.Parse()
	versions := map[string]protocol.Version{"1.2": protocol.Version1_2, "1.3": protocol.Version1_3}
	options := []dtls.ServerOption{
		dtls.WithCertificates(pairs...),
		dtls.WithMinVersion(versions[*least]),
		dtls.WithMaxVersion(versions[*newest]),
		dtls.WithInsecureSkipVerifyHello(*hurries),
		dtls.WithMTU(*mtu),
	}
	if *requests {
		options = append(options, dtls.WithClientAuth(dtls.RequestClientCert))
	}
	curves := []elliptic.Curve{}
	for _, number := range numbers(*groups) {
		curves = append(curves, elliptic.Curve(number))
	}
	if len(curves) > 0 {
		options = append(options, dtls.WithEllipticCurves(curves...))
	}
	ids := []ciphersuite.ID{}
	for _, number := range numbers(*suites) {
		ids = append(ids, ciphersuite.ID(number))
	}
	if len(ids) > 0 {
		options = append(options, dtls.WithCipherSuites(ids...))
	}
	listener, err := dtls.ListenAddr("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, options...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.UDPAddr).Port)
	go func() {
		for {
			accepted, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer accepted.Close()
				patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				defer cancel()
				connection := accepted.(*dtls.Conn)
				err := connection.HandshakeContext(patience)
				fmt.Fprintln(os.Stderr, "handshake:", err)
				if err == nil {
					data := make([]byte, 2048)
					_, err = connection.Read(data)
					fmt.Fprintln(os.Stderr, "read:", err)
				}
			}()
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}
