// Plays many services at once: each line of the plan is an address of loopback, a port and a kind. Behind their own words the kinds
// speak TLS with crypto/tls or SSH with golang.org/x/crypto/ssh; nothing else of them is real. It counts and ends as the server of TLS
// beside it does.
package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"strings"

	"bench/common"
	"bench/sshpeer"
)

func main() {
	plan := flag.String("plan", "", "the file with the plan")
	flag.Parse()
	file, err := os.Open(*plan)
	common.Must(err)
	kinds := all()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 3 || kinds[words[2]] == nil {
			log.Fatalf("no line of a plan: %q", lines.Text())
		}
		listener, err := net.Listen("tcp4", net.JoinHostPort(words[0], words[1]))
		common.Must(err)
		go common.Serve(listener, kinds[words[2]])
	}
	common.Must(lines.Err())
	common.Tell()
}

func all() map[string]func(net.Conn) {
	modern := &tls.Config{Certificates: []tls.Certificate{common.Certificate(common.EcdsaKey())}}
	old := &tls.Config{
		Certificates:     []tls.Certificate{common.Certificate(common.RsaKey())},
		MaxVersion:       tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.CurveP256},
	}
	keys := sshpeer.Config()
	kinds := map[string]func(net.Conn){
		"tls":    func(connection net.Conn) { secure(connection, modern) },
		"tls12":  func(connection net.Conn) { secure(connection, old) },
		"ssh":    func(connection net.Conn) { sshpeer.Answer(connection, keys) },
		"silent": func(connection net.Conn) { _, _ = io.Copy(io.Discard, io.LimitReader(connection, 1<<16)) },
		"http":   http,
	}
	for name, words := range openings {
		kinds[name] = func(connection net.Conn) {
			stream := &heard{connection, bufio.NewReaderSize(connection, 1<<12)}
			if words(stream) {
				secure(stream, modern)
			}
		}
	}
	return kinds
}

func secure(connection net.Conn, config *tls.Config) {
	server := tls.Server(connection, config)
	if server.Handshake() != nil {
		return
	}
	common.Completed.Add(1)
	_, _ = io.Copy(io.Discard, io.LimitReader(server, 1<<16))
	_ = server.Close()
}

// Whatever is asked, a page or a hello of TLS: it answers as a server of plain HTTP does.
func http(connection net.Conn) {
	asked := make([]byte, 1<<12)
	count, err := connection.Read(asked)
	if err != nil {
		return
	}
	answer := "HTTP/1.1 400 Bad Request\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	if first := string(asked[:count]); strings.HasPrefix(first, "GET ") || strings.HasPrefix(first, "HEAD ") {
		answer = strings.Replace(answer, "400 Bad Request", "200 OK", 1)
	}
	_, _ = io.WriteString(connection, answer)
}

// heard reads through the buffer in which the plain words were read.
type heard struct {
	net.Conn
	buffer *bufio.Reader
}

func (stream *heard) Read(to []byte) (int, error) {
	return stream.buffer.Read(to)
}
