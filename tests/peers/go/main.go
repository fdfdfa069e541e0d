// A TLS server and client of Go's crypto/tls, as peers for tests.
//
//	peer serve -cert chain.pem,key.pem [-cert ...] [flags]   prints its port, serves until standard input ends
//	peer ask -address 127.0.0.1:443 [flags]                  prints what one handshake brought, as JSON
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

type certificates []tls.Certificate

func (c *certificates) String() string { return "" }

func (c *certificates) Set(value string) error {
	chain, key, found := strings.Cut(value, ",")
	if !found {
		return fmt.Errorf("want CHAIN,KEY")
	}
	pair, err := tls.LoadX509KeyPair(chain, key)
	*c = append(*c, pair)
	return err
}

func numbers(list string) []uint16 {
	var found []uint16
	for _, part := range strings.Split(list, ",") {
		if part == "" {
			continue
		}
		number, err := strconv.ParseUint(part, 0, 16)
		if err != nil {
			fail(err)
		}
		found = append(found, uint16(number))
	}
	return found
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func serve(config *tls.Config) {
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		fail(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail(err)
		}
		go func() {
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(30 * time.Second))
			if _, err := bufio.NewReader(connection).ReadString('\n'); err == nil {
				io.WriteString(connection, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		}()
	}
}

func ask(address string, config *tls.Config) {
	type answer struct {
		Version, Suite, Group string
		Retried, Completed    bool
		Chain                 []string
		Problem               string
	}
	var result answer
	config.InsecureSkipVerify = true
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", address, config)
	if err != nil {
		result.Problem = err.Error()
	} else {
		state := connection.ConnectionState()
		result.Completed = true
		result.Version = tls.VersionName(state.Version)
		result.Suite = fmt.Sprintf("0x%04x", state.CipherSuite)
		result.Group = fmt.Sprintf("0x%04x", uint16(state.CurveID))
		result.Retried = state.HelloRetryRequest
		for _, certificate := range state.PeerCertificates {
			result.Chain = append(result.Chain, hex.EncodeToString(certificate.Raw))
		}
		connection.Close()
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("want serve or ask"))
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	var pairs certificates
	flags.Var(&pairs, "cert", "CHAIN.pem,KEY.pem; may be repeated")
	groups := flags.String("groups", "", "numbers for CurvePreferences, comma-separated; empty: Go's defaults")
	suites := flags.String("suites", "", "numbers of suites below TLS 1.3, comma-separated, or all")
	least := flags.Uint("min", tls.VersionTLS12, "least version, as a number")
	most := flags.Uint("max", tls.VersionTLS13, "greatest version, as a number")
	requests := flags.Bool("client-certificate", false, "serve: ask for a certificate")
	name := flags.String("name", "", "ask: server name")
	address := flags.String("address", "", "ask: address and port")
	protocols := flags.String("alpn", "", "application protocols, comma-separated")
	flags.Parse(os.Args[2:])
	config := &tls.Config{
		Certificates: pairs,
		MinVersion:   uint16(*least),
		MaxVersion:   uint16(*most),
		ServerName:   *name,
		CipherSuites: numbers(strings.Replace(*suites, "all", "", 1)),
	}
	if *suites == "all" {
		for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
			config.CipherSuites = append(config.CipherSuites, suite.ID)
		}
	}
	for _, group := range numbers(*groups) {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(group))
	}
	if *protocols != "" {
		config.NextProtos = strings.Split(*protocols, ",")
	}
	if *requests {
		config.ClientAuth = tls.RequestClientCert
	}
	if os.Args[1] == "serve" {
		serve(config)
	} else {
		ask(*address, config)
	}
}
