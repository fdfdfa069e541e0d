package main

import (
	"encoding/binary"
	"io"
	"strings"
)

// Each says the plain words of its service and gives whether TLS begins now.
var openings = map[string]func(*heard) bool{
	"smtp":       smtp(true),
	"smtp-plain": smtp(false),
	"imap":       imap,
	"pop3":       pop3,
	"ftp":        ftp,
	"postgresql": postgresql,
	"mysql":      mysql,
	"ldap":       ldap,
	"rdp":        rdp,
}

const mostLines = 20

// lines greets and answers line by line; `answer` gives what is said and whether TLS begins after it. An empty answer hangs up.
func lines(stream *heard, greeting string, answer func(string) (string, bool)) bool {
	_, _ = io.WriteString(stream, greeting)
	for range mostLines {
		line, err := stream.buffer.ReadSlice('\n')
		if err != nil {
			return false
		}
		words, begins := answer(strings.TrimSpace(string(line)))
		if _, err := io.WriteString(stream, words); err != nil || words == "" {
			return false
		}
		if begins {
			return true
		}
	}
	return false
}

// RFC 5321, RFC 3207.
func smtp(secured bool) func(*heard) bool {
	return func(stream *heard) bool {
		return lines(stream, "220 mail.bench.test ESMTP\r\n", func(line string) (string, bool) {
			line = strings.ToUpper(line)
			switch {
			case strings.HasPrefix(line, "EHLO") && secured:
				return "250-mail.bench.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n", false
			case strings.HasPrefix(line, "EHLO"):
				return "250-mail.bench.test\r\n250 8BITMIME\r\n", false
			case line == "STARTTLS" && secured:
				return "220 2.0.0 Ready to start TLS\r\n", true
			case line == "QUIT":
				return "", false
			}
			return "502 5.5.2 Error: command not recognized\r\n", false
		})
	}
}

// RFC 9051, section 6.2.1.
func imap(stream *heard) bool {
	return lines(stream, "* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready.\r\n", func(line string) (string, bool) {
		tag, command, _ := strings.Cut(line, " ")
		switch strings.ToUpper(command) {
		case "CAPABILITY":
			return "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" + tag + " OK done\r\n", false
		case "STARTTLS":
			return tag + " OK Begin TLS negotiation now.\r\n", true
		case "LOGOUT":
			return "", false
		}
		return tag + " BAD unknown\r\n", false
	})
}

// RFC 2595, section 4.
func pop3(stream *heard) bool {
	return lines(stream, "+OK ready.\r\n", func(line string) (string, bool) {
		switch strings.ToUpper(line) {
		case "CAPA":
			return "+OK\r\nTOP\r\nSTLS\r\nUIDL\r\n.\r\n", false
		case "STLS":
			return "+OK Begin TLS negotiation now.\r\n", true
		case "QUIT":
			return "", false
		}
		return "-ERR unknown\r\n", false
	})
}

// RFC 4217.
func ftp(stream *heard) bool {
	return lines(stream, "220 FTP server ready.\r\n", func(line string) (string, bool) {
		switch strings.ToUpper(line) {
		case "AUTH TLS":
			return "234 Proceed with negotiation.\r\n", true
		case "QUIT":
			return "", false
		}
		return "530 Please login.\r\n", false
	})
}

// PostgreSQL documentation, Frontend/Backend Protocol, SSL Session Encryption.
func postgresql(stream *heard) bool {
	asked := make([]byte, 8)
	if _, err := io.ReadFull(stream, asked); err != nil {
		return false
	}
	if binary.BigEndian.Uint32(asked) == 8 && binary.BigEndian.Uint32(asked[4:]) == 80877103 {
		_, err := io.WriteString(stream, "S")
		return err == nil
	}
	fields := "SFATAL\x00C0A000\x00Munsupported frontend protocol 65363.19778: server supports 3.0 to 3.0\x00" +
		"Fpostmaster.c\x00L2195\x00RProcessStartupPacket\x00\x00"
	length := binary.BigEndian.AppendUint32([]byte("E"), uint32(4+len(fields)))
	_, _ = io.WriteString(stream, string(length)+fields)
	return false
}

// MySQL Internals, Connection Phase: a greeting of protocol 10, an SSLRequest of 32 bytes.
func mysql(stream *heard) bool {
	body := "\x0a8.0.36\x00\x01\x00\x00\x00saltsalt\x00\xff\xff\xff\x02\x00\xff\xdf\x15" + strings.Repeat("\x00", 10) +
		"saltsaltsalt\x00caching_sha2_password\x00"
	_, _ = io.WriteString(stream, string([]byte{byte(len(body)), 0, 0, 0})+body)
	_, err := io.ReadFull(stream, make([]byte, 36))
	return err == nil
}

// RFC 4511, section 4.14: any extended request is one for StartTLS, and is granted.
func ldap(stream *heard) bool {
	head := make([]byte, 2)
	if _, err := io.ReadFull(stream, head); err != nil || head[0] != 0x30 || head[1] >= 0x80 {
		return false
	}
	if _, err := io.ReadFull(stream, make([]byte, head[1])); err != nil {
		return false
	}
	_, err := io.WriteString(stream, "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")
	return err == nil
}

// [MS-RDPBCGR], section 2.2.1.2: TLS with network level authentication.
func rdp(stream *heard) bool {
	head := make([]byte, 4)
	if _, err := io.ReadFull(stream, head); err != nil || head[0] != 3 {
		return false
	}
	length := int(binary.BigEndian.Uint16(head[2:]))
	if length < 7 || length > 1<<10 {
		return false
	}
	if _, err := io.ReadFull(stream, make([]byte, length-4)); err != nil {
		return false
	}
	_, err := io.WriteString(stream, "\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00")
	return err == nil
}
